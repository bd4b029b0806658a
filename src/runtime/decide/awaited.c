#include "runtime/decide/awaited.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/decide/eager.h"
#include "runtime/decide/peek.h"
#include "runtime/decide/threads.h"

/* Tasks that wait for tasks that wait ... */
#define MOST_TURNS 50

static enum hr_awaited ask_waiters(struct hr_passage *passage, PyObject *future);

/* Of asyncio, in C or in Python. */
static bool is_future(PyObject *object)
{
    return hr_peek_is_a(object, "_asyncio", "Future") ||
           hr_peek_is_a(object, "_asyncio", "Task") ||
           hr_peek_is_a(object, "asyncio.futures", "_PyFuture");
}

/* What has a frame and may await: the names of its attributes for both. */
static bool attributes_of(PyObject *object, const char **frame, const char **inner)
{
    if (PyCoro_CheckExact(object)) {
        *frame = "cr_frame";
        *inner = "cr_await";
    } else if (PyGen_CheckExact(object)) {
        *frame = "gi_frame";
        *inner = "gi_yieldfrom";
    } else if (PyAsyncGen_CheckExact(object)) {
        *frame = "ag_frame";
        *inner = "ag_await";
    } else {
        return false;
    }
    return true;
}

static bool is_coroutine(PyObject *object)
{
    const char *frame, *inner;
    return attributes_of(object, &frame, &inner);
}

static PyObject *frame_of(PyObject *coroutine)
{
    const char *frame, *inner;
    return attributes_of(coroutine, &frame, &inner)
               ? hr_passage_attribute(coroutine, frame)
               : NULL;
}

/* The steps of an asynchronous generator, and what a coroutine's __await__ gave, know
 * what they stand for but do not tell. */
static bool is_wrapper(PyObject *object)
{
    static const char *const names[] = {"async_generator_asend",
                                        "async_generator_athrow", "anext_awaitable",
                                        "coroutine_wrapper"};
    bool is = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !is; i++) {
        is = strcmp(Py_TYPE(object)->tp_name, names[i]) == 0;
    }
    return is;
}

static int find_wrapped(PyObject *object, void *found)
{
    PyObject **first = found;
    if (*first == NULL && (is_coroutine(object) || is_wrapper(object))) {
        *first = object;
    }
    return 0;
}

/* What it awaits: new reference; NULL without an exception for what has no frame. */
static PyObject *inner_of(PyObject *coroutine)
{
    const char *frame, *name;
    PyObject *inner = attributes_of(coroutine, &frame, &name)
                          ? hr_passage_attribute(coroutine, name)
                          : NULL;
    for (int depth = 0; inner != NULL && !is_coroutine(inner); depth++) {
        PyObject *found = NULL;
        if (depth < 5 && is_wrapper(inner) && Py_TYPE(inner)->tp_traverse != NULL) {
            Py_TYPE(inner)->tp_traverse(inner, find_wrapped, &found);
        }
        Py_XSETREF(inner, Py_XNewRef(found));
    }
    return inner;
}

/* The coroutine that the task runs; NULL without an exception. */
static PyObject *coroutine_of(PyObject *task)
{
    PyObject *coroutine = is_future(task) ? hr_passage_attribute(task, "_coro") : NULL;
    if (coroutine != NULL && !is_coroutine(coroutine)) {
        Py_CLEAR(coroutine);
    }
    return coroutine;
}

bool hr_awaited_runs(PyObject *task, PyFrameObject *frame)
{
    PyObject *coroutine = coroutine_of(task);
    PyObject *outermost = coroutine != NULL ? frame_of(coroutine) : NULL;
    bool runs = outermost == (PyObject *)frame;
    Py_XDECREF(outermost);
    Py_XDECREF(coroutine);
    return runs;
}

/* The task whose coroutine `frame` is the outermost frame of, if that is the current
 * one of an event loop: new reference, or NULL without an exception. */
static PyObject *current_task(PyFrameObject *frame)
{
    PyObject *current = hr_peek_in_module("asyncio.tasks", "_current_tasks");
    PyObject *loop, *task;
    Py_ssize_t position = 0;
    while (current != NULL && PyDict_Check(current) &&
           PyDict_Next(current, &position, &loop, &task)) {
        if (hr_awaited_runs(task, frame)) {
            return Py_NewRef(task);
        }
    }
    return NULL;
}

/* ---- the frames of a task that waits ---- */

/* Where a TaskGroup itself waits for its tasks, it raises the group. */
static bool frame_takes(struct hr_passage *passage, PyFrameObject *frame)
{
    if (passage->group != NULL &&
        hr_passage_is_in(frame, "asyncio.taskgroups", "TaskGroup.__aexit__")) {
        PyObject *self = hr_passage_local(frame, "self");
        if (self == passage->group) {
            hr_passage_leave_group(passage);
        }
        Py_XDECREF(self);
        return false;
    }
    bool takes = passage->question->judge(passage, frame, NULL);
    if (takes) {
        passage->question->handler = frame;
    }
    return takes;
}

