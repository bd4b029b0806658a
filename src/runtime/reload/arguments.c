#include "runtime/reload/arguments.h"

#include "runtime/imports.h"

struct fit {
    PyObject *function;
    PyCodeObject *code;
    PyCodeObject *old;
    PyObject *names;      /* of code: tuple */
    PyObject *old_names;  /* of old: tuple */
    PyObject *values;     /* dict, ours: what is still to be passed */
    PyObject *extra;      /* what went to *args, or NULL */
    PyObject *positional; /* list */
    PyObject *keywords;   /* dict */
    bool gap;             /* a positional parameter before this one is not passed */
};

/* Removes and returns the value for `name` (new reference), or NULL. */
static PyObject *take(PyObject *values, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(values, name);

    Py_XINCREF(value);
    if (value != NULL && PyDict_DelItem(values, name) < 0) {
        PyErr_Clear();
    }
    return value;
}

static PyObject *star_name(PyCodeObject *code, PyObject *names, int flag)
{
    Py_ssize_t index = code->co_argcount + code->co_kwonlyargcount;

    if ((code->co_flags & flag) == 0) {
        return NULL;
    }
    if (flag == CO_VARKEYWORDS && (code->co_flags & CO_VARARGS) != 0) {
        index++;
    }
    return PyTuple_GET_ITEM(names, index);
}

static bool is_parameter(PyCodeObject *code, PyObject *names, PyObject *name)
{
    for (Py_ssize_t i = 0; i < code->co_argcount + code->co_kwonlyargcount; i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            return true;
        }
    }
    return false;
}

static PyObject *default_of(struct fit *fit, Py_ssize_t index)
{
    PyObject *defaults = PyFunction_GET_DEFAULTS(fit->function);
    Py_ssize_t at = defaults == NULL
                        ? -1
                        : index - (fit->code->co_argcount - PyTuple_GET_SIZE(defaults));

    return at >= 0 ? Py_NewRef(PyTuple_GET_ITEM(defaults, at)) : NULL;
}

/* The first of what went to *args, taken out of it: new reference, or NULL. */
static PyObject *next_extra(struct fit *fit)
{
    PyObject *value = Py_NewRef(PyTuple_GET_ITEM(fit->extra, 0));
    Py_ssize_t count = PyTuple_GET_SIZE(fit->extra);
    PyObject *rest = count > 1 ? PyTuple_GetSlice(fit->extra, 1, count) : NULL;

    if (count > 1 && rest == NULL) {
        Py_CLEAR(value);
    }
    Py_SETREF(fit->extra, rest);
    return value;
}

/* The value of positional parameter `index` by its name, or by its place if it has a
 * new name: that of what was *args begins behind the others. */
static PyObject *positional_value(struct fit *fit, Py_ssize_t index)
{
    PyObject *name = PyTuple_GET_ITEM(fit->names, index);
    PyObject *value = take(fit->values, name);

    if (value == NULL && index < fit->old->co_argcount &&
        !is_parameter(fit->old, fit->old_names, name)) {
        PyObject *old_name = PyTuple_GET_ITEM(fit->old_names, index);

        if (!is_parameter(fit->code, fit->names, old_name)) {
            value = take(fit->values, old_name);
        }
    }
    if (value == NULL && fit->extra != NULL && !fit->gap &&
        index >= fit->old->co_argcount &&
        !is_parameter(fit->old, fit->old_names, name) && !PyErr_Occurred()) {
        return next_extra(fit);
    }
    /* What follows can only be passed by its place. */
    if (value == NULL &&
        (fit->extra != NULL || index < fit->code->co_posonlyargcount)) {
        value = default_of(fit, index);
    }
    return value;
}

