#include "runtime/decide/eager.h"

#include <frameobject.h>

#include "runtime/decide/peek.h"
#include "runtime/decide/threads.h"

static enum hr_awaited ask_gather(struct hr_passage *passage, PyFrameObject *frame)
{
    PyObject *returns = hr_passage_local(frame, "return_exceptions");
    bool keeps = returns == Py_True;
    Py_XDECREF(returns);
    if (keeps) {
        passage->question->handler = frame;
        return HR_AWAITED_YES;
    }
    return hr_awaited_climb(passage, frame, NULL);
}

static enum hr_awaited ask_named(struct hr_passage *passage, PyFrameObject *frame,
                                 const char *variable)
{
    PyObject *value = hr_passage_local(frame, variable);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (value != NULL && hr_threads_is_future(value)) {
        answer = hr_threads_wait(passage, value);
    } else if (value != NULL) {
        answer = hr_awaited_climb(passage, frame, value);
    }
    Py_XDECREF(value);
    return answer;
}

/* One of asyncio's functions that make tasks and keep them. */
static enum hr_awaited ask_maker(struct hr_passage *passage, PyFrameObject *frame)
{
    if (hr_passage_is_in(frame, "asyncio.taskgroups", "TaskGroup.create_task")) {
        return ask_named(passage, frame, "self");
    }
    if (hr_passage_is_in(frame, "asyncio.tasks",
                         "run_coroutine_threadsafe.<locals>.callback")) {
        return ask_named(passage, frame, "future");
    }
    if (hr_passage_is_in(frame, "asyncio.tasks", "gather")) {
        return ask_gather(passage, frame);
    }
    if (hr_passage_is_in(frame, "asyncio.tasks", "shield") ||
        hr_passage_is_in(frame, "asyncio.base_events",
                         "BaseEventLoop.run_until_complete")) {
        return hr_awaited_climb(passage, frame, NULL);
    }
    return HR_AWAITED_UNKNOWN;
}

/* One that lies between those and the task. */
static bool is_on_the_way(PyFrameObject *frame)
{
    static const struct {
        const char *module, *function;
    } known[] = {
        {"asyncio.tasks", "create_eager_task_factory.<locals>.factory"},
        {"asyncio.tasks", "Task.__init__"},
        {"asyncio.tasks", "Task.__eager_start"},
        {"asyncio.tasks", "Task.__step_run_and_handle_result"},
        {"asyncio.tasks", "ensure_future"},
        {"asyncio.tasks", "create_task"},
        {"asyncio.base_events", "BaseEventLoop.create_task"},
    };
    bool is = false;
    for (size_t i = 0; i < sizeof known / sizeof *known && !is; i++) {
        is = hr_passage_is_in(frame, known[i].module, known[i].function);
    }
    return is;
}

enum hr_awaited hr_eager_ask(struct hr_passage *passage, PyFrameObject *above)
{
    PyFrameObject *frame = (PyFrameObject *)Py_NewRef((PyObject *)above);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    bool made = false; /* a function that makes a task has been seen */
    while (frame != NULL && is_on_the_way(frame)) {
        made = made || hr_passage_is_in(frame, "asyncio.base_events",
                                        "BaseEventLoop.create_task");
        PyFrameObject *next = PyFrame_GetBack(frame);
        Py_SETREF(frame, next);
    }
    if (made && frame != NULL) {
        answer = ask_maker(passage, frame);
        answer = answer == HR_AWAITED_UNKNOWN ? HR_AWAITED_NO : answer;
    }
    Py_XDECREF(frame);
    return answer;
}

/* Whether the event loop itself called a task's step here. */
static bool is_step(PyFrameObject *frame)
{
    return hr_passage_is_in(frame, "asyncio.events", "Handle._run") ||
           hr_passage_is_in(frame, "asyncio.tasks",
                            "Task.__step_run_and_handle_result");
}

PyObject *hr_eager_interrupted(PyFrameObject *callee, PyFrameObject *above)
{
    PyObject *all = hr_peek_in_module("asyncio.tasks", "_scheduled_tasks");
    PyObject *references =
        all != NULL && is_step(above) ? hr_passage_attribute(all, "data") : NULL;
    PyObject *iterator = references != NULL && PyAnySet_CheckExact(references)
                             ? PyObject_GetIter(references)
                             : NULL;
    PyObject *reference, *found = NULL;
    while (found == NULL && iterator != NULL &&
           (reference = PyIter_Next(iterator)) != NULL) {
        PyObject *task =
            PyWeakref_CheckRefExact(reference) ? PyObject_CallNoArgs(reference) : NULL;
        if (task != NULL && hr_awaited_runs(task, callee)) {
            found = Py_NewRef(task);
        }
        Py_XDECREF(task);
        Py_DECREF(reference);
    }
    PyErr_Clear();
    Py_XDECREF(iterator);
    Py_XDECREF(references);
    return found;
}
