/*
 * What every fuzz target shares.  A target is one file with LLVMFuzzerTestOneInput;
 * built with -Dfuzz=true (clang) it is a libFuzzer program, else driver.c replays
 * tests/fuzz/corpus through it.
 */
#ifndef HR_TESTS_FUZZ_H
#define HR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "defs/defs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, in every build. */
#define HR_FUZZ_CHECK(condition)                                                       \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/* A copy of its own size, so that a read past the end is seen; free() it. */
static inline char *hr_fuzz_copy(const void *data, size_t size)
{
    char *copy = malloc(size == 0 ? 1 : size);
    HR_FUZZ_CHECK(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

static inline bool hr_fuzz_collect(struct hr_defs *defs, const char *text, size_t size,
                                   enum hr_defs_depth depth)
{
    struct hr_error err = {0};
    hr_defs_init(defs);
    bool ok = hr_defs_collect(defs, text, size, depth, &err);
    HR_FUZZ_CHECK(ok == (err.kind == HR_ERROR_NONE));
    HR_FUZZ_CHECK(err.kind != HR_ERROR_MEMORY);
    return ok;
}

#endif
