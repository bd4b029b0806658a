/*
 * Who gets what a thread of a pool fails with (layer 4b): the threads that wait for its
 * future, whose stacks are other ones.
 */
#ifndef HR_RUNTIME_DECIDE_THREADS_H
#define HR_RUNTIME_DECIDE_THREADS_H

#include "runtime/decide/awaited.h"

/* What a frame has to do with `wanted`: UNKNOWN is nothing. */
typedef enum hr_awaited hr_threads_visit(struct hr_passage *passage,
                                         PyFrameObject *frame, PyObject *wanted);

/* Asks about each frame of each thread until one says YES; else the last answer that
 * was not UNKNOWN.  Leaves no exception. */
enum hr_awaited hr_threads_ask(struct hr_passage *passage, hr_threads_visit *visit,
                               PyObject *wanted);

/* Whether it is a future of concurrent.futures. */
bool hr_threads_is_future(PyObject *object);

/* Asks the threads that wait for such a future: that are in its result(), or go through
 * what map() gave; and who awaits it in an event loop. */
enum hr_awaited hr_threads_wait(struct hr_passage *passage, PyObject *future);

/* Whether it is worth asking of frames of this code. */
bool hr_threads_may_pool(const PyCodeObject *code);

/* If `frame` is a pool's that calls what it was given, who waits for that; else
 * UNKNOWN. */
enum hr_awaited hr_threads_pool(struct hr_passage *passage, PyFrameObject *frame);

#endif
