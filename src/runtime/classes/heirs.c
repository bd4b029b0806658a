#include "runtime/classes/heirs.h"

#include <string.h>

#include "runtime/classes/classkind.h"
#include "runtime/classes/dataclass.h"
#include "runtime/compat.h"
#include "runtime/imports.h"

struct heir {
    PyTypeObject *type;
    PyObject *was;    /* dict: a copy of its own, for undoing */
    PyObject *fields; /* dict: those of its own and of its bases */
    PyObject *own;    /* list of the names that it annotates itself */
};

/* ---- which there are ---- */

static int add_below(PyTypeObject *type, PyObject *found)
{
    PyObject *below =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);
    int status = below == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(below); i++) {
        PyObject *heir = PyList_GET_ITEM(below, i);
        bool known = false;

        for (Py_ssize_t j = 0; !known && j < PyList_GET_SIZE(found); j++) {
            known = PyList_GET_ITEM(found, j) == heir;
        }
        if (!known) {
            status = PyList_Append(found, heir) < 0
                         ? -1
                         : add_below((PyTypeObject *)heir, found);
        }
    }
    Py_XDECREF(below);
    return status;
}

/* Takes the one out of the list that has the fewest bases: a class has more of them
 * than any of its bases.  New reference. */
static PyObject *take_next(PyObject *heirs)
{
    Py_ssize_t first = 0;
    PyObject *heir;

    for (Py_ssize_t i = 1; i < PyList_GET_SIZE(heirs); i++) {
        PyTypeObject *candidate = (PyTypeObject *)PyList_GET_ITEM(heirs, i);
        PyTypeObject *best = (PyTypeObject *)PyList_GET_ITEM(heirs, first);

        first = PyTuple_GET_SIZE(candidate->tp_mro) < PyTuple_GET_SIZE(best->tp_mro)
                    ? i
                    : first;
    }
    heir = Py_NewRef(PyList_GET_ITEM(heirs, first));
    if (PyList_SetSlice(heirs, first, first + 1, NULL) < 0) {
        Py_CLEAR(heir);
    }
    return heir;
}

/* ---- what dataclass made of it ---- */

static bool is_text(PyObject *code)
{
    return PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_filename,
                                            "<string>") == 0;
}

/* A function that dataclass compiled, or what it puts around __repr__. */
static bool is_compiled(PyObject *value)
{
    PyObject *module, *inner;
    bool is;

    if (!PyFunction_Check(value)) {
        return false;
    }
    if (is_text(PyFunction_GET_CODE(value))) {
        return true;
    }
    module = PyDict_GetItemString(PyFunction_GET_GLOBALS(value), "__name__");
    if (module == NULL || !PyUnicode_Check(module) ||
        (PyUnicode_CompareWithASCIIString(module, "dataclasses") != 0 &&
         PyUnicode_CompareWithASCIIString(module, "reprlib") != 0)) {
        return false;
    }
    inner = PyObject_GetAttrString(value, "__wrapped__");
    is = inner == NULL || (PyFunction_Check(inner) && is_compiled(inner));
    PyErr_Clear();
    Py_XDECREF(inner);
    return is;
}

/* In the order of a class's dict, what its body bound stands before this. */
static bool was_in_body(const struct heir *heir, const char *name)
{
    PyObject *key;
    Py_ssize_t at = 0;

    while (PyDict_Next(heir->was, &at, &key, NULL)) {
        if (PyUnicode_CompareWithASCIIString(key, name) == 0) {
            return true;
        }
        if (PyUnicode_CompareWithASCIIString(key, "__dataclass_params__") == 0) {
            return false;
        }
    }
    return false;
}

/* How the class was made: new reference, a bool; Py_None without one. */
static PyObject *parameter(const struct heir *heir, const char *name)
{
    PyObject *all = PyDict_GetItemString(heir->was, "__dataclass_params__");
    PyObject *value = all == NULL ? NULL : PyObject_GetAttrString(all, name);

    PyErr_Clear();
    return value != NULL ? value : Py_NewRef(Py_None);
}

static bool is_set(const struct heir *heir, const char *name)
{
    PyObject *value = parameter(heir, name);
    bool set = value == Py_True;

    Py_DECREF(value);
    return set;
}

