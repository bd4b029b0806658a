#include "runtime/entry/wrap.h"

#include <fnmatch.h>
#include <string.h>

#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/entry/live.h"
#include "runtime/guard/load.h"
#include "runtime/guard/source.h"

#define MARK "_hot_restart_no_wrap"

struct wrapping {
    struct hr_state *state;
    PyObject *options;  /* tuple for state->options, or NULL: told nothing */
    PyObject *module;   /* str: only functions of this module; NULL: of any */
    const char *reason; /* why the last object was not wrapped */
};

static int wrap_object(struct wrapping *wrapping, PyObject *object);

/* ---- one function ---- */

static PyObject *options_key(PyCodeObject *code)
{
    return PyTuple_Pack(2, code->co_filename, code->co_qualname);
}

PyObject *hr_wrap_options(struct hr_state *state, PyCodeObject *code)
{
    PyObject *key = options_key(code);
    PyObject *options =
        key != NULL ? PyDict_GetItemWithError(state->options, key) : NULL;
    Py_XDECREF(key);
    return options;
}

static int keep_options(struct wrapping *wrapping, PyCodeObject *code)
{
    if (wrapping->options == NULL) {
        return 0;
    }
    PyObject *key = options_key(code);
    int result = key == NULL
                     ? -1
                     : PyDict_SetItem(wrapping->state->options, key, wrapping->options);
    Py_XDECREF(key);
    return result;
}

/* Of the object's own dictionary: neither a class's bases nor __getattr__ are asked. */
static PyObject *own_attribute(PyObject *object, const char *name)
{
    PyObject *dict = PyFunction_Check(object) ? ((PyFunctionObject *)object)->func_dict
                     : PyType_Check(object)   ? ((PyTypeObject *)object)->tp_dict
                                              : NULL;
    return dict != NULL ? PyDict_GetItemString(dict, name) : NULL;
}

/* 1: wrapped; 0: it cannot be, for wrapping->reason; -1: an exception. */
static int wrap_function(struct wrapping *wrapping, PyFunctionObject *function)
{
    struct hr_state *state = wrapping->state;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    if (own_attribute((PyObject *)function, MARK)) {
        return 1;
    }
    if (keep_options(wrapping, code) < 0) {
        return -1;
    }
    if (hr_source_of(state, code) != NULL) {
        return 1; /* wrapped before, or guarded when its module was loaded */
    }
    PyObject *guarded = hr_live_guarded_code(state, code, &wrapping->reason);
    if (guarded == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int result = PyObject_SetAttrString((PyObject *)function, "__code__", guarded);
    Py_DECREF(guarded);
    if (result < 0) {
        return -1;
    }
    hr_compat_restore_version(function);
    return 1;
}

/* ---- what holds functions ---- */

/* cached_property, partialmethod, the wrapper of lru_cache and the like: their
 * attributes can be asked for without running a person's code. */
static bool is_from_functools(PyObject *object)
{
    PyObject *module =
        PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__module__");
    bool same = module != NULL && PyUnicode_Check(module) &&
                PyUnicode_CompareWithASCIIString(module, "functools") == 0;
    Py_XDECREF(module);
    PyErr_Clear();
    return same;
}

static PyObject *const_str_attr(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    if (value != NULL && !PyUnicode_Check(value)) {
        Py_CLEAR(value);
    }
    PyErr_Clear();
    return value;
}

/* Whether a member of a class was defined in its body and not put in from elsewhere. */
static bool defined_in(PyObject *member, PyObject *owner)
{
    PyObject *name = const_str_attr(member, "__qualname__");
    PyObject *prefix = const_str_attr(owner, "__qualname__");
    PyObject *module = const_str_attr(member, "__module__");
    PyObject *owner_module = const_str_attr(owner, "__module__");
    bool inside = false;
    if (name != NULL && prefix != NULL && module != NULL && owner_module != NULL &&
        PyUnicode_Compare(module, owner_module) == 0) {
        Py_ssize_t size = PyUnicode_GET_LENGTH(prefix);
        inside = PyUnicode_GET_LENGTH(name) > size &&
                 PyUnicode_Tailmatch(name, prefix, 0, PY_SSIZE_T_MAX, -1) == 1 &&
                 PyUnicode_READ_CHAR(name, size) == '.';
    }
    Py_XDECREF(name);
    Py_XDECREF(prefix);
    Py_XDECREF(module);
    Py_XDECREF(owner_module);
    return inside;
}

/* Made without a file, or around such a function (dataclass's __repr__). */
static bool is_generated(PyObject *object)
{
    for (PyObject *inside = object; inside != NULL && PyFunction_Check(inside);
         inside = own_attribute(inside, "__wrapped__")) {
        object = inside;
    }
    return PyFunction_Check(object) &&
           PyUnicode_FindChar(
               ((PyCodeObject *)PyFunction_GET_CODE(object))->co_filename, '<', 0, 1,
               1) == 0;
}

/* The function inside, by the attribute that leads to it; new reference, NULL without
 * an exception when there is none. */
static PyObject *function_inside(PyObject *object)
{
    static const char *const ways[] = {"__wrapped__", "__func__", "func"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        PyObject *inside = PyObject_GetAttrString(object, ways[i]);
        if (inside != NULL) {
            return inside;
        }
        PyErr_Clear();
    }
    return NULL;
}

static int wrap_property(struct wrapping *wrapping, PyObject *property)
{
    static const char *const parts[] = {"fget", "fset", "fdel"};
    int result = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && result >= 0; i++) {
        PyObject *part = PyObject_GetAttrString(property, parts[i]);
        if (part == NULL) {
            return -1;
        }
        if (part != Py_None) {
            int wrapped = wrap_object(wrapping, part);
            result = wrapped < 0 ? -1 : result | wrapped;
        }
        Py_DECREF(part);
    }
    return result;
}

