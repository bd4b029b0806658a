/*
 * Zero-argument super(): where it stands and whether the explicit form means
 * exactly the same (layer 2, inside defs).
 */
#ifndef HR_DEFS_SUPERS_H
#define HR_DEFS_SUPERS_H

#include "defs/defs.h"
#include "syntax/tree.h"

/* Appends the super() calls of one statement to defs->supers; false without memory. */
bool hr_supers_statement(struct hr_defs *defs, uint32_t first,
                         const struct hr_tree *tree);

/* Decides each call's reason, once the whole text is indexed; false without memory. */
bool hr_supers_decide(struct hr_defs *defs);

#endif
