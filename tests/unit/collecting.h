/*
 * The definitions of a text, for test_defs.c and test_rebound.c.
 */
#ifndef HR_TESTS_COLLECTING_H
#define HR_TESTS_COLLECTING_H

#include "suite.h"

#include <string.h>

#include "defs/defs.h"

static struct hr_defs defs;
static struct hr_error error;

static bool collect(const char *text, enum hr_defs_depth depth)
{
    hr_defs_finish(&defs);
    hr_defs_init(&defs);
    error = (struct hr_error){0};
    return hr_defs_collect(&defs, text, strlen(text), depth, &error);
}

static void tear_down(void)
{
    hr_defs_finish(&defs);
    hr_defs_init(&defs);
}

#endif
