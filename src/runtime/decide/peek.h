/*
 * What the names in a piece of source mean in a live frame, found without running
 * any of the program's code (layer 4b): no call, no descriptor, no __getattr__.
 */
#ifndef HR_RUNTIME_PEEK_H
#define HR_RUNTIME_PEEK_H

#include "runtime/state.h"

#include <stdbool.h>

struct hr_peek_scope { /* where names are looked up; all borrowed */
    PyFrameObject *frame;
    PyObject *function; /* its globals instead of the frame's variables; NULL: none */
    PyObject *given;    /* the values of its parameters, as far as they are known */
};

struct hr_peek { /* an expression's text that is read from `at` on */
    const char *at;
    const char *end;
    const struct hr_peek_scope *scope;
};

/* Borrowed: from the frame. */
static inline PyCodeObject *hr_peek_code(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code);
    return code;
}

/* Past blanks, newlines and comments. */
void hr_peek_skip(struct hr_peek *reader);

/* Whether the next byte that is not blank is `c`; if so, past it. */
bool hr_peek_take(struct hr_peek *reader, char c);

/* What the class, or one of its bases, holds under the name: borrowed, or NULL. */
PyObject *hr_peek_type_attribute(PyTypeObject *type, PyObject *name);

/* An attribute of an object, as far as it can be had without running code: borrowed, or
 * NULL. */
PyObject *hr_peek_attribute(PyObject *object, PyObject *name);

/* The variable of that name: new reference, or NULL without an exception. */
PyObject *hr_peek_variable(const struct hr_peek_scope *scope, PyObject *name);

/* The variable of that name that is not the frame's own: new reference, or NULL without
 * an exception. */
PyObject *hr_peek_global(PyFrameObject *frame, PyObject *name);

/* What a loaded module holds under the name: borrowed, or NULL without an exception. */
PyObject *hr_peek_in_module(const char *module, const char *name);

/* Whether the object is of the class that a loaded module holds under the name. */
bool hr_peek_is_a(PyObject *object, const char *module, const char *name);

/* Whether the exception's class, or one of the bases, is called so; no class that is
 * built in is looked at. */
bool hr_peek_bears_name(PyObject *exception, const char *name);

/* Whether the type, or one of a tuple, matches; false for NULL and what is no type. */
bool hr_peek_type_matches(PyObject *type, PyObject *exception);

/* NAME.NAME...: new reference, NULL without an exception if it is not known.  The
 * reader stands after it either way. */
PyObject *hr_peek_path(struct hr_peek *reader);

/* What "package.module.Class" or a builtin's plain name stands for in the modules that
 * are loaded: new reference, NULL without an exception if nothing does (yet). */
PyObject *hr_peek_loaded(PyObject *dotted_name);

/* Whether one of the exception types from here to the end, or to a ')', matches.
 * `depth` starts with 0. */
bool hr_peek_matches(struct hr_peek *reader, PyObject *exception, int depth);

#endif
