/*
 * Which trees are wanted to decide about the super() calls of a statement (layer 2,
 * inside defs).  Mostly none, or those of a few methods: a tree of the whole
 * statement is wanted only where more than a method decides.
 */
#ifndef HR_DEFS_SUPERPLAN_H
#define HR_DEFS_SUPERPLAN_H

#include "base/array.h"
#include "defs/defs.h"
#include "syntax/cut.h"

enum hr_super_plan {
    HR_SUPER_PLAN_NONE,    /* it holds no call that matters */
    HR_SUPER_PLAN_METHODS, /* the functions in `methods` */
    HR_SUPER_PLAN_WHOLE,
};

struct hr_super_places {  /* zeroed: all calls matter */
    const size_t *places; /* ascending; NULL: all */
    size_t count;
    size_t next;
};

/*
 * Decides for a statement whose outline is definitions [first, last).  Statements
 * are asked about in their order.  `methods` (of uint32_t) is emptied and filled;
 * its `failed` says when there is no memory.
 */
enum hr_super_plan hr_super_plan(const struct hr_defs *defs,
                                 const struct hr_statement *statement, uint32_t first,
                                 uint32_t last, struct hr_super_places *places,
                                 struct hr_array *methods);

#endif
