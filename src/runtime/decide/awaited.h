/*
 * Who gets what a task of asyncio, or a thread of a pool, fails with (layer 4b): those
 * that wait for it, whose frames are suspended or stand on another stack.
 */
#ifndef HR_RUNTIME_AWAITED_H
#define HR_RUNTIME_AWAITED_H

#include "runtime/decide/passage.h"

enum hr_awaited {
    HR_AWAITED_UNKNOWN, /* whoever runs the event loop, or somebody not known */
    HR_AWAITED_NO,
    HR_AWAITED_YES,
};

/*
 * Who gets what leaves `callee`, if that is not `above`, which called it (NULL:
 * nobody): `callee` is the outermost frame of a task, or called by a thread pool.  Asks
 * the judge for each frame of those that await it, from the inside out, and of those
 * that await them.  gather(return_exceptions=True) handles everything; a TaskGroup
 * makes a group of it.  UNKNOWN: the callers of `callee` get the passage's exception,
 * as it then is. Runs none of the program's code; leaves no exception.
 */
enum hr_awaited hr_awaited_by(struct hr_passage *passage, PyFrameObject *callee,
                              PyFrameObject *above);

/* The same of what waits for a future, of asyncio or of concurrent.futures. */
enum hr_awaited hr_awaited_future(struct hr_passage *passage, PyObject *future);

/* Whether the callers of the frame handle it: YES or NO.  `group`: the TaskGroup that
 * it is yet to come out of there, or NULL.  The passage stays as it is. */
enum hr_awaited hr_awaited_climb(struct hr_passage *passage, PyFrameObject *frame,
                                 PyObject *group);

/* Whether the task of asyncio, or whatever it is, runs the coroutine of this frame. */
bool hr_awaited_runs(PyObject *task, PyFrameObject *frame);

/* The future that gets what another one got, if this is the callback of that one which
 * sees to it: borrowed, or NULL. */
PyObject *hr_awaited_chained(PyObject *callback);

#endif
