/*
 * The yields of a generator function that have to be counted, because where it fails
 * does not tell how many there were (layer 3, a part of guard.c).
 */
#ifndef HR_REWRITE_YIELDS_H
#define HR_REWRITE_YIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/span.h"
#include "defs/defs.h"
#include "rewrite/edits.h"

struct hr_yield {
    struct hr_span word;  /* `yield`, or `yield from` */
    struct hr_span value; /* what follows; empty: nothing does */
    bool delegates;       /* yield from */
};

/*
 * Appends those of function `index` to `yields` (init'ed, of struct hr_yield), by
 * position: all of its own scope, or none if it has none in a loop, in one of several
 * ways, and no `yield from`.  `tokens` (init'ed, of struct hr_token) is overwritten.
 * None either where a yield stands in an f-string.  Without memory
 * yields->failed or tokens->failed is set.
 */
void hr_yields_find(const struct hr_defs *defs, uint32_t index, struct hr_array *yields,
                    struct hr_array *tokens);

/*
 * Has them counted with the object of that name: `yield x` becomes `yield NAME[x]`,
 * `yield from x` becomes `yield from NAME@(x)`.  These are operators, not calls, which
 * a profiler would see.
 */
void hr_yields_count(const struct hr_defs *defs, const struct hr_array *yields,
                     const char *name, struct hr_edits *edits);

#endif
