#include "runtime/cycle/above.h"

#include "runtime/cycle/cycle.h"
#include "runtime/guard/origin.h"
#include "runtime/reload/bring.h"
#include "runtime/reload/reload.h"
#include "runtime/reload/scope.h"
#include "runtime/reload/statements.h"
#include "runtime/settings.h"

/* So many changed statements are named. */
#define MOST_NAMED 10

struct above {
    struct hr_state *state;
    struct hr_debug_session *session;
    PyFrameObject *frame;
    hr_source *ran;
    hr_source *now;
    const struct hr_resume *resume;
    PyObject *globals; /* dict: of the module */
    PyObject *left;    /* list of str: what differs and is not in place */
    PyObject *brought; /* list of str: names */
};

/* "a, b" of the list; NULL without an exception: it is empty. */
static PyObject *joined(PyObject *names)
{
    PyObject *text =
        names == NULL || PyList_GET_SIZE(names) == 0 ? NULL : hr_listed(names);

    PyErr_Clear();
    return text;
}

static PyObject *what_differs(struct hr_state *state, PyFrameObject *frame)
{
    struct hr_crash at = {.frame = frame, .code = PyFrame_GetCode(frame)};
    PyObject *names = hr_scope_names(state, &at);

    Py_DECREF(at.code);
    PyErr_Clear();
    return names;
}

/* ---- what is in place ---- */

/* False: one of them cannot be, which was said; another c goes on all the same. */
static bool take_definitions(struct above *above, bool *any)
{
    bool failed = false;

    if (hr_settings_flag(above->state, "RELOAD_ALL_ON_CONTINUE", false)) {
        hr_cycle_changed(above->state, above->session, above->frame);
        *any = true;
    } else {
        *any =
            hr_cycle_definitions(above->state, above->session, above->frame, &failed);
    }
    if (!failed || above->session->told) {
        return true;
    }
    above->session->told = true;
    hr_debug_say(above->session, "hr: another c goes on without that");
    return false;
}

/* It would fail once more, and the edit may well be meant for it: said once. */
static bool would_repeat(struct above *above)
{
    PyObject *text =
        above->session->told || above->state->waits ? NULL : joined(above->left);

    if (text != NULL) {
        hr_debug_say(above->session,
                     "hr: the statement is unchanged, edited: %U; 'reload' takes that, "
                     "and c then runs the statement with it; another c runs it as it "
                     "was",
                     text);
        above->session->told = true;
    }
    Py_XDECREF(text);
    return text != NULL;
}

static void say_brought(const struct above *above)
{
    PyObject *text = joined(above->brought);

    if (text != NULL) {
        hr_debug_say(above->session, "hr: brought in %U from %U", text,
                     above->now->filename);
    }
    Py_XDECREF(text);
}

/* What the statement newly uses from above itself; says what was brought in, or why
 * not. */
static bool bring(struct above *above)
{
    struct hr_span span = hr_span(above->resume->offset, above->resume->end);
    PyObject *code = hr_statements_look(above->state, above->now, span);
    PyObject *problem = NULL;
    bool done =
        code == NULL ||
        hr_bring_globals(above->state, above->now, (PyCodeObject *)code, above->globals,
                         above->resume->offset, above->brought, NULL) == 0;

    if (!done) {
        problem = hr_reload_describe(above->now->filename);
    }
    say_brought(above);
    if (!done) {
        hr_debug_say(above->session, "%V", problem, "the file cannot be reloaded");
    }
    PyErr_Clear();
    Py_XDECREF(problem);
    Py_XDECREF(code);
    return done;
}

/* ---- what is not ---- */

static bool holds(PyObject *list, PyObject *text)
{
    bool does = text != NULL && PySequence_Contains(list, text) == 1;

    PyErr_Clear();
    return does;
}

/* The definition that the statement is; HR_NONE if it is none. */
static uint32_t definition_at(const struct hr_defs *defs,
                              const struct hr_resume_change *change)
{
    for (uint32_t i = 0; defs != NULL && i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);

        if (def->parent == HR_NONE && def->first_line == change->line) {
            return i;
        }
    }
    return HR_NONE;
}

