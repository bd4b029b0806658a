#include "runtime/reload.h"

#include <string.h>

#include "runtime/functions.h"
#include "runtime/likeness.h"
#include "runtime/load.h"

static long attribute_number(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    long number = value != NULL && PyLong_Check(value) ? PyLong_AsLong(value) : 0;

    Py_XDECREF(value);
    PyErr_Clear();
    return number;
}

static PyObject *attribute_text(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_Clear();
        Py_XDECREF(value);
        value = PyObject_Str(object);
    }
    return value;
}

PyObject *hr_reload_describe(PyObject *filename)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyObject *message = NULL;
    PyObject *text = NULL;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value == NULL) {
        message = PyUnicode_FromFormat("%U: error: cannot be reloaded", filename);
    } else if (PyErr_GivenExceptionMatches(value, PyExc_SyntaxError)) {
        text = attribute_text(value, "msg");
        message = text == NULL ? NULL
                               : PyUnicode_FromFormat("%U:%ld:%ld: error: %U", filename,
                                                      attribute_number(value, "lineno"),
                                                      attribute_number(value, "offset"), text);
    } else if (PyErr_GivenExceptionMatches(value, PyExc_OSError)) {
        text = attribute_text(value, "strerror");
        message =
            text == NULL ? NULL : PyUnicode_FromFormat("%U: error: %U", filename, text);
    } else {
        text = PyObject_Str(value);
        message = text == NULL ? NULL
                               : PyUnicode_FromFormat("%U: error: %s: %U", filename,
                                                      Py_TYPE(value)->tp_name, text);
    }
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return message;
}

static bool same_source(const hr_source *a, const hr_source *b)
{
    return a->text.size == b->text.size
           && (a->text.size == 0 || memcmp(a->text.data, b->text.data, a->text.size) == 0);
}

static PyObject *not_found(PyObject *filename, const struct hr_defs *defs,
                           PyObject *qualname, const char *name)
{
    uint32_t near = hr_likeness_nearest(defs, name);

    if (near == HR_NONE) {
        return PyUnicode_FromFormat("%U: error: no definition of %U", filename, qualname);
    }
    return PyUnicode_FromFormat("%U:%lu:1: error: no definition of %U; the nearest is %s",
                                filename, (unsigned long)hr_defs_at(defs, near)->line + 1,
                                qualname, hr_defs_qualname(defs, near));
}

static long changes(const struct hr_defs *before, uint32_t old_def,
                    const struct hr_defs *now, uint32_t def)
{
    struct hr_span old_span;
    struct hr_span span = hr_defs_at(now, def)->span;

    if (before == NULL || old_def == HR_NONE) {
        return 1;
    }
    old_span = hr_defs_at(before, old_def)->span;
    return hr_likeness_changes(before->text + old_span.start, hr_span_size(old_span),
                               now->text + span.start, hr_span_size(span));
}

/* Fills *reload from a version that differs from the loaded one. */
static bool load_changed(struct hr_state *state, PyCodeObject *code, PyObject *qualname,
                         hr_source *old_source, hr_source *source,
                         struct hr_reload *reload)
{
    const struct hr_defs *now = hr_source_defs(source);
    const struct hr_defs *before = NULL;
    uint32_t old_def = HR_NONE;
    const char *name = PyUnicode_AsUTF8(qualname);

    if (now == NULL || name == NULL) {
        return false;
    }
    if (old_source != NULL) {
        before = hr_source_defs(old_source);
        old_def = before == NULL ? HR_NONE : hr_source_def_of(old_source, code);
        PyErr_Clear();
    }
    reload->def = hr_likeness_find(now, name, before, old_def);
    if (reload->def == HR_NONE) {
        reload->problem = not_found(source->filename, now, qualname, name);
        return false;
    }
    reload->code =
        hr_load_definition(state, source, reload->def, code->co_flags & PyCF_MASK);
    if (reload->code == NULL) {
        return false;
    }
    reload->source = (hr_source *)Py_NewRef(source);
    reload->line = hr_defs_at(now, reload->def)->line + 1;
    reload->changed = changes(before, old_def, now, reload->def);
    return true;
}

bool hr_reload(struct hr_state *state, PyCodeObject *code, PyObject *qualname,
               struct hr_reload *reload)
{
    PyCodeObject *latest = hr_functions_latest(state, code);
    hr_source *old_source = hr_source_of(state, latest);
    hr_source *source;
    bool done;

    *reload = (struct hr_reload){.def = HR_NONE};
    source = hr_source_read(state, latest->co_filename);
    if (source == NULL) {
        reload->problem = hr_reload_describe(latest->co_filename);
        return false;
    }
    if (old_source != NULL && same_source(old_source, source)) {
        reload->code = (PyCodeObject *)Py_NewRef(latest);
        reload->source = (hr_source *)Py_NewRef(old_source);
        reload->def = hr_source_def_of(old_source, latest);
        reload->line = (uint32_t)latest->co_firstlineno;
        done = true;
    } else {
        Py_XINCREF(old_source);
        done = load_changed(state, latest, qualname, old_source, source, reload);
        Py_XDECREF(old_source);
    }
    if (!done && reload->problem == NULL) {
        reload->problem = hr_reload_describe(latest->co_filename);
    }
    PyErr_Clear();
    Py_DECREF(source);
    return done;
}

void hr_reload_finish(struct hr_reload *reload)
{
    Py_CLEAR(reload->code);
    Py_CLEAR(reload->source);
    Py_CLEAR(reload->problem);
}
