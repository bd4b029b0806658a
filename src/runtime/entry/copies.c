#include "runtime/entry/copies.h"

#include "rewrite/guard.h"
#include "runtime/entry/live.h"

/* Whether the code, or one in it, has the guard's instructions. */
static bool has_guard(PyCodeObject *code)
{
    static const char *const names[] = {HR_GUARD_CRASHED, HR_GUARD_COUNTS};
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_names, i);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            if (PyUnicode_CompareWithASCIIString(name, names[j]) == 0) {
                return true;
            }
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant) && has_guard((PyCodeObject *)constant)) {
            return true;
        }
    }
    return false;
}

/* In the place of a pickler's function for code objects, which comes last among its
 * arguments.  `owner` is (the hot_restart module, that function). */
static PyObject *pickle_code(PyObject *owner, PyObject *const *args, Py_ssize_t count)
{
    PyObject *given[2] = {NULL, NULL};
    PyObject *plain = NULL;

    if (count < 1 || count > 2) {
        return PyObject_Vectorcall(PyTuple_GET_ITEM(owner, 1), args, (size_t)count,
                                   NULL);
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        given[i] = args[i];
    }
    PyObject *code = args[count - 1];
    if (PyCode_Check(code) && has_guard((PyCodeObject *)code)) {
        struct hr_state *state = hr_state_of(PyTuple_GET_ITEM(owner, 0));
        plain = hr_live_plain_code(state, (PyCodeObject *)code);
        if (plain == NULL && PyErr_Occurred()) {
            return NULL;
        }
    }
    if (plain != NULL) {
        given[count - 1] = plain;
    }
    PyObject *result =
        PyObject_Vectorcall(PyTuple_GET_ITEM(owner, 1), given, (size_t)count, NULL);
    Py_XDECREF(plain);
    return result;
}

static PyMethodDef pickle_code_method = {
    "pickle_code", (PyCFunction)(void (*)(void))pickle_code, METH_FASTCALL,
    "Pickles code objects as they are without a guard."};

static bool is_ours(PyObject *function)
{
    return PyCFunction_Check(function) && PyCFunction_GetFunction(function) ==
                                              (PyCFunction)(void (*)(void))pickle_code;
}

/* In the table of the pickler under this name; -1 with an exception if it has none. */
static int replace(PyObject *owner, PyObject *pickler, const char *name)
{
    PyObject *table = PyObject_GetAttrString(pickler, name);
    PyObject *type = (PyObject *)&PyCode_Type;
    PyObject *original = table != NULL ? PyObject_GetItem(table, type) : NULL;
    int result = -1;

    if (original != NULL && is_ours(original)) {
        result = 0;
    } else if (original != NULL) {
        PyObject *both = PyTuple_Pack(2, owner, original);
        PyObject *function =
            both != NULL ? PyCFunction_New(&pickle_code_method, both) : NULL;
        result = function != NULL ? PyObject_SetItem(table, type, function) : -1;
        Py_XDECREF(function);
        Py_XDECREF(both);
    }
    Py_XDECREF(original);
    Py_XDECREF(table);
    return result;
}

void hr_copies_meet(PyObject *owner, PyObject *globals)
{
    PyObject *name = PyDict_GetItemString(globals, "__name__");
    PyObject *pickler = PyDict_GetItemString(globals, "CloudPickler");

    if (pickler == NULL && name != NULL && PyUnicode_Check(name) &&
        PyUnicode_CompareWithASCIIString(name, "dill._dill") == 0) {
        pickler = PyDict_GetItemString(globals, "Pickler");
    }
    if (pickler == NULL || !PyType_Check(pickler)) {
        return;
    }
    static const char *const tables[] = {"dispatch_table", "dispatch"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (replace(owner, pickler, tables[i]) < 0) {
            PyErr_Clear();
        }
    }
}
