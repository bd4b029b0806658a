/*
 * Restarting a caller of the failed call (layer 4b): everything below it is unwound by
 * an exception of ours, which the guards on the way let pass, as does every clause that
 * does not catch BaseException.
 */
#ifndef HR_RUNTIME_UNWIND_H
#define HR_RUNTIME_UNWIND_H

#include "runtime/cycle/crash.h"

/*
 * Describes the live call of `frame`, a caller of what failed with `exception`, to be
 * restarted, as hr_crash_new does; its `unwinding` is the exception that is to come up
 * to it, which no guard stops for.
 */
struct hr_crash *hr_unwind_new(struct hr_state *state, PyFrameObject *frame,
                               PyObject *exception);

/* Which frame above `from`, up to that of `caller`, would catch what is to come up, as
 * "name (file:line)": a new str, or NULL without an exception. */
PyObject *hr_unwind_obstacle(struct hr_state *state, const struct hr_crash *caller,
                             PyFrameObject *from);

#endif
