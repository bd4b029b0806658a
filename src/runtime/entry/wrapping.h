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
    PyObject *named;    /* borrowed: what the person named, of which all is told */
    const char *reason; /* why the last object was not wrapped */
    bool never;         /* nothing is guarded; what is guarded gets the options */
    /* Of the functions that a class or a module defines: */
    bool wrapped;             /* there is one that is wrapped now */
    bool generated;           /* ... and one that stands in no file */
    unsigned failed;          /* how many could not be wrapped ... */
    PyObject *first_failed;   /* str, owned: the first of them ... */
    const char *first_reason; /* ... and why */
};

/* What was told of the function that `code` belongs to, in state->options: borrowed.
 * NULL without an exception: nothing. */
PyObject *hr_wrapping_told(struct hr_state *state, PyCodeObject *code);

/* 1: wrapped; 0: it cannot be, for wrapping->reason; -1: an exception. */
int hr_wrapping_object(struct hr_wrapping *wrapping, PyObject *object);

/* One remark for all functions that a class or a module defines and that could not be
 * wrapped; none if there are none.  Frees what the wrapping owns. */
void hr_wrapping_finish(struct hr_wrapping *wrapping);

/* What the module of this dictionary defines; -1 with an exception. */
int hr_wrapping_namespace(struct hr_wrapping *wrapping, PyObject *dict);

#endif
