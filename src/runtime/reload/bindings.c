#define _GNU_SOURCE /* memmem */
#include "runtime/reload/bindings.h"

#include <string.h>

#include "runtime/classes/classes.h"
#include "runtime/guard/origin.h"
#include "runtime/reload/bring.h"
#include "runtime/reload/statements.h"

struct looking {
    struct hr_state *state;
    hr_source *ran;
    hr_source *now;
    PyObject *globals;
    long at;       /* 1-based line that the module's own frame is at; 0: it is done */
    size_t prefix; /* bytes that both texts share at the start and at the end */
    size_t suffix;
    struct hr_array *found;
};

/* The version that the module's code was made of (borrowed). */
static hr_source *version_that_ran(PyObject *versions)
{
    for (Py_ssize_t i = PyList_GET_SIZE(versions) - 1; i >= 0; i--) {
        hr_source *version = (hr_source *)PyList_GET_ITEM(versions, i);

        if (version->ran) {
            return version;
        }
    }
    return NULL;
}

/* The namespace of the module of that file: borrowed, NULL without an exception. */
static PyObject *globals_of(const struct hr_state *state, PyObject *filename)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *name, *module;
    Py_ssize_t at = 0;

    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        PyObject *file = dict != NULL ? PyDict_GetItemString(dict, "__file__") : NULL;

        if (file != NULL && PyUnicode_Check(file) &&
            PyUnicode_Compare(hr_origin_running(state, file), filename) == 0) {
            return dict;
        }
    }
    return NULL;
}

/* The line that the module's own code is at, if it is on this stack; else 0. */
static long line_that_runs(const struct hr_crash *crash, PyObject *filename)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef(crash->frame);
    long line = 0;

    while (frame != NULL && line == 0) {
        PyCodeObject *code = PyFrame_GetCode(frame);

        if (PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0 &&
            PyUnicode_Compare(code->co_filename, filename) == 0) {
            line = PyFrame_GetLineNumber(frame);
        }
        Py_DECREF(code);
        Py_SETREF(frame, PyFrame_GetBack(frame));
    }
    Py_XDECREF(frame);
    return line;
}

static bool is_meant(const struct looking *looking, const struct hr_crash *crash,
                     PyObject *only, PyObject *names)
{
    bool meant =
        only == NULL || PySequence_Contains(names, only) == 1 ||
        hr_classes_of_module(looking->globals, looking->now->filename, crash, only);

    PyErr_Clear();
    return meant;
}

static bool same_bytes(const hr_source *a, struct hr_span left, const char *text,
                       size_t size)
{
    return hr_span_size(left) == size &&
           memcmp(a->text.data + left.start, text, size) == 0;
}

/* Whether the statement reads as the one that ran. */
static bool is_old(const struct hr_binding_change *binding)
{
    return same_bytes(binding->now, binding->span,
                      binding->ran->text.data + binding->old.start,
                      hr_span_size(binding->old));
}

/* def and class are definitions, which reload as such. */
static bool is_binding(const hr_source *source, const struct hr_statement *statement)
{
    const struct hr_logical_line *line = statement->lines.items;

    return statement->lines.count > 0 && line->kind == HR_LINE_OTHER &&
           hr_statements_is_simple(source->text.data, statement);
}

/* Fills old and old_line: the statement of the version that ran that binds `name`; the
 * last one, or the one that reads as the statement does now. */
static void find_old(const struct looking *looking, PyObject *name,
                     struct hr_binding_change *binding)
{
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};

    hr_statement_init(&statement);
    hr_cut_init(&cut, looking->ran->text.data, looking->ran->text.size);
    while (hr_cut_statement(&cut, &statement, &err)) {
        PyObject *names = NULL;

        if (is_binding(looking->ran, &statement) &&
            hr_statements_have(looking->ran, statement.span, name)) {
            names = hr_statements_bound(looking->state, looking->ran, statement.span);
        }
        if (names != NULL && PySequence_Contains(names, name) == 1) {
            const struct hr_logical_line *line = statement.lines.items;

            binding->old = hr_statements_code(&statement);
            binding->old_line = line->line + 1;
            if (is_old(binding)) {
                Py_DECREF(names);
                break; /* it may have moved */
            }
        }
        Py_XDECREF(names);
        PyErr_Clear();
    }
    hr_statement_finish(&statement);
}

/* Several statements in a row that bound a name are remembered with a NUL between. */
static const char *next_text(PyObject *texts, const char *text)
{
    const char *end = PyBytes_AS_STRING(texts) + PyBytes_GET_SIZE(texts);
    const char *next = text + strlen(text) + 1;

    return next < end ? next : NULL;
}

