/*
 * What an edited function sees around itself (layer 4b): the cells of its closure,
 * matched by name, and the names for evaluating its defaults.
 */
#ifndef HR_RUNTIME_CLOSURE_H
#define HR_RUNTIME_CLOSURE_H

#include "runtime/state.h"

/*
 * The closure with which `function` can run `code`: its own cells by name; for a
 * variable that it gains, `__class__` from the live class, the cell of a sibling
 * that shares one of ours or that the enclosing call has in a variable, the value that
 * this call has now (`frame` is the failed frame, which it stands above; the cell is
 * then not the call's own, and the name is added to the list `copied`, which may be
 * NULL), else an empty cell, whose name is added to the list `empty`.  A live call that
 * has made another function by the same def is not taken for the enclosing one.  A new
 * tuple, or NULL with an exception.
 */
PyObject *hr_closure_fit(struct hr_state *state, PyObject *function, PyCodeObject *code,
                         PyFrameObject *frame, PyObject *empty, PyObject *copied);

/* A new dict with what a default of `function` may refer to besides the globals: the
 * enclosing call's locals, the cells of `closure`, the class's namespace. */
PyObject *hr_closure_names(PyObject *function, PyCodeObject *code, PyObject *closure,
                           PyFrameObject *frame);

#endif
