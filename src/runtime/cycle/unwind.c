#include "runtime/cycle/unwind.h"

#include "runtime/decide/decide.h"
#include "runtime/decide/handled.h"

static PyObject *make_exception(struct hr_state *state, PyObject *qualname)
{
    PyObject *exception;

    if (state->unwinding == NULL) {
        state->unwinding = PyErr_NewExceptionWithDoc(
            "hot_restart.Unwinding",
            "Ends the calls below one that is to be restarted; let it pass.",
            PyExc_BaseException, NULL);
    }
    exception = state->unwinding == NULL
                    ? NULL
                    : PyObject_CallFunction(state->unwinding, "N",
                                            PyUnicode_FromFormat("up to %U", qualname));
    if (exception != NULL) {
        hr_decide_never(exception);
    }
    return exception;
}

struct hr_crash *hr_unwind_new(struct hr_state *state, PyFrameObject *frame,
                               PyObject *exception)
{
    struct hr_crash *crash = hr_crash_new(state, frame, exception);

    if (crash == NULL) {
        return NULL;
    }
    hr_crash_settle(crash);
    if (hr_crash_resolve(state, crash)) {
        crash->unwinding = make_exception(state, crash->qualname);
    }
    if (crash->unwinding == NULL) {
        hr_crash_free(crash);
        return NULL;
    }
    return crash;
}

static PyObject *described(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *text =
        PyUnicode_FromFormat("%U (%U:%d)", code->co_qualname, code->co_filename,
                             PyFrame_GetLineNumber(frame));

    Py_DECREF(code);
    return text;
}

PyObject *hr_unwind_obstacle(struct hr_state *state, const struct hr_crash *caller,
                             PyFrameObject *from)
{
    struct hr_verdict before = state->verdict;
    const void *handler =
        hr_handled(state, from, caller->unwinding) ? state->verdict.handler : NULL;
    PyFrameObject *at = handler == NULL ? NULL : PyFrame_GetBack(from);
    PyObject *text = NULL;
    bool above = false;

    state->verdict = before;
    while (at != NULL && (const void *)at != handler && !above) {
        above = at == caller->frame;
        Py_SETREF(at, above ? NULL : PyFrame_GetBack(at));
    }
    text = at == NULL ? NULL : described(at);
    PyErr_Clear();
    Py_XDECREF(at);
    return text;
}
