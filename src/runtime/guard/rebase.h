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

/*
 * The line that each class in `code` is going to have as __firstlineno__ becomes what
 * `line_of` makes of it (both 1-based); nothing where classes have none.  In place, of
 * code that has not run.  One that cannot be changed stays.  0, or -1 with an
 * exception.
 */
int hr_rebase_classes(PyCodeObject *code,
                      uint32_t (*line_of)(const void *context, uint32_t line),
                      const void *context);

#endif
