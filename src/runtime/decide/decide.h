/*
 * The second step of the cycle (layer 4b): stop for this exception here, or let
 * it pass?  Cheap: it is asked for every exception that passes a guard.
 */
#ifndef HR_RUNTIME_DECIDE_H
#define HR_RUNTIME_DECIDE_H

#include "runtime/state.h"

/* True: stop.  Never fails; leaves no exception. */
bool hr_decide(struct hr_state *state, PyFrameObject *frame, PyObject *exception);

/* The same where the exception comes up in the frame, whose own clauses may handle it
 * too.  False outside of what the frame's guard covers. */
bool hr_decide_early(struct hr_state *state, PyFrameObject *frame, PyObject *exception);

/* The same at the top of the program, where nobody can handle it any more: what passed
 * because somebody was going to, and what is never looked at further down. */
bool hr_decide_last(struct hr_state *state, PyObject *exception);

/* From now on this exception is let through by every guard that it passes. */
void hr_decide_never(PyObject *exception);

#endif
