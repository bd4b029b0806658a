/*
 * What guarded code calls (layer 4b): the objects behind __hr_crashed__ and
 * __hr_restarted__.
 *
 * The interpreter's builtins have them, to its end; they have their types, and these
 * the module.  Neither of the two is known to the garbage collector: once they are
 * there, the module and its state stay.
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

/*
 * Methods of the objects among the builtins, which programs copy and pickle with their
 * namespaces.  A copy is the object itself.  What is pickled is an empty tuple: what
 * another process does with a guard's name that came with a function is nothing.
 */
PyObject *hr_hooks_copy(PyObject *self, PyObject *ignored);
PyObject *hr_hooks_reduce(PyObject *self, PyObject *ignored);

#define HR_HOOKS_METHODS                                                               \
    {"__copy__", hr_hooks_copy, METH_NOARGS, NULL},                                    \
        {"__deepcopy__", hr_hooks_copy, METH_O, NULL},                                 \
    {                                                                                  \
        "__reduce__", hr_hooks_reduce, METH_NOARGS, NULL                               \
    }

/* Frees what hr_hooks_init had made when it failed. */
void hr_hooks_remove(struct hr_state *state);

#endif
