/*
 * The last step of the cycle (layer 4b): the new version runs in the place of the
 * failed call, in a loop.  A version that fails again, and is continued, unwinds
 * to the loop before the next one runs: neither the stack nor what dead frames
 * hold grows with the number of tries.
 */
#ifndef HR_RUNTIME_RESTART_H
#define HR_RUNTIME_RESTART_H

#include "runtime/cycle/crash.h"

struct hr_loop { /* stands while a restarted call is running */
    struct hr_loop *next;
    struct hr_loop *previous;
    PyFrameObject *frame;   /* the failed frame, which calls the new version */
    PyObject *function;     /* what it calls */
    struct hr_crash *crash; /* with what (borrowed) */
    bool again;             /* the call that is unwinding is to be made once more */
};

/*
 * Runs the function with the original arguments, or gives or raises what stands in the
 * crash instead.  For a generator, coroutine or
 * asynchronous generator: an object that does so when it is driven.  Takes the
 * crash over.  New reference, or NULL with the exception of the last try.
 */
PyObject *hr_restart(struct hr_state *state, struct hr_crash *crash);

/*
 * If the crash's frame was called by a restart loop with its function, tells that loop
 * to make the call again, with the crash's arguments, as soon as the frame has been
 * unwound, and returns true.
 */
bool hr_restart_again(struct hr_state *state, struct hr_crash *crash);

/* What becomes of the values that a generator had delivered, to be put behind its name:
 * new reference; NULL without an exception if there is nothing to say. */
PyObject *hr_restart_describe(struct hr_state *state, struct hr_crash *crash);

/* The frames that run a restart loop: a new list. */
PyObject *hr_restart_frames(struct hr_state *state);

#endif
