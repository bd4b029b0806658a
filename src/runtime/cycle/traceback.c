#include "runtime/cycle/traceback.h"

#include <frameobject.h>

#include "runtime/guard/source.h"

/* The guard's own lines are the only ones of a guarded function that have a line
 * and no columns: the line of the def. */
bool hr_traceback_is_guard(struct hr_state *state, const PyTracebackObject *entry)
{
    int line = -1, end_line = -1, column = -1, end_column = -1;
    PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
    hr_source *source = hr_source_of(state, code);
    bool is = false;

    if (source != NULL &&
        PyCode_Addr2Location(code, entry->tb_lasti, &line, &column, &end_line,
                             &end_column) &&
        column < 0) {
        uint32_t def = hr_source_def_of(source, code);
        is = def != HR_NONE && line == (int)hr_defs_at(&source->defs, def)->line + 1;
    }
    Py_DECREF(code);
    return is;
}

void hr_traceback_clean(struct hr_state *state, PyObject *exception)
{
    if (!state->has_restarted) {
        return;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyTracebackObject *first = (PyTracebackObject *)PyException_GetTraceback(exception);
    PyTracebackObject *kept = NULL; /* borrowed: the last entry that stays */
    PyTracebackObject *entry = first;

    while (entry != NULL) {
        PyTracebackObject *next = entry->tb_next;
        /* An entry with nothing below failed by itself, whatever its place. */
        if (next != NULL && hr_traceback_is_guard(state, entry)) {
            if (kept == NULL) {
                PyException_SetTraceback(exception, (PyObject *)next);
            } else {
                Py_INCREF(next);
                Py_SETREF(kept->tb_next, next);
            }
        } else {
            kept = entry;
        }
        PyErr_Clear();
        entry = next;
    }
    Py_XDECREF(first);
    PyErr_Restore(type, value, traceback);
}

PyObject *hr_traceback_context(PyObject *exception,
                               bool (*wants)(const PyTracebackObject *entry,
                                             void *data),
                               void *data)
{
    PyObject *context = PyException_GetContext(exception);

    for (int i = 0; context != NULL && i < HR_LONGEST_CHAIN; i++) {
        PyObject *traceback = PyException_GetTraceback(context);
        bool found =
            traceback != NULL && wants((const PyTracebackObject *)traceback, data);

        Py_XDECREF(traceback);
        if (found) {
            return context;
        }
        Py_SETREF(context, PyException_GetContext(context));
    }
    Py_XDECREF(context);
    return NULL;
}
