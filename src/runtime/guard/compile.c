#include "runtime/guard/compile.h"

#include "runtime/compat.h"
#include "runtime/imports.h"

/* Warnings would carry the lines of the guarded text.  While it is compiled, a filter
 * of ours stands first in the list: it ignores every warning and remembers that there
 * was one. */

typedef struct {
    PyObject_HEAD bool seen;
} witness;

/* The message of a filter may be any object with a match method. */
static PyObject *witness_match(PyObject *self, PyObject *text)
{
    ((witness *)self)->seen = true;
    Py_RETURN_TRUE;
}

static void witness_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef witness_methods[] = {
    {"match", witness_match, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot witness_slots[] = {
    {Py_tp_dealloc, witness_dealloc},
    {Py_tp_methods, witness_methods},
    {0, NULL},
};

PyType_Spec hr_witness_spec = {
    .name = "hot_restart._Witness",
    .basicsize = sizeof(witness),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = witness_slots,
};

/* The list of filters in force: that of the module warnings if it is imported, else
 * the interpreter's own.  New reference. */
static PyObject *warning_filters(void)
{
    PyObject *name = PyUnicode_FromString("warnings");
    if (name == NULL) {
        return NULL;
    }
    PyObject *module = PyImport_GetModule(name);
    Py_DECREF(name);
    if (module == NULL && !PyErr_Occurred()) {
        module = hr_import("_warnings");
    }
    PyObject *filters =
        module != NULL ? PyObject_GetAttrString(module, "filters") : NULL;
    Py_XDECREF(module);
    if (filters != NULL && !PyList_Check(filters)) {
        Py_SETREF(filters, PyList_New(0)); /* nobody can be warned, by python either */
    }
    return filters;
}

/* By identity: a comparison could run foreign code. */
static int remove_filter(PyObject *filters, PyObject *filter)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(filters); i++) {
        if (PyList_GET_ITEM(filters, i) == filter) {
            return PyList_SetSlice(filters, i, i + 1, NULL);
        }
    }
    return 0;
}

PyObject *hr_compile(const char *text, PyObject *filename, int flags, int optimize)
{
    PyCompilerFlags compiler_flags = {
        .cf_flags = (flags & PyCF_MASK) | PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE,
        .cf_feature_version = PY_MINOR_VERSION,
    };
    return Py_CompileStringObject(text, filename, Py_file_input, &compiler_flags,
                                  optimize);
}

PyObject *hr_compile_silently(struct hr_state *state, const char *text,
                              PyObject *filename, int flags, int optimize,
                              PyObject *maker, bool *warned)
{
    PyObject *code = NULL;
    PyObject *filter = NULL;
    PyObject *filters = warning_filters();
    witness *observer =
        filters == NULL
            ? NULL
            : (witness *)state->witness_type->tp_alloc(state->witness_type, 0);
    if (observer != NULL) {
        filter =
            Py_BuildValue("(sOOOi)", "ignore", observer, PyExc_Warning, Py_None, 0);
    }
    if (filter != NULL && PyList_Insert(filters, 0, filter) == 0) {
        code = maker != NULL ? PyObject_CallFunction(maker, "yOii", text, filename,
                                                     flags, optimize)
                             : hr_compile(text, filename, flags, optimize);
        PyObject *pending = hr_compat_take_exception();
        if (remove_filter(filters, filter) < 0) {
            PyErr_Clear();
        }
        hr_compat_put_exception(pending);
        *warned = *warned || observer->seen;
    }
    Py_XDECREF(filter);
    Py_XDECREF(observer);
    Py_XDECREF(filters);
    return code;
}
