/*
 * What a call gives to the parameters of a function that is not running (layer 4b).
 */
#ifndef HR_RUNTIME_DECIDE_GIVEN_H
#define HR_RUNTIME_DECIDE_GIVEN_H

#include "runtime/decide/peek.h"

/* All give a new dictionary, name -> value, that lacks what cannot be known, or NULL
 * without an exception.  Nothing of the program is called. */

/* ... by a call's text: `callee` is what stands before the parenthesis. */
PyObject *hr_given_by_text(PyObject *function, struct hr_peek callee,
                           struct hr_peek call);

/* ... by a tuple and a dictionary, which may be NULL. */
PyObject *hr_given_by_values(PyObject *function, PyObject *positional, PyObject *named);

#endif
