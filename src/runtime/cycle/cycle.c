#include "runtime/cycle/cycle.h"

#include "runtime/cycle/advance.h"
#include "runtime/cycle/crash.h"
#include "runtime/prompt/debug.h"
#include "runtime/prompt/turn.h"
#include "runtime/decide/decide.h"
#include "runtime/reload/functions.h"
#include "runtime/cycle/leave.h"
#include "runtime/cycle/renew.h"
#include "runtime/cycle/restart.h"
#include "runtime/settings.h"
#include "runtime/cycle/traceback.h"
#include "runtime/cycle/unwind.h"

/* What the caller gets in place of the call's result, if that can be. */
static bool ends_with(struct hr_debug_session *session, struct hr_crash *crash)
{
    PyObject *argument = hr_debug_argument(session);

    if (argument != NULL && PyTuple_Check(argument) &&
        PyTuple_GET_SIZE(argument) == 1) {
        crash->value = Py_NewRef(PyTuple_GET_ITEM(argument, 0));
    }
    Py_XDECREF(argument);
    if (crash->value != NULL && crash->value != Py_None &&
        (crash->code->co_flags & CO_ASYNC_GENERATOR) != 0) {
        hr_debug_say(session,
                     "hr: %U is an asynchronous generator, which returns nothing; "
                     "'return None' ends it",
                     crash->qualname);
        Py_CLEAR(crash->value);
    }
    return crash->value != NULL;
}

static void say_gone(struct hr_debug_session *session)
{
    hr_debug_say(session, "hr: this call cannot be restarted: %s",
                 PyErr_Occurred() ? "out of memory"
                                  : "no function has its code any more");
    PyErr_Clear();
}

static bool restart_failed(struct hr_state *state, struct hr_debug_session *session,
                           struct hr_crash *crash)
{
    if (!hr_crash_resolve(state, crash)) {
        say_gone(session);
        return false;
    }
    hr_debug_arguments(session, &crash->positional, &crash->keywords);
    if (hr_renew_for_restart(state, session, crash, crash)) {
        return true;
    }
    Py_CLEAR(crash->positional);
    Py_CLEAR(crash->keywords);
    return false;
}

/* What stands in the way of the exception that unwinds is told of, and nothing done. */
static bool is_reachable(struct hr_state *state, struct hr_debug_session *session,
                         const struct hr_crash *caller, PyFrameObject *from)
{
    PyObject *obstacle = hr_unwind_obstacle(state, caller, from);

    if (obstacle != NULL) {
        hr_debug_say(session,
                     "hr: %U cannot be restarted from here: %U catches every exception "
                     "on the way; restart that, or let the failure go on with q",
                     caller->qualname, obstacle);
    }
    Py_XDECREF(obstacle);
    return obstacle == NULL;
}

/* A caller in the failed call's place, which ends with an exception of ours. */
static bool restart_caller(struct hr_state *state, struct hr_debug_session *session,
                           struct hr_crash *crash, PyFrameObject *frame)
{
    struct hr_crash *caller = hr_unwind_new(state, frame, crash->exception);
    bool done = false;

    if (caller == NULL) {
        say_gone(session);
        return false;
    }
    hr_debug_arguments(session, &caller->positional, &caller->keywords);
    done = is_reachable(state, session, caller, crash->frame) &&
           hr_renew_for_restart(state, session, caller, crash);
    PyErr_Clear();
    if (done) {
        crash->raises = Py_NewRef(caller->unwinding);
        hr_advance_keep(state, caller, true);
    } else {
        hr_crash_free(caller);
    }
    return done;
}

static bool restart(struct hr_state *state, struct hr_debug_session *session,
                    struct hr_crash *crash)
{
    PyFrameObject *target = hr_debug_target(session);
    bool done = target == NULL || target == crash->frame
                    ? restart_failed(state, session, crash)
                    : restart_caller(state, session, crash, target);

    Py_XDECREF(target);
    return done;
}

/* Whether the person wants the call to end in another way: restarted, with a value or
 * with an exception of theirs. */
