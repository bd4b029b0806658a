#include "runtime/cycle/crash.h"

#include <frameobject.h>
#include <string.h>

#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/cycle/counts.h"
#include "runtime/cycle/delivered.h"
#include "runtime/cycle/reading.h"
#include "runtime/reload/functions.h"
#include "runtime/cycle/traceback.h"

PyObject *hr_frame_local(PyFrameObject *frame, PyObject *name)
{
    bool had = hr_compat_has_snapshot(frame);
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *value = locals == NULL ? NULL : PyObject_GetItem(locals, name);

    if (value == NULL) {
        PyErr_Clear();
    }
    hr_compat_drop_snapshot(frame, locals, had);
    Py_XDECREF(locals);
    return value;
}

/* The name as it stands in the file: "_Class__name" was written "__name". */
static const char *unmangled(const char *name)
{
    const char *tail = name[0] == '_' && name[1] != '_' ? strstr(name, "__") : NULL;

    return tail == NULL ? name : tail;
}

/* What the parameter held when the call began: saved by the guard if the body
 * may rebind it. */
static PyObject *original_value(PyFrameObject *frame, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    PyObject *value = NULL;

    for (int tried = 0; text != NULL && value == NULL && tried < 2; tried++) {
        PyObject *saved = PyUnicode_FromFormat("%s%s%s", HR_GUARD_SAVE_PREFIX,
                                               tried == 0 ? text : unmangled(text),
                                               HR_GUARD_SAVE_SUFFIX);

        if (saved == NULL) {
            return NULL;
        }
        value = hr_frame_local(frame, saved);
        Py_DECREF(saved);
    }
    return value != NULL ? value : hr_frame_local(frame, name);
}

/* Whether `value` is the very default of positional parameter `index` or of the
 * keyword-only parameter `name`. */
static bool is_default(PyObject *function, PyCodeObject *code, Py_ssize_t index,
                       PyObject *name, PyObject *value)
{
    PyObject *defaults = PyFunction_GET_DEFAULTS(function);
    PyObject *keywords = PyFunction_GET_KW_DEFAULTS(function);

    if (index < code->co_argcount) {
        Py_ssize_t at = defaults == NULL
                            ? -1
                            : index - (code->co_argcount - PyTuple_GET_SIZE(defaults));

        return at >= 0 && PyTuple_GET_ITEM(defaults, at) == value;
    }
    if (index < code->co_argcount + code->co_kwonlyargcount && keywords != NULL &&
        PyDict_Check(keywords)) {
        PyObject *found = PyDict_GetItemWithError(keywords, name);

        PyErr_Clear();
        return found == value;
    }
    return false;
}

static PyObject *original_arguments(PyFrameObject *frame, PyCodeObject *code)
{
    PyObject *names = PyCode_GetVarnames(code);
    PyObject *arguments = names == NULL ? NULL : PyDict_New();

    for (Py_ssize_t i = 0; arguments != NULL && i < hr_functions_parameters(code);
         i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = original_value(frame, name);

        if (value != NULL && PyDict_SetItem(arguments, name, value) < 0) {
            Py_CLEAR(arguments);
        }
        Py_XDECREF(value);
    }
    Py_XDECREF(names);
    return arguments;
}

/* A parameter that had its default has that of the version that is called next. */
static int drop_defaults(struct hr_crash *crash)
{
    PyObject *names = PyCode_GetVarnames(crash->code);
    int status = names == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < hr_functions_parameters(crash->code);
         i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = PyDict_GetItemWithError(crash->arguments, name);

        if (value != NULL && is_default(crash->function, crash->code, i, name, value)) {
            status = PyDict_DelItem(crash->arguments, name);
        }
    }
    Py_XDECREF(names);
    return status;
}

/* New reference; NULL without an exception if the function runs other code by now. */
static PyObject *function_of(struct hr_state *state, PyFrameObject *frame,
                             PyCodeObject *code)
{
    PyObject *function = hr_compat_frame_function(frame);
    PyCodeObject *runs =
        function == NULL ? NULL : (PyCodeObject *)PyFunction_GET_CODE(function);

    return runs != NULL && (runs == code || hr_functions_latest(state, runs) ==
                                                hr_functions_latest(state, code))
               ? Py_NewRef(function)
               : NULL;
}

