#include "runtime/decide/decide.h"

#include <opcode.h>
#include <string.h>

#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/decide/handled.h"
#include "runtime/decide/peek.h"
#include "runtime/decide/verdict.h"
#include "runtime/entry/pytest.h"
#include "runtime/settings.h"
#include "runtime/cycle/traceback.h"
#include "runtime/entry/wrap.h"

/* Set on an exception that the person sent to the top. */
#define PASSED "__hr_reraised__"

/* Calls that must still fit for a RecursionError to be looked at. */
#define ROOM_TO_DEBUG 150

static bool is_control_flow_type(const PyTypeObject *type)
{
    const PyObject *const types[] = {PyExc_StopIteration, PyExc_StopAsyncIteration,
                                     PyExc_GeneratorExit, PyExc_SystemExit,
                                     PyExc_KeyboardInterrupt};
    bool is = false;

    for (size_t i = 0; !is && i < sizeof types / sizeof *types; i++) {
        is = (const PyObject *)type == types[i];
    }
    return is;
}

static bool is_control_flow(PyObject *exception)
{
    PyObject *mro = Py_TYPE(exception)->tp_mro;
    bool is = false;

    for (Py_ssize_t i = 0; !is && i < PyTuple_GET_SIZE(mro); i++) {
        is = is_control_flow_type((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
    }
    return is;
}

/* Control flow that the person wants to stop for all the same. */
static bool is_asked_for(struct hr_state *state, PyObject *exception)
{
    return (state->stop_on_interrupt &&
            PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt)) ||
           (state->stop_on_exit &&
            PyErr_GivenExceptionMatches(exception, PyExc_SystemExit));
}

/* A class that is not loaded yet cannot have been raised. */
static bool is_ignored(struct hr_state *state, PyObject *exception)
{
    bool is = false;

    for (Py_ssize_t i = 0; !is && i < PyList_GET_SIZE(state->ignore); i++) {
        PyObject *type = hr_peek_loaded(PyList_GET_ITEM(state->ignore, i));

        is = type != NULL && PyExceptionClass_Check(type) &&
             PyErr_GivenExceptionMatches(exception, type);
        Py_XDECREF(type);
    }
    return is;
}

/* What libraries leave by, as the interpreter by SystemExit: asyncio ends a task, a
 * test runner leaves a test out, a web framework answers with an error page, a command
 * is over.  They catch them with all others and then look at the class.  Nobody is at
 * fault. */
static const struct {
    const char *module, *class;
} signals[] = {{"asyncio.exceptions", "CancelledError"},
               {"unittest.case", "SkipTest"},
               {"_pytest.outcomes", "Skipped"},
               {"_pytest.outcomes", "XFailed"},
               {"_pytest.outcomes", "Exit"},
               {"werkzeug.exceptions", "HTTPException"},
               {"django.http.response", "Http404"},
               {"django.core.exceptions", "PermissionDenied"},
               {"starlette.exceptions", "HTTPException"},
               {"aiohttp.web_exceptions", "HTTPException"},
               {"bottle", "HTTPResponse"},
               {"tornado.web", "Finish"},
               {"click.exceptions", "Exit"},
               {"click.exceptions", "Abort"},
               {"celery.exceptions", "Retry"},
               {"celery.exceptions", "Ignore"}};

static bool is_signal_of_library(PyObject *exception)
{
    bool is = false;

    for (size_t i = 0; !is && i < sizeof signals / sizeof *signals; i++) {
        PyObject *type = hr_peek_bears_name(exception, signals[i].class)
                             ? hr_peek_in_module(signals[i].module, signals[i].class)
                             : NULL;
        is = type != NULL && PyErr_GivenExceptionMatches(exception, type);
    }
    PyErr_Clear();
    return is;
}

/* What an exception's class, or a base of it, is if the exception may pass by its kind:
 * built in and one of a few, or made by Python and called as a signal is. */
static bool is_of_note(PyTypeObject *type)
{
    bool is = false;

    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        return is_control_flow_type(type) ||
               type == (PyTypeObject *)PyExc_RecursionError;
    }
    for (size_t i = 0; !is && i < sizeof signals / sizeof *signals; i++) {
        is = strcmp(type->tp_name, signals[i].class) == 0;
    }
    return is;
}

