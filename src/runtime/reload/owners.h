/*
 * The live classes in whose bodies a function stands (layer 4b).
 */
#ifndef HR_RUNTIME_OWNERS_H
#define HR_RUNTIME_OWNERS_H

#include "runtime/state.h"

/* The class in whose body the function stands; new reference, or NULL without an
 * exception.  With several of its name it is the one that has this function. */
PyObject *hr_owners_class(PyObject *function);

/* Whether the class's own namespace has the function, in whatever wrapper. */
bool hr_owners_has(PyObject *type, PyObject *function);

/* A type parameter of the function, or of a class around it up to the next function:
 * new reference, or NULL without an exception. */
PyObject *hr_owners_type_parameter(PyObject *function, PyObject *name);

#endif