static int fit_positional(struct fit *fit)
{
    for (Py_ssize_t i = 0; i < fit->code->co_argcount; i++) {
        PyObject *value = positional_value(fit, i);
        int status = 0;

        if (value == NULL) {
            fit->gap = true;
        } else if (!fit->gap) {
            status = PyList_Append(fit->positional, value);
        } else {
            status =
                PyDict_SetItem(fit->keywords, PyTuple_GET_ITEM(fit->names, i), value);
        }
        Py_XDECREF(value);
        if (status < 0 || PyErr_Occurred()) {
            return -1;
        }
    }
    if (fit->extra != NULL && !fit->gap) {
        Py_ssize_t end = PyList_GET_SIZE(fit->positional);

        return PyList_SetSlice(fit->positional, end, end, fit->extra);
    }
    return 0;
}

static int fit_all(struct fit *fit)
{
    PyObject *name = star_name(fit->old, fit->old_names, CO_VARARGS);
    PyObject *more = NULL;
    int status = -1;

    fit->extra = name == NULL ? NULL : take(fit->values, name);
    if (fit->extra != NULL &&
        (!PyTuple_Check(fit->extra) || PyTuple_GET_SIZE(fit->extra) == 0)) {
        Py_CLEAR(fit->extra);
    }
    name = star_name(fit->old, fit->old_names, CO_VARKEYWORDS);
    more = name == NULL ? NULL : take(fit->values, name);
    if (fit_positional(fit) < 0 || PyDict_Update(fit->keywords, fit->values) < 0 ||
        (more != NULL && PyDict_Update(fit->keywords, more) < 0)) {
        goto done;
    }
    status = 0;
done:
    Py_XDECREF(more);
    return status;
}

int hr_arguments_fit(PyObject *function, PyCodeObject *old, PyObject *values,
                     PyObject **positional, PyObject **keywords)
{
    struct fit fit = {.function = function, .old = old};
    int status = -1;

    *positional = *keywords = NULL;
    fit.code = (PyCodeObject *)Py_NewRef(PyFunction_GET_CODE(function));
    fit.names = PyCode_GetVarnames(fit.code);
    fit.old_names = PyCode_GetVarnames(old);
    fit.values = PyDict_Copy(values);
    fit.positional = PyList_New(0);
    fit.keywords = PyDict_New();
    if (fit.names != NULL && fit.old_names != NULL && fit.values != NULL &&
        fit.positional != NULL && fit.keywords != NULL && fit_all(&fit) == 0) {
        *positional = PyList_AsTuple(fit.positional);
        *keywords = Py_NewRef(fit.keywords);
        status = *positional == NULL ? -1 : 0;
    }
    if (status < 0) {
        Py_CLEAR(*keywords);
    }
    Py_XDECREF(fit.code);
    Py_XDECREF(fit.names);
    Py_XDECREF(fit.old_names);
    Py_XDECREF(fit.values);
    Py_XDECREF(fit.extra);
    Py_XDECREF(fit.positional);
    Py_XDECREF(fit.keywords);
    return status;
}

int hr_arguments_check(PyObject *function, PyObject *positional, PyObject *keywords)
{
    PyObject *inspect = hr_import("inspect");
    PyObject *type =
        inspect == NULL ? NULL : PyObject_GetAttrString(inspect, "Signature");
    PyObject *method =
        type == NULL ? NULL : PyObject_GetAttrString(type, "from_callable");
    PyObject *function_only = Py_BuildValue("(O)", function);
    PyObject *options = Py_BuildValue("{sO}", "follow_wrapped", Py_False);
    PyObject *signature = method == NULL || function_only == NULL || options == NULL
                              ? NULL
                              : PyObject_Call(method, function_only, options);
    PyObject *bind =
        signature == NULL ? NULL : PyObject_GetAttrString(signature, "bind");
    PyObject *bound = bind == NULL ? NULL : PyObject_Call(bind, positional, keywords);
    int status = bound == NULL ? -1 : 0;

    Py_XDECREF(bound);
    Py_XDECREF(bind);
    Py_XDECREF(signature);
    Py_XDECREF(options);
    Py_XDECREF(function_only);
    Py_XDECREF(method);
    Py_XDECREF(type);
    Py_XDECREF(inspect);
    return status;
}
