#include "runtime/cycle.h"

#include <string.h>

#include "runtime/advance.h"
#include "runtime/arguments.h"
#include "runtime/bring.h"
#include "runtime/crash.h"
#include "runtime/debug.h"
#include "runtime/decide.h"
#include "runtime/patch.h"
#include "runtime/reload.h"
#include "runtime/restart.h"
#include "runtime/scope.h"
#include "runtime/settings.h"
#include "runtime/traceback.h"
#include "runtime/turn.h"
#include "runtime/unwind.h"

static void report(struct hr_debug_session *session, struct hr_crash *crash,
                   const struct hr_reload *reload, bool restarts)
{
    const char *next = !restarts ? ""
                       : crash->positional == NULL
                           ? "; restarting it with its original "
                             "arguments"
                           : "; restarting it with the given "
                             "arguments";

    if (reload->changed == 0) {
        hr_debug_say(session, "hr: %U is unchanged%s", crash->qualname, next);
    } else {
        hr_debug_say(session, "hr: reloaded %U (%U:%u, %ld line%s changed)%s",
                     crash->qualname, reload->code->co_filename, reload->line,
                     reload->changed, reload->changed == 1 ? "" : "s", next);
    }
}

/* Names that the new version newly uses; says what was brought in, or why not. */
static bool bring(struct hr_state *state, struct hr_debug_session *session,
                  struct hr_crash *crash, const struct hr_reload *reload)
{
    PyObject *brought = PyList_New(0);
    PyObject *problem = NULL;
    bool done = true;

    if (brought != NULL && reload->source != NULL && reload->changed != 0) {
        done = hr_bring_globals(state, reload->source, reload->code,
                                PyFunction_GET_GLOBALS(crash->function), brought) == 0;
    }
    if (!done) {
        problem = hr_reload_describe(reload->code->co_filename);
        hr_debug_say(session, "%V", problem, "the file cannot be reloaded");
    }
    for (Py_ssize_t i = 0; brought != NULL && i < PyList_GET_SIZE(brought); i++) {
        hr_debug_say(session, "hr: brought in %U from %U", PyList_GET_ITEM(brought, i),
                     reload->code->co_filename);
    }
    PyErr_Clear();
    Py_XDECREF(problem);
    Py_XDECREF(brought);
    return done;
}

static const char *kind_of(PyCodeObject *code)
{
    return code->co_flags & CO_ASYNC_GENERATOR ? "an asynchronous generator"
           : code->co_flags & CO_GENERATOR     ? "a generator"
           : code->co_flags & CO_COROUTINE     ? "a coroutine"
                                               : "a plain function";
}

/* What waits for a result cannot take an iterator, and the other way round. */
static bool fits_caller(struct hr_debug_session *session, const struct hr_crash *crash,
                        const struct hr_reload *reload)
{
    if (strcmp(kind_of(crash->code), kind_of(reload->code)) == 0) {
        return true;
    }
    hr_debug_say(session,
                 "%U:%u:1: error: %U was called as %s and is %s now: its caller "
                 "cannot take that; go up to the caller (q) and restart it",
                 reload->code->co_filename, reload->line, crash->qualname,
                 kind_of(crash->code), kind_of(reload->code));
    return false;
}

/* Arguments that the person gave must fit the version that is in place now. */
static bool takes_arguments(struct hr_debug_session *session, struct hr_crash *crash)
{
    PyObject *problem;

    if (crash->positional == NULL ||
        hr_arguments_check(crash->function, crash->positional, crash->keywords) == 0) {
        return true;
    }
    problem = hr_reload_describe(crash->qualname);
    hr_debug_say(session, "%V", problem, "the arguments do not fit");
    Py_XDECREF(problem);
    return false;
}

/* Whether the crash's function is restarted next decides what is said. */
static bool renew(struct hr_state *state, struct hr_debug_session *session,
                  struct hr_crash *crash, bool restarts)
{
    struct hr_reload reload;
    struct hr_patch patch = {NULL, NULL};
    bool done = hr_reload(state, crash->code, crash->qualname, &reload);

    if (!done) {
        hr_debug_say(session, "%U", reload.problem);
        hr_settings_log("%U", reload.problem);
    } else if (restarts && !fits_caller(session, crash, &reload)) {
        done = false;
    } else if ((done = bring(state, session, crash, &reload))) {
        done = hr_patch(state, crash, &reload, &patch);
        if (!done) {
            hr_debug_say(session, "%U", patch.problem);
        } else {
            done = !restarts || takes_arguments(session, crash);
            report(session, crash, &reload, restarts && done);
        }
        if (done && restarts && hr_crash_may_have_yielded(crash)) {
            hr_debug_say(session,
                         "hr: %U is %s: values that it delivered before the failure "
                         "come again",
                         crash->qualname, kind_of(crash->code));
        }
        if (patch.remark != NULL) {
            hr_debug_say(session, "hr: %U", patch.remark);
        }
    }
    PyErr_Clear();
    hr_patch_finish(&patch);
    hr_reload_finish(&reload);
    return done;
}

/* A function that has not failed, as if it had at the place where the prompt is: its
 * enclosing calls are looked for above. */
static bool renew_another(struct hr_state *state, struct hr_debug_session *session,
                          const struct hr_crash *crash, PyObject *function)
{
    struct hr_crash other = {.frame = crash->frame,
                             .function = function,
                             .code = (PyCodeObject *)PyFunction_GET_CODE(function)};
    bool done;

    Py_INCREF(other.code);
    other.qualname = hr_scope_name(function);
    done = other.qualname != NULL && renew(state, session, &other, false);
    PyErr_Clear();
    Py_XDECREF(other.qualname);
    Py_DECREF(other.code);
    return done;
}