/* A class that compares and is not frozen loses its hash by dataclass. */
static bool is_made_none(const struct heir *heir, const char *name, PyObject *value)
{
    PyObject *compares = PyDict_GetItemString(heir->was, "__eq__");

    return value == Py_None && strcmp(name, "__hash__") == 0 && compares != NULL &&
           is_compiled(compares) && !is_set(heir, "frozen");
}

/* Removes what dataclass is going to make anew.  False: it is no longer what dataclass
 * made; -1 in *status: an exception. */
static bool remove_generated(const struct heir *heir, int *status)
{
    const char *const *name = hr_dataclass_generated;

    for (; *name != NULL && *status == 0; name++) {
        PyObject *value = PyDict_GetItemString(heir->was, *name);
        bool fields = strcmp(*name, "__dataclass_fields__") == 0;

        if (value == NULL || fields) {
            continue;
        }
        if (is_compiled(value) || is_made_none(heir, *name, value) ||
            (PyTuple_Check(value) && !was_in_body(heir, *name))) {
            *status = PyObject_SetAttrString((PyObject *)heir->type, *name, NULL);
        } else if (value != Py_None && !was_in_body(heir, *name)) {
            return false;
        }
    }
    return true;
}

/* Where it stands for a missing docstring, dataclass makes one of the signature. */
static int remove_docstring(const struct heir *heir)
{
    PyObject *doc = PyDict_GetItemString(heir->was, "__doc__");
    PyObject *inspect = hr_import("inspect");
    PyObject *signature = NULL, *text = NULL, *made = NULL;
    int status = 0;

    if (inspect != NULL) {
        signature = PyObject_CallMethod(inspect, "signature", "O", heir->type);
    }
    if (signature != NULL) {
        made = PyUnicode_FromFormat("%s%S", heir->type->tp_name, signature);
    }
    if (made != NULL) {
        text = PyObject_CallMethod(made, "replace", "ss", " -> None", "");
    }
    PyErr_Clear();
    if (doc != NULL && text != NULL &&
        PyObject_RichCompareBool(doc, text, Py_EQ) == 1) {
        status = PyObject_SetAttrString((PyObject *)heir->type, "__doc__", Py_None);
    }
    Py_XDECREF(inspect);
    Py_XDECREF(signature);
    Py_XDECREF(text);
    Py_XDECREF(made);
    return status;
}

/* ---- made again ---- */

/* The fields stand where dataclass looks for them, as they came out of its hands. */
static int place_fields(const struct heir *heir)
{
    int status = 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(heir->own); i++) {
        PyObject *name = PyList_GET_ITEM(heir->own, i);
        PyObject *field = PyDict_GetItemWithError(heir->fields, name);

        if (field != NULL) {
            status = PyObject_SetAttr((PyObject *)heir->type, name, field);
        }
    }
    return status;
}

/* The defaults are what the program has made of them. */
static int restore_values(const struct heir *heir)
{
    PyObject *dict = hr_compat_type_dict(heir->type);
    int status = dict == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(heir->own); i++) {
        PyObject *name = PyList_GET_ITEM(heir->own, i);
        PyObject *value = PyDict_GetItemWithError(heir->was, name);

        if (value != NULL || PyDict_Contains(dict, name) == 1) {
            status = PyObject_SetAttr((PyObject *)heir->type, name, value);
        }
    }
    Py_XDECREF(dict);
    return status;
}

static int call_dataclass(const struct heir *heir)
{
    static const char *const names[] = {"init",  "repr",        "eq",
                                        "order", "unsafe_hash", "frozen"};
    PyObject *module = hr_import("dataclasses");
    PyObject *function =
        module == NULL ? NULL : PyObject_GetAttrString(module, "dataclass");
    PyObject *arguments = PyTuple_Pack(1, heir->type);
    PyObject *keywords = PyDict_New();
    PyObject *result = NULL;
    bool matches = PyDict_GetItemString(heir->was, "__match_args__") != NULL;
    int status = function == NULL || arguments == NULL || keywords == NULL ? -1 : 0;

    for (size_t i = 0; status == 0 && i < sizeof names / sizeof *names; i++) {
        PyObject *value = parameter(heir, names[i]);

        status = PyDict_SetItemString(keywords, names[i], value);
        Py_DECREF(value);
    }
    if (status == 0 && PyDict_SetItemString(keywords, "match_args",
                                            matches ? Py_True : Py_False) == 0) {
        result = PyObject_Call(function, arguments, keywords);
    }
    status = result == NULL ? -1 : 0;
    Py_XDECREF(module);
    Py_XDECREF(function);
    Py_XDECREF(arguments);
    Py_XDECREF(keywords);
    Py_XDECREF(result);
    return status;
}

