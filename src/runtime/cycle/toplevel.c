#include "runtime/cycle/toplevel.h"

#include <string.h>

#include "runtime/compat.h"
#include "runtime/cycle/above.h"
#include "runtime/cycle/cycle.h"
#include "runtime/imports.h"
#include "runtime/prompt/debug.h"
#include "runtime/decide/decide.h"
#include "runtime/reload/bindings.h"
#include "runtime/reload/functions.h"
#include "runtime/guard/load.h"
#include "runtime/guard/origin.h"
#include "runtime/entry/copies.h"
#include "runtime/entry/pytest.h"
#include "runtime/reload/reload.h"
#include "runtime/cycle/leave.h"
#include "runtime/cycle/resume.h"
#include "runtime/settings.h"
#include "runtime/cycle/traceback.h"

struct failure {
    PyObject *code;
    PyObject *exception;
    PyObject *traceback;     /* its first entry is the module's frame */
    hr_source *source;       /* borrowed from the code */
    PyTracebackObject *call; /* guarded, from which it came (borrowed); NULL: none */
};

/* The innermost guarded function that the exception came through: borrowed, or NULL. */
static PyTracebackObject *guarded_call(struct hr_state *state, PyObject *traceback)
{
    PyTracebackObject *entry = ((PyTracebackObject *)traceback)->tb_next;
    PyTracebackObject *found = NULL;
    for (; entry != NULL; entry = entry->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
        /* A restart that its arguments do not fit is a failure of the caller. */
        if ((code->co_flags & CO_OPTIMIZED) != 0 && hr_source_of(state, code) != NULL &&
            !hr_traceback_is_guard(state, entry)) {
            found = entry;
        }
        Py_DECREF(code);
    }
    return found;
}

/* The module that the program ends with. */
static bool is_main(PyFrameObject *frame)
{
    PyObject *globals = PyFrame_GetGlobals(frame);
    PyObject *name = PyDict_GetItemString(globals, "__name__");
    bool is = name != NULL && PyUnicode_Check(name) &&
              PyUnicode_CompareWithASCIIString(name, "__main__") == 0;
    Py_DECREF(globals);
    return is;
}

/* What came out of a guarded call was decided on there: it is looked at again only if
 * it passed unseen and is about to end the program. */
static bool is_for_us(struct hr_state *state, struct failure *failure)
{
    PyTracebackObject *entry = (PyTracebackObject *)failure->traceback;
    if (failure->source == NULL || entry == NULL) {
        return false;
    }
    PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
    bool ours = (PyObject *)code == failure->code;
    Py_DECREF(code);
    failure->call = guarded_call(state, failure->traceback);
    /* sys.exit(main()) at the end of a module is how programs end. */
    if (!ours || PyErr_GivenExceptionMatches(failure->exception, PyExc_SystemExit)) {
        return false;
    }
    return ((failure->call == NULL &&
             hr_decide(state, entry->tb_frame, failure->exception)) ||
            (is_main(entry->tb_frame) && state->let_go != failure->exception &&
             hr_decide_last(state, failure->exception))) &&
           hr_debug_is_possible(state);
}

/* Says why the edited file cannot be run; an exception is set. */
static void say_problem(struct hr_debug_session *session, const struct failure *failure,
                        const hr_source *source)
{
    PyObject *filename = ((PyCodeObject *)failure->code)->co_filename;
    PyObject *problem;
    if (source != NULL) {
        hr_origin_blame(source);
    }
    problem = hr_reload_describe(filename);
    hr_debug_say(session, "%V", problem, "the file cannot be reloaded");
    PyErr_Clear();
    Py_XDECREF(problem);
}

/* The code of all of the edited file.  NULL: it was said why. */
static PyObject *whole(struct hr_state *state, struct hr_debug_session *session,
                       const struct failure *failure)
{
    PyCodeObject *old = (PyCodeObject *)failure->code;
    hr_source *source = hr_origin_current(state, old->co_filename, true);
    PyObject *code = source == NULL
                         ? NULL
                         : hr_load_rest(state, source, 0, old->co_flags & PyCF_MASK);
    uint32_t at = 1;
    if (code == NULL) {
        say_problem(session, failure, source);
    } else {
        hr_debug_say(session, "hr: running %U again from its top",
                     hr_origin_told(source, &at));
    }
    Py_XDECREF(source);
    return code;
}

