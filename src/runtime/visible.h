/*
 * Texts for a terminal (layer 4b): names of files and messages of exceptions may hold
 * what moves its cursor or changes its state.
 */
#ifndef HR_RUNTIME_VISIBLE_H
#define HR_RUNTIME_VISIBLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* Such characters as escapes; with `lines`, ends of lines stay.  Takes the reference
 * over and gives a new one; NULL stays NULL, or comes with an exception. */
PyObject *hr_visible(PyObject *text, bool lines);

#endif
