/*
 * What the person decided about a call before its guard was reached (layer 4b):
 * --stop-at=raise, and callers that are to be restarted (unwind.c).
 */
#ifndef HR_RUNTIME_ADVANCE_H
#define HR_RUNTIME_ADVANCE_H

#include "runtime/cycle/crash.h"

/* Keeps the crash, which it owns now, until its frame's guard asks. */
void hr_advance_keep(struct hr_state *state, struct hr_crash *crash, bool taken);

/* What was kept for the frame, to which `exception` came up; the caller owns it now.
 * NULL if nothing was, or if it waits for another exception (it is dropped then). */
struct hr_crash *hr_advance_take(struct hr_state *state, PyFrameObject *frame,
                                 PyObject *exception);

/* Frees what this thread kept for frames that are neither `top` nor its callers: one
 * whose `finally` returned something never comes to its guard. */
void hr_advance_forget(struct hr_state *state, PyFrameObject *top);

#endif
