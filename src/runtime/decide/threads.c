#include "runtime/decide/threads.h"

#include <frameobject.h>

#include "runtime/decide/peek.h"
#include "runtime/stacks.h"

#define FUTURES "concurrent.futures._base"
#define POOL "multiprocessing.pool"

static enum hr_awaited ask_stack(struct hr_passage *passage, PyFrameObject *top,
                                 hr_threads_visit *visit, PyObject *wanted)
{
    PyFrameObject *frame = (PyFrameObject *)Py_NewRef((PyObject *)top);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    while (frame != NULL && answer == HR_AWAITED_UNKNOWN) {
        PyFrameObject *above = PyFrame_GetBack(frame);
        answer = visit(passage, frame, wanted);
        Py_SETREF(frame, above);
    }
    Py_XDECREF(frame);
    return answer;
}

enum hr_awaited hr_threads_ask(struct hr_passage *passage, hr_threads_visit *visit,
                               PyObject *wanted)
{
    PyObject *frames = hr_stacks_running();
    Py_ssize_t count = frames != NULL ? PyList_GET_SIZE(frames) : 0;
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    for (Py_ssize_t i = 0; i < count && answer != HR_AWAITED_YES; i++) {
        PyFrameObject *top = (PyFrameObject *)PyList_GET_ITEM(frames, i);
        enum hr_awaited one = ask_stack(passage, top, visit, wanted);
        answer = one != HR_AWAITED_UNKNOWN ? one : answer;
    }
    Py_XDECREF(frames);
    return answer;
}

/* ---- concurrent.futures ---- */

bool hr_threads_is_future(PyObject *object)
{
    return hr_peek_is_a(object, FUTURES, "Future");
}

static bool local_is(PyFrameObject *frame, const char *name, PyObject *wanted)
{
    PyObject *value = hr_passage_local(frame, name);
    bool is = value == wanted;
    Py_XDECREF(value);
    return is;
}

static bool local_holds(PyFrameObject *frame, const char *name, PyObject *wanted)
{
    PyObject *list = hr_passage_local(frame, name);
    bool holds = false;
    for (Py_ssize_t i = 0;
         list != NULL && PyList_Check(list) && i < PyList_GET_SIZE(list) && !holds;
         i++) {
        holds = PyList_GET_ITEM(list, i) == wanted;
    }
    Py_XDECREF(list);
    return holds;
}

/* It has started at once, and who is going to wait for it is not that far yet: the
 * functions of the library that make such futures and are called for what comes of
 * them. New reference to the frame of the outermost, or NULL. */
static PyFrameObject *submitter_of(PyFrameObject *frame)
{
    static const struct {
        const char *module, *function;
    } known[] = {{"concurrent.futures._base", "Executor.map.<locals>.<listcomp>"},
                 {"concurrent.futures._base", "Executor.map"},
                 {"asyncio.base_events", "BaseEventLoop.run_in_executor"},
                 {"asyncio.threads", "to_thread"}};
    PyFrameObject *found = NULL;
    PyFrameObject *next = PyFrame_GetBack(frame);
    for (size_t i = 0; i < sizeof known / sizeof *known && next != NULL; i++) {
        if (hr_passage_is_in(next, known[i].module, known[i].function)) {
            Py_XSETREF(found, next);
            next = PyFrame_GetBack(found);
        }
    }
    Py_XDECREF(next);
    return found;
}

static enum hr_awaited visit_submitter(struct hr_passage *passage, PyFrameObject *frame,
                                       PyObject *future)
{
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (hr_passage_is_in(frame, "concurrent.futures.thread",
                         "ThreadPoolExecutor.submit") &&
        local_is(frame, "f", future)) {
        PyFrameObject *outermost = submitter_of(frame);
        answer = outermost != NULL
                     ? hr_awaited_climb(passage, outermost, passage->group)
                     : answer;
        Py_XDECREF(outermost);
    }
    return answer;
}

static enum hr_awaited visit_waiter(struct hr_passage *passage, PyFrameObject *frame,
                                    PyObject *future)
{
    if (hr_passage_is_in(frame, FUTURES, "Future.exception")) {
        passage->question->handler = frame; /* it gets it as a value */
        return local_is(frame, "self", future) ? HR_AWAITED_YES : HR_AWAITED_UNKNOWN;
    }
    bool waits =
        (hr_passage_is_in(frame, FUTURES, "Future.result") &&
         local_is(frame, "self", future)) ||
        (hr_passage_is_in(frame, FUTURES, "Executor.map.<locals>.result_iterator") &&
         local_holds(frame, "fs", future));
    return waits ? hr_awaited_climb(passage, frame, passage->group)
                 : visit_submitter(passage, frame, future);
}

