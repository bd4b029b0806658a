/*
 * The guarded code for a function that was compiled without a guard (layer 4b): its
 * file is guarded and compiled once, and its code is found there.
 */
#ifndef HR_RUNTIME_LIVE_H
#define HR_RUNTIME_LIVE_H

#include "runtime/state.h"

/*
 * New reference to the guarded counterpart of the function's code.  NULL without an
 * exception: there is none, and *reason (static text) says why.  NULL with one:
 * MemoryError and the like.
 */
PyObject *hr_live_guarded_code(struct hr_state *state, PyFunctionObject *function,
                               const char **reason);

/*
 * The code that python itself makes of the text that the guarded code was made of: new
 * reference.  NULL without an exception: it is not known.  NULL with one otherwise.
 */
PyObject *hr_live_plain_code(struct hr_state *state, PyCodeObject *guarded);

/*
 * Adds `code` and every code object inside it to `index`, a dict from (co_qualname,
 * co_firstlineno); of several the first stays.  0, or -1 with an exception.
 */
int hr_live_index(PyObject *index, PyObject *code);

/* Whether `guarded` is `live` with the guard put in, as far as its signature,
 * variables, names and inner definitions tell.  1, 0, or -1 with an exception. */
int hr_live_same(PyCodeObject *live, PyCodeObject *guarded);

/*
 * What a decorator without functools.wraps made its function of: the function in the
 * closure of `function`, at any depth, that the calling frame defines in the statement
 * that it is at.  New reference; NULL, without an exception, if there is none.
 */
PyObject *hr_live_decorated(PyObject *function);

/* The same where no frame tells: the function in the closure, at any depth, that has
 * the name `name`, under which `function` is found.  Borrowed; NULL: there is none. */
PyObject *hr_live_named(PyObject *function, PyObject *name);

#endif
