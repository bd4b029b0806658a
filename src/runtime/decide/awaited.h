/*
 * Who gets what a task of asyncio fails with (layer 4b): the tasks that wait for it,
 * whose frames are suspended and stand on no stack.
 */
#ifndef HR_RUNTIME_AWAITED_H
#define HR_RUNTIME_AWAITED_H

#include "runtime/state.h"

enum hr_awaited {
    HR_AWAITED_UNKNOWN, /* whoever runs the event loop, or somebody not known */
    HR_AWAITED_NO,
    HR_AWAITED_YES,
};

/* Whether the frame, which stands above `callee` (NULL: suspended), handles it. */
typedef bool hr_awaited_judge(struct hr_state *state, PyFrameObject *frame,
                              PyFrameObject *callee, PyObject *exception);

/* The task whose coroutine `frame` is the outermost frame of, if that is running now:
 * new reference, or NULL without an exception. */
PyObject *hr_awaited_task(PyFrameObject *frame);

/*
 * Asks the judge for each frame of those that await the task, from the inside out, and
 * of those that await them.  gather(return_exceptions=True) handles everything; a
 * TaskGroup makes a group of it.  *handler is then the address of the frame (or of the
 * task, for gather).  Runs none of the program's code; keeps the current exception.
 */
enum hr_awaited hr_awaited_by(struct hr_state *state, PyObject *task,
                              PyObject *exception, hr_awaited_judge *judge,
                              const void **handler);

#endif
