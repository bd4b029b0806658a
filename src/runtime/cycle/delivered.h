/*
 * How many values a failed generator had delivered (layer 4b), found without anything
 * that counts them: from where it failed, and the ways that its code leaves to get
 * there.
 */
#ifndef HR_RUNTIME_DELIVERED_H
#define HR_RUNTIME_DELIVERED_H

#include "runtime/cycle/crash.h"
#include "runtime/cycle/flow.h"

/* Fills in `delivered`, `takes_values` and `thrown` for a generator or an asynchronous
 * one that failed.  Never fails: what cannot be told is unknown.  `flow`: of its code,
 * read if it is needed. */
void hr_delivered_find(struct hr_crash *crash, struct hr_flow *flow);

/* The instruction that failed, or where a caller of it stands, in code units. */
Py_ssize_t hr_delivered_place(const struct hr_crash *crash);

/* An iterator, by its type alone; the object that a method belongs to is not read. */
bool hr_delivered_is_used_up(PyObject *name, PyObject *value);

/* The parameter (borrowed), or NULL, that was given something that is used up as it is
 * read: a new run goes on where the failed one stopped reading. */
PyObject *hr_delivered_source(const struct hr_crash *crash);

#endif
