/*
 * Child processes that multiprocessing starts afresh, by spawn or from its server
 * (layer 4b): they run the program that this process runs, with the same options, and
 * so are guarded; sys.executable stays what it is.
 */
#ifndef HR_RUNTIME_CHILDREN_H
#define HR_RUNTIME_CHILDREN_H

#include "runtime/state.h"

/* What children run: the path of the program (str) and the list of arguments that
 * stand before python's own. */
void hr_children_set(struct hr_state *state, PyObject *program, PyObject *arguments);

/* Told of each module that is about to be imported, by its name; `module` is
 * hot_restart itself.  Never fails. */
void hr_children_notice(PyObject *module, struct hr_state *state, PyObject *name);

void hr_children_finish(struct hr_state *state);

#endif