static void heir_finish(struct heir *heir)
{
    Py_XDECREF(heir->was);
    Py_XDECREF(heir->fields);
    Py_XDECREF(heir->own);
}

static int heir_init(struct heir *heir, PyTypeObject *type)
{
    PyObject *dict = hr_compat_type_dict(type);
    PyObject *types;

    *heir = (struct heir){.type = type};
    heir->was = dict == NULL ? NULL : PyDict_Copy(dict);
    Py_XDECREF(dict);
    if (heir->was == NULL) {
        return -1;
    }
    types = PyDict_GetItemString(heir->was, "__annotations__");
    heir->own =
        types != NULL && PyDict_Check(types) ? PyDict_Keys(types) : PyList_New(0);
    heir->fields = Py_XNewRef(PyDict_GetItemString(heir->was, "__dataclass_fields__"));
    return heir->own == NULL || heir->fields == NULL || !PyDict_Check(heir->fields) ? -1
                                                                                    : 0;
}

/* Why not, as an exception; or a static text in *reason. */
static int remake(const struct heir *heir, const char **reason)
{
    int status = 0;

    if (PyDict_GetItemString(heir->was, "__slots__") != NULL) {
        *reason = "its __slots__ are fixed";
        return -1;
    }
    status = remove_docstring(heir); /* while it has its signature */
    if (!remove_generated(heir, &status)) {
        *reason = "what dataclass made of it was replaced";
        return -1;
    }
    if (status < 0 || place_fields(heir) < 0 || call_dataclass(heir) < 0) {
        return -1;
    }
    return restore_values(heir);
}

static void add_line(PyObject *lines, PyObject *line)
{
    if (line != NULL) {
        PyList_Append(lines, line);
        Py_DECREF(line);
    }
}

/* One that cannot be: undone and said. */
static void leave(const struct heir *heir, PyObject *name, const char *reason,
                  PyObject *lines)
{
    PyObject *error, *why;

    hr_class_kind_put_back(heir->type, heir->was);
    error = hr_compat_take_exception();
    why =
        error == NULL
            ? PyUnicode_FromString(reason != NULL ? reason : "it cannot be made again")
            : PyUnicode_FromFormat("%s: %S", Py_TYPE(error)->tp_name, error);
    if (why != NULL) {
        add_line(lines,
                 PyUnicode_FromFormat(
                     "hr: %U, a dataclass below %U, keeps the fields that it was "
                     "made with: %U",
                     ((PyHeapTypeObject *)heir->type)->ht_qualname, name, why));
    }
    Py_XDECREF(why);
    Py_XDECREF(error);
}

void hr_heirs_remake(PyTypeObject *type, PyObject *name, PyObject *lines)
{
    PyObject *heirs = PyList_New(0);
    PyObject *done = PyList_New(0);
    PyObject *names = NULL, *next;

    if (heirs == NULL || done == NULL || add_below(type, heirs) < 0) {
        Py_CLEAR(heirs);
    }
    while (heirs != NULL && PyList_GET_SIZE(heirs) > 0 &&
           (next = take_next(heirs)) != NULL) {
        struct heir heir = {.type = (PyTypeObject *)next};
        const char *reason = NULL;

        if (!hr_dataclass_is(heir.type) || heir_init(&heir, heir.type) < 0) {
            PyErr_Clear();
        } else if (remake(&heir, &reason) < 0) {
            leave(&heir, name, reason, lines);
        } else if (done != NULL) {
            PyList_Append(done, ((PyHeapTypeObject *)next)->ht_qualname);
        }
        heir_finish(&heir);
        Py_DECREF(next);
    }
    if (done != NULL && PyList_GET_SIZE(done) > 0) {
        names = hr_listed(done);
    }
    if (names != NULL) {
        add_line(lines,
                 PyUnicode_FromFormat(
                     "hr: dataclass made %U anew as well, which "
                     "%s below %U",
                     names, PyList_GET_SIZE(done) == 1 ? "stands" : "stand", name));
    }
    PyErr_Clear();
    Py_XDECREF(names);
    Py_XDECREF(done);
    Py_XDECREF(heirs);
}
