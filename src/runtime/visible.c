#include "runtime/visible.h"

PyObject *hr_visible(PyObject *text, bool lines)
{
    Py_ssize_t size = text != NULL ? PyUnicode_GET_LENGTH(text) : 0;
    PyObject *shown = text != NULL ? PyUnicode_FromString("") : NULL;
    for (Py_ssize_t i = 0; shown != NULL && i < size; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, i);
        bool stays = Py_UNICODE_ISPRINTABLE(c) || c == '\t' || (lines && c == '\n');
        const char *format = c < 0x100     ? "\\x%02x"
                             : c < 0x10000 ? "\\u%04x"
                                           : "\\U%08x";
        PyUnicode_AppendAndDel(&shown, stays ? PyUnicode_FromOrdinal((int)c)
                                             : PyUnicode_FromFormat(format, (int)c));
    }
    Py_XDECREF(text);
    return shown;
}
