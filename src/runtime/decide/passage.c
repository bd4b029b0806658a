#include "runtime/decide/passage.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/decide/peek.h"

struct hr_passage hr_passage_fork(const struct hr_passage *passage)
{
    struct hr_passage fork = *passage;
    Py_INCREF(fork.exception);
    Py_XINCREF(fork.group);
    return fork;
}

void hr_passage_finish(struct hr_passage *passage)
{
    Py_CLEAR(passage->exception);
    Py_CLEAR(passage->group);
}

/* What ends the program goes through a TaskGroup as it is. */
static bool ends_program(PyObject *exception)
{
    return PyErr_GivenExceptionMatches(exception, PyExc_SystemExit) ||
           PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt);
}

void hr_passage_leave_group(struct hr_passage *passage)
{
    Py_CLEAR(passage->group);
    if (!ends_program(passage->exception)) {
        PyObject *all = PyObject_CallFunction(PyExc_BaseExceptionGroup, "s[O]", "",
                                              passage->exception);
        if (all != NULL) {
            Py_SETREF(passage->exception, all);
        }
        PyErr_Clear();
    }
}

bool hr_passage_is_in(PyFrameObject *frame, const char *module, const char *qualname)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    /* The size first: every frame that an exception passes is asked for a few names. */
    bool is = PyUnicode_GET_LENGTH(code->co_qualname) == (Py_ssize_t)strlen(qualname) &&
              PyUnicode_CompareWithASCIIString(code->co_qualname, qualname) == 0;
    Py_DECREF(code);
    if (is) {
        PyObject *globals = PyFrame_GetGlobals(frame);
        PyObject *name = PyDict_GetItemString(globals, "__name__");
        is = name != NULL && PyUnicode_Check(name) &&
             PyUnicode_CompareWithASCIIString(name, module) == 0;
        Py_DECREF(globals);
    }
    return is;
}

PyObject *hr_passage_local(PyFrameObject *frame, const char *name)
{
    struct hr_peek_scope scope = {.frame = frame};
    PyObject *word = PyUnicode_FromString(name);
    PyObject *found = word != NULL ? hr_peek_variable(&scope, word) : NULL;
    PyErr_Clear();
    Py_XDECREF(word);
    return found;
}

PyObject *hr_passage_attribute(PyObject *object, const char *name)
{
    PyObject *word = PyUnicode_FromString(name);
    PyTypeObject *type = Py_TYPE(object);
    PyObject *found = word != NULL ? hr_peek_type_attribute(type, word) : NULL;
    if (found != NULL && (Py_IS_TYPE(found, &PyGetSetDescr_Type) ||
                          Py_IS_TYPE(found, &PyMemberDescr_Type))) {
        found = Py_TYPE(found)->tp_descr_get(found, object, (PyObject *)type);
    } else if (word != NULL) {
        found = Py_XNewRef(hr_peek_attribute(object, word));
    }
    PyErr_Clear();
    Py_XDECREF(word);
    return found;
}
