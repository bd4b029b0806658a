/*
 * Moves a compiled code object, and every code object in its constants, from the
 * lines of a guarded text to those of the person's file (layer 4b): the line
 * table, co_firstlineno, and on 3.13 a class's __firstlineno__.
 */
#ifndef HR_RUNTIME_REBASE_H
#define HR_RUNTIME_REBASE_H

#include "runtime/state.h"

#include "rewrite/linemap.h"

/* In place: `code` must be fresh from the compiler, seen by nobody else.  0, or -1
 * with an exception. */
int hr_rebase(PyCodeObject *code, const struct hr_line_map *map);

#endif
