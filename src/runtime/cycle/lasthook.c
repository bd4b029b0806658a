#include "runtime/cycle/lasthook.h"

#include "runtime/cycle/cycle.h"
#include "runtime/cycle/traceback.h"
#include "runtime/decide/decide.h"
#include "runtime/guard/source.h"
#include "runtime/prompt/debug.h"

/* Lists at the prompt show it; the program's own traceback comes without, as python's
 * does. */
static void give_text(struct hr_state *state, PyObject *text, PyFrameObject *frame)
{
    Py_ssize_t size = 0;
    const char *bytes =
        PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    PyCodeObject *code = PyFrame_GetCode(frame);
    hr_source *source = bytes != NULL && code->co_filename != NULL
                            ? hr_source_new(state, code->co_filename, bytes, size)
                            : NULL;

    if (source != NULL &&
        PyUnicode_CompareWithASCIIString(code->co_filename, "<string>") == 0) {
        hr_source_register(state, source, (PyObject *)code);
    }
    PyErr_Clear();
    Py_XDECREF(source);
    Py_DECREF(code);
}

/* What goes on in its place, or NULL (new reference). */
static PyObject *ask(struct hr_state *state, struct hr_debug_session *session,
                     PyFrameObject *frame)
{
    for (;;) {
        switch (hr_debug_ask(state, session)) {
        case HR_ACTION_CONTINUE:
        case HR_ACTION_RESTART:
        case HR_ACTION_RETURN:
            hr_debug_say(session,
                         "hr: what stands in no file cannot be run again; q ends "
                         "the program");
            break;
        case HR_ACTION_RELOAD:
            hr_cycle_reload(state, session, frame);
            break;
        case HR_ACTION_RAISE:
            return hr_debug_argument(session);
        case HR_ACTION_RERAISE:
        case HR_ACTION_EXIT:
        case HR_ACTION_QUIT:
            return NULL;
        }
    }
}

static PyObject *look(struct hr_state *state, PyObject *text, PyObject *exception,
                      PyObject *traceback)
{
    PyFrameObject *frame = ((PyTracebackObject *)traceback)->tb_frame;
    PyObject *hidden = PyList_New(0);
    PyObject *name = PyUnicode_FromString("<module>");
    PyObject *instead = NULL;
    struct hr_debug_session session;

    give_text(state, text, frame);
    if (hidden != NULL && name != NULL &&
        hr_debug_open(state, &session, frame, exception, traceback, name, hidden)) {
        if (((PyTracebackObject *)traceback)->tb_next != NULL) {
            hr_debug_say(&session, "hr: 'down' goes to where it failed");
        }
        instead = ask(state, &session, frame);
        hr_debug_close(state, &session);
    }
    PyErr_Clear();
    Py_XDECREF(name);
    Py_XDECREF(hidden);
    return instead;
}

static bool is_for_us(struct hr_state *state, PyObject *exception, PyObject *traceback)
{
    return PyExceptionInstance_Check(exception) && traceback != NULL &&
           PyTraceBack_Check(traceback) && !state->waits &&
           state->let_go != exception && hr_decide_last(state, exception) &&
           hr_debug_is_possible(state);
}

/* `self`: the module, the program's text or None, the hook that was there. */
static PyObject *called(PyObject *self, PyObject *arguments)
{
    struct hr_state *state = hr_state_of(PyTuple_GET_ITEM(self, 0));
    PyObject *before = PyTuple_GET_ITEM(self, 2);
    PyObject *type, *exception, *traceback;
    PyObject *instead = NULL;
    PyObject *result;

    if (!PyArg_ParseTuple(arguments, "OOO:excepthook", &type, &exception, &traceback)) {
        return NULL;
    }
    PySys_SetObject("excepthook", before);
    if (PyExceptionInstance_Check(exception)) {
        hr_traceback_clean(state, exception);
        traceback = PyException_GetTraceback(exception);
    } else {
        Py_INCREF(traceback);
    }
    if (is_for_us(state, exception, traceback)) {
        instead = look(state, PyTuple_GET_ITEM(self, 1), exception, traceback);
    }
    if (instead != NULL) {
        type = (PyObject *)Py_TYPE(instead);
        exception = instead;
        Py_XSETREF(traceback, PyException_GetTraceback(instead));
    }
    result = PyObject_CallFunctionObjArgs(
        before, type, exception, traceback != NULL ? traceback : Py_None, NULL);
    Py_XDECREF(traceback);
    Py_XDECREF(instead);
    return result;
}

static PyMethodDef hook_method = {"excepthook", called, METH_VARARGS,
                                  "sys.excepthook, behind a last prompt."};

int hr_lasthook_install(PyObject *module, PyObject *text)
{
    PyObject *before = PySys_GetObject("excepthook"); /* borrowed */
    PyObject *self =
        before == NULL ? NULL
                       : PyTuple_Pack(3, module, text != NULL ? text : Py_None, before);
    PyObject *function = self == NULL ? NULL : PyCFunction_New(&hook_method, self);
    int result = function == NULL ? -1 : PySys_SetObject("excepthook", function);

    Py_XDECREF(function);
    Py_XDECREF(self);
    return result;
}
