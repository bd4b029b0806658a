/*
 * The cycle at module level (layer 4b): when a statement of a module fails, the prompt
 * opens, and the module goes on from that statement of the edited file, in the same
 * namespace, with nothing above it run again.
 */
#ifndef HR_RUNTIME_TOPLEVEL_H
#define HR_RUNTIME_TOPLEVEL_H

#include "runtime/guard/source.h"

/* Runs the code of a module in `globals`, as exec does; from a source that is not
 * known, just that.  New reference, or NULL with the exception that was let go. */
PyObject *hr_toplevel_run(struct hr_state *state, PyObject *code, PyObject *globals);

/* Sees to it that the globals have builtins, as exec does.  0, or -1. */
int hr_toplevel_add_builtins(PyObject *globals);

/* Puts an `exec` into the named module, which must be one of the interpreter's own that
 * run modules, so that guarded code run there goes through hr_toplevel_run.  `owner` is
 * the hot_restart module.  0, or -1 with an exception. */
int hr_toplevel_install(PyObject *owner, const char *module_name);

#endif
