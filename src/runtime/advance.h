/*
 * What the person decided about a failed call before its guard was reached (layer 4b):
 * --stop-at=raise.
 */
#ifndef HR_RUNTIME_ADVANCE_H
#define HR_RUNTIME_ADVANCE_H

#include "runtime/crash.h"

/* Keeps the crash, which it owns now, until its frame's guard asks. */
void hr_advance_keep(struct hr_state *state, struct hr_crash *crash, bool taken);

/* What was kept for the frame, which the caller owns now; NULL if nothing was. */
struct hr_crash *hr_advance_take(struct hr_state *state, PyFrameObject *frame);

/* Frees what this thread kept for frames that are neither `top` nor its callers: one
 * whose `finally` returned something never comes to its guard. */
void hr_advance_forget(struct hr_state *state, PyFrameObject *top);

#endif