/* The code of the rest of the edited file, from the failed statement on, for which what
 * it needs is in place.  NULL: it was said why. */
static PyObject *rest(struct hr_state *state, struct hr_debug_session *session,
                      const struct failure *failure)
{
    PyCodeObject *old = (PyCodeObject *)failure->code;
    PyTracebackObject *entry = (PyTracebackObject *)failure->traceback;
    int line = PyCode_Addr2Line(old, entry->tb_lasti);
    hr_source *source = hr_origin_current(state, old->co_filename, true);
    struct hr_resume resume = {0};
    struct hr_error err = {0};
    PyObject *code = NULL;
    uint32_t at;
    if (source != NULL &&
        !hr_resume_find(&resume, failure->source->text.data, failure->source->text.size,
                        line > 0 ? (uint32_t)line - 1 : 0, source->text.data,
                        source->text.size, &err)) {
        hr_error_raise(&err, old->co_filename);
    } else if (source != NULL && resume.told) {
        code = hr_load_rest(state, source, resume.offset, old->co_flags & PyCF_MASK);
        source->ran = false; /* it has not yet */
    }
    if (code != NULL) {
        at = resume.line + 1;
        PyObject *path = hr_origin_told(source, &at);
        if (hr_above_take(state, session, entry->tb_frame, failure->source, source,
                          &resume)) {
            hr_debug_say(session, "hr: going on with %U:%u", path, (unsigned)at);
            hr_bindings_went_on(state, failure->source, source, resume.failed);
            source->ran = true;
        } else {
            Py_CLEAR(code);
        }
    } else if (source != NULL && !PyErr_Occurred()) {
        hr_debug_say(session,
                     "hr: it cannot be told which statement of %U is the failed one "
                     "now: undo a part of the edit, or (restart) run it all again",
                     old->co_filename);
    } else {
        say_problem(session, failure, source);
    }
    hr_resume_finish(&resume);
    Py_XDECREF(source);
    return code;
}

/* The code to run next; NULL: the exception goes on, or *instead does. */
static PyObject *ask(struct hr_state *state, struct hr_debug_session *session,
                     const struct failure *failure, PyObject **instead)
{
    PyFrameObject *frame = ((PyTracebackObject *)failure->traceback)->tb_frame;
    PyObject *code = NULL;
    for (;;) {
        switch (hr_debug_ask(state, session)) {
        case HR_ACTION_CONTINUE:
            code = rest(state, session, failure);
            break;
        case HR_ACTION_RESTART:
            code = whole(state, session, failure);
            break;
        case HR_ACTION_RELOAD:
            hr_cycle_reload(state, session, frame);
            break;
        case HR_ACTION_RETURN:
            hr_debug_say(session, "hr: a module returns nothing");
            break;
        case HR_ACTION_RAISE:
            *instead = hr_debug_argument(session);
            return NULL;
        case HR_ACTION_RERAISE:
            hr_decide_never(failure->exception);
            return NULL;
        case HR_ACTION_EXIT:
            *instead = hr_leave(state, frame, failure->exception);
            return NULL;
        case HR_ACTION_QUIT:
            return NULL;
        }
        if (code != NULL) {
            return code;
        }
    }
}

/* Where the last prompt of a program comes from. */
static void introduce(struct hr_debug_session *session, const struct failure *failure)
{
    PyCodeObject *code = PyFrame_GetCode(failure->call->tb_frame);
    PyObject *name = hr_functions_qualname(code);
    if (name != NULL) {
        hr_debug_say(session,
                     "hr: it came through %U (%U:%d), where nothing stopped for it; "
                     "(c)ontinue reloads what was edited and runs this statement again",
                     name, code->co_filename,
                     PyCode_Addr2Line(code, failure->call->tb_lasti));
    }
    PyErr_Clear();
    Py_XDECREF(name);
    Py_DECREF(code);
}