static bool ask(struct hr_state *state, struct hr_debug_session *session,
                struct hr_crash *crash)
{
    for (;;) {
        switch (hr_debug_ask(state, session)) {
        case HR_ACTION_CONTINUE:
        case HR_ACTION_RESTART:
            if (restart(state, session, crash)) {
                return true;
            }
            break;
        case HR_ACTION_RETURN:
            if (ends_with(session, crash)) {
                return true;
            }
            break;
        case HR_ACTION_RAISE:
            crash->raises = hr_debug_argument(session);
            return crash->raises != NULL;
        case HR_ACTION_RELOAD:
            hr_crash_resolve(state, crash);
            PyErr_Clear();
            hr_renew_asked(state, session, crash);
            break;
        case HR_ACTION_RERAISE:
            hr_decide_never(crash->exception);
            return false;
        case HR_ACTION_EXIT:
            crash->raises = hr_leave(state, crash->frame, crash->exception);
            return crash->raises != NULL;
        case HR_ACTION_QUIT:
            return false;
        }
    }
}

/* The restart belongs to a loop that waits above, or to this frame. */
static bool take(struct hr_state *state, struct hr_crash *crash)
{
    bool restarts = crash->value == NULL && crash->raises == NULL;

    if (restarts && hr_restart_again(state, crash)) {
        hr_crash_free(crash);
        return false;
    }
    hr_crash_settle(crash);
    crash->next = state->pending;
    state->pending = crash;
    return true;
}

/* Whether a newer version took the place of the failed call's code while it ran. */
static bool ran_older_version(struct hr_state *state, struct hr_crash *crash)
{
    return state->successors != NULL && hr_crash_resolve(state, crash) &&
           PyFunction_GET_CODE(crash->function) != (PyObject *)crash->code;
}

/* Who waits for a save has it already: true, and the call is restarted. */
static bool is_mended(struct hr_state *state, struct hr_crash *crash)
{
    const char *name;

    if (!state->waits || !ran_older_version(state, crash) ||
        !hr_functions_same_kind(crash->code,
                                (PyCodeObject *)PyFunction_GET_CODE(crash->function))) {
        return false;
    }
    name = PyUnicode_AsUTF8(crash->qualname);
    hr_remark("restarted %s: the call that failed ran an older version",
              name != NULL ? name : "?");
    PyErr_Clear();
    return true;
}

/* What a restart of a generator cannot do, before it is asked for. */
static void say_values(struct hr_state *state, struct hr_debug_session *session,
                       struct hr_crash *crash)
{
    PyObject *values = hr_restart_describe(state, crash);

    if (values != NULL) {
        hr_debug_say(session, "hr: %U %U", crash->qualname, values);
        crash->described = true;
    }
    Py_XDECREF(values);
}

/* Stops, if this is to be stopped for, and asks.  NULL: nobody was asked; else *taken
 * tells whether it is to be restarted. */
static struct hr_crash *stop(struct hr_state *state, PyFrameObject *frame,
                             PyObject *exception, bool *taken)
{
    struct hr_debug_session session;
    struct hr_crash *crash = NULL;
    PyObject *hidden = NULL;
    bool asked = false;

    if (!hr_debug_is_possible(state)) {
        return NULL;
    }
    if (state->decided != NULL) {
        hr_advance_forget(state, frame);
    }
    hr_traceback_clean(state, exception);
    crash = hr_crash_new(state, frame, exception);
    if (crash != NULL && is_mended(state, crash)) {
        *taken = true;
        return crash;
    }
    hidden = crash == NULL ? NULL : hr_restart_frames(state);
    /* Whoever is at the prompt may put another version in place before our turn. */
    if (crash != NULL && !hr_turn_is_free(state)) {
        hr_crash_resolve(state, crash);
        PyErr_Clear();
    }
    if (hidden != NULL && hr_debug_open(state, &session, frame, exception,
                                        crash->traceback, crash->qualname, hidden)) {
        asked = true;
        hr_settings_log("%U failed: %R", crash->qualname, exception);
        if (ran_older_version(state, crash)) {
            hr_debug_say(&session,
                         "hr: this call ran an older version of %U; c restarts it with "
                         "the one that is in place",
                         crash->qualname);
        }
        say_values(state, &session, crash);
        *taken = ask(state, &session, crash);
        state->let_go = !*taken ? exception : crash->raises;
        hr_settings_log("%U: %s", crash->qualname,
                        !*taken || crash->raises != NULL ? "let go"
                        : crash->value != NULL           ? "given a value"
                                                         : "restarted");
        hr_debug_close(state, &session);
    }
    if (!asked) {
        hr_crash_free(crash);
        crash = NULL;
    }
    PyErr_Clear();
    Py_XDECREF(hidden);
    return crash;
}

