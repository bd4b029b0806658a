#include "runtime/entry/wrap.h"

#include <fnmatch.h>

#include "runtime/compat.h"
#include "runtime/entry/wrapping.h"
#include "runtime/imports.h"

/* What a code object was found to be told, while `version` is that of the options. */
struct told {
    uint64_t version;
    PyObject *options; /* borrowed: from state->options; NULL: nothing */
};

static struct told *told_of(struct hr_state *state, PyCodeObject *code)
{
    void *known = NULL;
    if (hr_compat_get_code_slot(code, state->told_slot, &known) < 0 || known != NULL) {
        return known;
    }
    struct told *told = PyMem_Calloc(1, sizeof *told); /* no version is 0 */
    if (told != NULL && hr_compat_set_code_slot(code, state->told_slot, told) < 0) {
        PyMem_Free(told);
        told = NULL;
    }
    return told;
}

/* Asked at every guard that an exception passes: looked up once. */
PyObject *hr_wrap_options(struct hr_state *state, PyCodeObject *code)
{
    struct told *told = state->told_slot >= 0 ? told_of(state, code) : NULL;
    if (told == NULL) {
        PyErr_Clear();
        return hr_wrapping_told(state, code);
    }
    if (told->version != state->options_version) {
        told->options = hr_wrapping_told(state, code);
        told->version = PyErr_Occurred() == NULL ? state->options_version : 0;
    }
    return told->options;
}

/* A tuple of what isinstance() takes.  NULL with TypeError for anything else. */
static PyObject *make_exceptions(PyObject *propagated)
{
    PyObject *exceptions = propagated == NULL          ? PyTuple_New(0)
                           : PyTuple_Check(propagated) ? Py_NewRef(propagated)
                           : PyList_Check(propagated)  ? PyList_AsTuple(propagated)
                                                       : PyTuple_Pack(1, propagated);
    if (exceptions != NULL && PyObject_IsInstance(Py_None, exceptions) < 0) {
        Py_CLEAR(exceptions);
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_SetString(PyExc_TypeError,
                            "propagated_exceptions takes classes of exceptions");
        }
    }
    return exceptions;
}

static PyObject *make_options(PyObject *propagated, int interrupt, bool *given)
{
    *given = propagated != NULL || interrupt >= 0;
    PyObject *exceptions = make_exceptions(propagated);
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
    PyObject *functools = hr_import("functools");
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

static void remark(PyObject *object, const char *reason)
{
    PyObject *shown = PyObject_Repr(object);
    const char *text = shown != NULL ? PyUnicode_AsUTF8(shown) : NULL;
    hr_remark("%s is not wrapped: %s", text != NULL ? text : "an object",
              reason != NULL ? reason : "it holds no function");
    Py_XDECREF(shown);
    PyErr_Clear();
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
    bool given = false;
    PyObject *options = make_options(propagated, interrupt, &given);
    if (options == NULL || object == Py_None) {
        PyObject *decorator =
            options != NULL ? make_decorator(module, method, kwargs) : NULL;
        Py_XDECREF(options);
        return decorator;
    }
    struct hr_wrapping wrapping = {.state = hr_state_of(module),
                                   .named = object,
                                   .options = given ? options : NULL};
    int wrapped = hr_wrapping_object(&wrapping, object);
    Py_DECREF(options);
    if (wrapped == 0) {
        remark(object, wrapping.reason);
    } else if (wrapped > 0 && wrapping.generated && !wrapping.wrapped &&
               wrapping.failed == 0) {
        remark(object, "its source cannot be read");
    }
    hr_wrapping_finish(&wrapping);
    return wrapped < 0 ? NULL : Py_NewRef(object);
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
        struct hr_wrapping wrapping = {.state = hr_state_of(module),
                                       .options = given ? options : NULL};
        result = hr_wrapping_namespace(&wrapping, dict);
        hr_wrapping_finish(&wrapping);
    } else if (options != NULL || PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_SetString(PyExc_TypeError, "wrap_module() takes a module or its name");
    }
    Py_XDECREF(options);
    Py_XDECREF(dict);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* Programs may put anything among the modules. */
static bool has_name(PyObject *module)
{
    PyObject *name = PyDict_GetItemString(PyModule_GetDict(module), "__name__");
    return name != NULL && PyUnicode_Check(name);
}

static PyObject *wrap_modules(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"pattern", NULL};
    PyObject *pattern;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:wrap_modules", (char **)names,
                                     &pattern)) {
        return NULL;
    }
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
        struct hr_wrapping wrapping = {.state = hr_state_of(module)};
        if (text != NULL && PyModule_Check(found) && fnmatch(glob, text, 0) == 0 &&
            has_name(found) &&
            hr_wrapping_namespace(&wrapping, PyModule_GetDict(found)) < 0) {
            Py_CLEAR(items);
        }
        hr_wrapping_finish(&wrapping);
    }
    if (items == NULL) {
        return NULL;
    }
    Py_DECREF(items);
    Py_RETURN_NONE;
}

static PyObject *no_wrap(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"func_or_class", NULL};
    PyObject *object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:no_wrap", (char **)names,
                                     &object)) {
        return NULL;
    }
    if (object == Py_None) {
        return Py_NewRef(object);
    }
    /* Whatever of it is guarded, by hr-run or since, lets everything pass. */
    PyObject *all = Py_BuildValue("((O)O)", PyExc_BaseException, Py_True);
    struct hr_wrapping wrapping = {
        .state = hr_state_of(module), .named = object, .options = all, .never = true};
    if (PyObject_SetAttrString(object, HR_WRAPPING_NEVER, Py_True) < 0) {
        PyErr_Clear();
    }
    int result = all != NULL ? hr_wrapping_object(&wrapping, object) : -1;
    hr_wrapping_finish(&wrapping);
    Py_XDECREF(all);
    return result < 0 ? NULL : Py_NewRef(object);
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
    {"wrap_modules", KEYWORDS(wrap_modules),
     "wrap_modules(pattern)\n--\n\nwrap_module() for each loaded module of such a "
     "name."},
    {"no_wrap", KEYWORDS(no_wrap),
     "no_wrap(func_or_class)\n--\n\nLeave it alone: its failures pass."},
    {"ignore", KEYWORDS(no_wrap),
     "ignore(func_or_class)\n--\n\nThe same as no_wrap()."},
    {NULL, NULL, 0, NULL},
};
