/*
 * From the original arguments, by name, to a call that fits the signature of the
 * new version (layer 4b).
 */
#ifndef HR_RUNTIME_ARGUMENTS_H
#define HR_RUNTIME_ARGUMENTS_H

#include "runtime/state.h"

/*
 * The positional (a tuple) and keyword (a dict) arguments for a call of `function`.
 * `values` holds what was passed to the parameters of `old`, by name.  A parameter
 * that was renamed in its place keeps its value; one that is gone is passed by
 * its old name, so that the call fails as the caller's would.  New references; 0, or
 * -1 with an exception.
 */
int hr_arguments_fit(PyObject *function, PyCodeObject *old, PyObject *values,
                     PyObject **positional, PyObject **keywords);

/* Whether a call with these would be one of `function`'s signature; the function is not
 * called.  0, or -1 with TypeError. */
int hr_arguments_check(PyObject *function, PyObject *positional, PyObject *keywords);

#endif
