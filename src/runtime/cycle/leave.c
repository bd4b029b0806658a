#include "runtime/cycle/leave.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "runtime/decide/handled.h"
#include "runtime/imports.h"
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

static PyObject *call(const char *module_name, const char *function)
{
    PyObject *module = hr_import(module_name);
    PyObject *result =
        module == NULL ? NULL : PyObject_CallMethod(module, function, NULL);

    PyErr_Clear();
    Py_XDECREF(module);
    return result;
}

/* What may wait for somebody is left alone: another thread may be in the middle of it.
 */
static bool is_regular_file(PyObject *stream)
{
    PyObject *number = PyObject_CallMethod(stream, "fileno", NULL);
    struct stat st;
    bool is = number != NULL && PyLong_Check(number) &&
              fstat((int)PyLong_AsLong(number), &st) == 0 && S_ISREG(st.st_mode);

    PyErr_Clear();
    Py_XDECREF(number);
    return is;
}

/* What was written to files reaches them; text first, which goes to the buffers. */
static void flush_files(void)
{
    static const char *const kinds[] = {"TextIOWrapper", "BufferedWriter",
                                        "BufferedRandom"};
    PyObject *objects = call("gc", "get_objects");
    PyObject *module = hr_import("_io");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        PyObject *kind =
            module == NULL ? NULL : PyObject_GetAttrString(module, kinds[i]);

        for (Py_ssize_t j = 0; objects != NULL && kind != NULL && PyType_Check(kind) &&
                               j < PyList_GET_SIZE(objects);
             j++) {
            PyObject *stream = PyList_GET_ITEM(objects, j);

            if (PyObject_TypeCheck(stream, (PyTypeObject *)kind) &&
                is_regular_file(stream)) {
                Py_XDECREF(PyObject_CallMethod(stream, "flush", NULL));
                PyErr_Clear();
            }
        }
        Py_XDECREF(kind);
    }
    PyErr_Clear();
    Py_XDECREF(module);
    Py_XDECREF(objects);
}

static void end_here(void)
{
    if (is_main_thread()) {
        Py_Exit(1);
    }
    /* Only the main thread may take the interpreter down in order. */
    Py_XDECREF(call("atexit", "_run_exitfuncs"));
    flush_files();
    flush("stdout");
    flush("stderr");
    _Exit(1);
}

PyObject *hr_leave(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyObject *traceback;
    PyObject *leaving;
    bool in_main;

    hr_settings_set(state, "PROGRAM_SHOULD_EXIT", Py_True);
    PyErr_Clear();
    in_main = is_main_thread();
    if (in_main && !is_kept(state, frame, exception)) {
        return NULL;
    }
    traceback = PyException_GetTraceback(exception);
    PyErr_Display((PyObject *)Py_TYPE(exception), exception, traceback);
    Py_XDECREF(traceback);
    if (!in_main) {
        end_here();
    }
    leaving = PyObject_CallFunction(PyExc_SystemExit, "i", 1);
    if (leaving == NULL || is_kept(state, frame, leaving)) {
        end_here();
    }
    PyErr_Clear();
    return leaving;
}
