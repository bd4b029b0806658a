#include "runtime/decide/peek.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/compat.h"
#include "syntax/scan.h"

PyObject *hr_peek_type_attribute(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        PyObject *dict =
            PyType_Check(base) ? hr_compat_type_dict((PyTypeObject *)base) : NULL;
        PyObject *found = dict != NULL ? PyDict_GetItemWithError(dict, name) : NULL;
        Py_XDECREF(dict);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

PyObject *hr_peek_attribute(PyObject *object, PyObject *name)
{
    if (PyModule_Check(object)) {
        return PyDict_GetItemWithError(PyModule_GetDict(object), name);
    }
    if (PyType_Check(object)) {
        return hr_peek_type_attribute((PyTypeObject *)object, name);
    }
    PyObject **slot = _PyObject_GetDictPtr(object);
    PyObject *found =
        slot != NULL && *slot != NULL ? PyDict_GetItemWithError(*slot, name) : NULL;
    return found != NULL ? found : hr_peek_type_attribute(Py_TYPE(object), name);
}

/* A mapping of the program's own is not asked. */
static PyObject *item(PyObject *mapping, PyObject *name)
{
    PyObject *found = NULL;
    if (mapping != NULL && PyDict_Check(mapping)) { /* no KeyError is made */
        found = Py_XNewRef(PyDict_GetItemWithError(mapping, name));
    } else if (mapping != NULL && hr_compat_is_locals(mapping)) {
        found = PyObject_GetItem(mapping, name);
    }
    if (found == NULL && PyErr_Occurred() != NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(mapping);
    return found;
}

static bool holds(PyObject *names, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            return true;
        }
    }
    return false;
}

/* A snapshot of a function's locals would keep them alive: it is made only for a name
 * that is one, and emptied. */
static PyObject *local(PyFrameObject *frame, PyObject *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool function = (code->co_flags & CO_OPTIMIZED) != 0;
    PyObject *found = NULL;
    if (!function || holds(code->co_localsplusnames, name)) {
        bool had = hr_compat_has_snapshot(frame);
        PyObject *locals = PyFrame_GetLocals(frame);
        found = item(Py_XNewRef(locals), name);
        hr_compat_drop_snapshot(frame, locals, had);
        Py_XDECREF(locals);
    }
    PyErr_Clear();
    Py_DECREF(code);
    return found;
}

PyObject *hr_peek_global(PyFrameObject *frame, PyObject *name)
{
    PyObject *found = item(PyFrame_GetGlobals(frame), name);
    return found != NULL ? found : item(PyFrame_GetBuiltins(frame), name);
}

/* Of a function that is not running: a parameter, or what its closure holds.  *own is
 * set if the name is no global's. */
static PyObject *variable_of(const struct hr_peek_scope *scope, PyObject *name,
                             bool *own)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(scope->function);
    PyObject *closure = PyFunction_GET_CLOSURE(scope->function);
    PyObject *names = PyCode_GetFreevars(code);
    PyObject *found = item(Py_XNewRef(scope->given), name);
    *own = holds(code->co_localsplusnames, name);
    for (Py_ssize_t i = 0; found == NULL && names != NULL && closure != NULL &&
                           i < PyTuple_GET_SIZE(closure);
         i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            found = Py_XNewRef(PyCell_GET(PyTuple_GET_ITEM(closure, i)));
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return found;
}

PyObject *hr_peek_variable(const struct hr_peek_scope *scope, PyObject *name)
{
    PyObject *found;
    bool own;
    if (scope->function == NULL) {
        found = local(scope->frame, name);
        return found != NULL ? found : hr_peek_global(scope->frame, name);
    }
    found = variable_of(scope, name, &own);
    if (found != NULL || own) {
        return found;
    }
    found = item(Py_NewRef(PyFunction_GET_GLOBALS(scope->function)), name);
    return found != NULL ? found : item(PyFrame_GetBuiltins(scope->frame), name);
}

void hr_peek_skip(struct hr_peek *reader)
{
    while (reader->at < reader->end) {
        if (*reader->at == '#') {
            while (reader->at < reader->end && *reader->at != '\n') {
                reader->at++;
            }
        } else if (strchr(" \t\r\n\f\\", *reader->at) != NULL && *reader->at != '\0') {
            reader->at++;
        } else {
            return;
        }
    }
}

bool hr_peek_take(struct hr_peek *reader, char c)
{
    hr_peek_skip(reader);
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return true;
    }
    return false;
}

/* New reference to a str; NULL without an exception if there is no name. */
static PyObject *read_name(struct hr_peek *reader)
{
    hr_peek_skip(reader);
    const char *start = reader->at;
    while (reader->at < reader->end && hr_is_word((unsigned char)*reader->at)) {
        reader->at++;
    }
    if (reader->at == start) {
        return NULL;
    }
    PyObject *name = PyUnicode_DecodeUTF8(start, reader->at - start, NULL);
    PyErr_Clear();
    return name;
}

