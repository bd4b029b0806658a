#include "runtime/reload/owners.h"

#include "runtime/reload/reach.h"

bool hr_owners_has(PyObject *type, PyObject *function)
{
    PyObject *names = PyObject_GetAttrString(type, "__dict__");
    PyObject *values = names == NULL ? NULL : PyMapping_Values(names);
    bool found = false;

    for (Py_ssize_t i = 0; values != NULL && i < PyList_GET_SIZE(values) && !found;
         i++) {
        PyObject *value = PyList_GET_ITEM(values, i);

        found =
            value == function || (PyFunction_Check(function) && !PyType_Check(value) &&
                                  hr_reach_first(value, function) == function);
    }
    PyErr_Clear();
    Py_XDECREF(values);
    Py_XDECREF(names);
    return found;
}

static bool text_equals(PyObject *object, const char *name, PyObject *text)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    bool same =
        value != NULL && PyUnicode_Check(value) && PyUnicode_Compare(value, text) == 0;

    PyErr_Clear();
    Py_XDECREF(value);
    return same;
}

/* The last class below `type` that has the qualified name and holds the object. */
static void search_classes(PyObject *type, PyObject *qualname, PyObject *object,
                           PyObject *seen, PyObject **found)
{
    PyObject *below =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);

    for (Py_ssize_t i = 0; below != NULL && i < PyList_GET_SIZE(below); i++) {
        PyObject *candidate = PyList_GET_ITEM(below, i);

        if (PySet_Contains(seen, candidate) != 0 || PySet_Add(seen, candidate) < 0) {
            PyErr_Clear();
            continue;
        }
        if (text_equals(candidate, "__qualname__", qualname) &&
            hr_owners_has(candidate, object)) {
            Py_XSETREF(*found, Py_NewRef(candidate));
        }
        search_classes(candidate, qualname, object, seen, found);
    }
    PyErr_Clear();
    Py_XDECREF(below);
}

/* The class that has the object, whose qualified name it is, in its body: new
 * reference, or NULL. */
static PyObject *class_around(PyObject *object, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);
    PyObject *qualname = dot < 0 ? NULL : PyUnicode_Substring(name, 0, dot);
    PyObject *locals = PyUnicode_FromString("<locals>");
    PyObject *seen = PySet_New(NULL);
    PyObject *found = NULL;

    if (qualname != NULL && locals != NULL && seen != NULL &&
        !PyUnicode_Tailmatch(qualname, locals, 0, PY_SSIZE_T_MAX, 1)) {
        search_classes((PyObject *)&PyBaseObject_Type, qualname, object, seen, &found);
    }
    PyErr_Clear();
    Py_XDECREF(seen);
    Py_XDECREF(locals);
    Py_XDECREF(qualname);
    return found;
}

PyObject *hr_owners_class(PyObject *function)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);

    return class_around(function, code->co_qualname);
}

static PyObject *own_type_parameter(PyObject *object, PyObject *name)
{
    PyObject *all = PyObject_GetAttrString(object, "__type_params__");
    PyObject *found = NULL;

    for (Py_ssize_t i = 0; all != NULL && PyTuple_Check(all) && found == NULL &&
                           i < PyTuple_GET_SIZE(all);
         i++) {
        if (text_equals(PyTuple_GET_ITEM(all, i), "__name__", name)) {
            found = Py_NewRef(PyTuple_GET_ITEM(all, i));
        }
    }
    PyErr_Clear();
    Py_XDECREF(all);
    return found;
}

PyObject *hr_owners_type_parameter(PyObject *function, PyObject *name)
{
    PyObject *found = own_type_parameter(function, name);
    PyObject *type = found != NULL ? NULL : hr_owners_class(function);

    while (type != NULL && found == NULL) {
        PyObject *qualname = PyObject_GetAttrString(type, "__qualname__");
        PyObject *outer;

        found = own_type_parameter(type, name);
        outer = found == NULL && qualname != NULL && PyUnicode_Check(qualname)
                    ? class_around(type, qualname)
                    : NULL;
        PyErr_Clear();
        Py_XDECREF(qualname);
        Py_SETREF(type, outer);
    }
    Py_XDECREF(type);
    return found;
}
