#include "runtime/cycle/leave.h"

#include <stdlib.h>

#include "runtime/decide/handled.h"
#include "runtime/settings.h"

/* Without a word on what the exceptions below were told. */
static bool is_kept(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    struct hr_verdict before = state->verdict;
    bool is = hr_handled(state, frame, exception);

    state->verdict = before;
    return is;
}

static bool is_main_thread(void)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "threading");
    PyObject *thread =
        module == NULL ? NULL : PyObject_CallMethod(module, "main_thread", NULL);
    PyObject *ident = thread == NULL ? NULL : PyObject_GetAttrString(thread, "ident");
    bool is = ident == NULL || !PyLong_Check(ident) ||
              PyLong_AsUnsignedLong(ident) == PyThread_get_thread_ident();

    PyErr_Clear();
    Py_XDECREF(ident);
    Py_XDECREF(thread);
    return is;
}

static void flush(const char *name)
{
    PyObject *stream = PySys_GetObject(name); /* borrowed */
    PyObject *result = NULL;

    if (stream != NULL && stream != Py_None) {
        result = PyObject_CallMethod(stream, "flush", NULL);
    }
    PyErr_Clear();
    Py_XDECREF(result);
}

static void end_here(void)
{
    if (is_main_thread()) {
        Py_Exit(1);
    }
    /* Only the main thread may take the interpreter down in order. */
    flush("stdout");
    flush("stderr");
    _Exit(1);
}

PyObject *hr_leave(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyObject *traceback;
    PyObject *leaving;

    hr_settings_set(state, "PROGRAM_SHOULD_EXIT", Py_True);
    PyErr_Clear();
    if (!is_kept(state, frame, exception)) {
        return NULL;
    }
    traceback = PyException_GetTraceback(exception);
    PyErr_Display((PyObject *)Py_TYPE(exception), exception, traceback);
    Py_XDECREF(traceback);
    leaving = PyObject_CallFunction(PyExc_SystemExit, "i", 1);
    if (leaving == NULL || is_kept(state, frame, leaving)) {
        end_here();
    }
    PyErr_Clear();
    return leaving;
}
