/*
 * Live function objects and the code objects that they run (layer 4b): which
 * functions run a code object, and which code object took another one's place.
 * Knows nothing of crashes.
 */
#ifndef HR_RUNTIME_FUNCTIONS_H
#define HR_RUNTIME_FUNCTIONS_H

#include "runtime/state.h"

/*
 * The live functions that run `code`, or any code object that took its place or
 * whose place it took.  A new list, in no particular order; NULL with MemoryError.
 */
PyObject *hr_functions_of(struct hr_state *state, PyCodeObject *code);

/* Every live function (a new list), for searches by closure.  Slow. */
PyObject *hr_functions_all(struct hr_state *state);

/* Remembers that `code` took the place of `old`.  0, or -1 with an exception. */
int hr_functions_succeed(struct hr_state *state, PyCodeObject *old, PyCodeObject *code);

/* The newest code object in `code`'s place (borrowed); `code` itself if none is. */
PyCodeObject *hr_functions_latest(struct hr_state *state, PyCodeObject *code);

/* Whether that one is remembered as replaced, with one reference to it. */
bool hr_functions_is_replaced(struct hr_state *state, PyCodeObject *code);

/* Whether a call gives its caller the same: a result, a generator, a coroutine or an
 * asynchronous generator. */
bool hr_functions_same_kind(PyCodeObject *a, PyCodeObject *b);

/* How many parameters it has, *args and **kwargs among them: its first variables. */
static inline Py_ssize_t hr_functions_parameters(const PyCodeObject *code)
{
    return code->co_argcount + code->co_kwonlyargcount +
           ((code->co_flags & CO_VARARGS) != 0) +
           ((code->co_flags & CO_VARKEYWORDS) != 0);
}

/* Whether both have the same free variables, in the same order. */
bool hr_functions_same_captures(PyCodeObject *a, PyCodeObject *b);

/*
 * Puts `code` where `old` stands among the constants of the code objects in `owner`
 * (any depth), so that functions that an enclosing scope makes later get it.  True
 * if a place was found and filled.  Only where both capture the same variables:
 * the enclosing scope builds the closure.
 */
bool hr_functions_replace_constant(PyCodeObject *owner, PyCodeObject *old,
                                   PyCodeObject *code);

/* The qualified name as people read it, without "<locals>": a new str. */
PyObject *hr_functions_qualname(PyCodeObject *code);

#endif
