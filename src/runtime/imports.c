#include "runtime/imports.h"

PyObject *hr_import(const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *top =
        key == NULL ? NULL : PyImport_ImportModuleLevelObject(key, NULL, NULL, NULL, 0);
    PyObject *module =
        top == NULL ? NULL : PyImport_GetModule(key); /* not its parent */
    if (top != NULL && module == NULL && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_ModuleNotFoundError, key);
    }
    Py_XDECREF(top);
    Py_XDECREF(key);
    return module;
}
