/*
 * An exception on its way from caller to caller (layer 4b): what it is by then, and who
 * is asked about it.
 */
#ifndef HR_RUNTIME_DECIDE_PASSAGE_H
#define HR_RUNTIME_DECIDE_PASSAGE_H

#include "runtime/state.h"

#include <stdbool.h>

struct hr_passage;

/* Whether the frame, which stands above `callee` (NULL: suspended), handles it. */
typedef bool hr_passage_judge(struct hr_passage *passage, PyFrameObject *frame,
                              PyFrameObject *callee);

/* Whether one of the frame's callers does. */
typedef bool hr_passage_climb(struct hr_passage *passage, PyFrameObject *frame);

struct hr_question { /* what the ways of one exception share */
    struct hr_state *state;
    hr_passage_judge *judge;
    hr_passage_climb *climb;
    const void *handler;    /* who handles it, once that is known: an address */
    int turns;              /* how often its way left a stack for another one */
    struct hr_verdict *way; /* where the callers are noted that it passes, or NULL */
    bool calls_known;
    bool may_swallow; /* C code that calls may swallow it; once that is known */
    bool may_lose;    /* ... or lose it */
};

struct hr_passage {
    struct hr_question *question;
    PyObject *exception; /* owned: a TaskGroup makes a group of it */
    PyObject *group;     /* owned: the TaskGroup that it is yet to come out of, by whose
                          * `async with`; NULL: none */
};

/* A second way of the same exception; hr_passage_finish ends it. */
struct hr_passage hr_passage_fork(const struct hr_passage *passage);
void hr_passage_finish(struct hr_passage *passage);

/* A TaskGroup's `async with` is left: from here on it is a group.  Leaves no exception.
 */
void hr_passage_leave_group(struct hr_passage *passage);

/* Whether the frame runs a function of that qualified name, of that module. */
bool hr_passage_is_in(PyFrameObject *frame, const char *module, const char *qualname);

/* A variable of the frame's own: new reference, or NULL without an exception. */
PyObject *hr_passage_local(PyFrameObject *frame, const char *name);

/* An attribute of an object of the library's own: new reference, or NULL without an
 * exception.  Runs no code of a class that is derived from the library's. */
PyObject *hr_passage_attribute(PyObject *object, const char *name);

#endif