/* A member of a class or module: what cannot be wrapped there is left silently, apart
 * from functions that were defined there. */
static int wrap_member(struct wrapping *wrapping, PyObject *member)
{
    if (is_generated(member)) {
        return 0;
    }
    int wrapped = wrap_object(wrapping, member);
    if (wrapped == 0 && PyFunction_Check(member) && wrapping->reason != NULL) {
        const char *name = PyUnicode_AsUTF8(
            ((PyCodeObject *)PyFunction_GET_CODE(member))->co_qualname);
        hr_remark("%s is not wrapped: %s", name != NULL ? name : "?", wrapping->reason);
    }
    return wrapped;
}

static int wrap_type(struct wrapping *wrapping, PyObject *type)
{
    PyObject *dict = ((PyTypeObject *)type)->tp_dict;
    PyObject *members = dict != NULL ? PyDict_Values(dict) : PyList_New(0);
    int result = members == NULL ? -1 : 1;
    for (Py_ssize_t i = 0; result > 0 && i < PyList_GET_SIZE(members); i++) {
        PyObject *member = PyList_GET_ITEM(members, i);
        PyObject *function = Py_NewRef(member);
        /* The way to the function inside is asked of types that are known only: any
         * other object in a class may run code for an attribute. */
        bool holder =
            PyObject_TypeCheck(member, &PyProperty_Type) || is_from_functools(member);
        bool method = Py_IS_TYPE(member, &PyStaticMethod_Type) ||
                      Py_IS_TYPE(member, &PyClassMethod_Type);
        if (!PyFunction_Check(member) && !PyType_Check(member) && !method && !holder) {
            Py_SETREF(function, NULL);
        } else if (method) {
            Py_SETREF(function, function_inside(member));
        }
        bool named =
            function != NULL && (PyFunction_Check(function) || PyType_Check(function));
        if (function != NULL && (!named || defined_in(function, type)) &&
            wrap_member(wrapping, function) < 0) {
            result = -1;
        }
        Py_XDECREF(function);
    }
    Py_XDECREF(members);
    return result;
}

/* 1: wrapped; 0: it cannot be, for wrapping->reason; -1: an exception. */
static int wrap_object(struct wrapping *wrapping, PyObject *object)
{
    PyObject *inside = NULL;
    if (own_attribute(object, MARK)) {
        return 1;
    }
    if (PyType_Check(object)) {
        return wrap_type(wrapping, object);
    }
    if (PyObject_TypeCheck(object, &PyProperty_Type)) {
        return wrap_property(wrapping, object);
    }
    if (PyFunction_Check(object)) {
        PyObject *dict = ((PyFunctionObject *)object)->func_dict;
        inside = hr_live_decorated(object);
        if (inside == NULL &&
            (dict == NULL || PyDict_GetItemString(dict, "__wrapped__") == NULL)) {
            return wrap_function(wrapping, (PyFunctionObject *)object);
        }
    }
    inside = inside != NULL ? inside : function_inside(object);
    if (inside == NULL || inside == object) {
        Py_XDECREF(inside);
        wrapping->reason = "it is not a Python function or class";
        return 0;
    }
    if (Py_EnterRecursiveCall(" while looking for the function inside")) {
        Py_DECREF(inside);
        return -1;
    }
    int result = wrap_object(wrapping, inside);
    Py_LeaveRecursiveCall();
    Py_DECREF(inside);
    return result;
}

