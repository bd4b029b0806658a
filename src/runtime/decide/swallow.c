#include "runtime/decide/swallow.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/compat.h"
#include "runtime/guard/ranges.h"
#include "syntax/scan.h"

int hr_swallow_opcode(PyCodeObject *code, int lasti)
{
    PyObject *bytes = PyCode_GetCode(code);
    int opcode = -1;
    if (bytes != NULL && lasti >= 0 && lasti < PyBytes_GET_SIZE(bytes)) {
        opcode = (unsigned char)PyBytes_AS_STRING(bytes)[lasti];
    }
    PyErr_Clear();
    Py_XDECREF(bytes);
    return opcode;
}

bool hr_swallow_is_covered(PyCodeObject *code, int lasti)
{
    struct hr_range ignored;
    return hr_ranges_find(code, (unsigned)lasti / 2, &ignored);
}

/* How many arguments stand between the parentheses from `at` on. */
static int count_arguments(const char *at, const char *end)
{
    int depth = 0, count = 0;
    bool any = false;
    for (; at < end; at++) {
        if (*at == '"' || *at == '\'') {
            char quote = *at++;
            while (at < end && *at != quote) {
                at += *at == '\\' ? 2 : 1;
            }
        } else if (strchr("([{", *at) != NULL) {
            depth++;
            continue;
        } else if (strchr(")]}", *at) != NULL) {
            depth--;
            continue;
        }
        any = any || (depth == 1 && strchr(" \t\r\n", *at) == NULL);
        count += depth == 1 && at < end && *at == ',';
    }
    return any ? count + 1 : count;
}

/* The callee of a call's text, up to the parenthesis: new reference, or NULL. */
static PyObject *callee_of(const struct hr_peek_scope *scope, const char *text,
                           size_t size, size_t *end)
{
    struct hr_peek reader = {.at = text, .end = text + size, .scope = scope};
    PyObject *callee = hr_peek_path(&reader);
    hr_peek_skip(&reader);
    *end = (size_t)(reader.at - text);
    if (reader.at == reader.end || *reader.at != '(') {
        Py_CLEAR(callee);
    }
    return callee;
}

static bool is_builtin(PyObject *callee, const char *name)
{
    return PyCFunction_Check(callee) &&
           strcmp(((PyCFunctionObject *)callee)->m_ml->ml_name, name) == 0;
}

static bool is_named(PyFrameObject *frame, const char *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool is = PyUnicode_CompareWithASCIIString(code->co_name, name) == 0;
    Py_DECREF(code);
    return is;
}

static bool call_swallows(PyObject *function, int arguments, PyFrameObject *callee,
                          PyObject *exception)
{
    static const struct {
        const char *name;
        int arguments;
        bool attribute; /* AttributeError; else StopIteration */
    } known[] = {{"hasattr", 2, true},
                 {"getattr", 3, true},
                 {"isinstance", 2, true},
                 {"issubclass", 2, true},
                 {"next", 2, false}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool checks = known[i].name[0] == 'i'; /* ask for __class__, __bases__ */
        if (known[i].arguments == arguments && is_builtin(function, known[i].name) &&
            (!checks || is_named(callee, "__class__") ||
             is_named(callee, "__bases__") || is_named(callee, "__getattr__") ||
             is_named(callee, "__getattribute__"))) {
            return PyErr_GivenExceptionMatches(exception, known[i].attribute
                                                              ? PyExc_AttributeError
                                                              : PyExc_StopIteration);
        }
    }
    return false;
}

/* ---- by what was called ---- */

/* The first argument: new reference, or NULL without an exception. */
static PyObject *self_of(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *names = PyCode_GetVarnames(code);
    struct hr_peek_scope scope = {.frame = frame};
    PyObject *self = names != NULL && code->co_argcount > 0
                         ? hr_peek_variable(&scope, PyTuple_GET_ITEM(names, 0))
                         : NULL;
    PyErr_Clear();
    Py_XDECREF(names);
    Py_DECREF(code);
    return self;
}