static bool is_bytes(const hr_source *source, struct hr_span span, PyObject *texts)
{
    bool is = false;

    for (const char *text = PyBytes_AS_STRING(texts); text != NULL && !is;
         text = next_text(texts, text)) {
        is = same_bytes(source, span, text, strlen(text));
    }
    return is;
}

static bool has_bytes(const hr_source *source, PyObject *texts)
{
    bool has = true;

    for (const char *text = PyBytes_AS_STRING(texts); text != NULL && has;
         text = next_text(texts, text)) {
        has = memmem(source->text.data, source->text.size, text, strlen(text)) != NULL;
    }
    return has;
}

/* Whether the statement is not the one that bound its names; fills the rest. */
static bool differs(const struct looking *looking, struct hr_binding_change *binding)
{
    PyObject *first = PyList_GET_ITEM(binding->names, 0);
    PyObject *rebound = looking->ran->rebound;
    PyObject *since = NULL; /* what bound them since the module ran */

    if (PyDict_Contains(looking->globals, first) != 1) {
        PyErr_Clear();
        return false; /* it has not run, or is for the code that will need it */
    }
    if (rebound != NULL) {
        since = PyDict_GetItemWithError(rebound, first);
    }
    if (since != NULL && is_bytes(binding->now, binding->span, since)) {
        return false;
    }
    find_old(looking, first, binding);
    binding->since = Py_XNewRef(since);
    if (binding->old_line != 0 && is_old(binding)) {
        /* What took its place may have gone again. */
        return since != NULL && !has_bytes(binding->now, since);
    }
    return binding->old_line == 0 || looking->at == 0 ||
           (long)binding->old_line < looking->at;
}

/* Whether an edit may have reached the statement, or another one took its place. */
static bool is_near(const struct looking *looking, struct hr_span span)
{
    PyObject *name;
    Py_ssize_t at = 0;

    if (span.end >= looking->prefix &&
        span.start <= looking->now->text.size - looking->suffix) {
        return true;
    }
    while (looking->ran->rebound != NULL &&
           PyDict_Next(looking->ran->rebound, &at, &name, NULL)) {
        if (hr_statements_have(looking->now, span, name)) {
            return true;
        }
    }
    return false;
}

/* A docstring binds a name that does not stand in it. */
static bool binds_what_it_says(const struct looking *looking, struct hr_span span,
                               PyObject *names)
{
    return PyList_GET_SIZE(names) > 0 &&
           hr_statements_have(looking->now, span, PyList_GET_ITEM(names, 0));
}

static int look_at_statement(struct looking *looking, const struct hr_crash *crash,
                             PyObject *only, const struct hr_statement *statement)
{
    const struct hr_logical_line *line = statement->lines.items;
    struct hr_binding_change binding = {.ran = looking->ran,
                                        .now = looking->now,
                                        .globals = looking->globals,
                                        .span = hr_statements_code(statement),
                                        .line = line->line + 1};
    struct hr_binding_change *kept;

    binding.names = hr_statements_bound(looking->state, looking->now, statement->span);
    if (binding.names == NULL ||
        !binds_what_it_says(looking, statement->span, binding.names) ||
        !is_meant(looking, crash, only, binding.names) || !differs(looking, &binding)) {
        Py_XDECREF(binding.since);
        Py_XDECREF(binding.names);
        return 0;
    }
    if ((kept = hr_array_push(looking->found)) == NULL) {
        Py_XDECREF(binding.since);
        Py_DECREF(binding.names);
        PyErr_NoMemory();
        return -1;
    }
    *kept = binding;
    Py_INCREF(binding.ran);
    Py_INCREF(binding.now);
    Py_INCREF(binding.globals);
    return 0;
}

static int look_at_file(struct looking *looking, const struct hr_crash *crash,
                        PyObject *only)
{
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    int status = 0;

    hr_bytes_common(&looking->ran->text, &looking->now->text, &looking->prefix,
                    &looking->suffix);
    if (looking->prefix == looking->ran->text.size &&
        looking->prefix == looking->now->text.size && looking->ran->rebound == NULL) {
        return 0;
    }
    hr_statement_init(&statement);
    hr_cut_init(&cut, looking->now->text.data, looking->now->text.size);
    while (status == 0 && hr_cut_statement(&cut, &statement, &err)) {
        if (is_near(looking, statement.span) && is_binding(looking->now, &statement)) {
            status = look_at_statement(looking, crash, only, &statement);
        }
    }
    hr_statement_finish(&statement);
    return status;
}

