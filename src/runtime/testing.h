/*
 * Functions of the module that only its tests call (layer 4b); their names start
 * with an underscore.
 */
#ifndef HR_RUNTIME_TESTING_H
#define HR_RUNTIME_TESTING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyMethodDef hr_testing_methods[];

#endif