/* From the inside out. */
static bool frames_take(struct hr_passage *passage, PyObject *coroutine, int depth)
{
    PyObject *inner = inner_of(coroutine);
    bool takes = inner != NULL && depth < 500 && frames_take(passage, inner, depth + 1);
    PyObject *frame = takes ? NULL : frame_of(coroutine);
    if (frame != NULL && PyFrame_Check(frame)) {
        takes = frame_takes(passage, (PyFrameObject *)frame);
    }
    Py_XDECREF(frame);
    Py_XDECREF(inner);
    return takes;
}

static enum hr_awaited ask_task(struct hr_passage *passage, PyObject *task)
{
    PyObject *coroutine = coroutine_of(task);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (coroutine != NULL) {
        bool takes = frames_take(passage, coroutine, 0);
        if (!takes && passage->group != NULL) { /* its `async with` is not known */
            hr_passage_leave_group(passage);
            takes = frames_take(passage, coroutine, 0);
        }
        answer = takes ? HR_AWAITED_YES : ask_waiters(passage, task);
    }
    Py_XDECREF(coroutine);
    return answer;
}

/* ---- what is called when a future is done ---- */

static bool is_function(PyObject *object, const char *qualname)
{
    return PyFunction_Check(object) &&
           PyUnicode_CompareWithASCIIString(((PyFunctionObject *)object)->func_qualname,
                                            qualname) == 0;
}

/* The content of a nested function's cell of that name: borrowed, or NULL. */
static PyObject *cell_of(PyObject *function, const char *name)
{
    PyObject *closure = PyFunction_GET_CLOSURE(function);
    PyObject *names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(function));
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; closure != NULL && names != NULL && found == NULL &&
                           i < PyTuple_GET_SIZE(closure);
         i++) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), name) == 0) {
            found = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return found;
}

PyObject *hr_awaited_chained(PyObject *callback)
{
    return is_function(callback, "_chain_future.<locals>._call_set_state")
               ? cell_of(callback, "destination")
               : NULL;
}

/* The loop's own function runs until the future is done, and then raises. */
static enum hr_awaited visit_runner(struct hr_passage *passage, PyFrameObject *frame,
                                    PyObject *future)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool runs =
        PyUnicode_CompareWithASCIIString(code->co_name, "run_until_complete") == 0;
    Py_DECREF(code);
    if (runs) {
        PyObject *value = hr_passage_local(frame, "future");
        runs = value == future;
        Py_XDECREF(value);
    }
    if (!runs) {
        return HR_AWAITED_UNKNOWN;
    }
    return passage->question->climb(passage, frame) ? HR_AWAITED_YES : HR_AWAITED_NO;
}

/* as_completed gives it to who waits for the next one. */
static enum hr_awaited ask_queue(struct hr_passage *passage, PyObject *queue)
{
    PyObject *getters = queue != NULL ? hr_passage_attribute(queue, "_getters") : NULL;
    PyObject *first = NULL;
    enum hr_awaited answer = HR_AWAITED_NO;
    if (getters != NULL &&
        strcmp(Py_TYPE(getters)->tp_name, "collections.deque") == 0 &&
        PySequence_Size(getters) > 0) {
        first = PySequence_GetItem(getters, 0);
    }
    PyErr_Clear();
    if (first != NULL && is_future(first)) {
        answer = ask_waiters(passage, first);
    }
    Py_XDECREF(first);
    Py_XDECREF(getters);
    return answer;
}

/* The functions of asyncio itself; what others are for is not known, but they are no
 * callers. */
static enum hr_awaited ask_function(struct hr_passage *passage, PyObject *function,
                                    PyObject *future)
{
    PyObject *outer = hr_awaited_chained(function);
    if (is_function(function, "gather.<locals>._done_callback")) {
        if (cell_of(function, "return_exceptions") == Py_True) {
            passage->question->handler = future;
            return HR_AWAITED_YES;
        }
        outer = cell_of(function, "outer");
    } else if (is_function(function, "shield.<locals>._inner_done_callback")) {
        outer = cell_of(function, "outer");
    } else if (is_function(function, "as_completed.<locals>._on_completion")) {
        return ask_queue(passage, cell_of(function, "done"));
    }
    enum hr_awaited answer = outer != NULL
                                 ? hr_awaited_future(passage, outer)
                                 : hr_threads_ask(passage, visit_runner, future);
    return answer != HR_AWAITED_UNKNOWN || outer != NULL ? answer : HR_AWAITED_NO;
}

/* The parent of a TaskGroup gets a group. */
static enum hr_awaited ask_group(struct hr_passage *passage, PyObject *group)
{
    PyObject *parent = hr_passage_attribute(group, "_parent_task");
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (parent != NULL) {
        Py_XSETREF(passage->group, Py_NewRef(group));
        answer = ask_task(passage, parent);
    }
    Py_XDECREF(parent);
    return answer;
}

