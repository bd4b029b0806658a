/*
 * Whether an object leads to a function (layer 4b): is it, wraps it in whatever way, or
 * holds it.  Nothing is called.
 */
#ifndef HR_RUNTIME_REACH_H
#define HR_RUNTIME_REACH_H

#include "runtime/state.h"

/* The function nearest to `object` that was made by the def of `function` or another of
 * its name: borrowed, or NULL if there is none near. */
PyObject *hr_reach_first(PyObject *object, PyObject *function);

/* Whether `function` itself is near. */
bool hr_reach_leads_to(PyObject *object, PyObject *function);

#endif
