#include "runtime/decide/verdict.h"

#include <frameobject.h>

#include "runtime/decide/peek.h"

static PyTracebackObject *traceback_of(PyObject *exception) /* borrowed */
{
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    return (PyTracebackObject *)traceback;
}

/* Whether the one called the other.  The frame of a generator that has ended does not
 * know any more. */
static bool is_caller(const PyFrameObject *upper, PyFrameObject *lower)
{
    PyFrameObject *back = PyFrame_GetBack(lower);
    Py_XDECREF(back);
    return back == upper || back == NULL;
}

/*
 * An exception on its way up asks again at every guarded frame.  The answer given
 * below holds as long as the traceback shows that the exception came up from there,
 * from callee to caller, and has not passed the one that was going to handle it.  It
 * cannot be another exception at the same address: the frame of the guard that asked
 * is in the traceback, failed at an instruction that the guard covers, and so has asked
 * about this exception, whose answer it is.  (Kept and raised again elsewhere, its
 * frames are alive in its traceback, and none of them called the one that raises it.)
 */
static bool came_up(const struct hr_verdict *verdict, const PyFrameObject *frame,
                    const PyTracebackObject *entry)
{
    if (entry == NULL || entry->tb_frame != frame) {
        return false;
    }
    while (entry->tb_frame != verdict->handler && entry->tb_next != NULL &&
           is_caller(entry->tb_frame, entry->tb_next->tb_frame)) {
        entry = entry->tb_next;
        if (entry->tb_frame == verdict->way[verdict->at].frame &&
            entry->tb_lasti == verdict->lasti) {
            return hr_peek_code(entry->tb_frame) == verdict->way[verdict->at].code;
        }
    }
    return false;
}

void hr_verdict_begin(struct hr_verdict *verdict, PyFrameObject *frame)
{
    verdict->way[0].frame = frame;
    verdict->way[0].code = hr_peek_code(frame);
    verdict->at = 0;
    verdict->count = 1;
}

void hr_verdict_pass(struct hr_verdict *verdict, const PyFrameObject *frame,
                     const PyCodeObject *code)
{
    if (verdict != NULL && verdict->count < HR_VERDICT_MOST) {
        verdict->way[verdict->count].frame = frame;
        verdict->way[verdict->count].code = code;
        verdict->count++;
    }
}

void hr_verdict_keep(struct hr_verdict *verdict, PyObject *exception,
                     const void *handler)
{
    const PyTracebackObject *first = traceback_of(exception);
    verdict->exception = exception;
    verdict->handler = handler;
    verdict->lasti = first != NULL ? first->tb_lasti : -1;
}

/* Whether the entry is of the frame that asked last, and of what failed there. */
static bool is_last(const struct hr_verdict *verdict, const PyTracebackObject *entry)
{
    return entry != NULL && entry->tb_frame == verdict->way[verdict->at].frame &&
           entry->tb_lasti == verdict->lasti &&
           hr_peek_code(entry->tb_frame) == verdict->way[verdict->at].code;
}

/* Which caller on the way the traceback begins with, if it goes down from there to the
 * frame that asked last; 0: none.  The callers were seen when the answer was given, and
 * that frame, which is alive in the traceback, holds them.  Not inlined: it would slow
 * down what is asked at every guard. */
static __attribute__((noinline)) unsigned find_on_way(const struct hr_verdict *verdict,
                                                      const PyTracebackObject *entry)
{
    unsigned found = verdict->at + 1;
    while (found < verdict->count && verdict->way[found].frame != entry->tb_frame) {
        found++;
    }
    if (found >= verdict->count) {
        return 0;
    }
    for (unsigned to = found; to > verdict->at; to--, entry = entry->tb_next) {
        if (entry == NULL || entry->tb_frame != verdict->way[to].frame) {
            return 0;
        }
    }
    return is_last(verdict, entry) ? found : 0;
}

bool hr_verdict_holds(struct hr_verdict *verdict, PyObject *exception)
{
    const PyTracebackObject *entry = traceback_of(exception);
    unsigned to = verdict->at + 1;
    if (verdict->exception != exception || entry == NULL ||
        entry->tb_frame == verdict->handler) {
        return false;
    }
    /* Mostly it is the next caller that has a guard too. */
    if (to >= verdict->count || entry->tb_frame != verdict->way[to].frame ||
        !is_last(verdict, entry->tb_next)) {
        to = find_on_way(verdict, entry);
    }
    if (to == 0) {
        return false;
    }
    verdict->at = to;
    verdict->lasti = entry->tb_lasti;
    return true;
}

bool hr_verdict_known(struct hr_verdict *verdict, PyFrameObject *frame,
                      PyObject *exception)
{
    if (verdict->exception != exception ||
        !came_up(verdict, frame, traceback_of(exception))) {
        verdict->exception = NULL;
        return false;
    }
    hr_verdict_begin(verdict, frame);
    hr_verdict_keep(verdict, exception, verdict->handler);
    return true;
}