/* Quit at a step of the call that was restarted: its failure goes on from there. */
static struct hr_crash *quit(struct hr_state *state, PyFrameObject *frame,
                             PyObject *exception)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *failure = hr_debug_quit(state, code, exception);
    struct hr_crash *crash =
        failure == NULL ? NULL : hr_crash_new(state, frame, exception);

    if (crash != NULL) {
        crash->raises = Py_NewRef(failure);
        state->let_go = failure;
    }
    PyErr_Clear();
    Py_XDECREF(failure);
    Py_DECREF(code);
    return crash;
}

bool hr_cycle_crashed(struct hr_state *state, PyObject *exception)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef(PyEval_GetFrame());
    struct hr_crash *crash = NULL;
    bool taken = false;

    if (frame != NULL && state->decided != NULL) {
        crash = hr_advance_take(state, frame, exception);
        taken = crash != NULL && !crash->let_go;
    }
    if (frame != NULL && crash == NULL && state->debugger != NULL) {
        crash = quit(state, frame, exception);
        taken = crash != NULL;
    }
    if (frame != NULL && crash == NULL && hr_decide(state, frame, exception)) {
        crash = stop(state, frame, exception, &taken);
    }
    if (taken) {
        taken = take(state, crash);
        crash = NULL;
    }
    hr_crash_free(crash);
    Py_XDECREF(frame);
    PyErr_Clear();
    return taken;
}

void hr_cycle_raised(struct hr_state *state, PyObject *exception)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef(PyEval_GetFrame());
    struct hr_crash *crash = NULL;
    bool taken = false;

    if (frame == NULL ||
        (state->debugging && state->prompt_thread == PyThread_get_thread_ident())) {
        goto done;
    }
    hr_advance_forget(state, frame);
    if (hr_decide_early(state, frame, exception)) {
        crash = stop(state, frame, exception, &taken);
    }
    if (crash != NULL) {
        hr_advance_keep(state, crash, taken);
    }
done:
    Py_XDECREF(frame);
    PyErr_Clear();
}

PyObject *hr_cycle_restart(struct hr_state *state)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    struct hr_crash **link = &state->pending;

    for (; *link != NULL; link = &(*link)->next) {
        struct hr_crash *crash = *link;

        if (crash->frame == frame) {
            *link = crash->next;
            crash->next = NULL;
            return hr_restart(state, crash);
        }
    }
    PyErr_SetString(PyExc_RuntimeError, "this call has not failed");
    return NULL;
}

void hr_cycle_reload(struct hr_state *state, struct hr_debug_session *session,
                     PyFrameObject *frame)
{
    struct hr_crash at = {.frame = frame, .code = PyFrame_GetCode(frame)};

    hr_renew_asked(state, session, &at);
    Py_DECREF(at.code);
}

void hr_cycle_changed(struct hr_state *state, struct hr_debug_session *session,
                      PyFrameObject *frame)
{
    struct hr_crash at = {.frame = frame, .code = PyFrame_GetCode(frame)};

    hr_renew_changed(state, session, &at, NULL, false);
    Py_DECREF(at.code);
}

bool hr_cycle_definitions(struct hr_state *state, struct hr_debug_session *session,
                          PyFrameObject *frame, bool *failed)
{
    struct hr_crash at = {.frame = frame, .code = PyFrame_GetCode(frame)};
    bool any = hr_renew_definitions(state, session, &at, NULL, false, failed);

    Py_DECREF(at.code);
    return any;
}
