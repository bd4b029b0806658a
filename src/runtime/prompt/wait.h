/*
 * The front end without a prompt (layer 4b): says what failed, waits until the file is
 * saved, has it reloaded.  It answers to what debug.c asks of a prompt: ask, say,
 * close.
 */
#ifndef HR_RUNTIME_WAIT_H
#define HR_RUNTIME_WAIT_H

#include "runtime/state.h"

/*
 * Says what failed on sys.stderr, with the traceback, and watches the file of `frame`.
 * New reference; NULL with an exception.  `traceback` may be NULL; callers in the list
 * `hidden` are left out.
 */
PyObject *hr_wait_new(struct hr_state *state, PyFrameObject *frame, PyObject *exception,
                      PyObject *traceback, PyObject *qualname, PyObject *hidden);

#endif
