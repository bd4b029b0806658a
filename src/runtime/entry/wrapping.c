#include "runtime/entry/wrapping.h"

#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/entry/live.h"
#include "runtime/guard/load.h"
#include "runtime/guard/source.h"

/* ---- one function ---- */

/* By which a function is known again when its text has changed. */
static PyObject *key_of(PyCodeObject *code)
{
    return PyTuple_Pack(2, code->co_filename, code->co_qualname);
}

/* Which of the definitions of its name: the parts of a property share one. */
static PyObject *ordinal_of(struct hr_state *state, PyCodeObject *code)
{
    hr_source *source = hr_source_of(state, code);
    uint32_t def = source != NULL ? hr_source_def_of(source, code) : HR_NONE;
    PyErr_Clear();
    return PyLong_FromUnsignedLong(
        def != HR_NONE ? hr_defs_at(hr_source_outline(source), def)->ordinal : 0);
}

PyObject *hr_wrapping_told(struct hr_state *state, PyCodeObject *code)
{
    PyObject *key = key_of(code);
    PyObject *ordinals =
        key != NULL ? PyDict_GetItemWithError(state->options, key) : NULL;
    PyObject *ordinal = ordinals != NULL ? ordinal_of(state, code) : NULL;
    PyObject *told =
        ordinal != NULL ? PyDict_GetItemWithError(ordinals, ordinal) : NULL;
    Py_XDECREF(key);
    Py_XDECREF(ordinal);
    return told;
}

static int keep_options(struct hr_wrapping *wrapping, PyCodeObject *code)
{
    if (wrapping->options == NULL) {
        return 0;
    }
    PyObject *fresh = PyDict_New();
    PyObject *key = key_of(code);
    PyObject *ordinal = ordinal_of(wrapping->state, code);
    PyObject *ordinals = /* borrowed */
        fresh != NULL && key != NULL
            ? PyDict_SetDefault(wrapping->state->options, key, fresh)
            : NULL;
    int result = ordinals == NULL || ordinal == NULL
                     ? -1
                     : PyDict_SetItem(ordinals, ordinal, wrapping->options);
    Py_XDECREF(ordinal);
    Py_XDECREF(fresh);
    Py_XDECREF(key);
    wrapping->state->options_version++;
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

/* What the person knows of, and no member of a class or module is reported for. */
static const char in_caller[] = "a lambda fails in the function that calls it";
static const char taken_out[] = "no_wrap or \"# hr: off\" leaves it alone";

/* Nothing in a body of so few instructions can fail. */
#define TRIVIAL 4

/* Whether the text of a file says that this function of it is not to be guarded. */
static bool is_taken_out(struct hr_state *state, PyCodeObject *code)
{
    hr_source *source = hr_crash_can_restart(code) || Py_SIZE(code) <= TRIVIAL
                            ? NULL
                            : hr_source_of(state, code);
    uint32_t def = source != NULL ? hr_source_def_of(source, code) : HR_NONE;
    bool is = def != HR_NONE && !hr_load_wants(hr_source_outline(source), def);
    PyErr_Clear();
    return is;
}

/* What it stands in may take no attribute, or nobody may look for one there. */
static int leave_alone(struct hr_wrapping *wrapping, PyFunctionObject *function)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    if (!PyType_Check(wrapping->named) &&
        PyObject_SetAttrString((PyObject *)function, HR_WRAPPING_NEVER, Py_True) < 0) {
        return -1;
    }
    return hr_crash_can_restart(code) && keep_options(wrapping, code) < 0 ? -1 : 1;
}

/* 1: wrapped; 0: it cannot be, for wrapping->reason; -1: an exception. */
static int wrap_function(struct hr_wrapping *wrapping, PyFunctionObject *function)
{
    struct hr_state *state = wrapping->state;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    if (wrapping->never) {
        return leave_alone(wrapping, function);
    }
    if (PyUnicode_CompareWithASCIIString(code->co_name, "<lambda>") == 0) {
        wrapping->reason = in_caller;
        return 0;
    }
    if (hr_source_of(state, code) == NULL) { /* neither wrapped nor guarded before */
        PyObject *guarded = hr_live_guarded_code(state, function, &wrapping->reason);
        if (guarded == NULL) {
            return PyErr_Occurred() ? -1 : 0;
        }
        int result = PyObject_SetAttrString((PyObject *)function, "__code__", guarded);
        Py_DECREF(guarded);
        if (result < 0) {
            return -1;
        }
        hr_compat_restore_version(function);
    }
    if (keep_options(wrapping, (PyCodeObject *)function->func_code) < 0) {
        return -1;
    }
    wrapping->wrapped = true;
    if ((PyObject *)function == wrapping->named &&
        is_taken_out(state, (PyCodeObject *)function->func_code)) {
        wrapping->reason = taken_out;
        return 0;
    }
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

static int wrap_property(struct hr_wrapping *wrapping, PyObject *property)
{
    static const char *const parts[] = {"fget", "fset", "fdel"};
    int result = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && result >= 0; i++) {
        PyObject *part = PyObject_GetAttrString(property, parts[i]);
        if (part == NULL) {
            return -1;
        }
        if (part != Py_None) {
            int wrapped = hr_wrapping_object(wrapping, part);
            result = wrapped < 0 ? -1 : result | wrapped;
        }
        Py_DECREF(part);
    }
    return result;
}

