#include "runtime/cycle/renew.h"

#include <string.h>

#include "runtime/classes/classes.h"
#include "runtime/reload/arguments.h"
#include "runtime/reload/bindings.h"
#include "runtime/reload/bring.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/likeness.h"
#include "runtime/guard/origin.h"
#include "runtime/reload/patch.h"
#include "runtime/reload/reload.h"
#include "runtime/cycle/restart.h"
#include "runtime/cycle/through.h"
#include "runtime/cycle/unseen.h"
#include "runtime/reload/scope.h"
#include "runtime/settings.h"

/* Where a person finds what was reloaded (borrowed). */
static PyObject *told(const struct hr_reload *reload, uint32_t *line)
{
    return reload->source == NULL ? reload->code->co_filename
                                  : hr_origin_told(reload->source, line);
}

/* Whether the call as it was made is one of the function that is in place now. */
static bool is_fitting(const struct hr_crash *crash)
{
    PyObject *positional = NULL, *keywords = NULL;
    bool fits = crash->arguments == NULL || crash->function == NULL ||
                (hr_arguments_fit(crash->function, crash->code, crash->arguments,
                                  &positional, &keywords) == 0 &&
                 hr_arguments_check(crash->function, positional, keywords) == 0);

    PyErr_Clear();
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    return fits;
}

static void report(struct hr_debug_session *session, struct hr_crash *crash,
                   const struct hr_reload *reload, bool restarts)
{
    const char *next = !restarts ? ""
                       : crash->positional == NULL && !is_fitting(crash)
                           ? "; its original arguments do not fit it now: the call "
                             "fails in its caller"
                       : crash->positional == NULL
                           ? "; restarting it with its original "
                             "arguments"
                           : "; restarting it with the given "
                             "arguments";

    uint32_t line = reload->line;
    PyObject *path = told(reload, &line);

    if (reload->changed == 0) {
        hr_debug_say(session, "hr: %U is unchanged%s", crash->qualname, next);
    } else {
        hr_debug_say(session, "hr: reloaded %U (%U:%u, %ld line%s changed)%s",
                     crash->qualname, path, line, reload->changed,
                     reload->changed == 1 ? "" : "s", next);
    }
}

static void say_remarks(struct hr_debug_session *session, PyObject *remarks)
{
    for (Py_ssize_t i = 0; remarks != NULL && i < PyList_GET_SIZE(remarks); i++) {
        hr_debug_say(session, "hr: %U", PyList_GET_ITEM(remarks, i));
    }
}

static void say_brought(struct hr_debug_session *session, PyObject *brought,
                        PyObject *remarks, PyObject *filename)
{
    for (Py_ssize_t i = 0; brought != NULL && i < PyList_GET_SIZE(brought); i++) {
        hr_debug_say(session, "hr: brought in %U from %U", PyList_GET_ITEM(brought, i),
                     filename);
    }
    say_remarks(session, remarks);
}

/* Whether it may need a name that its module does not have.  As it was, only if it has
 * failed for want of one, and an edit elsewhere in the file may be to bring that: what
 * stands below a failure at module level would else come too early. */
static bool may_need(const struct hr_crash *crash, const struct hr_reload *reload)
{
    return reload->source != NULL &&
           (reload->changed != 0 ||
            (reload->edited && crash->exception != NULL &&
             PyErr_GivenExceptionMatches(crash->exception, PyExc_NameError)));
}

/* Names that the new version newly uses; says what was brought in (then *some), or why
 * not. */
static bool bring(struct hr_state *state, struct hr_debug_session *session,
                  struct hr_crash *crash, const struct hr_reload *reload, bool *some)
{
    PyObject *brought = PyList_New(0), *remarks = PyList_New(0), *problem = NULL;
    bool done = true;

