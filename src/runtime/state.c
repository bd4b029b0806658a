#include "runtime/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "runtime/compat.h"
#include "runtime/module.h"
#include "runtime/visible.h"

struct hr_state *hr_state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

struct hr_state *hr_state_get(void)
{
    PyObject *shared = PyInterpreterState_GetDict(PyInterpreterState_Get());
    PyObject *module =
        shared != NULL ? PyDict_GetItemString(shared, HR_MODULE_NAME) : NULL;
    return module != NULL ? hr_state_of(module) : NULL;
}

static PyObject *raise_syntax_error(const struct hr_error *err, PyObject *filename)
{
    PyObject *args =
        Py_BuildValue("(s(OIIO))", err->message, filename != NULL ? filename : Py_None,
                      (unsigned)err->line, (unsigned)err->column, Py_None);
    if (args != NULL) {
        PyErr_SetObject(PyExc_SyntaxError, args);
        Py_DECREF(args);
    }
    return NULL;
}

PyObject *hr_error_raise(const struct hr_error *err, PyObject *filename)
{
    switch (err->kind) {
    case HR_ERROR_MEMORY:
        return PyErr_NoMemory();
    case HR_ERROR_IO:
        PyErr_Format(PyExc_OSError, "%S: %s", filename != NULL ? filename : Py_None,
                     err->message);
        return NULL;
    case HR_ERROR_SYNTAX:
    case HR_ERROR_LIMIT:
    case HR_ERROR_ENCODING:
        return raise_syntax_error(err, filename);
    default:
        PyErr_SetString(PyExc_ValueError, err->message);
        return NULL;
    }
}

PyObject *hr_listed(PyObject *texts)
{
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *text = comma != NULL ? PyUnicode_Join(comma, texts) : NULL;
    Py_XDECREF(comma);
    return text;
}

void hr_remark(const char *format, ...)
{
    char short_text[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(short_text, sizeof short_text, format, args);
    va_end(args);
    if (size < 0) {
        return;
    }
    char *text = short_text;
    char *long_text = NULL;
    if ((size_t)size >= sizeof short_text) {
        long_text = malloc((size_t)size + 1);
        if (long_text != NULL) {
            va_start(args, format);
            vsnprintf(long_text, (size_t)size + 1, format, args);
            va_end(args);
            text = long_text;
        }
    }
    PyObject *exception = hr_compat_take_exception();
    PyObject *shown = hr_visible(
        PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace"), true);
    PyErr_Clear();
    if (shown != NULL) {
        PySys_FormatStderr("hr: %U\n", shown);
    }
    Py_XDECREF(shown);
    hr_compat_put_exception(exception);
    free(long_text);
}
