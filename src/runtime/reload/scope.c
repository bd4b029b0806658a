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

        if (PyCode_Check(constant) &&
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

        if (inner->parent == def && inner->kind == HR_DEF_FUNCTION &&
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

static PyObject *changed(struct hr_state *state, const struct hr_crash *crash,
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

PyObject *hr_scope_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only)
{
    return changed(state, crash, only, false);
}

/* `text`: what the definitions were found in, as it stands in the file. */
static PyObject *text_at(const struct hr_defs *defs, uint32_t def, const char *text)
{
    struct hr_span span = hr_span(0, 0);

    if (def != HR_NONE) {
        /* From the start of the line: a difference shows whole lines. */
        span = hr_defs_at(defs, def)->span;
        span.start -= hr_span_size(hr_defs_at(defs, def)->indent);
    }
    return PyUnicode_DecodeUTF8(text == NULL ? "" : text + span.start,
                                (Py_ssize_t)hr_span_size(span), "replace");
}

static int line_at(const struct hr_defs *defs, uint32_t def)
{
    return def == HR_NONE ? 0 : (int)hr_defs_at(defs, def)->line + 1;
}

/* What stands in the list of hr_scope_texts for a definition that differs; `text` NULL:
 * what is not found may be there. */
static PyObject *entry_of(PyObject *filename, PyObject *name,
                          const struct hr_defs *before, uint32_t old,
                          const struct hr_defs *now, uint32_t def, const char *text)
{
    int line = def == HR_NONE && text == NULL ? -1 : line_at(now, def);

    return Py_BuildValue("(OOiNiN)", filename, name, line_at(before, old),
                         text_at(before, old, before->text), line,
                         text_at(now, def, text));
}

/* Takes the reference to `entry`; the same of one definition is listed once. */
static int add_entry(PyObject *list, PyObject *entry)
{
    int known = entry == NULL ? -1 : PySequence_Contains(list, entry);
    int status = known == 0 ? PyList_Append(list, entry) : known < 0 ? -1 : 0;

    Py_XDECREF(entry);
    return status;
}

static int add_function_texts(struct hr_state *state, PyObject *list,
                              PyObject *function, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    hr_source *source = hr_source_of(state, code);
    hr_source *file = hr_origin_current(state, code->co_filename, false);
    hr_source *current =
        file == NULL ? NULL : hr_reload_readable(state, code->co_filename);
    const struct hr_defs *before = hr_source_outline(source);
    const struct hr_defs *now = current == NULL ? NULL : hr_source_outline(current);
    int status = -1;

    /* Lines that were left out are as long as they were. */
    if (before != NULL && now != NULL && file->text.size == current->text.size) {
        uint32_t old = hr_source_def_of(source, code);
        uint32_t def =
            hr_likeness_find(now, hr_defs_qualname(before, old), before, old);

        status = add_entry(
            list,
            entry_of(code->co_filename, name, before, old, now, def,
                     def == HR_NONE && current->half_typed ? NULL : file->text.data));
    }
    Py_XDECREF(current);
    Py_XDECREF(file);
    return status;
}

/* For hr_scope_is_within. */
static int add_pair(PyObject *classes, const struct hr_class_change *change)
{
    PyObject *pair =
        classes == NULL ? NULL : PyTuple_Pack(2, change->now->filename, change->name);
    int status = pair == NULL ? -1 : PyList_Append(classes, pair);

    Py_XDECREF(pair);
    return status;
}

/* The names of the classes go to `classes`: their texts hold those of their methods. */
static int add_class_texts(PyObject *list, PyObject *classes,
                           const struct hr_array *changes)
{
    int status = 0;

    for (size_t i = 0; i < changes->count && status == 0; i++) {
        const struct hr_class_change *change = hr_array_at(changes, i);
        const struct hr_defs *before = hr_source_outline(change->before);
        const struct hr_defs *now = hr_source_outline(change->now);

        status = before == NULL || now == NULL ? -1 : add_pair(classes, change);
        if (status == 0) {
            status =
                add_entry(list, entry_of(change->now->filename, change->name, before,
                                         change->old_def, now, change->def, now->text));
        }
    }
    return status;
}

static PyObject *text_of(const hr_source *source, struct hr_span span)
{
    return PyUnicode_DecodeUTF8(source->text.data + span.start,
                                (Py_ssize_t)hr_span_size(span), "replace");
}

static int add_binding_texts(struct hr_state *state, const struct hr_crash *crash,
                             PyObject *only, PyObject *list)
{
    struct hr_array found;
    int status;

    hr_array_init(&found, sizeof(struct hr_binding_change));
    status = hr_bindings_changed(state, crash, only, &found);
    for (size_t i = 0; i < found.count && status == 0; i++) {
        const struct hr_binding_change *binding = hr_array_at(&found, i);

        status = add_entry(
            list, Py_BuildValue("(ONiNiN)", binding->now->filename,
                                hr_bindings_title(binding), (int)binding->old_line,
                                text_of(binding->ran, binding->old), (int)binding->line,
                                text_of(binding->now, binding->span)));
    }
    hr_bindings_finish(&found);
    return status;
}

PyObject *hr_scope_texts(struct hr_state *state, const struct hr_crash *crash,
                         PyObject *only)
{
    PyObject *functions = changed(state, crash, only, true);
    PyObject *classes = PyList_New(0);
    PyObject *list = functions == NULL || classes == NULL ? NULL : PyList_New(0);
    struct hr_array changes;

    hr_array_init(&changes, sizeof(struct hr_class_change));
    if (list != NULL && (add_binding_texts(state, crash, only, list) < 0 ||
                         hr_classes_changed(state, crash, only, &changes) < 0 ||
                         add_class_texts(list, classes, &changes) < 0)) {
        Py_CLEAR(list);
    }
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);
        PyObject *name = hr_scope_name(function);

        if (name == NULL || (!hr_scope_is_within(classes, function) &&
                             add_function_texts(state, list, function, name) < 0)) {
            Py_CLEAR(list);
        }
        Py_XDECREF(name);
    }
    hr_classes_finish(&changes);
    Py_XDECREF(classes);
    Py_XDECREF(functions);
    return list;
}

/* ---- classes ---- */

Py_ssize_t hr_scope_merge_classes(struct hr_state *state, const struct hr_crash *crash,
                                  PyObject *only, PyObject *lines, PyObject *kept)
{
    struct hr_array changes;
    PyObject *said = PyList_New(0);
    Py_ssize_t count;

    hr_array_init(&changes, sizeof(struct hr_class_change));
    hr_classes_changed(state, crash, only, &changes);
    for (size_t i = 0; said != NULL && i < changes.count; i++) {
        const struct hr_class_change *change = hr_array_at(&changes, i);

        if (!hr_class_merge(state, change, crash->frame, said)) {
            add_pair(kept, change);
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
    count = (Py_ssize_t)changes.count;
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
    PyObject *functions = hr_scope_changed(state, crash, NULL);
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
            add_pair(refused, change);
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