/* Whether a function or class as it stands there is what the module has. */
static bool is_defined(const struct above *above, const char *name)
{
    const struct hr_defs *ran = hr_source_outline(above->ran);
    PyObject *plain = PyUnicode_FromString(name);
    PyObject *titled = PyUnicode_FromFormat("class %s", name);
    bool is = holds(above->brought, plain) ||
              (ran != NULL && hr_defs_find(ran, name) != HR_NONE &&
               !holds(above->left, plain) && !holds(above->left, titled));

    PyErr_Clear();
    Py_XDECREF(plain);
    Py_XDECREF(titled);
    return is;
}

/* The same of a statement that binds names. */
static bool is_bound(const struct above *above, PyObject *names)
{
    PyObject *title = joined(names);
    bool is = title != NULL && !holds(above->left, title);

    for (Py_ssize_t i = 0; is && i < PyList_GET_SIZE(names); i++) {
        is = PyDict_Contains(above->globals, PyList_GET_ITEM(names, i)) == 1;
    }
    PyErr_Clear();
    Py_XDECREF(title);
    return is;
}

/* What is told of by its line is not told of by its name. */
static void forget(const struct above *above, PyObject *title)
{
    Py_ssize_t at = title == NULL ? -1 : PySequence_Index(above->left, title);

    if (at >= 0) {
        PySequence_DelItem(above->left, at);
    }
    PyErr_Clear();
}

static bool is_in_place(const struct above *above,
                        const struct hr_resume_change *change)
{
    const struct hr_defs *defs = hr_source_outline(above->now);
    uint32_t def = definition_at(defs, change);
    PyObject *names, *title;
    bool is;

    PyErr_Clear();
    if (def != HR_NONE) {
        is = is_defined(above, hr_defs_qualname(defs, def));
        title = PyUnicode_FromString(hr_defs_qualname(defs, def));
        forget(above, title);
        Py_XDECREF(title);
        return is;
    }
    names = hr_statements_bound(above->state, above->now, change->span);
    is = names != NULL && is_bound(above, names);
    title = is ? NULL : joined(names);
    forget(above, title);
    Py_XDECREF(title);
    Py_XDECREF(names);
    return is;
}

static void name_statements(struct above *above)
{
    const struct hr_array *changed = &above->resume->changed;
    size_t named = 0, more = 0;

    for (size_t i = 0; i < changed->count; i++) {
        const struct hr_resume_change *change = hr_array_at(changed, i);
        uint32_t line = change->line + 1;
        PyObject *path;

        if (is_in_place(above, change)) {
            continue;
        }
        if (named == MOST_NAMED) {
            more++;
            continue;
        }
        named++;
        path = hr_origin_told(above->now, &line);
        hr_debug_say(above->session,
                     "hr: %U:%u: changed above the failed statement: not run again",
                     path, (unsigned)line);
    }
    if (more > 0) {
        hr_debug_say(above->session, "hr: and %u more", (unsigned)more);
    }
}

/* What was edited elsewhere. */
static void name_others(const struct above *above)
{
    PyObject *text = joined(above->left);

    if (text != NULL) {
        hr_debug_say(above->session,
                     "hr: edited as well, still as they were: %U ('reload' at a prompt "
                     "takes them)",
                     text);
    }
    Py_XDECREF(text);
}

bool hr_above_take(struct hr_state *state, struct hr_debug_session *session,
                   PyFrameObject *frame, hr_source *ran, hr_source *now,
                   const struct hr_resume *resume)
{
    struct above above = {.state = state,
                          .session = session,
                          .frame = frame,
                          .ran = ran,
                          .now = now,
                          .resume = resume,
                          .globals = PyFrame_GetGlobals(frame),
                          .brought = PyList_New(0)};
    bool any = false;
    bool done = above.brought != NULL && take_definitions(&above, &any);

    if (done) {
        above.left = what_differs(state, frame);
        done = above.left != NULL && (any || !resume->same || !would_repeat(&above)) &&
               bring(&above);
    }
    if (done) {
        name_statements(&above);
        name_others(&above);
    }
    PyErr_Clear();
    Py_XDECREF(above.left);
    Py_XDECREF(above.brought);
    Py_DECREF(above.globals);
    return done;
}