    if (brought != NULL && may_need(crash, reload)) {
        done = hr_bring_globals(state, reload->source, reload->code,
                                PyFunction_GET_GLOBALS(crash->function), SIZE_MAX,
                                brought, remarks) == 0;
    }
    if (!done) {
        problem = hr_reload_describe(reload->code->co_filename);
        hr_debug_say(session, "%V", problem, "the file cannot be reloaded");
    }
    say_brought(session, brought, remarks, reload->code->co_filename);
    *some = brought != NULL && PyList_GET_SIZE(brought) > 0;
    PyErr_Clear();
    Py_XDECREF(problem);
    Py_XDECREF(remarks);
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

/* Whether its caller is a function that can be restarted too. */
static bool has_guarded_caller(struct hr_state *state, const struct hr_crash *crash)
{
    PyFrameObject *caller = PyFrame_GetBack(crash->frame);
    PyCodeObject *code = caller == NULL ? NULL : PyFrame_GetCode(caller);
    bool has =
        code != NULL && hr_source_of(state, code) != NULL && hr_crash_can_restart(code);

    Py_XDECREF(code);
    Py_XDECREF(caller);
    return has;
}

/* What waits for a result cannot take an iterator, and the other way round. */
static bool fits_caller(struct hr_state *state, struct hr_debug_session *session,
                        const struct hr_crash *crash, const struct hr_reload *reload)
{
    uint32_t line = reload->line;
    PyObject *path = told(reload, &line);

    if (hr_functions_same_kind(crash->code, reload->code)) {
        return true;
    }
    hr_debug_say(
        session,
        "%U:%u:1: error: %U was called as %s and is %s now: this call cannot "
        "become one; %s",
        path, line, crash->qualname, kind_of(crash->code), kind_of(reload->code),
        has_guarded_caller(state, crash)
            ? "'up' and then 'restart' put it in place and run its caller again"
            : "'reload' puts it in place for later calls, 'return EXPRESSION' "
              "gives this caller a value");
    return false;
}

/* What a method gets first differs from what a static or a class method does, and the
 * class holds each in another way. */
static bool is_bound_as_before(struct hr_state *state, struct hr_debug_session *session,
                               const struct hr_crash *crash,
                               const struct hr_reload *reload)
{
    hr_source *source = hr_source_of(state, crash->code);
    uint32_t def = source == NULL ? HR_NONE : hr_source_def_of(source, crash->code);
    const char *was = def == HR_NONE || reload->source == NULL || reload->def == HR_NONE
                          ? NULL
                          : hr_likeness_binding(hr_source_outline(source), def);
    const struct hr_defs *now = was == NULL ? NULL : hr_source_outline(reload->source);
    const char *is = now == NULL ? NULL : hr_likeness_binding(now, reload->def);
    uint32_t line = reload->line;
    PyObject *path = told(reload, &line);

    PyErr_Clear();
    if (was == NULL || is == NULL || strcmp(was, is) == 0) {
        return true;
    }
    hr_debug_say(session,
                 "%U:%u:1: error: %U was called as %s and is %s now: this call cannot "
                 "become one; 'reload' puts it in place with its class, %s",
                 path, line, crash->qualname, was, is,
                 has_guarded_caller(state, crash)
                     ? "'up' and then 'restart' run its caller again"
                     : "'return EXPRESSION' gives this caller a value");
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

/* "a, b" of what was edited and is not in place; NULL: nothing is. */
static PyObject *names_of_changed(struct hr_state *state, const struct hr_crash *crash)
{
    PyObject *names = hr_scope_names(state, crash);
    bool some = names != NULL && PyList_GET_SIZE(names) > 0;
    PyObject *text = some ? hr_listed(names) : NULL;

    PyErr_Clear();
    Py_XDECREF(names);
    return text;
}

/*
 * The failed function is as it was, and what was edited is not what the failure came
 * through: a restart would fail once more, and the edit may well be meant for it.  That
 * is said, once at a prompt, and nothing is restarted.  *nothing_edited: it was looked
 * for, and there is nothing.
 */
static bool would_repeat(struct hr_state *state, struct hr_debug_session *session,
                         const struct hr_crash *crash, bool *nothing_edited)
{
    bool newer = hr_functions_latest(state, crash->code) != crash->code;
    PyObject *text = NULL;

    if (!session->told && !newer && !state->waits && crash->positional == NULL &&
        !hr_settings_flag(state, "RELOAD_ALL_ON_CONTINUE", false)) {
        text = names_of_changed(state, crash);
        *nothing_edited = text == NULL;
    }
    if (text != NULL) {
        hr_debug_say(session,
                     "hr: %U is unchanged, edited: %U; 'reload' takes that, and c then "
                     "restarts %U with it; another c restarts it as it was",
                     crash->qualname, text, crash->qualname);
        session->told = true;
    }
    Py_XDECREF(text);
    return text != NULL;
}

/* Whether the crash's function is restarted next decides what is said.
 * `nothing_edited` as for would_repeat, NULL if it is not restarted. */
static bool renew(struct hr_state *state, struct hr_debug_session *session,
                  struct hr_crash *crash, bool *nothing_edited)
{
    bool restarts = nothing_edited != NULL;
    bool brought = false;
    struct hr_reload reload;
    struct hr_patch patch = {NULL, NULL};
    bool done = hr_reload(state, crash->code, crash->qualname, &reload);

    if (!done) {
        hr_debug_say(session, "%U", reload.problem);
        hr_settings_log("%U", reload.problem);
    } else if ((restarts && !(fits_caller(state, session, crash, &reload) &&
                              is_bound_as_before(state, session, crash, &reload))) ||
               !bring(state, session, crash, &reload, &brought) ||
               (restarts && reload.changed == 0 && !brought &&
                would_repeat(state, session, crash, nothing_edited))) {
        done = false;
    } else {
        done = hr_patch(state, crash, &reload, &patch);
        if (!done) {
            hr_debug_say(session, "%U", patch.problem);
        } else {
            done = !restarts || takes_arguments(session, crash);
            report(session, crash, &reload, restarts && done);
            if (restarts && *nothing_edited && reload.changed == 0 && !brought) {
                hr_unseen_say_files(state, session);
            }
        }
        bool said = crash->described && crash->positional == NULL;
        PyObject *values =
            done && restarts && !said ? hr_restart_describe(state, crash) : NULL;
        if (values != NULL) {
            hr_debug_say(session, "hr: %U %U", crash->qualname, values);
        }
        Py_XDECREF(values);
        say_remarks(session, patch.remarks);
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
    done = other.qualname != NULL && renew(state, session, &other, NULL);
    PyErr_Clear();
    Py_XDECREF(other.qualname);
    Py_DECREF(other.code);
    return done;
}

/* The classes' own text, before the functions.  How many differed. */
static Py_ssize_t renew_classes(struct hr_state *state,
                                struct hr_debug_session *session,
                                const struct hr_crash *crash, PyObject *only,
                                bool asked, PyObject *kept)
{
    PyObject *lines = PyList_New(0);
    Py_ssize_t count =
        lines == NULL ? 0
                      : hr_scope_merge_classes(state, crash, only, asked, lines, kept);

    for (Py_ssize_t i = 0; lines != NULL && i < PyList_GET_SIZE(lines); i++) {
        hr_debug_say(session, "%U", PyList_GET_ITEM(lines, i));
    }
    Py_XDECREF(lines);
    return count;
}

static void rebind(struct hr_state *state, struct hr_debug_session *session,
                   const struct hr_binding_change *binding)
{
    uint32_t line = binding->line;
    PyObject *path = hr_origin_told(binding->now, &line);
    PyObject *place = PyUnicode_FromFormat("%U:%u", path, line);
    PyObject *title = hr_bindings_title(binding);
    PyObject *brought = PyList_New(0), *problem = NULL;

    if (place != NULL && title != NULL && brought != NULL) {
        if (hr_bindings_run(state, binding, brought) < 0) {
            problem = hr_reload_describe(place);
            hr_debug_say(session, "%V", problem, "the statement failed");
        } else {
            say_brought(session, brought, NULL, path);
            hr_debug_say(session, "hr: reloaded %U (%U)", title, place);
        }
    }
    PyErr_Clear();
    Py_XDECREF(problem);
    Py_XDECREF(brought);
    Py_XDECREF(title);
    Py_XDECREF(place);
}

/* Constants and imports, before what may use them.  How many differed. */
static Py_ssize_t renew_bindings(struct hr_state *state,
                                 struct hr_debug_session *session,
                                 const struct hr_crash *crash, PyObject *only)
{
    struct hr_array found;
    Py_ssize_t count;

    hr_array_init(&found, sizeof(struct hr_binding_change));
    hr_bindings_changed(state, crash, only, &found);
    PyErr_Clear();
    for (size_t i = 0; i < found.count; i++) {
        rebind(state, session, hr_array_at(&found, i));
    }
    count = (Py_ssize_t)found.count;
    hr_bindings_finish(&found);
    return count;
}

bool hr_renew_definitions(struct hr_state *state, struct hr_debug_session *session,
                          const struct hr_crash *crash, PyObject *only, bool asked,
                          bool *failed)
{
    PyObject *kept = PyList_New(0);
    Py_ssize_t others = 0;
    PyObject *functions = NULL;

    *failed = false;
    if (kept != NULL) {
        others += renew_classes(state, session, crash, only, asked, kept);
        functions = hr_scope_changed(state, crash, only, false);
    }

    for (Py_ssize_t i = 0; functions != NULL && i < PyList_GET_SIZE(functions); i++) {
        if (!hr_scope_is_within(kept, PyList_GET_ITEM(functions, i))) {
            *failed |=
                !renew_another(state, session, crash, PyList_GET_ITEM(functions, i));
        }
    }
    if (functions != NULL) {
        others += PyList_GET_SIZE(functions);
    }
    PyErr_Clear();
    Py_XDECREF(functions);
    Py_XDECREF(kept);
    return others > 0;
}

bool hr_renew_changed(struct hr_state *state, struct hr_debug_session *session,
                      const struct hr_crash *crash, PyObject *only, bool asked)
{
    bool failed;
    bool others = renew_bindings(state, session, crash, only) > 0;

    return hr_renew_definitions(state, session, crash, only, asked, &failed) || others;
}

void hr_renew_asked(struct hr_state *state, struct hr_debug_session *session,
                    const struct hr_crash *crash)
{
    PyObject *only = hr_debug_argument(session);

    session->told = true;
    if (hr_renew_changed(state, session, crash, only, true)) {
        /* that was said */
    } else if (only != NULL) {
        hr_unseen_say_name(state, session, crash, only);
    } else {
        hr_debug_say(session, "hr: nothing differs from what is loaded");
        hr_unseen_say_files(state, session);
    }
    Py_XDECREF(only);
}

/* The other definitions that were edited, in one line. */
static void name_changed(struct hr_state *state, struct hr_debug_session *session,
                         const struct hr_crash *crash)
{
    PyObject *text = names_of_changed(state, crash);

    if (text != NULL) {
        hr_debug_say(session,
                     "hr: edited as well, still as they were: %U ('reload' at the "
                     "prompt takes them)",
                     text);
    }
    Py_XDECREF(text);
}

/* What the failure came through; false: one of them cannot be put in place. */
static bool renew_through(struct hr_state *state, struct hr_debug_session *session,
                          const struct hr_crash *failed,
                          const struct hr_crash *restarted)
{
    PyObject *functions = hr_through_changed(state, failed, restarted);
    bool done = true;

    for (Py_ssize_t i = 0; functions != NULL && i < PyList_GET_SIZE(functions); i++) {
        done &= renew_another(state, session, failed, PyList_GET_ITEM(functions, i));
        session->told = true;
    }
    PyErr_Clear();
    Py_XDECREF(functions);
    return done;
}

bool hr_renew_for_restart(struct hr_state *state, struct hr_debug_session *session,
                          struct hr_crash *crash, const struct hr_crash *failed)
{
    bool nothing_edited = false;

    if (!hr_settings_flag(state, "RELOAD_ON_CONTINUE", true)) {
        return takes_arguments(session, crash);
    }
    if (!renew_through(state, session, failed, crash) ||
        !renew(state, session, crash, &nothing_edited)) {
        return false;
    }
    if (hr_settings_flag(state, "RELOAD_ALL_ON_CONTINUE", false)) {
        hr_renew_changed(state, session, crash, NULL, false);
    } else if (!nothing_edited) {
        name_changed(state, session, crash);
    }
    return true;
}
