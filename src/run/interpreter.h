/*
 * Which interpreter's libraries and packages are used (layer 5): that of a virtual
 * environment, or the one that this program was built for.
 */
#ifndef HR_RUN_INTERPRETER_H
#define HR_RUN_INTERPRETER_H

#include <stdbool.h>

#include "base/bytes.h"

/*
 * Appends the path of the interpreter that sys.executable will name.  `chosen` is what
 * --python gave (a program or an environment's folder) or NULL; then that of the
 * environment whose bin `argv0` stands in; then the active one; then `built_for`.
 *
 * False: `message` holds what is wrong with it, a whole line for the person:
 * there is none, or it is of another minor version than the linked libpython.
 */
bool hr_interpreter_find(const char *chosen, const char *argv0, const char *built_for,
                         struct hr_bytes *path, struct hr_bytes *message);

#endif
