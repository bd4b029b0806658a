/*
 * Iterators that a failed call was given and had begun to read (layer 4b).  A new run
 * goes on with what is left in one; the item that the failed run was dealing with is
 * put back in front of it, where the code says for certain which that is.
 */
#ifndef HR_RUNTIME_READING_H
#define HR_RUNTIME_READING_H

#include "runtime/cycle/crash.h"
#include "runtime/cycle/flow.h"

extern PyType_Spec hr_reading_spec;

/* Fills in `reads`, `item` and `again`.  Never fails: what cannot be told is left out.
 * `flow`: of its code, read if it is needed. */
void hr_reading_find(struct hr_state *state, struct hr_crash *crash,
                     struct hr_flow *flow);

/* Puts the item back among the arguments that a new run gets.  0, or -1 with an
 * exception. */
int hr_reading_put_back(struct hr_state *state, struct hr_crash *crash);

#endif