int hr_bindings_changed(struct hr_state *state, const struct hr_crash *crash,
                        PyObject *only, struct hr_array *found)
{
    PyObject *items = PyDict_Items(state->sources);
    int status = items == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *filename = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        struct looking looking = {.state = state, .found = found};

        looking.ran = version_that_ran(PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1));
        if (looking.ran == NULL) {
            continue;
        }
        looking.now = hr_origin_current(state, filename, false);
        PyErr_Clear(); /* of a file that cannot be read nothing is known */
        if (looking.now != NULL &&
            (looking.now != looking.ran || looking.ran->rebound != NULL) &&
            (looking.globals = globals_of(state, filename)) != NULL) {
            looking.at = line_that_runs(crash, filename);
            status = look_at_file(&looking, crash, only);
        }
        Py_XDECREF(looking.now);
    }
    Py_XDECREF(items);
    return status;
}

void hr_bindings_finish(struct hr_array *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct hr_binding_change *binding = hr_array_at(found, i);

        Py_DECREF(binding->ran);
        Py_DECREF(binding->now);
        Py_DECREF(binding->names);
        Py_DECREF(binding->globals);
        Py_XDECREF(binding->since);
    }
    hr_array_finish(found);
}

PyObject *hr_bindings_title(const struct hr_binding_change *binding)
{
    return hr_listed(binding->names);
}

int hr_bindings_run(struct hr_state *state, const struct hr_binding_change *binding,
                    PyObject *brought)
{
    PyObject *code = hr_statements_compile(state, binding->now, binding->span);
    PyObject *done = NULL;

    if (code == NULL) { /* it compiles: its names are known */
        code = hr_statements_look(state, binding->now, binding->span);
    }
    if (code == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (hr_bring_globals(state, binding->now, (PyCodeObject *)code, binding->globals,
                         SIZE_MAX, brought, NULL) == 0) {
        done = PyEval_EvalCode(code, binding->globals, binding->globals);
    }
    Py_DECREF(code);
    if (done == NULL) {
        return -1;
    }
    Py_DECREF(done);
    hr_bindings_ran(state, binding->now, binding->span, binding->names, false);
    return 0;
}

void hr_bindings_ran(struct hr_state *state, const hr_source *source,
                     struct hr_span span, PyObject *names, bool more)
{
    PyObject *versions = PyDict_GetItemWithError(state->sources, source->filename);
    hr_source *ran = versions == NULL ? NULL : version_that_ran(versions);
    PyObject *text = PyBytes_FromStringAndSize(source->text.data + span.start,
                                               (Py_ssize_t)hr_span_size(span));

    if (more && ran != NULL && ran->rebound != NULL && text != NULL) {
        PyObject *before =
            PyDict_GetItemWithError(ran->rebound, PyList_GET_ITEM(names, 0));

        if (before != NULL) {
            PyObject *all = PyBytes_FromStringAndSize(
                PyBytes_AS_STRING(before), PyBytes_GET_SIZE(before) + 1); /* its NUL */

            PyBytes_ConcatAndDel(&all, text);
            text = all;
        }
    }
    if (ran != NULL && ran->rebound == NULL) {
        ran->rebound = PyDict_New();
    }
    for (Py_ssize_t i = 0; ran != NULL && ran->rebound != NULL && text != NULL &&
                           i < PyList_GET_SIZE(names);
         i++) {
        PyDict_SetItem(ran->rebound, PyList_GET_ITEM(names, i), text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
}

static void keep_bound(struct hr_state *state, const hr_source *ran, hr_source *now,
                       const struct hr_statement *statement)
{
    PyObject *names = hr_statements_bound(state, ran, statement->span);
    struct hr_span span = hr_statements_code(statement);
    PyObject *text = PyBytes_FromStringAndSize(ran->text.data + span.start,
                                               (Py_ssize_t)hr_span_size(span));

    for (Py_ssize_t i = 0; names != NULL && text != NULL && i < PyList_GET_SIZE(names);
         i++) {
        PyObject *name = PyList_GET_ITEM(names, i);

        if (ran->rebound == NULL || PyDict_Contains(ran->rebound, name) == 0) {
            PyDict_SetItem(now->rebound, name, text);
        }
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(names);
}

void hr_bindings_went_on(struct hr_state *state, const hr_source *ran, hr_source *now,
                         size_t end)
{
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    size_t prefix, suffix;

    Py_XSETREF(now->rebound,
               ran->rebound == NULL ? PyDict_New() : PyDict_Copy(ran->rebound));
    hr_bytes_common(&ran->text, &now->text, &prefix, &suffix);
    hr_statement_init(&statement);
    hr_cut_init(&cut, ran->text.data, ran->text.size);
    while (now->rebound != NULL && hr_cut_statement(&cut, &statement, &err) &&
           statement.span.start < end) {
        if (statement.span.end >= prefix &&
            statement.span.start <= ran->text.size - suffix &&
            is_binding(ran, &statement)) {
            keep_bound(state, ran, now, &statement);
        }
    }
    PyErr_Clear();
    hr_statement_finish(&statement);
}