/* The exception that is set is taken if code is returned, and left otherwise. */
static PyObject *failed(struct hr_state *state, PyObject *code)
{
    struct failure failure = {.code = code, .exception = hr_compat_take_exception()};
    struct hr_debug_session session;
    PyObject *next = NULL;
    PyObject *instead = NULL;
    PyObject *hidden = NULL;
    PyObject *name = NULL;
    failure.traceback =
        failure.exception != NULL ? PyException_GetTraceback(failure.exception) : NULL;
    failure.source = hr_source_of(state, (PyCodeObject *)code);
    if (!is_for_us(state, &failure)) {
        goto done;
    }
    hr_traceback_clean(state, failure.exception);
    hidden = PyList_New(0);
    name = PyUnicode_FromString("<module>");
    if (hidden != NULL && name != NULL &&
        hr_debug_open(state, &session,
                      ((PyTracebackObject *)failure.traceback)->tb_frame,
                      failure.exception, failure.traceback, name, hidden)) {
        if (failure.call != NULL) {
            introduce(&session, &failure);
        }
        next = ask(state, &session, &failure, &instead);
        hr_debug_close(state, &session);
    }
    if (instead != NULL) {
        Py_SETREF(failure.exception, instead);
    }
done:
    PyErr_Clear();
    Py_XDECREF(hidden);
    Py_XDECREF(name);
    Py_XDECREF(failure.traceback);
    if (next == NULL) {
        hr_compat_put_exception(failure.exception);
    } else {
        Py_XDECREF(failure.exception);
    }
    return next;
}

PyObject *hr_toplevel_run(struct hr_state *state, PyObject *code, PyObject *globals)
{
    PyObject *result;
    Py_INCREF(code);
    while ((result = PyEval_EvalCode(code, globals, globals)) == NULL) {
        PyObject *next = failed(state, code);
        if (next == NULL) {
            break;
        }
        Py_SETREF(code, next);
    }
    Py_DECREF(code);
    return result;
}

/* ---- where the interpreter runs modules ---- */

/* As exec does; a module whose globals lack them cannot even warn. */
int hr_toplevel_add_builtins(PyObject *globals)
{
    PyObject *name = PyUnicode_FromString("__builtins__");
    int result = name != NULL ? PyDict_Contains(globals, name) : -1;
    if (result == 0) {
        result = PyDict_SetItem(globals, name, PyEval_GetBuiltins());
    }
    Py_XDECREF(name);
    return result < 0 ? -1 : 0;
}

static PyObject *run(PyObject *owner, PyObject *args, PyObject *kwargs)
{
    struct hr_state *state = hr_state_of(owner);
    PyObject *code = PyTuple_GET_SIZE(args) == 2 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (code != NULL && PyCode_Check(code) &&
        (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0) &&
        PyDict_Check(PyTuple_GET_ITEM(args, 1)) &&
        hr_source_of(state, (PyCodeObject *)code) != NULL) {
        return hr_toplevel_add_builtins(PyTuple_GET_ITEM(args, 1)) < 0 ||
                       PySys_Audit("exec", "O", code) < 0
                   ? NULL
                   : hr_toplevel_run(state, code, PyTuple_GET_ITEM(args, 1));
    }
    PyObject *builtin = PyDict_GetItemString(PyEval_GetBuiltins(), "exec");
    if (builtin == NULL) {
        PyErr_SetString(PyExc_NameError, "name 'exec' is not defined");
        return NULL;
    }
    return PyObject_Call(builtin, args, kwargs);
}

static PyObject *exec(PyObject *owner, PyObject *args, PyObject *kwargs)
{
    PyObject *result = run(owner, args, kwargs);
    if (result != NULL && PyTuple_GET_SIZE(args) == 2 &&
        PyDict_Check(PyTuple_GET_ITEM(args, 1))) {
        hr_pytest_meet(owner, PyTuple_GET_ITEM(args, 1));
        hr_copies_meet(owner, PyTuple_GET_ITEM(args, 1));
    }
    return result;
}

static PyMethodDef exec_method = {
    "exec", (PyCFunction)(void (*)(void))exec, METH_VARARGS | METH_KEYWORDS,
    "exec, for which a module's failed statement is not the end."};

int hr_toplevel_install(PyObject *owner, const char *module_name)
{
    PyObject *module = hr_import(module_name);
    PyObject *function = module != NULL ? PyCFunction_New(&exec_method, owner) : NULL;
    int result =
        function != NULL ? PyObject_SetAttrString(module, "exec", function) : -1;
    Py_XDECREF(function);
    Py_XDECREF(module);
    return result;
}
