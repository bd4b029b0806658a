#include "runtime/decide.h"

#include <opcode.h>

#include "runtime/compat.h"

/* Set on an exception that the person sent to the top. */
#define PASSED "__hr_reraised__"

/* Calls that must still fit for a RecursionError to be looked at. */
#define ROOM_TO_DEBUG 150

static bool is_control_flow(PyObject *exception)
{
    return PyErr_GivenExceptionMatches(exception, PyExc_StopIteration)
           || PyErr_GivenExceptionMatches(exception, PyExc_StopAsyncIteration)
           || PyErr_GivenExceptionMatches(exception, PyExc_GeneratorExit)
           || PyErr_GivenExceptionMatches(exception, PyExc_SystemExit)
           || PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt);
}

/* asyncio ends a task with it; whoever awaits the task is not at fault. */
static bool is_cancellation(PyObject *exception)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module;
    PyObject *type;
    bool is = false;

    if (PyErr_GivenExceptionMatches(exception, PyExc_Exception)) {
        return false;
    }
    module = PyDict_GetItemString(modules, "asyncio.exceptions");
    if (module != NULL
        && (type = PyObject_GetAttrString(module, "CancelledError")) != NULL) {
        is = PyErr_GivenExceptionMatches(exception, type);
        Py_DECREF(type);
    }
    PyErr_Clear();
    return is;
}

static int code_unit_at(PyCodeObject *code, int offset)
{
    PyObject *bytes = PyCode_GetCode(code);
    int unit = -1;

    if (bytes != NULL && offset >= 0 && offset < PyBytes_GET_SIZE(bytes)) {
        unit = (unsigned char)PyBytes_AS_STRING(bytes)[offset];
    }
    Py_XDECREF(bytes);
    PyErr_Clear();
    return unit;
}

/*
 * A generator whose own entry is the last of the traceback, and stands at a yield,
 * did not raise the exception: it was thrown in.  Those that delegate to it by
 * `yield from` stand above it in the traceback, at their own yield.
 */
static bool was_thrown_in(PyFrameObject *frame, PyObject *exception)
{
    PyTracebackObject *entry = (PyTracebackObject *)PyException_GetTraceback(exception);
    bool thrown = entry != NULL && entry->tb_frame == frame;
    const PyTracebackObject *at = entry;

    for (; thrown && at != NULL; at = at->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
        int unit = -1;

        if (code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) {
            unit = code_unit_at(code, at->tb_lasti);
        }
        Py_DECREF(code);
        thrown = unit == YIELD_VALUE || unit == RESUME || unit == SEND;
    }
    Py_XDECREF(entry);
    return thrown;
}

static bool was_sent_to_the_top(PyObject *exception)
{
    PyObject *mark = PyObject_GetAttrString(exception, PASSED);

    PyErr_Clear();
    Py_XDECREF(mark);
    return mark != NULL;
}

void hr_decide_never(PyObject *exception)
{
    if (PyObject_SetAttrString(exception, PASSED, Py_True) < 0) {
        PyErr_Clear();
    }
}

bool hr_decide(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyCodeObject *code;
    bool resumes;

    if (state->stop == HR_STOP_NEVER || is_control_flow(exception)
        || is_cancellation(exception)) {
        return false;
    }
    /* What the person calls at the prompt fails there. */
    if (state->debugging && state->prompt_thread == PyThread_get_thread_ident()) {
        return false;
    }
    if (PyErr_GivenExceptionMatches(exception, PyExc_RecursionError)
        && hr_compat_recursion_room() < ROOM_TO_DEBUG) {
        return false;
    }
    code = PyFrame_GetCode(frame);
    resumes = (code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    Py_DECREF(code);
    if (resumes && was_thrown_in(frame, exception)) {
        return false;
    }
    return !was_sent_to_the_top(exception);
}
