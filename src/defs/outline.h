/*
 * The outline of definitions, from logical lines alone (layer 2, inside defs).
 */
#ifndef HR_DEFS_OUTLINE_H
#define HR_DEFS_OUTLINE_H

#include "defs/defs.h"
#include "syntax/cut.h"

struct hr_outline { /* what is open while a statement's lines are read */
    uint32_t open[HR_MAX_INDENT + 1]; /* definitions, outermost first */
    uint32_t depths[HR_MAX_INDENT + 1];
    uint32_t open_count;
    uint32_t first_decorator;
    size_t decorator_start;
    uint32_t decorator_line;
    const struct hr_logical_line *last;
};

/* Appends the definitions of one top-level statement; false without memory. */
bool hr_outline_statement(struct hr_defs *defs, const struct hr_statement *statement);

/* Sets every ordinal; false without memory. */
bool hr_outline_number(struct hr_defs *defs);

#endif