/* ---- modules ---- */

static bool has_module(PyObject *object, PyObject *name)
{
    PyObject *module = const_str_attr(object, "__module__");
    bool same = module != NULL && PyUnicode_Compare(module, name) == 0;
    Py_XDECREF(module);
    return same;
}

static int wrap_namespace(struct wrapping *wrapping, PyObject *dict)
{
    PyObject *name = PyDict_GetItemString(dict, "__name__");
    if (name == NULL || !PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_ValueError, "the module has no name");
        return -1;
    }
    PyObject *members = PyDict_Values(dict);
    int result = members == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(members); i++) {
        PyObject *member = PyList_GET_ITEM(members, i);
        bool candidate = PyFunction_Check(member) || PyType_Check(member) ||
                         is_from_functools(member);
        if (candidate && has_module(member, name) &&
            wrap_member(wrapping, member) < 0) {
            result = -1;
        }
    }
    Py_XDECREF(members);
    return result;
}

/* ---- the methods ---- */

static PyObject *make_options(PyObject *propagated, int interrupt, bool *given)
{
    *given = propagated != NULL || interrupt >= 0;
    PyObject *exceptions = propagated == NULL          ? PyTuple_New(0)
                           : PyTuple_Check(propagated) ? Py_NewRef(propagated)
                           : PyType_Check(propagated)  ? PyTuple_Pack(1, propagated)
                                                       : PySequence_Tuple(propagated);
    if (exceptions == NULL) {
        return NULL;
    }
    PyObject *options =
        PyTuple_Pack(2, exceptions, interrupt != 0 ? Py_True : Py_False);
    Py_DECREF(exceptions);
    return options;
}

/* Without an object: the decorator that has these options. */
static PyObject *make_decorator(PyObject *module, const char *name, PyObject *kwargs)
{
    PyObject *functools = PyImport_ImportModule("functools");
    PyObject *partial =
        functools != NULL ? PyObject_GetAttrString(functools, "partial") : NULL;
    PyObject *method = PyObject_GetAttrString(module, name);
    PyObject *args = method != NULL ? PyTuple_Pack(1, method) : NULL;
    PyObject *decorator =
        partial != NULL && args != NULL ? PyObject_Call(partial, args, kwargs) : NULL;
    Py_XDECREF(functools);
    Py_XDECREF(partial);
    Py_XDECREF(method);
    Py_XDECREF(args);
    return decorator;
}

static PyObject *wrap_with_options(PyObject *module, PyObject *args, PyObject *kwargs,
                                   const char *format, const char *const *names,
                                   const char *method)
{
    PyObject *object = Py_None, *propagated = NULL;
    int interrupt = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, (char **)names, &object,
                                     &propagated, &interrupt)) {
        return NULL;
    }
    if (object == Py_None) {
        return make_decorator(module, method, kwargs);
    }
    bool given = false;
    PyObject *options = make_options(propagated, interrupt, &given);
    if (options == NULL) {
        return NULL;
    }
    struct wrapping wrapping = {.state = hr_state_of(module),
                                .options = given ? options : NULL};
    int wrapped = wrap_object(&wrapping, object);
    Py_DECREF(options);
    if (wrapped < 0) {
        return NULL;
    }
    if (wrapped == 0) {
        PyObject *shown = PyObject_Repr(object);
        const char *text = shown != NULL ? PyUnicode_AsUTF8(shown) : NULL;
        hr_remark("%s is not wrapped: %s", text != NULL ? text : "an object",
                  wrapping.reason != NULL ? wrapping.reason : "it holds no function");
        Py_XDECREF(shown);
        PyErr_Clear();
    }
    return Py_NewRef(object);
}

static PyObject *wrap(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"func", "propagated_exceptions",
                                        "propagate_keyboard_interrupt", NULL};
    return wrap_with_options(module, args, kwargs, "|O$Op:wrap", names, "wrap");
}

static PyObject *wrap_class(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"cls", "propagated_exceptions",
                                        "propagate_keyboard_interrupt", NULL};
    return wrap_with_options(module, args, kwargs, "|O$Op:wrap_class", names,
                             "wrap_class");
}