/* Whether the entry's frame is one of the callers of the frame `data`. */
static bool is_of_live_caller(const PyTracebackObject *entry, void *data)
{
    PyFrameObject *above = PyFrame_GetBack((PyFrameObject *)data);
    bool found = false;

    while (above != NULL && !found) {
        found = above == entry->tb_frame;
        Py_SETREF(above, PyFrame_GetBack(above));
    }
    Py_XDECREF(above);
    return found;
}

/*
 * The exception that a caller was handling when it made the call.  The interpreter
 * keeps it where nobody can ask for it, but the failure's chain of contexts leads to
 * it, and its traceback begins with the caller that handles it.
 */
static PyObject *handled_above(PyFrameObject *frame, PyObject *exception)
{
    return hr_traceback_context(exception, is_of_live_caller, frame);
}

struct hr_crash *hr_crash_new(struct hr_state *state, PyFrameObject *frame,
                              PyObject *exception)
{
    struct hr_crash *crash = PyMem_Calloc(1, sizeof *crash);
    struct hr_flow flow = {0}; /* dis takes its time: read once for both */

    if (crash == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    crash->frame = (PyFrameObject *)Py_NewRef(frame);
    if (exception != NULL) {
        crash->exception = Py_NewRef(exception);
        crash->traceback = PyException_GetTraceback(exception);
    }
    crash->code = PyFrame_GetCode(frame);
    crash->source = (hr_source *)Py_XNewRef(hr_source_of(state, crash->code));
    crash->def =
        crash->source == NULL ? HR_NONE : hr_source_def_of(crash->source, crash->code);
    crash->qualname = hr_functions_qualname(crash->code);
    crash->arguments =
        crash->qualname == NULL ? NULL : original_arguments(frame, crash->code);
    if (crash->arguments == NULL) {
        goto failed;
    }
    /* Whether it was given is what tells of the others. */
    if (hr_delivered_source(crash) != NULL && !hr_crash_resolve(state, crash)) {
        goto failed;
    }
    if ((crash->code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0) {
        crash->count = hr_counts_of(state, frame);
    }
    hr_delivered_find(crash, &flow);
    hr_reading_find(state, crash, &flow);
    hr_flow_finish(&flow);
    return crash;
failed:
    hr_crash_free(crash);
    return NULL;
}

bool hr_crash_resolve(struct hr_state *state, struct hr_crash *crash)
{
    if (crash->function != NULL) {
        return true;
    }
    crash->function = function_of(state, crash->frame, crash->code);
    if (crash->function != NULL && drop_defaults(crash) < 0) {
        Py_CLEAR(crash->function);
    }
    return crash->function != NULL;
}

bool hr_crash_can_restart(PyCodeObject *code)
{
    bool can = false;

    for (Py_ssize_t i = 0; !can && i < PyTuple_GET_SIZE(code->co_names); i++) {
        can = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, i),
                                               HR_GUARD_CRASHED) == 0;
    }
    return can;
}

void hr_crash_settle(struct hr_crash *crash)
{
    if (crash->exception != NULL) {
        crash->handled = handled_above(crash->frame, crash->exception);
    }
    Py_CLEAR(crash->exception);
    Py_CLEAR(crash->traceback);
}

void hr_crash_forget(struct hr_crash *crash)
{
    Py_CLEAR(crash->exception);
    Py_CLEAR(crash->traceback);
    Py_CLEAR(crash->frame);
}

void hr_crash_free(struct hr_crash *crash)
{
    if (crash == NULL) {
        return;
    }
    hr_crash_forget(crash);
    Py_CLEAR(crash->code);
    Py_CLEAR(crash->source);
    Py_CLEAR(crash->handled);
    Py_CLEAR(crash->qualname);
    Py_CLEAR(crash->function);
    Py_CLEAR(crash->arguments);
    Py_CLEAR(crash->positional);
    Py_CLEAR(crash->keywords);
    Py_CLEAR(crash->count);
    Py_CLEAR(crash->thrown);
    Py_CLEAR(crash->reads);
    Py_CLEAR(crash->item);
    Py_CLEAR(crash->value);
    Py_CLEAR(crash->raises);
    Py_CLEAR(crash->unwinding);
    PyMem_Free(crash);
}
