#include "runtime/prompt/debug.h"

#include <frameobject.h>
#include <string.h>
#include <unistd.h>

#include "runtime/compat.h"
#include "runtime/settings.h"
#include "runtime/prompt/turn.h"
#include "runtime/prompt/views.h"
#include "runtime/prompt/wait.h"
#include "debugger_text.h"

#define FRONT_END "<hot_restart>"

/* Calls that pdb, and what is typed at it, may nest at the recursion limit. */
#define HEADROOM 400

static int run_part(const char *text, PyObject *names)
{
    PyObject *code = Py_CompileString(text, FRONT_END, Py_file_input);
    PyObject *result = code == NULL ? NULL : PyEval_EvalCode(code, names, names);

    Py_XDECREF(result);
    Py_XDECREF(code);
    return result == NULL ? -1 : 0;
}

static PyObject *front_end(struct hr_state *state)
{
    static const char *const parts[] = {hr_terminal_text, hr_stepping_text,
                                        hr_values_text,   hr_commands_text,
                                        hr_debugger_text, hr_debuggers_text};
    PyObject *module = NULL;
    PyObject *help = NULL;
    PyObject *names;
    bool done = false;

    if (state->debugger != NULL) {
        return state->debugger;
    }
    module = PyModule_New("hot_restart.debugger");
    help = PyUnicode_FromString(hr_help_text);
    if (module == NULL || help == NULL) {
        goto done;
    }
    names = PyModule_GetDict(module);
    done = PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0 &&
           PyDict_SetItemString(names, "HELP", help) == 0 &&
           hr_views_add(state, names) == 0;
    for (size_t i = 0; done && i < sizeof parts / sizeof *parts; i++) {
        done = run_part(parts[i], names) == 0;
    }
    if (done) {
        state->debugger = Py_NewRef(module);
    }
done:
    Py_XDECREF(help);
    Py_XDECREF(module);
    return state->debugger;
}

void hr_debug_prepare(struct hr_state *state)
{
    front_end(state);
    PyErr_Clear();             /* it is told of when a prompt is wanted */
    Py_CLEAR(state->debugger); /* no prompt has been open */
}

/* Reports and drops what went wrong in the front end. */
static void remark_failure(const char *what)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyObject *text;

    PyErr_Fetch(&type, &value, &traceback);
    text = value == NULL ? NULL : PyObject_Str(value);
    if (text == NULL) {
        PyErr_Clear();
    }
    hr_remark("%s: %s: %s", what, type ? ((PyTypeObject *)type)->tp_name : "failed",
              text ? PyUnicode_AsUTF8(text) : "");
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

static void lend_headroom(struct hr_debug_session *session)
{
    if (hr_compat_recursion_room() < HEADROOM) {
        session->headroom = HEADROOM;
        Py_SetRecursionLimit(Py_GetRecursionLimit() + HEADROOM);
    }
}

static void take_back_headroom(struct hr_debug_session *session)
{
    if (session->headroom != 0) {
        Py_SetRecursionLimit(Py_GetRecursionLimit() - session->headroom);
        session->headroom = 0;
    }
}

bool hr_debug_is_possible(struct hr_state *state)
{
    return state->waits || hr_turn_is_possible(state) ||
           PyDict_GetItemString(PyImport_GetModuleDict(), "pydevd") != NULL;
}

/* Whoever had the turn before us may have told every failure to pass. */
static bool is_still_wanted(struct hr_state *state)
{
    hr_settings_read_stop(state);
    return state->stop != HR_STOP_NEVER && !hr_settings_should_exit(state);
}

bool hr_debug_open(struct hr_state *state, struct hr_debug_session *session,
                   PyFrameObject *frame, PyObject *exception, PyObject *traceback,
                   PyObject *qualname, PyObject *hidden)
{
    PyObject *module;
    PyObject *prompt = NULL;
    bool help;

    *session = (struct hr_debug_session){0};
    if (!hr_turn_take(state)) {
        return false;
    }
    if (!is_still_wanted(state)) {
        hr_turn_give(state);
        return false;
    }
    /* No debugger and no coverage of the program's follows the front end. */
    PyThreadState_EnterTracing(PyThreadState_Get());
    lend_headroom(session);
    module = state->waits ? NULL : front_end(state);
    if (state->waits) {
        prompt = hr_wait_new(state, frame, exception, traceback, qualname, hidden);
    } else if (module != NULL) {
        help = hr_settings_flag(state, "PRINT_HELP_MESSAGE", true);
        prompt =
            PyObject_CallMethod(module, "open_prompt", "OOOOOOOO", (PyObject *)frame,
                                exception, traceback ? traceback : Py_None, qualname,
                                hidden, help ? Py_True : Py_False,
                                state->pid == (long)getpid() ? Py_False : Py_True,
                                hr_settings_debugger(state));
    }
    if (prompt == NULL) {
        remark_failure("the debugger cannot be opened");
    } else if (prompt == Py_None) {
        Py_CLEAR(prompt);
    }
    session->prompt = prompt;
    if (prompt != NULL) {
        /* Said once a program. */
        hr_settings_set(state, "PRINT_HELP_MESSAGE", Py_False);
        PyErr_Clear();
    } else {
        take_back_headroom(session);
        PyThreadState_LeaveTracing(PyThreadState_Get());
        hr_turn_give(state);
    }
    return prompt != NULL;
}

