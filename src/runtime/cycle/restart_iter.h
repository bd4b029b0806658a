/*
 * What a failed generator, coroutine or asynchronous generator delegates to: an
 * object that drives the new version, in a loop as restart.c does (layer 4b).  A
 * part of restart.c; only that file and hooks.c use it.
 */
#ifndef HR_RUNTIME_RESTART_ITER_H
#define HR_RUNTIME_RESTART_ITER_H

#include "runtime/cycle/restart.h"

extern PyType_Spec hr_restart_iter_spec;

/* Takes the crash over.  New reference, or NULL with MemoryError. */
PyObject *hr_restart_iter_new(struct hr_state *state, struct hr_crash *crash);

/* Makes the call once.  New reference, or NULL with its exception. */
PyObject *hr_restart_call(struct hr_crash *crash);

/* A loop stands between the two; they need not nest. */
void hr_loop_enter(struct hr_state *state, struct hr_loop *loop);
void hr_loop_leave(struct hr_state *state, struct hr_loop *loop);

#endif