static PyObject *namespace_of(PyObject *module_or_name)
{
    if (module_or_name == Py_None) {
        PyObject *dict = PyEval_GetGlobals();
        if (dict == NULL) {
            PyErr_SetString(PyExc_RuntimeError,
                            "wrap_module() was not called from Python");
        }
        return Py_XNewRef(dict);
    }
    if (PyUnicode_Check(module_or_name)) {
        PyObject *module = PyImport_GetModule(module_or_name);
        if (module == NULL) {
            if (!PyErr_Occurred()) {
                PyErr_SetObject(PyExc_KeyError, module_or_name);
            }
            return NULL;
        }
        PyObject *dict = PyObject_GetAttrString(module, "__dict__");
        Py_DECREF(module);
        return dict;
    }
    return PyObject_GetAttrString(module_or_name, "__dict__");
}

static PyObject *wrap_module(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"module_or_name", "propagated_exceptions",
                                        "propagate_keyboard_interrupt", NULL};
    PyObject *target = Py_None, *propagated = NULL;
    int interrupt = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$Op:wrap_module", (char **)names,
                                     &target, &propagated, &interrupt)) {
        return NULL;
    }
    bool given = false;
    PyObject *dict = namespace_of(target);
    PyObject *options =
        dict != NULL ? make_options(propagated, interrupt, &given) : NULL;
    int result = -1;
    if (options != NULL && PyDict_Check(dict)) {
        struct wrapping wrapping = {.state = hr_state_of(module),
                                    .options = given ? options : NULL};
        result = wrap_namespace(&wrapping, dict);
    } else if (options != NULL || PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_SetString(PyExc_TypeError, "wrap_module() takes a module or its name");
    }
    Py_XDECREF(options);
    Py_XDECREF(dict);
    if (result < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *wrap_modules(PyObject *module, PyObject *pattern)
{
    const char *glob = PyUnicode_Check(pattern) ? PyUnicode_AsUTF8(pattern) : NULL;
    PyObject *modules = PySys_GetObject("modules");
    if (glob == NULL || modules == NULL || !PyDict_Check(modules)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "wrap_modules() takes a pattern of names");
        }
        return NULL;
    }
    PyObject *items = PyDict_Items(modules);
    for (Py_ssize_t i = 0; items != NULL && i < PyList_GET_SIZE(items); i++) {
        PyObject *name = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        PyObject *found = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
        struct wrapping wrapping = {.state = hr_state_of(module)};
        if (text != NULL && PyModule_Check(found) && fnmatch(glob, text, 0) == 0 &&
            wrap_namespace(&wrapping, PyModule_GetDict(found)) < 0) {
            Py_CLEAR(items);
        }
    }
    if (items == NULL) {
        return NULL;
    }
    Py_DECREF(items);
    Py_RETURN_NONE;
}

static PyObject *no_wrap(PyObject *module, PyObject *object)
{
    /* What takes no attribute cannot be wrapped either. */
    if (PyObject_SetAttrString(object, MARK, Py_True) < 0) {
        PyErr_Clear();
    }
    return Py_NewRef(object);
}

#define KEYWORDS(function)                                                             \
    (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

PyMethodDef hr_wrap_methods[] = {
    {"wrap", KEYWORDS(wrap),
     "wrap(func=None, *, propagated_exceptions=(), "
     "propagate_keyboard_interrupt=True)\n--\n\n"
     "Let the function (or each function of the class) restart when it fails."},
    {"wrap_class", KEYWORDS(wrap_class),
     "wrap_class(cls=None, *, propagated_exceptions=(), "
     "propagate_keyboard_interrupt=True)"
     "\n--\n\nLet each function of the class restart when it fails."},
    {"wrap_module", KEYWORDS(wrap_module),
     "wrap_module(module_or_name=None, *, propagated_exceptions=(), "
     "propagate_keyboard_interrupt=True)\n--\n\n"
     "Let the functions and classes that the module defines restart when they fail."},
    {"wrap_modules", wrap_modules, METH_O,
     "wrap_modules(pattern, /)\n--\n\nwrap_module() for each loaded module of such a "
     "name."},
    {"no_wrap", no_wrap, METH_O,
     "no_wrap(func_or_class, /)\n--\n\nLeave it alone in wrap_class() and "
     "wrap_module()."},
    {"ignore", no_wrap, METH_O,
     "ignore(func_or_class, /)\n--\n\nThe same as no_wrap()."},
    {NULL, NULL, 0, NULL},
};
