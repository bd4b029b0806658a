/*
 * Sequences the steps: crash -> decide -> debug -> reload -> patch -> restart
 * (layer 4b).  The steps never call one another.
 */
#ifndef HR_RUNTIME_CYCLE_H
#define HR_RUNTIME_CYCLE_H

#include "runtime/prompt/debug.h"

/*
 * Runs in the handler of a guarded frame that failed with `exception`.  True: the
 * call will be restarted here (hr_cycle_restart comes next).  False: the exception
 * goes on.  Never leaves an exception of its own.
 */
bool hr_cycle_crashed(struct hr_state *state, PyObject *exception);

/* Runs where `exception` comes up in the guarded frame that runs, before what stands
 * around the place there does: asks in advance, and hr_cycle_crashed does as was said.
 * Never leaves an exception. */
void hr_cycle_raised(struct hr_state *state, PyObject *exception);

/* The result of the restarted call; NULL with its exception. */
PyObject *hr_cycle_restart(struct hr_state *state);

/* For the prompt at module level: the `reload` that was asked for there, as elsewhere.
 * Never fails. */
void hr_cycle_reload(struct hr_state *state, struct hr_debug_session *session,
                     PyFrameObject *frame);

/* Puts all that was edited in place, and says so if there is any.  Never fails. */
void hr_cycle_changed(struct hr_state *state, struct hr_debug_session *session,
                      PyFrameObject *frame);

/* The same of edited functions and classes alone, wherever they stand, as its `c` does.
 * Whether there were any; *failed: one of the functions cannot be put in place. */
bool hr_cycle_definitions(struct hr_state *state, struct hr_debug_session *session,
                          PyFrameObject *frame, bool *failed);

#endif
