/*
 * Whether a manager's own __exit__, written in Python, swallows whatever it is given
 * (layer 4b): its text says so, and nothing is called.
 */
#ifndef HR_RUNTIME_DECIDE_EXITS_H
#define HR_RUNTIME_DECIDE_EXITS_H

#include "runtime/decide/peek.h"

/* Whether managers of the type do: each way through __exit__ (and __aexit__) ends in
 * `return True`, and none in a raise, an assert or the program's end.  Leaves no
 * exception. */
bool hr_exits_always(struct hr_state *state, PyTypeObject *type);

/* The type of the manager that an item of a `with` is: of an object that was made
 * before, or of a class that is called there and whose calls make plain instances.  New
 * reference, or NULL without an exception. */
PyTypeObject *hr_exits_type(struct hr_peek item);

#endif
