#include "runtime/decide/expected.h"

bool hr_expected_may(const PyCodeObject *code)
{
    return PyUnicode_CompareWithASCIIString(code->co_name, "_callTestMethod") == 0;
}

/* Of the variable that is called so, or the function of that method. */
static bool is_marked(const struct hr_peek_scope *scope, const char *variable,
                      PyObject *mark)
{
    PyObject *name = PyUnicode_FromString(variable);
    PyObject *value = name == NULL ? NULL : hr_peek_variable(scope, name);
    PyObject *holder =
        value != NULL && PyMethod_Check(value) ? PyMethod_GET_FUNCTION(value) : value;
    bool is = holder != NULL && hr_peek_attribute(holder, mark) == Py_True;

    PyErr_Clear();
    Py_XDECREF(value);
    Py_XDECREF(name);
    return is;
}

bool hr_expected(const struct hr_peek_scope *scope, const PyCodeObject *code)
{
    PyObject *mark;
    bool is = false;

    if (!hr_expected_may(code)) {
        return false;
    }
    mark = PyUnicode_FromString("__unittest_expecting_failure__");
    if (mark != NULL) {
        is = is_marked(scope, "method", mark) || is_marked(scope, "self", mark);
    }
    PyErr_Clear();
    Py_XDECREF(mark);
    return is;
}
