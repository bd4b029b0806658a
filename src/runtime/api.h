/*
 * The rest of the Python API (layer 4b): leaving the debugger, and running a whole
 * module again.
 */
#ifndef HR_RUNTIME_API_H
#define HR_RUNTIME_API_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The methods that module.c puts into the module. */
extern PyMethodDef hr_api_methods[];

#endif