/* Whether nothing about its kind has to be asked.  Most exceptions are so, and cheap to
 * tell; a type that is built in stays, and so does its address. */
static bool is_common(struct hr_state *state, PyObject *exception)
{
    PyTypeObject *type = Py_TYPE(exception);
    PyObject *mro = type->tp_mro;

    if (type == state->common_type) {
        return true;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        if (is_of_note((PyTypeObject *)PyTuple_GET_ITEM(mro, i))) {
            return false;
        }
    }
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        state->common_type = type;
    }
    return true;
}

enum place { PLACE_ELSEWHERE, PLACE_YIELD, PLACE_DELEGATION };

/* RESUME's argument says what its frame had been suspended by. */
static enum place place_of(int argument)
{
    switch (argument & 3) {
    case 1:
        return PLACE_YIELD;
    case 2:
    case 3:
        return PLACE_DELEGATION;
    default:
        return PLACE_ELSEWHERE;
    }
}

/* Where in a generator the exception of a traceback's entry came up. */
static enum place place_of_entry(const PyTracebackObject *entry)
{
    PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
    bool suspends = (code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    PyObject *bytes = suspends ? PyCode_GetCode(code) : NULL;
    enum place place = PLACE_ELSEWHERE;

    if (bytes != NULL && entry->tb_lasti >= 0 &&
        entry->tb_lasti + 3 < PyBytes_GET_SIZE(bytes)) {
        const unsigned char *unit =
            (const unsigned char *)PyBytes_AS_STRING(bytes) + entry->tb_lasti;

        if (unit[0] == RESUME) {
            place = place_of(unit[1]);
        } else if (unit[0] == YIELD_VALUE && unit[2] == RESUME) {
            place = place_of(unit[3]);
        } else if (unit[0] == SEND) {
            place = PLACE_DELEGATION;
        }
    }
    PyErr_Clear();
    Py_XDECREF(bytes);
    Py_DECREF(code);
    return place;
}

/*
 * Nothing can fail at a plain yield: an exception that comes up there was thrown in
 * (with or without a traceback of its own).  One that comes up at a `yield from` is
 * judged by the generator that it came from, which is the next entry.
 */
static bool was_thrown_in(PyFrameObject *frame, PyObject *exception)
{
    PyTracebackObject *first = (PyTracebackObject *)PyException_GetTraceback(exception);
    const PyTracebackObject *entry = first;
    enum place place = PLACE_ELSEWHERE;

    if (entry != NULL && entry->tb_frame == frame) {
        do {
            place = place_of_entry(entry);
            entry = entry->tb_next;
        } while (place == PLACE_DELEGATION && entry != NULL);
    }
    Py_XDECREF(first);
    return place != PLACE_ELSEWHERE;
}

/* The person has told a debugger of the program's to end it. */
static bool is_debuggers_end(PyObject *exception)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "bdb");
    PyObject *type = module == NULL ? NULL : PyObject_GetAttrString(module, "BdbQuit");
    bool is = type != NULL && PyErr_GivenExceptionMatches(exception, type);

    PyErr_Clear();
    Py_XDECREF(type);
    return is;
}

/* Its own dictionary is asked: a lookup that fails would make an exception. */
static bool was_sent_to_the_top(PyObject *exception)
{
    PyObject *dict = ((PyBaseExceptionObject *)exception)->dict;

    return dict != NULL && PyDict_GetItemString(dict, PASSED) != NULL;
}

void hr_decide_never(PyObject *exception)
{
    if (PyObject_SetAttrString(exception, PASSED, Py_True) < 0) {
        PyErr_Clear();
    }
}

/* As isinstance() has it: also of a mixin that is no exception, and of what an abstract
 * class says of itself. */