/* asyncio has a CancelledError of its own, in place of that of the futures. */
static void convert(struct hr_passage *passage)
{
    PyObject *type = hr_peek_in_module(FUTURES, "CancelledError");
    PyObject *other = hr_peek_in_module("asyncio.exceptions", "CancelledError");
    if (type != NULL && Py_IS_TYPE(passage->exception, (PyTypeObject *)type) &&
        other != NULL) {
        PyObject *cancelled = PyObject_CallNoArgs(other);
        if (cancelled != NULL) {
            Py_SETREF(passage->exception, cancelled);
        }
        PyErr_Clear();
    }
}

/* asyncio.wrap_future and run_in_executor: a future of an event loop gets the same. */
static enum hr_awaited ask_callbacks(struct hr_passage *passage, PyObject *future)
{
    PyObject *callbacks = hr_passage_attribute(future, "_done_callbacks");
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    for (Py_ssize_t i = 0; callbacks != NULL && PyList_Check(callbacks) &&
                           i < PyList_GET_SIZE(callbacks) && answer != HR_AWAITED_YES;
         i++) {
        PyObject *other = hr_awaited_chained(PyList_GET_ITEM(callbacks, i));
        enum hr_awaited one = HR_AWAITED_UNKNOWN;
        if (other != NULL) {
            struct hr_passage fork = hr_passage_fork(passage);
            convert(&fork);
            one = hr_awaited_future(&fork, other);
            hr_passage_finish(&fork);
        }
        answer = one != HR_AWAITED_UNKNOWN ? one : answer;
    }
    Py_XDECREF(callbacks);
    return answer;
}

enum hr_awaited hr_threads_wait(struct hr_passage *passage, PyObject *future)
{
    enum hr_awaited answer = hr_threads_ask(passage, visit_waiter, future);
    if (answer != HR_AWAITED_YES) {
        enum hr_awaited other = ask_callbacks(passage, future);
        answer = other != HR_AWAITED_UNKNOWN ? other : answer;
    }
    return answer == HR_AWAITED_YES ? answer : HR_AWAITED_NO;
}

/* ---- multiprocessing.pool ---- */

/* The results of a pool are known to it by a number. */
static enum hr_awaited visit_result(struct hr_passage *passage, PyFrameObject *frame,
                                    PyObject *number)
{
    PyObject *self = NULL, *job = NULL;
    bool waits = false;
    if (hr_passage_is_in(frame, POOL, "ApplyResult.get") ||
        hr_passage_is_in(frame, POOL, "IMapIterator.next")) {
        self = hr_passage_local(frame, "self");
        job = self != NULL ? hr_passage_attribute(self, "_job") : NULL;
        waits = job != NULL && PyLong_CheckExact(job) && PyLong_CheckExact(number) &&
                PyObject_RichCompareBool(job, number, Py_EQ) == 1;
        Py_XDECREF(job);
        Py_XDECREF(self);
    }
    return waits ? hr_awaited_climb(passage, frame, passage->group)
                 : HR_AWAITED_UNKNOWN;
}

static enum hr_awaited ask_pool(struct hr_passage *passage, PyFrameObject *frame)
{
    PyObject *number = hr_passage_local(frame, "job");
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (number != NULL) {
        answer = hr_threads_ask(passage, visit_result, number);
    }
    Py_XDECREF(number);
    return answer == HR_AWAITED_YES ? answer : HR_AWAITED_NO;
}

bool hr_threads_may_pool(const PyCodeObject *code)
{
    static const char *const known[] = {"worker", "_WorkItem.run",
                                        "run_coroutine_threadsafe.<locals>.callback"};
    bool may = false;
    for (size_t i = 0; i < sizeof known / sizeof *known && !may; i++) {
        may = PyUnicode_CompareWithASCIIString(code->co_qualname, known[i]) == 0;
    }
    return may;
}

enum hr_awaited hr_threads_pool(struct hr_passage *passage, PyFrameObject *frame)
{
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (hr_passage_is_in(frame, POOL, "worker")) {
        answer = ask_pool(passage, frame);
    } else if (hr_passage_is_in(frame, "asyncio.tasks",
                                "run_coroutine_threadsafe.<locals>.callback")) {
        PyObject *future = hr_passage_local(frame, "future"); /* no task was made */
        answer = future != NULL && hr_threads_is_future(future)
                     ? hr_threads_wait(passage, future)
                     : HR_AWAITED_UNKNOWN;
        Py_XDECREF(future);
    } else if (hr_passage_is_in(frame, "concurrent.futures.thread", "_WorkItem.run")) {
        PyObject *self = hr_passage_local(frame, "self");
        PyObject *future = self != NULL ? hr_passage_attribute(self, "future") : NULL;
        answer = future != NULL && hr_threads_is_future(future)
                     ? hr_threads_wait(passage, future)
                     : HR_AWAITED_UNKNOWN;
        Py_XDECREF(future);
        Py_XDECREF(self);
    }
    return answer;
}
