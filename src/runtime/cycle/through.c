#include "runtime/cycle/through.h"

#include <frameobject.h>

#include "runtime/cycle/traceback.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/scope.h"

/* Code objects compare by content, which is not what is meant: their addresses. */
static int add(struct hr_state *state, PyObject *set, PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool guarded = hr_source_of(state, code) != NULL;
    PyObject *id =
        guarded ? PyLong_FromVoidPtr(hr_functions_latest(state, code)) : NULL;
    int status = !guarded ? 0 : id == NULL ? -1 : PySet_Add(set, id);

    Py_XDECREF(id);
    Py_DECREF(code);
    return status;
}

static int add_traceback(struct hr_state *state, PyObject *set, PyObject *exception)
{
    PyObject *first = PyException_GetTraceback(exception);
    int status = 0;

    for (const PyTracebackObject *entry = (PyTracebackObject *)first;
         entry != NULL && status == 0; entry = entry->tb_next) {
        status = add(state, set, entry->tb_frame);
    }
    Py_XDECREF(first);
    return status;
}

/* The exception that it came of, as it is told of: new reference, or NULL. */
static PyObject *origin_of(PyObject *exception)
{
    PyObject *origin = PyException_GetCause(exception);

    return origin != NULL ? origin : PyException_GetContext(exception);
}

static int add_all(struct hr_state *state, PyObject *set, const struct hr_crash *failed,
                   const struct hr_crash *restarted)
{
    PyObject *exception = Py_XNewRef(failed->exception);
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)failed->frame);
    int status = 0;

    for (int i = 0; exception != NULL && status == 0 && i < HR_LONGEST_CHAIN; i++) {
        status = add_traceback(state, set, exception);
        Py_SETREF(exception, origin_of(exception));
    }
    while (frame != NULL && frame != restarted->frame && status == 0) {
        status = add(state, set, frame);
        Py_SETREF(frame, PyFrame_GetBack(frame));
    }
    Py_XDECREF(frame);
    Py_XDECREF(exception);
    return status;
}

/* What the interpreter said of a call whose arguments do not fit, made in the failed
 * frame: it begins with the name of a function that has no frame.  New reference; NULL
 * without an exception: it is no such failure. */
static PyObject *refusal(const struct hr_crash *failed)
{
    PyObject *exception = failed->exception;
    PyTracebackObject *entry = NULL;
    PyObject *args = NULL, *text = NULL;

    if (exception != NULL && Py_IS_TYPE(exception, (PyTypeObject *)PyExc_TypeError)) {
        entry = (PyTracebackObject *)PyException_GetTraceback(exception);
        args = PyObject_GetAttrString(exception, "args");
    }
    if (entry != NULL && entry->tb_frame == failed->frame && entry->tb_next == NULL &&
        args != NULL && PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 1 &&
        PyUnicode_Check(PyTuple_GET_ITEM(args, 0))) {
        text = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    }
    PyErr_Clear();
    Py_XDECREF(args);
    Py_XDECREF(entry);
    return text;
}

static bool is_refused(PyObject *function, PyObject *text, PyObject *own, PyObject *id)
{
    PyObject *name = ((PyFunctionObject *)function)->func_qualname;
    PyObject *start = text == NULL ? NULL : PyUnicode_FromFormat("%U() ", name);
    bool is = start != NULL &&
              PyUnicode_Tailmatch(text, start, 0, PY_SSIZE_T_MAX, -1) == 1 &&
              PyObject_RichCompareBool(own, id, Py_NE) == 1;

    PyErr_Clear();
    Py_XDECREF(start);
    return is;
}

/* The functions of `all` that run code of the set, or whose call was refused and that
 * are not the one of the code `own`. */
static PyObject *among(struct hr_state *state, PyObject *all, PyObject *set,
                       PyObject *text, PyObject *own)
{
    PyObject *found = PyList_New(0);

    for (Py_ssize_t i = 0; found != NULL && i < PyList_GET_SIZE(all); i++) {
        PyObject *function = PyList_GET_ITEM(all, i);
        PyCodeObject *code =
            hr_functions_latest(state, (PyCodeObject *)PyFunction_GET_CODE(function));
        PyObject *id = PyLong_FromVoidPtr(code);
        int known = id == NULL ? -1 : PySet_Contains(set, id);

        if (known == 0 && is_refused(function, text, own, id)) {
            known = 1;
        }
        Py_XDECREF(id);
        if (known < 0 || (known == 1 && PyList_Append(found, function) < 0)) {
            Py_CLEAR(found);
        }
    }
    return found;
}

PyObject *hr_through_changed(struct hr_state *state, const struct hr_crash *failed,
                             const struct hr_crash *restarted)
{
    PyObject *own = PyLong_FromVoidPtr(hr_functions_latest(state, restarted->code));
    PyObject *set = PySet_New(NULL);
    PyObject *text = refusal(failed);
    PyObject *all = NULL;
    PyObject *found = NULL;

    if (own == NULL || set == NULL || add_all(state, set, failed, restarted) < 0 ||
        PySet_Discard(set, own) < 0) {
        goto done;
    }
    /* To look for what differs takes a while; mostly there is nothing below. */
    all = PySet_GET_SIZE(set) == 0 && text == NULL
              ? PyList_New(0)
              : hr_scope_changed(state, failed, NULL, false);
    found = all == NULL ? NULL : among(state, all, set, text, own);
done:
    Py_XDECREF(text);
    Py_XDECREF(all);
    Py_XDECREF(set);
    Py_XDECREF(own);
    return found;
}
