#include "runtime/reload/scope.h"

#include <string.h>

#include "runtime/classes/classes.h"
#include "runtime/classes/classmerge.h"
#include "runtime/classes/refused.h"
#include "runtime/reload/bindings.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/likeness.h"
#include "runtime/reload/reload.h"
#include "runtime/guard/origin.h"

struct looking {
    struct hr_state *state;
    PyObject *seen;    /* set of the ids of code objects */
    PyObject *files;   /* dict: file name -> the version on disk, or None */
    PyObject *found;   /* list of (file name, line, number, function) */
    hr_source *before; /* the last pair that was compared (borrowed) ... */
    hr_source *after;
    size_t prefix; /* ... and how many bytes they share at the start and at the end */
    size_t suffix;
    bool gone; /* definitions that are not there any more count as well */
};

PyObject *hr_scope_name(PyObject *function)
{
    return hr_functions_qualname((PyCodeObject *)PyFunction_GET_CODE(function));
}

/* The version on disk (borrowed); NULL without an exception if there is none. */
static hr_source *current_of(struct looking *looking, PyObject *filename)
{
    PyObject *known = PyDict_GetItemWithError(looking->files, filename);
    PyObject *source;

    if (known == NULL) {
        source = (PyObject *)hr_reload_readable(looking->state, filename);
        if (source == NULL) {
            PyErr_Clear();
            source = Py_NewRef(Py_None);
        }
        if (PyDict_SetItem(looking->files, filename, source) == 0) {
            known = source;
        }
        Py_DECREF(source);
    }
    return known == Py_None ? NULL : (hr_source *)known;
}

/* An edit is one place in a long file: what stands before or after it is the same, and
 * need not be looked for. */
static bool outside_edit(struct looking *looking, hr_source *source, hr_source *current,
                         struct hr_span span)
{
    if (looking->before != source || looking->after != current) {
        looking->before = source;
        looking->after = current;
        hr_bytes_common(&source->text, &current->text, &looking->prefix,
                        &looking->suffix);
    }
    return span.end < looking->prefix ||
           span.start > source->text.size - looking->suffix;
}

/* Whether a function of that name, which `code` makes, is as the file has it already:
 * it was reloaded by itself. */
static bool makes_current(struct looking *looking, hr_source *current,
                          PyCodeObject *code, const char *name)
{
    bool found = false;

    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        found = PyCode_Check(constant) &&
                makes_current(looking, current, (PyCodeObject *)constant, name);
        if (!found && PyCode_Check(constant) &&
            hr_source_of(looking->state, (PyCodeObject *)constant) == current) {
            uint32_t def = hr_source_def_of(current, (PyCodeObject *)constant);

            found =
                def != HR_NONE &&
                strcmp(hr_defs_qualname(hr_source_outline(current), def), name) == 0;
        }
    }
    return found;
}

/* The text of a definition without the functions in it for which that is so. */
static void own_text(struct looking *looking, hr_source *current, PyCodeObject *code,
                     const struct hr_defs *defs, uint32_t def, struct hr_bytes *text)
{
    struct hr_span rest = hr_defs_at(defs, def)->span;

    for (uint32_t i = def + 1; i < hr_defs_at(defs, def)->after; i++) {
        const struct hr_def *inner = hr_defs_at(defs, i);

        if (inner->span.start >= rest.start && inner->kind == HR_DEF_FUNCTION &&
            makes_current(looking, current, code, hr_defs_qualname(defs, i))) {
            hr_bytes_append(text, defs->text + rest.start,
                            inner->span.start - rest.start);
            rest.start = inner->span.end;
        }
    }
    hr_bytes_append(text, defs->text + rest.start, hr_span_size(rest));
}

/* Whether the definition that `code` came from reads otherwise now. */
static bool differs(struct looking *looking, hr_source *source, hr_source *current,
                    PyCodeObject *code)
{
    uint32_t old = hr_source_def_of(source, code);
    const struct hr_defs *before = old == HR_NONE ? NULL : hr_source_outline(source);
    const struct hr_defs *now = before == NULL ? NULL : hr_source_outline(current);
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    uint32_t def;
    bool differ;

    PyErr_Clear();
    if (now == NULL ||
        outside_edit(looking, source, current, hr_defs_at(before, old)->span)) {
        return false;
    }
    def = hr_likeness_find(now, hr_defs_qualname(before, old), before, old);
    if (def == HR_NONE) {
        return looking->gone || current->half_typed;
    }
    own_text(looking, current, code, before, old, &left);
    own_text(looking, current, code, now, def, &right);
    differ = left.size != right.size || memcmp(left.data, right.data, left.size) != 0;
    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return differ;
}

/* 1: seen before; 0: now; -1: an exception. */
static int mark_seen(struct looking *looking, PyCodeObject *code)
{
    PyObject *id = PyLong_FromVoidPtr(code);
    int known = id == NULL ? -1 : PySet_Contains(looking->seen, id);

    if (known == 0 && PySet_Add(looking->seen, id) < 0) {
        known = -1;
    }
    Py_XDECREF(id);
    return known;
}

static int look_at(struct looking *looking, PyObject *function)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    hr_source *source = hr_source_of(looking->state, code);
    hr_source *current;
    PyObject *entry;
    int status;

    if (source == NULL || (status = mark_seen(looking, code)) == 1) {
        return 0;
    }
    if (status < 0) {
        return -1;
    }
    current = current_of(looking, code->co_filename);
    if (current == NULL || hr_bytes_equal(&source->text, &current->text) ||
        !differs(looking, source, current, code)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    entry = Py_BuildValue("(OinO)", code->co_filename, code->co_firstlineno,
                          PyList_GET_SIZE(looking->found), function);
    status = entry == NULL ? -1 : PyList_Append(looking->found, entry);
    Py_XDECREF(entry);
    return status;
}

