#include "runtime/reload/texts.h"

#include "runtime/classes/classes.h"
#include "runtime/guard/origin.h"
#include "runtime/reload/bindings.h"
#include "runtime/reload/likeness.h"
#include "runtime/reload/reload.h"
#include "runtime/reload/scope.h"

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

/* What stands in the list of hr_texts_changed for a definition that differs; `text`
 * NULL: what is not found may be there. */
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

/* The names of the classes go to `classes`: their texts hold those of their methods. */
static int add_class_texts(PyObject *list, PyObject *classes,
                           const struct hr_array *changes)
{
    int status = 0;

    for (size_t i = 0; i < changes->count && status == 0; i++) {
        const struct hr_class_change *change = hr_array_at(changes, i);
        const struct hr_defs *before = hr_source_outline(change->before);
        const struct hr_defs *now = hr_source_outline(change->now);

        status =
            before == NULL || now == NULL ? -1 : hr_scope_add_class(classes, change);
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

/* Of what bound the names last. */
static PyObject *old_text(const struct hr_binding_change *binding)
{
    PyObject *all, *text;

    if (binding->since == NULL) {
        return text_of(binding->ran, binding->old);
    }
    all = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(binding->since),
                               PyBytes_GET_SIZE(binding->since), "replace");
    text = all == NULL ? NULL : PyObject_CallMethod(all, "replace", "CC", 0, '\n');
    Py_XDECREF(all);
    return text;
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

        status = add_entry(list, Py_BuildValue("(ONiNiN)", binding->now->filename,
                                               hr_bindings_title(binding),
                                               (int)binding->old_line,
                                               old_text(binding), (int)binding->line,
                                               text_of(binding->now, binding->span)));
    }
    hr_bindings_finish(&found);
    return status;
}

PyObject *hr_texts_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only)
{
    PyObject *functions = hr_scope_changed(state, crash, only, true);
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
