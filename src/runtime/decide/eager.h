/*
 * Tasks of asyncio that start to run where they are made (layer 4b): CPython 3.12's
 * eager_task_factory.  What one fails with does not reach who made it by its stack, but
 * by the functions of asyncio that stand there and keep the task.
 */
#ifndef HR_RUNTIME_DECIDE_EAGER_H
#define HR_RUNTIME_DECIDE_EAGER_H

#include "runtime/decide/awaited.h"

/* Who gets what leaves the outermost frame of a task, which `above` called; UNKNOWN:
 * the task is none of these. */
enum hr_awaited hr_eager_ask(struct hr_passage *passage, PyFrameObject *above);

/* The task whose outermost frame is `callee`, called by `above`, while one that it made
 * runs in its place: new reference, or NULL without an exception. */
PyObject *hr_eager_interrupted(PyFrameObject *callee, PyFrameObject *above);

#endif