static bool has(PyFrameObject *callee, const char *attribute)
{
    PyObject *self = self_of(callee);
    PyObject *name = PyUnicode_FromString(attribute);
    bool is = self != NULL && name != NULL &&
              hr_peek_type_attribute(Py_TYPE(self), name) != NULL;
    PyErr_Clear();
    Py_XDECREF(name);
    Py_XDECREF(self);
    return is;
}

/* An AttributeError of a property, where the type has a __getattr__ to fall to. */
static bool falls_to_getattr(PyFrameObject *callee, PyObject *exception)
{
    return PyErr_GivenExceptionMatches(exception, PyExc_AttributeError) &&
           !is_named(callee, "__getattr__") && has(callee, "__getattr__");
}

/* What runs in C and calls back. */
static bool is_native(PyObject *function)
{
    return PyType_Check(function) || PyCFunction_Check(function) ||
           Py_IS_TYPE(function, &PyMethodDescr_Type);
}

/* list() and its like ask for a length that need not be there. */
static bool hints_length(PyFrameObject *callee, PyObject *function, PyObject *exception)
{
    if (!PyErr_GivenExceptionMatches(exception, PyExc_TypeError)) {
        return false;
    }
    return is_named(callee, "__length_hint__") ||
           (is_named(callee, "__len__") && function != NULL &&
            (PyType_Check(function) || is_builtin(function, "length_hint") ||
             is_builtin(function, "extend") || is_builtin(function, "sorted")) &&
            function != (PyObject *)&PyBool_Type);
}

/* A class without __iter__ is iterated by its indices until one is out of range. */
static bool ends_sequence(PyFrameObject *callee, PyObject *exception)
{
    return (PyErr_GivenExceptionMatches(exception, PyExc_IndexError) ||
            PyErr_GivenExceptionMatches(exception, PyExc_StopIteration)) &&
           is_named(callee, "__getitem__") && !has(callee, "__iter__");
}

/* f(*x) unpacks x itself, whatever f is: what was called is not f's own code. */
static bool unpacks(int opcode, PyObject *function, PyFrameObject *callee)
{
    PyObject *plain = function != NULL && PyMethod_Check(function)
                          ? PyMethod_GET_FUNCTION(function)
                          : function;
    PyCodeObject *code = PyFrame_GetCode(callee);
    bool does = opcode == CALL_FUNCTION_EX && plain != NULL &&
                PyFunction_Check(plain) &&
                PyFunction_GET_CODE(plain) != (PyObject *)code;
    Py_DECREF(code);
    return does;
}

/* Most exceptions are none of these; what is built in has one base. */
bool hr_swallow_may(PyObject *exception)
{
    PyObject *const types[] = {PyExc_AttributeError, PyExc_StopIteration,
                               PyExc_IndexError, PyExc_TypeError};
    PyTypeObject *type = Py_TYPE(exception);
    bool one_base = !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE);
    bool may = false;
    for (size_t i = 0; !may && i < sizeof types / sizeof *types; i++) {
        may = !one_base && PyErr_GivenExceptionMatches(exception, types[i]);
        for (PyTypeObject *at = type; one_base && at != NULL && !may;
             at = at->tp_base) {
            may = (PyObject *)at == types[i];
        }
    }
    return may;
}

