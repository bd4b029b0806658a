/*
 * Moves a compiled code object, and every code object in its constants, from the
 * lines of a guarded text to those of the person's file (layer 4b): the line
 * table, co_firstlineno, and on 3.13 a class's __firstlineno__.
 */
#ifndef HR_RUNTIME_REBASE_H
#define HR_RUNTIME_REBASE_H

#include "runtime/state.h"

#include "defs/defs.h"
#include "rewrite/linemap.h"

/*
 * In place: `code` must be fresh from the compiler, seen by nobody else.  `defs` is the
 * index of the original text.  0, or -1 with an exception; NotImplementedError where a
 * class's __firstlineno__ cannot be re-based.
 */
int hr_rebase(PyCodeObject *code, const struct hr_line_map *map,
              const struct hr_defs *defs);

#endif