/* The classes' own text, before the functions.  How many differed. */
static Py_ssize_t renew_classes(struct hr_state *state,
                                struct hr_debug_session *session,
                                const struct hr_crash *crash, PyObject *only,
                                PyObject *kept)
{
    PyObject *lines = PyList_New(0);
    Py_ssize_t count =
        lines == NULL ? 0 : hr_scope_merge_classes(state, crash, only, lines, kept);

    for (Py_ssize_t i = 0; lines != NULL && i < PyList_GET_SIZE(lines); i++) {
        hr_debug_say(session, "%U", PyList_GET_ITEM(lines, i));
    }
    Py_XDECREF(lines);
    return count;
}

/* Those that cannot be put in place are told of, and stay as they were. */
static void renew_changed(struct hr_state *state, struct hr_debug_session *session,
                          const struct hr_crash *crash, PyObject *only)
{
    PyObject *kept = PyList_New(0);
    Py_ssize_t classes =
        kept == NULL ? 0 : renew_classes(state, session, crash, only, kept);
    PyObject *functions = kept == NULL ? NULL : hr_scope_changed(state, crash, only);

    for (Py_ssize_t i = 0; functions != NULL && i < PyList_GET_SIZE(functions); i++) {
        if (!hr_scope_is_kept(kept, PyList_GET_ITEM(functions, i))) {
            renew_another(state, session, crash, PyList_GET_ITEM(functions, i));
        }
    }
    if (functions != NULL && PyList_GET_SIZE(functions) == 0 && classes == 0 &&
        only != NULL) {
        hr_debug_say(session, "hr: no definition of %U differs from what is loaded",
                     only);
    }
    PyErr_Clear();
    Py_XDECREF(functions);
    Py_XDECREF(kept);
}

/* The other definitions that were edited, in one line. */
static void name_changed(struct hr_state *state, struct hr_debug_session *session,
                         const struct hr_crash *crash)
{
    PyObject *names = hr_scope_names(state, crash);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *text = NULL;

    if (names != NULL && comma != NULL && PyList_GET_SIZE(names) > 0) {
        text = PyUnicode_Join(comma, names);
    }
    if (text != NULL) {
        hr_debug_say(session,
                     "hr: edited as well, still as they were: %U ('reload' at the "
                     "prompt takes them)",
                     text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(comma);
    Py_XDECREF(names);
}

/* True: the new version is in place, and takes its arguments. */
static bool renew_for_restart(struct hr_state *state, struct hr_debug_session *session,
                              struct hr_crash *crash)
{
    if (!hr_settings_flag(state, "RELOAD_ON_CONTINUE", true)) {
        return takes_arguments(session, crash);
    }
    if (!renew(state, session, crash, true)) {
        return false;
    }
    if (hr_settings_flag(state, "RELOAD_ALL_ON_CONTINUE", false)) {
        renew_changed(state, session, crash, NULL);
    } else {
        name_changed(state, session, crash);
    }
    return true;
}

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

static bool restart_failed(struct hr_state *state, struct hr_debug_session *session,
                           struct hr_crash *crash)
{
    hr_debug_arguments(session, &crash->positional, &crash->keywords);
    if (renew_for_restart(state, session, crash)) {
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
                     "on the way; restart that, or let the failure go on (q)",
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
        PyErr_Clear();
        hr_debug_say(session, "hr: this call cannot be restarted");
        return false;
    }
    hr_debug_arguments(session, &caller->positional, &caller->keywords);
    done = is_reachable(state, session, caller, crash->frame) &&
           renew_for_restart(state, session, caller);
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
    PyObject *only;

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
            only = hr_debug_argument(session);
            renew_changed(state, session, crash, only);
            Py_XDECREF(only);
            break;
        case HR_ACTION_RERAISE:
            hr_decide_never(crash->exception);
            return false;
        case HR_ACTION_EXIT:
            hr_settings_set(state, "PROGRAM_SHOULD_EXIT", Py_True);
            PyErr_Clear();
            return false;
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
    Py_CLEAR(crash->exception);
    Py_CLEAR(crash->traceback);
    crash->next = state->pending;
    state->pending = crash;
    return true;
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

    if (!(state->waits || hr_turn_is_possible(state))) {
        return NULL;
    }
    if (state->decided != NULL) {
        hr_advance_forget(state, frame);
    }
    hr_traceback_clean(state, exception);
    crash = hr_crash_new(state, frame, exception);
    hidden = crash == NULL ? NULL : hr_restart_frames(state);
    if (hidden != NULL && hr_debug_open(state, &session, frame, exception,
                                        crash->traceback, crash->qualname, hidden)) {
        asked = true;
        hr_settings_log("%U failed: %R", crash->qualname, exception);
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

bool hr_cycle_crashed(struct hr_state *state, PyObject *exception)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef(PyEval_GetFrame());
    struct hr_crash *crash = NULL;
    bool taken = false;

    if (frame != NULL && state->decided != NULL) {
        crash = hr_advance_take(state, frame, exception);
        taken = crash != NULL && !crash->let_go;
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
                     PyFrameObject *frame, PyObject *only)
{
    struct hr_crash at = {.frame = frame, .code = PyFrame_GetCode(frame)};

    renew_changed(state, session, &at, only);
    Py_DECREF(at.code);
}

static void free_all(struct hr_crash **list)
{
    while (*list != NULL) {
        struct hr_crash *crash = *list;

        *list = crash->next;
        hr_crash_free(crash);
    }
}

void hr_cycle_finish(struct hr_state *state)
{
    free_all(&state->pending);
    free_all(&state->decided);
    if (state->prompt != NULL) {
        PyThread_free_lock(state->prompt);
        state->prompt = NULL;
    }
}
