#include "runtime/reload/functions.h"

#include "runtime/reload/objects.h"

/* Code objects compare and hash by content, which is not what is meant here. */
static PyObject *key_of(PyCodeObject *code)
{
    return PyLong_FromVoidPtr(code);
}

PyCodeObject *hr_functions_latest(struct hr_state *state, PyCodeObject *code)
{
    while (state->successors != NULL) {
        PyObject *key = key_of(code);
        PyObject *pair =
            key == NULL ? NULL : PyDict_GetItemWithError(state->successors, key);

        Py_XDECREF(key);
        if (pair == NULL) {
            PyErr_Clear();
            break;
        }
        code = (PyCodeObject *)PyTuple_GET_ITEM(pair, 1);
    }
    return code;
}

bool hr_functions_is_replaced(struct hr_state *state, PyCodeObject *code)
{
    PyObject *key = state->successors != NULL ? key_of(code) : NULL;
    bool is = key != NULL && PyDict_Contains(state->successors, key) == 1;
    Py_XDECREF(key);
    return is;
}

/* Every old code leads straight to its newest; one that nobody else holds any more is
 * forgotten, or each reload would keep the code and the text of the one before. */
static int tidy(struct hr_state *state)
{
    PyObject *keys = PyDict_Keys(state->successors);
    int status = keys == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *pair = PyDict_GetItemWithError(state->successors, key);
        PyObject *old = pair == NULL ? NULL : PyTuple_GET_ITEM(pair, 0);
        PyCodeObject *latest =
            old == NULL ? NULL : hr_functions_latest(state, (PyCodeObject *)old);

        if (latest == NULL || (PyObject *)latest == PyTuple_GET_ITEM(pair, 1)) {
            continue;
        }
        pair = PyTuple_Pack(2, old, (PyObject *)latest);
        status = pair == NULL ? -1 : PyDict_SetItem(state->successors, key, pair);
        Py_XDECREF(pair);
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *pair = PyDict_GetItemWithError(state->successors, key);

        if (pair != NULL && Py_REFCNT(PyTuple_GET_ITEM(pair, 0)) == 1) {
            status = PyDict_DelItem(state->successors, key);
        }
    }
    Py_XDECREF(keys);
    return status;
}

int hr_functions_succeed(struct hr_state *state, PyCodeObject *old, PyCodeObject *code)
{
    PyObject *key = NULL;
    PyObject *pair = NULL;
    int status = -1;

    /* A version that is in place already must not lead to itself. */
    if (hr_functions_latest(state, code) == old || old == code) {
        return 0;
    }
    if (state->successors == NULL && (state->successors = PyDict_New()) == NULL) {
        return -1;
    }
    key = key_of(old);
    pair = PyTuple_Pack(2, (PyObject *)old, (PyObject *)code);
    if (key != NULL && pair != NULL) {
        status = PyDict_SetItem(state->successors, key, pair);
    }
    Py_XDECREF(key);
    Py_XDECREF(pair);
    return status < 0 ? -1 : tidy(state);
}

/* Every code object that leads to the same newest one, that one included. */
static PyObject *family_of(struct hr_state *state, PyCodeObject *code)
{
    PyCodeObject *latest = hr_functions_latest(state, code);
    PyObject *family = PyList_New(0);
    PyObject *pair;
    Py_ssize_t at = 0;

    if (family == NULL || PyList_Append(family, (PyObject *)latest) < 0) {
        goto failed;
    }
    while (state->successors != NULL &&
           PyDict_Next(state->successors, &at, NULL, &pair)) {
        PyObject *old = PyTuple_GET_ITEM(pair, 0);

        if (hr_functions_latest(state, (PyCodeObject *)old) == latest &&
            PyList_Append(family, old) < 0) {
            goto failed;
        }
    }
    return family;
failed:
    Py_XDECREF(family);
    return NULL;
}

static bool runs_one_of(PyObject *object, void *family)
{
    for (Py_ssize_t i = 0; PyFunction_Check(object) && i < PyList_GET_SIZE(family);
         i++) {
        if (PyFunction_GET_CODE(object) == PyList_GET_ITEM(family, i)) {
            return true;
        }
    }
    return false;
}

static bool is_function(PyObject *object, void *context)
{
    (void)context;
    return PyFunction_Check(object);
}

PyObject *hr_functions_of(struct hr_state *state, PyCodeObject *code)
{
    PyObject *family = family_of(state, code);
    PyObject *list =
        family == NULL ? NULL : hr_objects_find(state, runs_one_of, family);

    Py_XDECREF(family);
    return list;
}

PyObject *hr_functions_all(struct hr_state *state)
{
    return hr_objects_find(state, is_function, NULL);
}

bool hr_functions_same_kind(PyCodeObject *a, PyCodeObject *b)
{
    const int kind = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;

    return (a->co_flags & kind) == (b->co_flags & kind);
}

bool hr_functions_same_captures(PyCodeObject *a, PyCodeObject *b)
{
    PyObject *left = PyCode_GetFreevars(a);
    PyObject *right = PyCode_GetFreevars(b);
    bool same = left != NULL && right != NULL &&
                PyObject_RichCompareBool(left, right, Py_EQ) == 1;

    Py_XDECREF(left);
    Py_XDECREF(right);
    PyErr_Clear();
    return same;
}

bool hr_functions_replace_constant(PyCodeObject *owner, PyCodeObject *old,
                                   PyCodeObject *code)
{
    PyObject *constants = owner->co_consts;
    bool replaced = false;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);

        if (constant == (PyObject *)old) {
            if (!hr_functions_same_captures(old, code)) {
                return false;
            }
            /* In place: a code object cannot be exchanged under the frames that
             * run it, and those are the ones that will make the next function. */
            PyTuple_SET_ITEM(constants, i, Py_NewRef(code));
            Py_DECREF(constant);
            replaced = true;
        } else if (PyCode_Check(constant)) {
            replaced |=
                hr_functions_replace_constant((PyCodeObject *)constant, old, code);
        }
    }
    return replaced;
}

PyObject *hr_functions_qualname(PyCodeObject *code)
{
    PyObject *separator = PyUnicode_FromString("<locals>.");
    PyObject *nothing = PyUnicode_FromString("");
    PyObject *name = NULL;

    if (separator != NULL && nothing != NULL) {
        name = PyUnicode_Replace(code->co_qualname, separator, nothing, -1);
    }
    Py_XDECREF(separator);
    Py_XDECREF(nothing);
    return name;
}