static bool is_instance(PyObject *exception, PyObject *classes)
{
    return PyErr_GivenExceptionMatches(exception, classes) ||
           (PyTuple_GET_SIZE(classes) > 0 &&
            PyObject_IsInstance(exception, classes) == 1);
}

/* What wrap was told for this function: 1 stop, 0 let pass, -1 it was told nothing. */
static int told_by_wrap(struct hr_state *state, PyFrameObject *frame,
                        PyObject *exception)
{
    PyCodeObject *code;
    PyObject *options;
    int told = -1;

    if (PyDict_GET_SIZE(state->options) == 0) {
        return -1;
    }
    code = PyFrame_GetCode(frame);
    options = hr_wrap_options(state, code);
    if (options != NULL) {
        if (is_instance(exception, PyTuple_GET_ITEM(options, 0))) {
            told = 0;
        } else if (PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt)) {
            told = PyTuple_GET_ITEM(options, 1) != Py_True;
        }
    }
    PyErr_Clear();
    Py_DECREF(code);
    return told;
}

/* What nobody is at fault for, or nobody can look at: by its kind alone. */
static bool passes_by_kind(struct hr_state *state, PyObject *exception, bool told)
{
    return (!told && (is_control_flow(exception) || is_signal_of_library(exception)) &&
            !is_asked_for(state, exception)) ||
           hr_pytest_is_outcome(exception) ||
           (PyErr_GivenExceptionMatches(exception, PyExc_RecursionError) &&
            hr_compat_recursion_room() < ROOM_TO_DEBUG);
}

bool hr_decide(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyCodeObject *code;
    bool resumes;
    int told;

    /* First what is asked most often: an exception on its way to its handler. */
    if (state->stop == HR_STOP_UNHANDLED &&
        hr_verdict_known(&state->verdict, frame, exception)) {
        return false;
    }
    if (state->stop == HR_STOP_NEVER ||
        (told = told_by_wrap(state, frame, exception)) == 0) {
        return false;
    }
    if (!is_common(state, exception) && passes_by_kind(state, exception, told >= 0)) {
        return false;
    }
    if (is_ignored(state, exception)) {
        return false;
    }
    /* What the person calls at the prompt fails there. */
    if (state->debugging && state->prompt_thread == PyThread_get_thread_ident()) {
        return false;
    }
    code = PyFrame_GetCode(frame);
    resumes = (code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    Py_DECREF(code);
    if (resumes && was_thrown_in(frame, exception)) {
        return false;
    }
    if (was_sent_to_the_top(exception) || hr_settings_should_exit(state)) {
        return false;
    }
    /* Programs end by catching Ctrl-C: that is not who it was meant for. */
    return (state->stop != HR_STOP_UNHANDLED ||
            (state->stop_on_interrupt &&
             PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt)) ||
            !hr_handled(state, frame, exception)) &&
           !is_debuggers_end(exception);
}

bool hr_decide_last(struct hr_state *state, PyObject *exception)
{
    bool ends = PyErr_GivenExceptionMatches(exception, PyExc_SystemExit) ||
                (PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt) &&
                 !state->stop_on_interrupt);

    return !ends && state->stop != HR_STOP_NEVER && !is_ignored(state, exception) &&
           !was_sent_to_the_top(exception) && !is_debuggers_end(exception) &&
           !hr_settings_should_exit(state);
}

/* Not a lambda, a class body, a module, nor the restarted call that the guard waits
 * for.
 */
static bool is_under_guard(struct hr_state *state, PyFrameObject *frame,
                           PyObject *exception)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *entry = PyException_GetTraceback(exception);
    bool is = hr_crash_can_restart(code) &&
              !(entry != NULL && ((PyTracebackObject *)entry)->tb_frame == frame &&
                hr_traceback_is_guard(state, (PyTracebackObject *)entry));

    PyErr_Clear();
    Py_XDECREF(entry);
    Py_DECREF(code);
    return is;
}

bool hr_decide_early(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    return is_under_guard(state, frame, exception) &&
           hr_decide(state, frame, exception) &&
           !hr_handled_here(state, frame, exception);
}