static enum hr_action action_named(const char *name)
{
    static const char *const names[] = {"continue", "restart", "quit",   "reraise",
                                        "reload",   "exit",    "return", "raise"};

    for (int i = 0; name != NULL && i < (int)(sizeof names / sizeof *names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum hr_action)i;
        }
    }
    return HR_ACTION_QUIT;
}

/* What the person decided, and what was called or set at the prompt before. */
static enum hr_action answer(struct hr_state *state, enum hr_action action)
{
    bool again = action == HR_ACTION_CONTINUE || action == HR_ACTION_RESTART;
    bool reraise = state->reraise;

    state->reraise = false;
    /* As the library of this name has it: whoever catches the exception keeps it. */
    if (action != HR_ACTION_EXIT &&
        hr_settings_flag(state, "PROGRAM_SHOULD_EXIT", false)) {
        return HR_ACTION_QUIT;
    }
    if (again && reraise) {
        return HR_ACTION_QUIT;
    }
    return action;
}

enum hr_action hr_debug_ask(struct hr_state *state, struct hr_debug_session *session)
{
    enum hr_action action = HR_ACTION_QUIT;
    PyObject *said = NULL;

    /* Ctrl-C may come at any moment, also outside pdb's own handling of it. */
    do {
        PyErr_Clear();
        said = PyObject_CallMethod(session->prompt, "ask", NULL);
    } while (said == NULL && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt));
    if (said == NULL || !PyUnicode_Check(said)) {
        remark_failure("the debugger failed");
    } else {
        action = action_named(PyUnicode_AsUTF8(said));
    }
    Py_XDECREF(said);
    PyErr_Clear();
    return answer(state, action);
}

PyObject *hr_debug_argument(struct hr_debug_session *session)
{
    PyObject *argument = PyObject_GetAttrString(session->prompt, "argument");

    if (argument == Py_None) {
        Py_CLEAR(argument);
    }
    PyErr_Clear();
    return argument;
}

void hr_debug_arguments(struct hr_debug_session *session, PyObject **positional,
                        PyObject **keywords)
{
    PyObject *argument = hr_debug_argument(session);

    *positional = *keywords = NULL;
    if (argument != NULL && PyTuple_Check(argument) &&
        PyTuple_GET_SIZE(argument) == 2) {
        *positional = Py_NewRef(PyTuple_GET_ITEM(argument, 0));
        *keywords = Py_NewRef(PyTuple_GET_ITEM(argument, 1));
    }
    Py_XDECREF(argument);
}

PyFrameObject *hr_debug_target(struct hr_debug_session *session)
{
    PyObject *target = PyObject_GetAttrString(session->prompt, "target");

    if (target != NULL && !PyFrame_Check(target)) {
        Py_CLEAR(target);
    }
    PyErr_Clear();
    return (PyFrameObject *)target;
}

/* The debugger, and the part of the library that raised in it. */
static bool is_of_debugger(const PyTracebackObject *entry)
{
    PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
    PyObject *globals = PyFrame_GetGlobals(entry->tb_frame);
    PyObject *name = PyDict_GetItemString(globals, "__name__");
    bool is = PyUnicode_CompareWithASCIIString(code->co_filename, FRONT_END) == 0 ||
              (name != NULL && PyUnicode_Check(name) &&
               PyUnicode_CompareWithASCIIString(name, "bdb") == 0);

    Py_DECREF(globals);
    Py_DECREF(code);
    return is;
}

static void cut_traceback(PyObject *exception)
{
    PyTracebackObject *first = (PyTracebackObject *)PyException_GetTraceback(exception);
    PyTracebackObject *entry = first;

    while (entry != NULL && entry->tb_next != NULL && !is_of_debugger(entry->tb_next)) {
        entry = entry->tb_next;
    }
    if (entry != NULL) {
        Py_CLEAR(entry->tb_next);
    }
    Py_XDECREF(first);
}

PyObject *hr_debug_quit(struct hr_state *state, PyCodeObject *code, PyObject *exception)
{
    PyObject *failure;

    if (state->debugger == NULL ||
        strcmp(Py_TYPE(exception)->tp_name, "BdbQuit") != 0) {
        return NULL;
    }
    cut_traceback(exception);
    failure = PyObject_CallMethod(state->debugger, "failure_behind", "O", code);
    PyErr_Clear();
    if (failure != NULL && !PyExceptionInstance_Check(failure)) {
        Py_CLEAR(failure);
    }
    return failure;
}

void hr_debug_say(struct hr_debug_session *session, const char *format, ...)
{
    PyObject *text;
    PyObject *result = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    if (text != NULL) {
        result = PyObject_CallMethod(session->prompt, "say", "O", text);
    }
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    Py_XDECREF(text);
}

void hr_debug_close(struct hr_state *state, struct hr_debug_session *session)
{
    PyObject *result = PyObject_CallMethod(session->prompt, "close", NULL);

    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    Py_CLEAR(session->prompt);
    take_back_headroom(session);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    hr_turn_give(state);
}
