#include "runtime/decide/awaited.h"

#include <string.h>

/* Tasks that wait for tasks that wait ... */
#define MOST_LEVELS 50

struct question {
    struct hr_state *state;
    PyObject *exception;
    hr_awaited_judge *judge;
    const void **handler;
    int levels;
};

static enum hr_awaited ask_waiters(struct question *question, PyObject *future);

/* New reference, or NULL without an exception. */
static PyObject *get(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    PyErr_Clear();
    return value;
}

/* What asyncio's own C types are asked for runs no code of the program. */
static bool is_future(PyObject *object)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "_asyncio");
    PyObject *type = module != NULL && PyModule_Check(module)
                         ? PyDict_GetItemString(PyModule_GetDict(module), "Future")
                         : NULL;
    PyObject *task =
        type != NULL ? PyDict_GetItemString(PyModule_GetDict(module), "Task") : NULL;
    return type != NULL && task != NULL &&
           (PyObject_TypeCheck(object, (PyTypeObject *)type) ||
            PyObject_TypeCheck(object, (PyTypeObject *)task));
}

static bool is_coroutine(PyObject *object)
{
    return PyCoro_CheckExact(object) || PyGen_CheckExact(object);
}

static PyObject *frame_of(PyObject *coroutine)
{
    return get(coroutine, PyGen_CheckExact(coroutine) ? "gi_frame" : "cr_frame");
}

/* The coroutine that the task runs; NULL without an exception. */
static PyObject *coroutine_of(PyObject *task)
{
    PyObject *coroutine = is_future(task) ? get(task, "_coro") : NULL;
    if (coroutine != NULL && !is_coroutine(coroutine)) {
        Py_CLEAR(coroutine);
    }
    return coroutine;
}

PyObject *hr_awaited_task(PyFrameObject *frame)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module = PyDict_GetItemString(modules, "asyncio.tasks");
    PyObject *current =
        module != NULL && PyModule_Check(module)
            ? PyDict_GetItemString(PyModule_GetDict(module), "_current_tasks")
            : NULL;
    PyObject *loop, *task, *found = NULL;
    Py_ssize_t position = 0;
    while (found == NULL && current != NULL && PyDict_Check(current) &&
           PyDict_Next(current, &position, &loop, &task)) {
        PyObject *coroutine = coroutine_of(task);
        PyObject *outermost = coroutine != NULL ? frame_of(coroutine) : NULL;
        if (outermost == (PyObject *)frame) {
            found = Py_NewRef(task);
        }
        Py_XDECREF(outermost);
        Py_XDECREF(coroutine);
    }
    return found;
}

/* The suspended frames of a waiting task, from the inside out. */
static bool frames_take(struct question *question, PyObject *coroutine, int depth)
{
    PyObject *inner =
        get(coroutine, PyGen_CheckExact(coroutine) ? "gi_yieldfrom" : "cr_await");
    bool takes = inner != NULL && is_coroutine(inner) && depth < 500 &&
                 frames_take(question, inner, depth + 1);
    PyObject *frame = takes ? NULL : frame_of(coroutine);
    if (frame != NULL && PyFrame_Check(frame)) {
        takes = question->judge(question->state, (PyFrameObject *)frame, NULL,
                                question->exception);
        *question->handler = frame;
    }
    Py_XDECREF(frame);
    Py_XDECREF(inner);
    return takes;
}

static enum hr_awaited ask_task(struct question *question, PyObject *task)
{
    PyObject *coroutine = coroutine_of(task);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (coroutine != NULL) {
        answer = frames_take(question, coroutine, 0) ? HR_AWAITED_YES
                                                     : ask_waiters(question, task);
    }
    Py_XDECREF(coroutine);
    return answer;
}