/* NAME.NAME...; new reference, NULL without an exception.  Leaves the reader after
 * it either way. */
PyObject *hr_peek_path(struct hr_peek *reader)
{
    PyObject *name = read_name(reader);
    PyObject *value = name != NULL ? hr_peek_variable(reader->scope, name) : NULL;
    Py_XDECREF(name);
    while (hr_peek_take(reader, '.')) {
        name = read_name(reader);
        PyObject *next =
            name != NULL && value != NULL ? hr_peek_attribute(value, name) : NULL;
        Py_XINCREF(next);
        PyErr_Clear();
        Py_XDECREF(name);
        Py_XDECREF(value);
        value = next;
    }
    return value;
}

/* The longest part of the name that is a module's; *rest is what follows its dot. */
static PyObject *loaded_module(PyObject *name, Py_ssize_t *rest)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *found = NULL;
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    while (found == NULL && (end = PyUnicode_FindChar(name, '.', 0, end, -1)) > 0) {
        PyObject *part = PyUnicode_Substring(name, 0, end);
        found = part != NULL ? PyDict_GetItemWithError(modules, part) : NULL;
        *rest = end + 1;
        Py_XDECREF(part);
    }
    if (found == NULL) {
        *rest = 0;
        found = PyDict_GetItemString(modules, "builtins");
    }
    return found;
}

PyObject *hr_peek_loaded(PyObject *name)
{
    Py_ssize_t at = 0;
    PyObject *value = Py_XNewRef(loaded_module(name, &at));
    Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    while (value != NULL && at < size) {
        Py_ssize_t dot = PyUnicode_FindChar(name, '.', at, size, 1);
        Py_ssize_t end = dot >= 0 ? dot : size;
        PyObject *part = PyUnicode_Substring(name, at, end);
        PyObject *next = part != NULL ? hr_peek_attribute(value, part) : NULL;
        Py_XINCREF(next);
        Py_XDECREF(part);
        Py_SETREF(value, next);
        at = end + 1;
    }
    PyErr_Clear();
    return value;
}

PyObject *hr_peek_in_module(const char *module, const char *name)
{
    PyObject *found = PyDict_GetItemString(PyImport_GetModuleDict(), module);
    return found != NULL && PyModule_Check(found)
               ? PyDict_GetItemString(PyModule_GetDict(found), name)
               : NULL;
}

bool hr_peek_is_a(PyObject *object, const char *module, const char *name)
{
    PyObject *type = hr_peek_in_module(module, name);
    return type != NULL && PyType_Check(type) &&
           PyObject_TypeCheck(object, (PyTypeObject *)type);
}

bool hr_peek_bears_name(PyObject *exception, const char *name)
{
    PyObject *mro = Py_TYPE(exception)->tp_mro;
    bool is = false;

    for (Py_ssize_t i = 0; mro != NULL && !is && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);

        is = PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) &&
             strcmp(base->tp_name, name) == 0;
    }
    return is;
}

bool hr_peek_type_matches(PyObject *type, PyObject *exception)
{
    return type != NULL && (PyExceptionClass_Check(type) || PyTuple_Check(type)) &&
           PyErr_GivenExceptionMatches(exception, type);
}

/* Whether one of the types from here to the end, or to a ')', matches. */
bool hr_peek_matches(struct hr_peek *reader, PyObject *exception, int depth)
{
    bool matches = false;
    do {
        hr_peek_skip(reader);
        if (reader->at >= reader->end || *reader->at == ')') {
            break;
        }
        if (depth >= 20) {
            return matches;
        }
        if (hr_peek_take(reader, '(')) {
            matches = hr_peek_matches(reader, exception, depth + 1) || matches;
            hr_peek_take(reader, ')');
        } else {
            hr_peek_take(reader, '*');
            PyObject *type = hr_peek_path(reader);
            hr_peek_skip(reader);
            bool plain = reader->at >= reader->end || strchr(",)", *reader->at) != NULL;
            if (!plain && type != NULL && PyTuple_CheckExact(type) &&
                hr_peek_take(reader, '+')) { /* tuples in a row */
                matches = hr_peek_type_matches(type, exception) ||
                          hr_peek_matches(reader, exception, depth + 1) || matches;
                Py_DECREF(type);
                return matches;
            }
            matches = (plain && hr_peek_type_matches(type, exception)) || matches;
            Py_XDECREF(type);
            if (!plain) {
                return matches; /* a call or an operator: not to be known */
            }
        }
    } while (hr_peek_take(reader, ','));
    return matches;
}
