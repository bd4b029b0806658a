#include "runtime/classes/refused.h"

static PyObject *key_of(const struct hr_class_change *change)
{
    return PyTuple_Pack(2, change->now->filename, change->name);
}

static PyObject *text_of(const struct hr_class_change *change)
{
    const struct hr_defs *defs = hr_source_outline(change->now);
    struct hr_span span =
        defs == NULL ? hr_span(0, 0) : hr_defs_at(defs, change->def)->span;

    return defs == NULL ? NULL
                        : PyBytes_FromStringAndSize(defs->text + span.start,
                                                    (Py_ssize_t)hr_span_size(span));
}

void hr_refused_add(struct hr_state *state, const struct hr_class_change *change)
{
    PyObject *key = key_of(change);
    PyObject *text = text_of(change);

    if (state->refused == NULL) {
        state->refused = PyDict_New();
    }
    if (state->refused != NULL && key != NULL && text != NULL) {
        PyDict_SetItem(state->refused, key, text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(key);
}

bool hr_refused_is(struct hr_state *state, const struct hr_class_change *change)
{
    PyObject *key = state->refused == NULL ? NULL : key_of(change);
    PyObject *known = key == NULL ? NULL : PyDict_GetItemWithError(state->refused, key);
    PyObject *text = known == NULL ? NULL : text_of(change);
    bool is = text != NULL && PyObject_RichCompareBool(known, text, Py_EQ) == 1;

    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(key);
    return is;
}