/* The parent of a TaskGroup gets a group. */
static enum hr_awaited ask_parent(struct question *question, PyObject *group)
{
    PyObject *parent = get(group, "_parent_task");
    PyObject *all = PyObject_CallFunction(PyExc_BaseExceptionGroup, "s[O]", "",
                                          question->exception);
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    PyErr_Clear();
    if (parent != NULL && all != NULL) {
        struct question next = *question;
        next.exception = all;
        answer = ask_task(&next, parent);
    }
    Py_XDECREF(all);
    Py_XDECREF(parent);
    return answer;
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

static bool is_function(PyObject *object, const char *qualname)
{
    return PyFunction_Check(object) &&
           PyUnicode_CompareWithASCIIString(((PyFunctionObject *)object)->func_qualname,
                                            qualname) == 0;
}

/* The functions of asyncio itself that are called when a task is done. */
static enum hr_awaited ask_function(struct question *question, PyObject *function)
{
    PyObject *outer = NULL;
    if (is_function(function, "gather.<locals>._done_callback")) {
        if (cell_of(function, "return_exceptions") == Py_True) {
            return HR_AWAITED_YES;
        }
        outer = cell_of(function, "outer");
    } else if (is_function(function, "shield.<locals>._inner_done_callback")) {
        outer = cell_of(function, "outer");
    } else if (is_function(function, "_wait.<locals>._on_completion")) {
        return HR_AWAITED_NO; /* asyncio.wait only tells that it is done */
    }
    return outer != NULL && is_future(outer) ? ask_waiters(question, outer)
                                             : HR_AWAITED_UNKNOWN;
}

/* functools.partial(_release_waiter, waiter): wait_for of 3.11 */
static enum hr_awaited ask_partial(struct question *question, PyObject *partial)
{
    PyObject *function = get(partial, "func");
    PyObject *arguments = get(partial, "args");
    enum hr_awaited answer = HR_AWAITED_UNKNOWN;
    if (function != NULL && is_function(function, "_release_waiter") &&
        arguments != NULL && PyTuple_Check(arguments) &&
        PyTuple_GET_SIZE(arguments) > 0 && is_future(PyTuple_GET_ITEM(arguments, 0))) {
        answer = ask_waiters(question, PyTuple_GET_ITEM(arguments, 0));
    }
    Py_XDECREF(arguments);
    Py_XDECREF(function);
    return answer;
}

static enum hr_awaited ask_callback(struct question *question, PyObject *callback)
{
    if (PyCFunction_Check(callback)) { /* a task's own wake-up */
        PyObject *self = PyCFunction_GET_SELF(callback);
        return self != NULL && is_future(self) ? ask_task(question, self)
                                               : HR_AWAITED_UNKNOWN;
    }
    if (PyMethod_Check(callback) &&
        is_function(PyMethod_GET_FUNCTION(callback), "TaskGroup._on_task_done")) {
        return ask_parent(question, PyMethod_GET_SELF(callback));
    }
    if (PyFunction_Check(callback)) {
        return ask_function(question, callback);
    }
    return strcmp(Py_TYPE(callback)->tp_name, "functools.partial") == 0
               ? ask_partial(question, callback)
               : HR_AWAITED_UNKNOWN;
}

static enum hr_awaited ask_waiters(struct question *question, PyObject *future)
{
    PyObject *callbacks = get(future, "_callbacks");
    enum hr_awaited answer = HR_AWAITED_NO;
    Py_ssize_t count =
        callbacks != NULL && PyList_Check(callbacks) ? PyList_GET_SIZE(callbacks) : 0;
    if (++question->levels > MOST_LEVELS) {
        count = 0;
    }
    for (Py_ssize_t i = 0; i < count && answer != HR_AWAITED_YES; i++) {
        PyObject *pair = PyList_GET_ITEM(callbacks, i);
        if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) > 0) {
            enum hr_awaited one = ask_callback(question, PyTuple_GET_ITEM(pair, 0));
            answer = one != HR_AWAITED_NO ? one : answer;
        }
    }
    Py_XDECREF(callbacks);
    return answer;
}

enum hr_awaited hr_awaited_by(struct hr_state *state, PyObject *task,
                              PyObject *exception, hr_awaited_judge *judge,
                              const void **handler)
{
    struct question question = {
        .state = state, .exception = exception, .judge = judge, .handler = handler};
    *handler = task;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    enum hr_awaited answer = ask_waiters(&question, task);
    PyErr_Restore(type, value, traceback);
    return answer;
}
