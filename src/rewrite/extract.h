/*
 * The surrogate of one definition: the definition and the headers of the
 * scopes around it at their own lines and columns, all else blank (layer 3).
 * Compiling it gives the definition's code object with the right qualified
 * name, line numbers, free variables (the names that enclosing functions bind
 * stand as their parameters), mangling and __class__ cell.  It is compiled,
 * never run.
 */
#ifndef HR_REWRITE_EXTRACT_H
#define HR_REWRITE_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "defs/defs.h"

/*
 * Appends the surrogate of definition `def` to `out`.  Lines and columns of the
 * definition are those of the original, so no line map is needed.  `defs` must
 * be of depth DETAIL.  Fails with HR_ERROR_MEMORY, HR_ERROR_SYNTAX (the tree of
 * the definition or of a scope around it has an error, at its position).
 */
bool hr_extract(const struct hr_defs *defs, uint32_t def, struct hr_bytes *out,
                struct hr_error *err);

#endif
