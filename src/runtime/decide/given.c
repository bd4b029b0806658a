#include "runtime/decide/given.h"

#include <string.h>

#include "syntax/scan.h"

/* Past the rest of an argument, up to the ',' or ')' that ends it. */
static void skip_argument(struct hr_peek *reader)
{
    int depth = 0;
    for (; reader->at < reader->end; reader->at++) {
        char c = *reader->at;
        if (depth == 0 && (c == ',' || c == ')')) {
            return;
        }
        if (c == '"' || c == '\'') {
            do {
                reader->at += reader->at < reader->end && *reader->at == '\\' ? 2 : 1;
            } while (reader->at < reader->end && *reader->at != c);
        }
        depth += c == '(' || c == '[' || c == '{';
        depth -= c == ')' || c == ']' || c == '}';
    }
}

static bool at_end(struct hr_peek *reader)
{
    hr_peek_skip(reader);
    return reader->at >= reader->end || *reader->at == ',' || *reader->at == ')';
}

static PyObject *read_value(struct hr_peek *reader);

/* (A, B): new reference, or NULL. */
static PyObject *read_tuple(struct hr_peek *reader)
{
    PyObject *list = PyList_New(0);
    while (list != NULL && !hr_peek_take(reader, ')')) {
        PyObject *value = reader->at < reader->end ? read_value(reader) : NULL;
        if (value == NULL || PyList_Append(list, value) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(value);
        hr_peek_take(reader, ',');
    }
    PyObject *tuple = list != NULL ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    PyErr_Clear();
    return tuple;
}

static PyObject *read_value(struct hr_peek *reader)
{
    PyObject *value =
        hr_peek_take(reader, '(') ? read_tuple(reader) : hr_peek_path(reader);
    if (!at_end(reader)) {
        Py_CLEAR(value);
    }
    return value;
}

/* NAME=: the name, new reference, with the reader behind it; NULL: it stays. */
static PyObject *read_keyword(struct hr_peek *reader)
{
    hr_peek_skip(reader);
    struct hr_peek ahead = *reader;
    const char *start = ahead.at;
    while (ahead.at < ahead.end && hr_is_word((unsigned char)*ahead.at)) {
        ahead.at++;
    }
    const char *end = ahead.at;
    if (end == start || !hr_peek_take(&ahead, '=') ||
        (ahead.at < ahead.end && *ahead.at == '=')) {
        return NULL;
    }
    reader->at = ahead.at;
    return PyUnicode_DecodeUTF8(start, end - start, NULL);
}

/* The object whose method is called: new reference, or NULL. */
static PyObject *receiver(struct hr_peek callee)
{
    const char *dot = callee.end;
    while (dot > callee.at && dot[-1] != '.') {
        dot--;
    }
    if (dot == callee.at) {
        return NULL;
    }
    callee.end = dot - 1;
    PyObject *object = hr_peek_path(&callee);
    if (object != NULL && (PyModule_Check(object) || PyType_Check(object))) {
        Py_CLEAR(object);
    }
    return object;
}

static void put(PyObject *given, PyObject *name, PyObject *value)
{
    if (PyDict_SetItem(given, name, value) < 0) {
        PyErr_Clear();
    }
}

static void put_defaults(PyObject *given, PyObject *function, PyObject *names)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *values = PyFunction_GET_DEFAULTS(function);
    PyObject *named = PyFunction_GET_KW_DEFAULTS(function);
    Py_ssize_t count = values != NULL ? PyTuple_GET_SIZE(values) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        put(given, PyTuple_GET_ITEM(names, code->co_argcount - count + i),
            PyTuple_GET_ITEM(values, i));
    }
    if (named != NULL && PyDict_Update(given, named) < 0) {
        PyErr_Clear();
    }
}

PyObject *hr_given_by_values(PyObject *function, PyObject *positional, PyObject *named)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *names = PyCode_GetVarnames(code);
    PyObject *given = names != NULL ? PyDict_New() : NULL;
    Py_ssize_t count = positional != NULL ? PyTuple_GET_SIZE(positional) : 0;
    if (given != NULL) {
        put_defaults(given, function, names);
        for (Py_ssize_t i = 0; i < count && i < code->co_argcount; i++) {
            put(given, PyTuple_GET_ITEM(names, i), PyTuple_GET_ITEM(positional, i));
        }
        if ((code->co_flags & CO_VARARGS) != 0) {
            PyObject *rest =
                count > code->co_argcount
                    ? PyTuple_GetSlice(positional, code->co_argcount, count)
                    : PyTuple_New(0);
            if (rest != NULL) {
                Py_ssize_t at = code->co_argcount + code->co_kwonlyargcount;
                put(given, PyTuple_GET_ITEM(names, at), rest);
            }
            Py_XDECREF(rest);
        }
        if (named != NULL && PyDict_Check(named) && PyDict_Update(given, named) < 0) {
            Py_CLEAR(given);
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return given;
}

/* The arguments of a call's text, from its '(' on; what is not known is None, which no
 * exception matches.  False: there may be any number. */
static bool read_arguments(struct hr_peek *call, PyObject *positional, PyObject *named)
{
    if (!hr_peek_take(call, '(')) {
        return false;
    }
    while (hr_peek_skip(call), call->at < call->end && *call->at != ')') {
        if (*call->at == '*') {
            return false;
        }
        PyObject *name = read_keyword(call);
        PyObject *value = read_value(call);
        value = value != NULL ? value : Py_NewRef(Py_None);
        int put = name != NULL ? PyDict_SetItem(named, name, value)
                               : PyList_Append(positional, value);
        Py_DECREF(value);
        Py_XDECREF(name);
        if (put < 0) {
            return false;
        }
        skip_argument(call);
        hr_peek_take(call, ',');
    }
    return true;
}

PyObject *hr_given_by_text(PyObject *function, struct hr_peek callee,
                           struct hr_peek call)
{
    PyObject *positional = PyList_New(0);
    PyObject *named = PyDict_New();
    PyObject *self = receiver(callee);
    PyObject *given = NULL;
    bool known = positional != NULL && named != NULL &&
                 (self == NULL || PyList_Append(positional, self) == 0) &&
                 read_arguments(&call, positional, named);
    PyObject *tuple = known ? PyList_AsTuple(positional) : NULL;
    if (tuple != NULL) {
        given = hr_given_by_values(function, tuple, named);
    }
    PyErr_Clear();
    Py_XDECREF(tuple);
    Py_XDECREF(self);
    Py_XDECREF(named);
    Py_XDECREF(positional);
    return given;
}
