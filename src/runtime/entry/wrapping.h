/*
 * The functions that an object holds, guarded where they are (layer 4b): a function, a
 * property, what a decorator made of a function, the members of a class or a module.
 */
#ifndef HR_RUNTIME_WRAPPING_H
#define HR_RUNTIME_WRAPPING_H

#include "runtime/state.h"

/* The attribute of what is left alone. */
#define HR_WRAPPING_NEVER "_hot_restart_no_wrap"

struct hr_wrapping {
    struct hr_state *state;
    PyObject *options;  /* tuple for state->options, or NULL: told nothing */
    const char *reason; /* why the last object was not wrapped */
};

/* Of the function in state->options: new reference. */
PyObject *hr_wrapping_key(PyCodeObject *code);

/* 1: wrapped; 0: it cannot be, for wrapping->reason; -1: an exception. */
int hr_wrapping_object(struct hr_wrapping *wrapping, PyObject *object);

/* What the module of this dictionary defines; -1 with an exception. */
int hr_wrapping_namespace(struct hr_wrapping *wrapping, PyObject *dict);

#endif
