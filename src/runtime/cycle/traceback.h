/*
 * Tracebacks, of restarted calls above all (layer 4b).  A restarted version runs inside
 * the handler of the call that failed, and when it fails for good that frame leaves an
 * entry, at the line of its def, that no traceback of the program itself has.
 */
#ifndef HR_RUNTIME_TRACEBACK_H
#define HR_RUNTIME_TRACEBACK_H

#include "runtime/state.h"

/* Takes those entries out of the exception's traceback.  Keeps the current
 * exception; cannot fail. */
void hr_traceback_clean(struct hr_state *state, PyObject *exception);

/* Whether the entry stands in the guard's own lines: the call that it restarted. */
bool hr_traceback_is_guard(struct hr_state *state, const PyTracebackObject *entry);

/* How far a chain of contexts is followed: it is not endless, but a program may tie one
 * into a ring. */
#define HR_LONGEST_CHAIN 1000

/* The nearest exception that was being handled when `exception` came up and whose
 * traceback begins with an entry that `wants` takes: new reference, or NULL. */
PyObject *hr_traceback_context(PyObject *exception,
                               bool (*wants)(const PyTracebackObject *entry,
                                             void *data),
                               void *data);

#endif
