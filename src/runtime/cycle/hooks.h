/*
 * What guarded code calls (layer 4b): the objects behind __hr_crashed__ and
 * __hr_restarted__.
 */
#ifndef HR_RUNTIME_HOOKS_H
#define HR_RUNTIME_HOOKS_H

#include "runtime/state.h"

/*
 * Makes the hook types and objects of the state and puts the two names into the
 * builtins.  Called once an interpreter, when the module is first executed.  0, or
 * -1 with an exception.
 */
int hr_hooks_init(PyObject *module, struct hr_state *state);

/* Cuts both from the state, which is going away, and frees what the cycle holds:
 * guarded code that is still called then runs as if it were not guarded. */
void hr_hooks_remove(struct hr_state *state);

#endif
