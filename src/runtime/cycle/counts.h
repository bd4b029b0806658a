/*
 * What the guarded text of a generator counts its values with (layer 4b):
 *
 *     COUNT = +COUNTS         at its start; COUNTS stands among the builtins
 *     yield COUNT[x]          counts, and is x
 *     yield from COUNT @ x    is x, or an iterator that counts what x delivers
 *
 * A generator that counts by itself is delegated to as it is: its count becomes the
 * child of the one that delegates, and is read when that one is.  A body that asks for
 * its own names has no COUNT among them: it uses COUNTS in its place, which finds the
 * count by the frame that runs.
 */
#ifndef HR_RUNTIME_COUNTS_H
#define HR_RUNTIME_COUNTS_H

#include "runtime/state.h"

struct hr_count {
    PyObject_HEAD struct hr_state *state;
    Py_ssize_t values; /* delivered, without the child's */
    PyObject *passed;  /* list of the codes of generators that count and that it has
                        * delegated to; or NULL */
    bool sent;         /* another iterator that it delegated to was sent a value */
    struct hr_count *child; /* of the generator that it last delegated to; or NULL */
    const void *awaited;    /* the frame whose count will be the child; or NULL */
    struct hr_count *next;  /* of hr_state.awaiting, where one is awaited */
    struct hr_count *previous;
};

/* Puts COUNTS among the builtins.  0, or -1 with an exception. */
int hr_counts_init(PyObject *module, struct hr_state *state);

/* The count of a generator's frame (new reference); NULL without an exception if its
 * values are not counted. */
PyObject *hr_counts_of(struct hr_state *state, PyFrameObject *frame);

/* How many values were delivered so far. */
Py_ssize_t hr_count_values(PyObject *count);

/* One more was; takes NULL. */
void hr_count_add(PyObject *count);

/* --- over.c: an iterator over one that does not count --- */

extern PyType_Spec hr_over_spec;

/* New reference, or NULL with an exception. */
PyObject *hr_over_new(PyTypeObject *type, PyObject *iterator, struct hr_count *count);

/* Whether it, or one below it, has handed on to another iterator what was sent in. */
bool hr_count_has_sent(PyObject *count);

/* The codes of the counting generators that it has delegated to, those below it among
 * them: a new list, or NULL without an exception. */
PyObject *hr_count_passed(PyObject *count);

#endif