static enum hr_awaited ask_method(struct hr_passage *passage, PyObject *method,
                                  PyObject *future)
{
    PyObject *function = PyMethod_GET_FUNCTION(method);
    PyObject *self = PyMethod_GET_SELF(method);
    if (is_function(function, "TaskGroup._on_task_done")) {
        return ask_group(passage, self);
    }
    if (is_function(function, "Task.__wakeup") && is_future(self)) {
        return ask_task(passage, self);
    }
    if (is_function(function, "_AsCompletedIterator._handle_completion")) {
        PyObject *queue = hr_passage_attribute(self, "_done");
        enum hr_awaited answer = ask_queue(passage, queue);
        Py_XDECREF(queue);
        return answer;
    }
    return ask_function(passage, function, future);
}

/* functools.partial(_release_waiter, waiter): wait_for of 3.11 */
static enum hr_awaited ask_partial(struct hr_passage *passage, PyObject *partial)
{
    PyObject *function = hr_passage_attribute(partial, "func");
    PyObject *arguments = hr_passage_attribute(partial, "args");
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (function != NULL && is_function(function, "_release_waiter") &&
        arguments != NULL && PyTuple_Check(arguments) &&
        PyTuple_GET_SIZE(arguments) > 0 && is_future(PyTuple_GET_ITEM(arguments, 0))) {
        answer = ask_waiters(passage, PyTuple_GET_ITEM(arguments, 0));
    }
    Py_XDECREF(arguments);
    Py_XDECREF(function);
    return answer;
}

static enum hr_awaited ask_callback(struct hr_passage *passage, PyObject *callback,
                                    PyObject *future)
{
    if (PyCFunction_Check(callback)) { /* a task's own wake-up */
        PyObject *self = PyCFunction_GET_SELF(callback);
        return self != NULL && is_future(self) ? ask_task(passage, self)
                                               : HR_AWAITED_UNKNOWN;
    }
    if (PyMethod_Check(callback)) {
        return ask_method(passage, callback, future);
    }
    if (PyFunction_Check(callback)) {
        return ask_function(passage, callback, future);
    }
    return strcmp(Py_TYPE(callback)->tp_name, "functools.partial") == 0
               ? ask_partial(passage, callback)
               : HR_AWAITED_UNKNOWN;
}

static enum hr_awaited ask_waiters(struct hr_passage *passage, PyObject *future)
{
    PyObject *callbacks = hr_passage_attribute(future, "_callbacks");
    enum hr_awaited answer = HR_AWAITED_NO;
    Py_ssize_t count =
        callbacks != NULL && PyList_Check(callbacks) ? PyList_GET_SIZE(callbacks) : 0;
    if (++passage->question->turns > MOST_TURNS) {
        count = 0;
    }
    for (Py_ssize_t i = 0; i < count && answer != HR_AWAITED_YES; i++) {
        PyObject *pair = PyList_GET_ITEM(callbacks, i);
        if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) > 0) {
            struct hr_passage fork = hr_passage_fork(passage);
            enum hr_awaited one =
                ask_callback(&fork, PyTuple_GET_ITEM(pair, 0), future);
            answer = one != HR_AWAITED_NO ? one : answer;
            if (one == HR_AWAITED_UNKNOWN) {
                Py_SETREF(passage->exception, Py_NewRef(fork.exception));
            }
            hr_passage_finish(&fork);
        }
    }
    Py_XDECREF(callbacks);
    return answer;
}

enum hr_awaited hr_awaited_climb(struct hr_passage *passage, PyFrameObject *frame,
                                 PyObject *group)
{
    struct hr_passage fork = hr_passage_fork(passage);
    Py_XSETREF(fork.group, Py_XNewRef(group));
    bool takes = passage->question->climb(&fork, frame);
    hr_passage_finish(&fork);
    return takes ? HR_AWAITED_YES : HR_AWAITED_NO;
}

enum hr_awaited hr_awaited_future(struct hr_passage *passage, PyObject *future)
{
    if (hr_threads_is_future(future)) {
        return hr_threads_wait(passage, future);
    }
    return is_future(future) ? ask_waiters(passage, future) : HR_AWAITED_UNKNOWN;
}

enum hr_awaited hr_awaited_by(struct hr_passage *passage, PyFrameObject *callee,
                              PyFrameObject *above)
{
    PyCodeObject *code = PyFrame_GetCode(callee);
    bool may_be = (code->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE)) != 0;
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    Py_DECREF(code);
    PyObject *task = may_be ? current_task(callee) : NULL;
    if (task != NULL && above != NULL) {
        answer = hr_eager_ask(passage, above);
    } else if (may_be && above != NULL) {
        task = hr_eager_interrupted(callee, above);
    }
    if (task == NULL && above != NULL) {
        answer = hr_threads_pool(passage, above);
    } else if (task != NULL && answer == HR_AWAITED_UNKNOWN) {
        if (passage->group != NULL) { /* its `async with` is not known */
            hr_passage_leave_group(passage);
        }
        answer = ask_waiters(passage, task);
    }
    Py_XDECREF(task);
    return answer;
}
