/*
 * Functions that are pickled by their code (layer 4b): cloudpickle, and with it joblib,
 * Dask, Ray and Spark, and dill take what stands in __main__ apart and send it to
 * processes that know nothing of a guard.  They are given the code without one.
 */
#ifndef HR_RUNTIME_COPIES_H
#define HR_RUNTIME_COPIES_H

#include "runtime/state.h"

/* To be called with the name space of each module that was run: in the pickler that it
 * makes, if it makes one, the function for code objects is replaced.  `owner` is the
 * hot_restart module.  Never fails: one of another shape is left alone. */
void hr_copies_meet(PyObject *owner, PyObject *globals);

#endif
