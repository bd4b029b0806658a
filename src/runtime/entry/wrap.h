/*
 * wrap, wrap_class, wrap_module and their like, on live objects (layer 4b): each
 * guards functions where they are, and gives back the very object that it got.
 */
#ifndef HR_RUNTIME_WRAP_H
#define HR_RUNTIME_WRAP_H

#include "runtime/state.h"

/* The methods that module.c puts into the module. */
extern PyMethodDef hr_wrap_methods[];

/*
 * What wrap was told for the function that `code` belongs to (borrowed): a tuple
 * (exceptions to let pass: tuple, let KeyboardInterrupt pass: bool).  NULL without an
 * exception if it was told nothing.
 */
PyObject *hr_wrap_options(struct hr_state *state, PyCodeObject *code);

#endif
