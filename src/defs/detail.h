/*
 * The detail of definitions, from the tree of their statement (layer 2, inside
 * defs).
 */
#ifndef HR_DEFS_DETAIL_H
#define HR_DEFS_DETAIL_H

#include "defs/defs.h"
#include "defs/scopes.h"
#include "syntax/tree.h"

/*
 * Fills the detail of definitions [first, last), which stand in the statement that
 * `tree` is of; `line` is the statement's first 0-based line.  Appends its super()
 * calls and the names that it binds in the module.  False without memory.
 */
bool hr_detail_statement(struct hr_defs *defs, uint32_t first, uint32_t last,
                         const struct hr_tree *tree, struct hr_scopes *scopes,
                         struct hr_span statement, uint32_t line);

#endif