static bool is_meant(PyObject *function, PyObject *only, const struct hr_crash *crash)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *name = hr_scope_name(function);
    bool meant = (name != NULL && hr_classes_within(name, only)) ||
                 hr_classes_of_module(PyFunction_GET_GLOBALS(function),
                                      code->co_filename, crash, only);

    PyErr_Clear();
    Py_XDECREF(name);
    return meant;
}

/* The entries' functions, in order. */
static PyObject *in_order(PyObject *found, const struct hr_crash *crash, PyObject *only)
{
    PyObject *list = PyList_Sort(found) < 0 ? NULL : PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(found); i++) {
        PyObject *function = PyTuple_GET_ITEM(PyList_GET_ITEM(found, i), 3);

        if ((only == NULL || is_meant(function, only, crash)) &&
            PyList_Append(list, function) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *hr_scope_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only, bool gone)
{
    struct looking looking = {.state = state, .gone = gone};
    PyObject *all = hr_functions_all(state);
    PyObject *list = NULL;

    looking.seen = PySet_New(NULL);
    looking.files = PyDict_New();
    looking.found = PyList_New(0);
    if (all == NULL || looking.seen == NULL || looking.files == NULL ||
        looking.found == NULL) {
        goto done;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all); i++) {
        if (look_at(&looking, PyList_GET_ITEM(all, i)) < 0) {
            goto done;
        }
    }
    list = in_order(looking.found, crash, only);
done:
    Py_XDECREF(all);
    Py_XDECREF(looking.seen);
    Py_XDECREF(looking.files);
    Py_XDECREF(looking.found);
    return list;
}

/* ---- classes ---- */

int hr_scope_add_class(PyObject *classes, const struct hr_class_change *change)
{
    PyObject *pair =
        classes == NULL ? NULL : PyTuple_Pack(2, change->now->filename, change->name);
    int status = pair == NULL ? -1 : PyList_Append(classes, pair);

    Py_XDECREF(pair);
    return status;
}

Py_ssize_t hr_scope_merge_classes(struct hr_state *state, const struct hr_crash *crash,
                                  PyObject *only, bool asked, PyObject *lines,
                                  PyObject *kept)
{
    struct hr_array changes;
    PyObject *said = PyList_New(0);
    Py_ssize_t count = 0;

    hr_array_init(&changes, sizeof(struct hr_class_change));
    hr_classes_changed(state, crash, only, &changes);
    for (size_t i = 0; said != NULL && i < changes.count; i++) {
        const struct hr_class_change *change = hr_array_at(&changes, i);

        if (!asked && hr_refused_is(state, change)) {
            hr_scope_add_class(kept, change);
            continue;
        }
        count++;
        if (!hr_class_merge(state, change, crash->frame, said)) {
            hr_scope_add_class(kept, change);
        }
    }
    /* Of classes that one function made in several calls the same is said. */
    for (Py_ssize_t i = 0; said != NULL && i < PyList_GET_SIZE(said); i++) {
        if (PySequence_Contains(lines, PyList_GET_ITEM(said, i)) == 0) {
            PyList_Append(lines, PyList_GET_ITEM(said, i));
        }
    }
    PyErr_Clear();
    Py_XDECREF(said);
    hr_classes_finish(&changes);
    return count;
}

bool hr_scope_is_within(PyObject *classes, PyObject *function)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *name = hr_scope_name(function);
    bool is = false;

    for (Py_ssize_t i = 0; name != NULL && i < PyList_GET_SIZE(classes); i++) {
        PyObject *pair = PyList_GET_ITEM(classes, i);

        is |= PyTuple_Check(pair) &&
              PyUnicode_Compare(PyTuple_GET_ITEM(pair, 0), code->co_filename) == 0 &&
              hr_classes_within(name, PyTuple_GET_ITEM(pair, 1));
    }
    PyErr_Clear();
    Py_XDECREF(name);
    return is;
}

static void add_name(PyObject *names, PyObject *name)
{
    if (name != NULL && PySequence_Contains(names, name) == 0) {
        PyList_Append(names, name);
    }
    Py_XDECREF(name);
}

PyObject *hr_scope_names(struct hr_state *state, const struct hr_crash *crash)
{
    PyObject *functions = hr_scope_changed(state, crash, NULL, false);
    PyObject *names = functions == NULL ? NULL : PyList_New(0);
    PyObject *refused = PyList_New(0);
    struct hr_array changes;
    struct hr_array bindings;

    hr_array_init(&changes, sizeof(struct hr_class_change));
    hr_array_init(&bindings, sizeof(struct hr_binding_change));
    if (names != NULL) {
        hr_bindings_changed(state, crash, NULL, &bindings);
        hr_classes_changed(state, crash, NULL, &changes);
    }
    for (size_t i = 0; i < bindings.count; i++) {
        add_name(names, hr_bindings_title(hr_array_at(&bindings, i)));
    }
    for (size_t i = 0; i < changes.count; i++) {
        const struct hr_class_change *change = hr_array_at(&changes, i);

        if (hr_refused_is(state, change)) {
            hr_scope_add_class(refused, change);
        } else {
            add_name(names, PyUnicode_FromFormat("class %U", change->name));
        }
    }
    for (Py_ssize_t i = 0; names != NULL && i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);

        if (refused == NULL || !hr_scope_is_within(refused, function)) {
            add_name(names, hr_scope_name(function));
        }
    }
    PyErr_Clear();
    hr_classes_finish(&changes);
    hr_bindings_finish(&bindings);
    Py_XDECREF(refused);
    Py_XDECREF(functions);
    return names;
}
