#include "runtime/classes/dataclass.h"

#include <string.h>

#include "runtime/compat.h"

bool hr_dataclass_is(PyTypeObject *type)
{
    return hr_class_has_own(type, "__dataclass_params__");
}

bool hr_dataclass_is_decorator(const char *text, size_t size)
{
    static const char word[] = "dataclass";
    const char *bracket = memchr(text, '(', size);
    size_t length = bracket != NULL ? (size_t)(bracket - text) : size;
    size_t most = sizeof word - 1;

    return length >= most && memcmp(text + length - most, word, most) == 0 &&
           (length == most || text[length - most - 1] == '.');
}

const char *const hr_dataclass_generated[] = {
    "__init__",
    "__repr__",
    "__eq__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__setattr__",
    "__delattr__",
    "__replace__",
    "__match_args__",
    "__dataclass_fields__",
    NULL,
};

bool hr_dataclass_is_remade(PyTypeObject *type, const struct hr_class_diff *diff)
{
    bool remade = diff->types_differ || diff->decorators_differ ||
                  hr_class_diff_touches(diff, "__post_init__");

    for (size_t i = 0; hr_dataclass_generated[i] != NULL; i++) {
        remade = remade ||
                 hr_class_diff_names(diff->added, hr_dataclass_generated[i]) ||
                 hr_class_diff_names(diff->removed, hr_dataclass_generated[i]);
    }
    for (Py_ssize_t i = 0; !remade && i < PyList_GET_SIZE(diff->changed); i++) {
        remade =
            PyDict_Contains(diff->now.types, PyList_GET_ITEM(diff->changed, i)) == 1;
    }
    PyErr_Clear();
    return remade && hr_dataclass_is(type);
}

static int remove_generated(PyTypeObject *type, PyObject *dict,
                            const struct hr_class_diff *diff)
{
    int status = 0;

    for (size_t i = 0; status == 0 && hr_dataclass_generated[i] != NULL; i++) {
        const char *name = hr_dataclass_generated[i];

        if (PyDict_GetItemString(dict, name) != NULL &&
            PyDict_GetItemString(diff->now.says, name) == NULL) {
            status = PyObject_SetAttrString((PyObject *)type, name, NULL);
        }
    }
    if (status == 0 && PyDict_GetItemString(diff->now.says, "__doc__") == NULL) {
        status = PyObject_SetAttrString((PyObject *)type, "__doc__", Py_None);
    }
    return status;
}

/* Puts what the statements of the fields made where dataclass looks for it.  What the
 * program made of a field whose statement is as it was goes to `live`. */
static int place_fields(PyTypeObject *type, PyObject *dict,
                        const struct hr_class_diff *diff, PyObject *names,
                        PyObject *live)
{
    PyObject *name;
    Py_ssize_t at = 0;
    int status = 0;

    while (status == 0 && PyDict_Next(diff->now.types, &at, &name, NULL)) {
        PyObject *value = PyDict_GetItemWithError(names, name);
        PyObject *known = PyDict_GetItemWithError(dict, name);

        if (known != NULL && PySequence_Contains(diff->changed, name) == 0 &&
            PySequence_Contains(diff->added, name) == 0) {
            status = PyDict_SetItem(live, name, known);
        }
        if (status == 0 && (value != NULL || known != NULL)) {
            status = PyObject_SetAttr((PyObject *)type, name, value);
        }
    }
    return status;
}

static PyObject *evaluate(const char *expression, size_t size, PyObject *globals)
{
    struct hr_bytes text = {0};
    PyObject *value = NULL;

    hr_bytes_append_char(&text, '(');
    hr_bytes_append(&text, expression, size);
    hr_bytes_append_text(&text, "\n)");
    value = text.failed ? PyErr_NoMemory()
                        : PyRun_String(text.data, Py_eval_input, globals, globals);
    hr_bytes_finish(&text);
    return value;
}

/* The decorator, as its expression says now: new reference. */
static PyObject *evaluate_decorator(const struct hr_class_diff *diff, PyObject *globals)
{
    const struct hr_defs *defs = diff->now.defs;
    struct hr_range range = hr_defs_at(defs, diff->now.def)->decorators;
    PyObject *value = NULL;
    PyObject *module = NULL;

    for (uint32_t i = range.first; value == NULL && i < range.first + range.count;
         i++) {
        const struct hr_decorator *decorator = hr_array_at(&defs->decorators, i);
        const char *start = defs->text + decorator->expression.start;
        size_t size = hr_span_size(decorator->expression);

        if (hr_dataclass_is_decorator(start, size) &&
            (value = evaluate(start, size, globals)) == NULL) {
            return NULL;
        }
    }
    module = value == NULL ? NULL : PyObject_GetAttrString(value, "__module__");
    if (module == NULL || !PyUnicode_Check(module) ||
        PyUnicode_CompareWithASCIIString(module, "dataclasses") != 0) {
        PyErr_SetString(PyExc_TypeError,
                        "its decorator is no longer that of dataclasses");
        Py_CLEAR(value);
    }
    Py_XDECREF(module);
    return value;
}

static int call_decorator(PyTypeObject *type, const struct hr_class_diff *diff,
                          PyObject *globals)
{
    PyObject *decorator = evaluate_decorator(diff, globals);
    PyObject *result =
        decorator == NULL ? NULL : PyObject_CallOneArg(decorator, (PyObject *)type);
    int status = result == (PyObject *)type ? 0 : -1;

    if (result != NULL && status < 0) {
        PyErr_SetString(PyExc_TypeError,
                        "dataclass makes another class of it (slots=True does)");
    }
    Py_XDECREF(result);
    Py_XDECREF(decorator);
    return status;
}

int hr_dataclass_remake(PyTypeObject *type, const struct hr_class_diff *diff,
                        PyObject *names, PyObject *globals)
{
    PyObject *now = hr_compat_type_dict(type);
    PyObject *dict = now == NULL ? NULL : PyDict_Copy(now);
    PyObject *live = PyDict_New();
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int status = -1;

    if (dict != NULL && live != NULL && remove_generated(type, dict, diff) == 0 &&
        place_fields(type, dict, diff, names, live) == 0) {
        status = call_decorator(type, diff, globals);
    }
    while (status == 0 && PyDict_Next(live, &at, &name, &value)) {
        status = PyObject_SetAttr((PyObject *)type, name, value);
    }
    Py_XDECREF(live);
    Py_XDECREF(dict);
    Py_XDECREF(now);
    return status;
}
