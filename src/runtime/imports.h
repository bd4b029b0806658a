/*
 * Modules of the standard library that the runtime itself uses (layer 4b).
 */
#ifndef HR_RUNTIME_IMPORTS_H
#define HR_RUNTIME_IMPORTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A new reference to the module of that (dotted) name, imported if it has to be; NULL
 * with an exception.  Unlike PyImport_ImportModule(), it does not ask the __import__()
 * of builtins: a program, or one of its tests, may have put its own there, which is not
 * to see what hot-restart needs, nor to answer it. */
PyObject *hr_import(const char *name);

#endif