bool hr_swallows(const struct hr_peek_scope *scope, int opcode, const char *text,
                 size_t size, PyFrameObject *callee, PyObject *exception)
{
    size_t end = 0;
    bool is_call = hr_compat_calls(opcode);
    if (hr_compat_calls_directly(opcode) || (is_call && !hr_swallow_may(exception))) {
        return false;
    }
    PyObject *function = is_call ? callee_of(scope, text, size, &end) : NULL;
    bool swallows = false;
    if (function != NULL) {
        swallows = call_swallows(function, count_arguments(text + end, text + size),
                                 callee, exception);
    }
    if (!swallows && (hr_compat_gets_attribute(opcode) ||
                      (function != NULL && is_builtin(function, "getattr")))) {
        swallows = falls_to_getattr(callee, exception);
    }
    if (!swallows && hr_compat_gets_variable(opcode)) {
        swallows = PyErr_GivenExceptionMatches(exception, PyExc_KeyError) &&
                   (is_named(callee, "__getitem__") || is_named(callee, "__missing__"));
    }
    if (!swallows && (opcode == IMPORT_FROM || opcode == IMPORT_NAME)) {
        swallows = PyErr_GivenExceptionMatches(exception, PyExc_AttributeError) &&
                   is_named(callee, "__getattr__");
    }
    if (!swallows && opcode == MATCH_CLASS) {
        swallows = PyErr_GivenExceptionMatches(exception, PyExc_AttributeError);
    }
    if (!swallows &&
        (!is_call || (function != NULL && is_native(function)) ||
         unpacks(opcode, function, callee)) &&
        !(is_call && is_builtin(function, "getitem")) && !hr_compat_gets_item(opcode)) {
        swallows =
            ends_sequence(callee, exception) ||
            hints_length(callee,
                         opcode == LIST_EXTEND ? (PyObject *)&PyList_Type : function,
                         exception);
    }
    PyErr_Clear();
    Py_XDECREF(function);
    return swallows;
}

/* ---- what is lost ---- */

/* A function of ctypes; those of ctypes.pythonapi let exceptions through. */
static bool is_foreign(PyObject *function)
{
    if (function == NULL || !hr_peek_is_a(function, "_ctypes", "CFuncPtr")) {
        return false;
    }
    PyObject *name = PyUnicode_FromString("_flags_");
    PyObject *flags =
        name != NULL ? hr_peek_type_attribute(Py_TYPE(function), name) : NULL;
    bool python = flags != NULL && PyLong_CheckExact(flags) &&
                  (PyLong_AsLong(flags) & 4) != 0; /* FUNCFLAG_PYTHONAPI */
    PyErr_Clear();
    Py_XDECREF(name);
    return !python;
}

bool hr_swallow_is_finalizer(const PyCodeObject *code)
{
    return PyUnicode_GET_LENGTH(code->co_name) == 7 &&
           PyUnicode_READ_CHAR(code->co_name, 0) == '_' &&
           PyUnicode_CompareWithASCIIString(code->co_name, "__del__") == 0;
}

bool hr_swallow_may_lose(struct hr_state *state)
{
    PyObject *modules = PyImport_GetModuleDict();
    bool may = PyDict_GetItemWithError(modules, state->ctypes_name) != NULL;
    PyErr_Clear();
    return may;
}

bool hr_swallow_loses(const struct hr_peek_scope *scope, int opcode, const char *text,
                      size_t size, PyFrameObject *callee, bool foreign)
{
    size_t end;
    bool finalizes = is_named(callee, "__del__");
    if (!hr_compat_calls(opcode)) {
        return finalizes || hr_compat_drops(opcode);
    }
    if (finalizes) { /* it may be called by its name */
        return hr_find_span(text, size, 0, "__del__", 7) == size;
    }
    if (!foreign) {
        return false;
    }
    PyObject *function = callee_of(scope, text, size, &end);
    bool lost = is_foreign(function);
    PyErr_Clear();
    Py_XDECREF(function);
    return lost;
}

static const struct {
    const char *module, *function;
} keepers[] = {
    {"asyncio.events", "Handle._run"},
    {"socketserver", "BaseServer._handle_request_noblock"},
    {"socketserver", "ThreadingMixIn.process_request_thread"},
    {"tkinter", "CallWrapper.__call__"},
    {"wsgiref.handlers", "BaseHandler.run"},
};

bool hr_swallow_may_keep(const PyCodeObject *code)
{
    bool may = false;
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers && !may; i++) {
        may = PyUnicode_CompareWithASCIIString(code->co_qualname,
                                               keepers[i].function) == 0;
    }
    return may;
}

bool hr_swallow_keeps(PyFrameObject *frame)
{
    bool keeps = false;
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers && !keeps; i++) {
        keeps = hr_passage_is_in(frame, keepers[i].module, keepers[i].function);
    }
    return keeps;
}