/* Not one of those that dataclass and its like make, which nobody looks for. */
static bool has_plain_name(PyObject *object)
{
    PyObject *name =
        PyFunction_Check(object) ? ((PyFunctionObject *)object)->func_name : NULL;
    return name != NULL && PyUnicode_GET_LENGTH(name) > 0 &&
           PyUnicode_READ_CHAR(name, 0) != '_';
}

/* A member of a class or module: what cannot be wrapped there is left silently, apart
 * from functions that were defined there, which are counted. */
static int wrap_member(struct hr_wrapping *wrapping, PyObject *member)
{
    if (is_generated(member)) {
        wrapping->generated = wrapping->generated || has_plain_name(member);
        return 0;
    }
    wrapping->reason = NULL;
    int wrapped = hr_wrapping_object(wrapping, member);
    if (wrapped == 0 && PyFunction_Check(member) && wrapping->reason != NULL &&
        wrapping->reason != in_caller && wrapping->failed++ == 0) {
        wrapping->first_reason = wrapping->reason;
        wrapping->first_failed =
            Py_NewRef(((PyCodeObject *)PyFunction_GET_CODE(member))->co_qualname);
    }
    return wrapped;
}

/* What a decorator without functools.wraps took: the function inside `function` that
 * has the name it is found by, if no attribute leads there.  Borrowed, or NULL. */
static PyObject *taken_by_decorator(PyObject *function, PyObject *name)
{
    return function != NULL && PyFunction_Check(function) && PyUnicode_Check(name) &&
                   own_attribute(function, "__wrapped__") == NULL &&
                   own_attribute(function, HR_WRAPPING_NEVER) == NULL
               ? hr_live_named(function, name)
               : NULL;
}

static int wrap_in_class(struct hr_wrapping *wrapping, PyObject *type, PyObject *name,
                         PyObject *member)
{
    PyObject *function = Py_NewRef(member);
    int result = 1;
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
    PyObject *taken = taken_by_decorator(function, name);
    if (taken != NULL && defined_in(taken, type)) {
        Py_INCREF(taken);
        Py_SETREF(function, taken);
    }
    bool named =
        function != NULL && (PyFunction_Check(function) || PyType_Check(function));
    if (function != NULL && (!named || defined_in(function, type))) {
        result = wrap_member(wrapping, function);
    }
    Py_XDECREF(function);
    return result;
}

static int wrap_type(struct hr_wrapping *wrapping, PyObject *type)
{
    PyObject *dict = ((PyTypeObject *)type)->tp_dict;
    PyObject *members = dict != NULL ? PyDict_Items(dict) : PyList_New(0);
    int result = members == NULL ? -1 : 1;
    for (Py_ssize_t i = 0; result > 0 && i < PyList_GET_SIZE(members); i++) {
        PyObject *item = PyList_GET_ITEM(members, i);
        if (wrap_in_class(wrapping, type, PyTuple_GET_ITEM(item, 0),
                          PyTuple_GET_ITEM(item, 1)) < 0) {
            result = -1;
        }
    }
    Py_XDECREF(members);
    return result;
}

void hr_wrapping_finish(struct hr_wrapping *wrapping)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const char *name = wrapping->first_failed != NULL
                           ? PyUnicode_AsUTF8(wrapping->first_failed)
                           : NULL;
    if (wrapping->failed > 1) {
        hr_remark("%s and %u more are not wrapped: %s", name != NULL ? name : "?",
                  wrapping->failed - 1, wrapping->first_reason);
    } else if (wrapping->failed == 1) {
        hr_remark("%s is not wrapped: %s", name != NULL ? name : "?",
                  wrapping->first_reason);
    }
    Py_CLEAR(wrapping->first_failed);
    wrapping->failed = 0;
    PyErr_Restore(type, value, traceback);
}

int hr_wrapping_object(struct hr_wrapping *wrapping, PyObject *object)
{
    PyObject *inside = NULL;
    if (!wrapping->never && own_attribute(object, HR_WRAPPING_NEVER)) {
        wrapping->reason = taken_out;
        return object != wrapping->named;
    }
    if (PyType_Check(object) &&
        PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE)) {
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
    int result = hr_wrapping_object(wrapping, inside);
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

int hr_wrapping_namespace(struct hr_wrapping *wrapping, PyObject *dict)
{
    PyObject *name = PyDict_GetItemString(dict, "__name__");
    if (name == NULL || !PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_ValueError, "the module has no name");
        return -1;
    }
    PyObject *members = PyDict_Items(dict);
    int result = members == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(members); i++) {
        PyObject *item = PyList_GET_ITEM(members, i);
        PyObject *member = PyTuple_GET_ITEM(item, 1);
        PyObject *taken = taken_by_decorator(member, PyTuple_GET_ITEM(item, 0));
        bool candidate = PyFunction_Check(member) || PyType_Check(member) ||
                         is_from_functools(member);
        if ((candidate && has_module(member, name) &&
             wrap_member(wrapping, member) < 0) ||
            (taken != NULL && has_module(taken, name) &&
             wrap_member(wrapping, taken) < 0)) {
            result = -1;
        }
    }
    Py_XDECREF(members);
    return result;
}
