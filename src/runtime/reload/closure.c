#include "runtime/reload/closure.h"

#include <string.h>

#include "runtime/compat.h"
#include "runtime/imports.h"
#include "runtime/reload/functions.h"

/* Whether a class's attribute is the function, or one of the usual wrappers of it. */
static bool is_or_wraps(PyObject *value, PyObject *function)
{
    static const char *const names[] = {"__func__", "fget", "fset",
                                        "fdel",     "func", "__wrapped__"};
    bool found = value == function;

    if (PyFunction_Check(value) || PyType_Check(value)) {
        return found;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
        PyObject *inner = PyObject_GetAttrString(value, names[i]);

        PyErr_Clear();
        found = inner == function;
        Py_XDECREF(inner);
    }
    return found;
}

static bool holds(PyObject *type, PyObject *function)
{
    PyObject *names = PyObject_GetAttrString(type, "__dict__");
    PyObject *values = names == NULL ? NULL : PyMapping_Values(names);
    bool found = false;

    for (Py_ssize_t i = 0; values != NULL && i < PyList_GET_SIZE(values) && !found;
         i++) {
        found = is_or_wraps(PyList_GET_ITEM(values, i), function);
    }
    PyErr_Clear();
    Py_XDECREF(values);
    Py_XDECREF(names);
    return found;
}

static bool text_equals(PyObject *object, const char *name, PyObject *text)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    bool same =
        value != NULL && PyUnicode_Check(value) && PyUnicode_Compare(value, text) == 0;

    PyErr_Clear();
    Py_XDECREF(value);
    return same;
}

/* The last class below `type` that has the qualified name and holds the function. */
static void search_classes(PyObject *type, PyObject *qualname, PyObject *function,
                           PyObject *seen, PyObject **found)
{
    PyObject *below =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);

    for (Py_ssize_t i = 0; below != NULL && i < PyList_GET_SIZE(below); i++) {
        PyObject *candidate = PyList_GET_ITEM(below, i);

        if (PySet_Contains(seen, candidate) != 0 || PySet_Add(seen, candidate) < 0) {
            PyErr_Clear();
            continue;
        }
        if (text_equals(candidate, "__qualname__", qualname) &&
            holds(candidate, function)) {
            Py_XSETREF(*found, Py_NewRef(candidate));
        }
        search_classes(candidate, qualname, function, seen, found);
    }
    PyErr_Clear();
    Py_XDECREF(below);
}

/* The live class in whose body the function stands: new reference, or NULL. */
static PyObject *class_of(PyObject *function, PyCodeObject *code)
{
    Py_ssize_t length = PyUnicode_GetLength(code->co_qualname);
    Py_ssize_t dot = PyUnicode_FindChar(code->co_qualname, '.', 0, length, -1);
    PyObject *qualname =
        dot < 0 ? NULL : PyUnicode_Substring(code->co_qualname, 0, dot);
    PyObject *locals = PyUnicode_FromString("<locals>");
    PyObject *seen = PySet_New(NULL);
    PyObject *found = NULL;

    if (qualname != NULL && locals != NULL && seen != NULL &&
        !PyUnicode_Tailmatch(qualname, locals, 0, PY_SSIZE_T_MAX, 1)) {
        search_classes((PyObject *)&PyBaseObject_Type, qualname, function, seen,
                       &found);
    }
    PyErr_Clear();
    Py_XDECREF(seen);
    Py_XDECREF(locals);
    Py_XDECREF(qualname);
    return found;
}

/* The cell that `function` has for a variable: borrowed, or NULL. */
static PyObject *cell_named(PyObject *function, PyObject *name)
{
    PyObject *closure = PyFunction_GET_CLOSURE(function);
    PyObject *names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(function));
    PyObject *cell = NULL;

    for (Py_ssize_t i = 0; names != NULL && closure != NULL &&
                           i < PyTuple_GET_SIZE(names) && i < PyTuple_GET_SIZE(closure);
         i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            cell = PyTuple_GET_ITEM(closure, i);
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return cell;
}

/* How likely it is that a live call has made a function. */
enum maker {
    MAKER_NOT,   /* it has made another one by the same def, or shares no variables */
    MAKER_MAYBE, /* nothing is known */
    MAKER_SURE,  /* it has the function in a variable of its own */
};

static bool has_item(PyObject *container, PyObject *object)
{
    PyObject *items = NULL;
    bool found = false;

    if (PyDict_CheckExact(container)) {
        items = PyDict_Values(container);
    } else if (PyList_CheckExact(container) || PyTuple_CheckExact(container)) {
        items = PySequence_Fast(container, "");
    }
    for (Py_ssize_t i = 0;
         items != NULL && i < PySequence_Fast_GET_SIZE(items) && !found; i++) {
        found = PySequence_Fast_GET_ITEM(items, i) == object;
    }
    PyErr_Clear();
    Py_XDECREF(items);
    return found;
}

/* Whether a variable that both have holds another object in the one than in the other.
 */
static bool differ_in_a_variable(PyObject *locals, PyObject *function)
{
    PyObject *names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(function));
    bool differ = false;

    for (Py_ssize_t i = 0; names != NULL && i < PyTuple_GET_SIZE(names) && !differ;
         i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *cell = cell_named(function, name);
        PyObject *value = PyObject_GetItem(locals, name);

        differ = cell != NULL && value != NULL && PyCell_GET(cell) != value;
        PyErr_Clear();
        Py_XDECREF(value);
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return differ;
}

static enum maker maker_of(PyFrameObject *frame, PyObject *function, PyCodeObject *code)
{
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *values = locals == NULL ? NULL : PyMapping_Values(locals);
    PyObject *bound = values == NULL ? NULL : PyObject_GetItem(locals, code->co_name);
    enum maker maker = MAKER_MAYBE;

    PyErr_Clear();
    if (values == NULL) {
        goto done;
    }
    if (differ_in_a_variable(locals, function)) {
        maker = MAKER_NOT;
    } else if (bound != NULL && is_or_wraps(bound, function)) {
        maker = MAKER_SURE;
    } else {
        if (bound != NULL && PyFunction_Check(bound) &&
            text_equals(bound, "__qualname__", code->co_qualname)) {
            maker = MAKER_NOT;
        }
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values) && maker != MAKER_SURE;
             i++) {
            maker = has_item(PyList_GET_ITEM(values, i), function) ? MAKER_SURE : maker;
        }
    }
done:
    PyErr_Clear();
    Py_XDECREF(bound);
    Py_XDECREF(values);
    hr_compat_drop_snapshot(frame, locals);
    Py_XDECREF(locals);
    return maker;
}

/* Whether the frame runs the function of that qualified name in the file of `code`. */
static bool runs(PyFrameObject *frame, const char *name, size_t length,
                 PyCodeObject *code)
{
    PyCodeObject *outer = PyFrame_GetCode(frame);
    const char *outer_name = PyUnicode_AsUTF8(outer->co_qualname);
    bool found = outer_name != NULL && strlen(outer_name) == length &&
                 strncmp(outer_name, name, length) == 0 &&
                 PyUnicode_Compare(outer->co_filename, code->co_filename) == 0;

    Py_DECREF(outer);
    return found;
}

/* The live call above `frame` that made the function: the one that has it, else the
 * innermost that may have made it.  New reference, or NULL. */
static PyFrameObject *enclosing_frame(PyFrameObject *frame, PyObject *function,
                                      PyCodeObject *code)
{
    const char *name = PyUnicode_AsUTF8(code->co_qualname);
    const char *end = NULL;
    PyFrameObject *above;
    PyFrameObject *found = NULL;
    enum maker best = MAKER_NOT;

    for (const char *at = name; at != NULL && (at = strstr(at, ".<locals>.")) != NULL;
         at++) {
        end = at;
    }
    above = end == NULL ? NULL : PyFrame_GetBack(frame);
    while (above != NULL && best != MAKER_SURE) {
        if (runs(above, name, (size_t)(end - name), code)) {
            enum maker maker = maker_of(above, function, code);

            if (maker > best) {
                best = maker;
                Py_XSETREF(found, (PyFrameObject *)Py_NewRef(above));
            }
        }
        Py_SETREF(above, PyFrame_GetBack(above));
    }
    PyErr_Clear();
    Py_XDECREF(above);
    return found;
}

static bool share_a_cell(PyObject *a, PyObject *b)
{
    PyObject *left = PyFunction_GET_CLOSURE(a);
    PyObject *right = PyFunction_GET_CLOSURE(b);

    for (Py_ssize_t i = 0; left != NULL && i < PyTuple_GET_SIZE(left); i++) {
        if (right != NULL &&
            PySequence_Contains(right, PyTuple_GET_ITEM(left, i)) == 1) {
            return true;
        }
    }
    PyErr_Clear();
    return false;
}

/* Of a closure made by the same call of the enclosing function: borrowed, or NULL. */
static PyObject *sibling_cell(struct hr_state *state, PyObject *function,
                              PyObject *name)
{
    PyObject *all = PyFunction_GET_CLOSURE(function) ? hr_functions_all(state) : NULL;
    PyObject *cell = NULL;

    for (Py_ssize_t i = 0; all != NULL && i < PyList_GET_SIZE(all) && cell == NULL;
         i++) {
        PyObject *other = PyList_GET_ITEM(all, i);

        if (PyFunction_GET_GLOBALS(other) == PyFunction_GET_GLOBALS(function) &&
            share_a_cell(function, other)) {
            cell = cell_named(other, name);
        }
    }
    PyErr_Clear();
    Py_XDECREF(all);
    return cell;
}

static PyObject *frame_value(PyFrameObject *frame, PyObject *name)
{
    PyObject *locals = frame == NULL ? NULL : PyFrame_GetLocals(frame);
    PyObject *value = locals == NULL ? NULL : PyObject_GetItem(locals, name);

    PyErr_Clear();
    Py_XDECREF(locals);
    return value;
}

/* The cell of a function in the call's variables: new reference, or NULL. */
static PyObject *cell_in_frame(PyFrameObject *frame, PyObject *name, PyObject *value)
{
    PyObject *locals = frame == NULL ? NULL : PyFrame_GetLocals(frame);
    PyObject *values = locals == NULL ? NULL : PyMapping_Values(locals);
    PyObject *cell = NULL;

    for (Py_ssize_t i = 0;
         values != NULL && i < PyList_GET_SIZE(values) && cell == NULL; i++) {
        PyObject *object = PyList_GET_ITEM(values, i);

        cell = PyFunction_Check(object) ? cell_named(object, name) : NULL;
        if (cell != NULL && PyCell_GET(cell) != value) {
            cell = NULL;
        }
    }
    Py_XINCREF(cell);
    PyErr_Clear();
    Py_XDECREF(values);
    Py_XDECREF(locals);
    return cell;
}

/* A dict of the cells that the function had for versions before: new reference, or NULL
 * without an exception. */
static PyObject *lost_cells(struct hr_state *state, PyObject *function)
{
    PyObject *cells = state->lost_cells == NULL
                          ? NULL
                          : PyObject_GetItem(state->lost_cells, function);

    PyErr_Clear();
    return cells;
}

/* They may be used again: a body that is edited twice may leave a variable out for one
 * version.  What cannot be remembered is not. */
static void remember_cells(struct hr_state *state, PyObject *function, PyObject *names)
{
    PyObject *old = PyFunction_GET_CLOSURE(function);
    PyObject *variables =
        old == NULL ? NULL
                    : PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(function));
    PyObject *cells = NULL;

    for (Py_ssize_t i = 0; variables != NULL && i < PyTuple_GET_SIZE(variables); i++) {
        PyObject *name = PyTuple_GET_ITEM(variables, i);

        if (PySequence_Contains(names, name) == 0 && cells == NULL &&
            (cells = lost_cells(state, function)) == NULL) {
            cells = PyDict_New();
        }
        if (PySequence_Contains(names, name) == 0 && cells != NULL) {
            PyDict_SetItem(cells, name, PyTuple_GET_ITEM(old, i));
        }
    }
    if (cells != NULL && state->lost_cells == NULL) {
        PyObject *module = hr_import("weakref");

        state->lost_cells =
            module == NULL ? NULL
                           : PyObject_CallMethod(module, "WeakKeyDictionary", NULL);
        Py_XDECREF(module);
    }
    if (cells != NULL && state->lost_cells != NULL) {
        PyObject_SetItem(state->lost_cells, function, cells);
    }
    PyErr_Clear();
    Py_XDECREF(variables);
    Py_XDECREF(cells);
}

/* The one that the function had before it lost the variable: new reference, or NULL. */
static PyObject *remembered_cell(struct hr_state *state, PyObject *function,
                                 PyObject *name)
{
    PyObject *cells = lost_cells(state, function);
    PyObject *cell =
        cells == NULL ? NULL : Py_XNewRef(PyDict_GetItemWithError(cells, name));

    PyErr_Clear();
    Py_XDECREF(cells);
    return cell;
}

static PyObject *gained_cell(struct hr_state *state, PyObject *function,
                             PyCodeObject *code, PyObject *name, PyFrameObject *frame,
                             PyObject *empty, PyObject *copied)
{
    PyFrameObject *outer = NULL;
    PyObject *value = NULL;
    PyObject *told = empty; /* the list that the name goes to, if any */
    PyObject *cell = remembered_cell(state, function, name);

    if (cell != NULL) {
        return cell;
    }
    if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
        value = class_of(function, code);
        told = value == NULL ? empty : NULL;
    } else if ((cell = sibling_cell(state, function, name)) != NULL) {
        return Py_NewRef(cell);
    } else {
        outer = enclosing_frame(frame, function, code);
        value = frame_value(outer, name);
        cell = cell_in_frame(outer, name, value);
        Py_XDECREF(outer);
        told = value == NULL ? empty : cell == NULL ? copied : NULL;
    }
    if (cell == NULL) {
        cell = PyCell_New(value);
    }
    if (cell != NULL && told != NULL && PySequence_Contains(told, name) == 0 &&
        PyList_Append(told, name) < 0) {
        Py_CLEAR(cell);
    }
    Py_XDECREF(value);
    return cell;
}

PyObject *hr_closure_fit(struct hr_state *state, PyObject *function, PyCodeObject *code,
                         PyFrameObject *frame, PyObject *empty, PyObject *copied)
{
    PyObject *names = PyCode_GetFreevars(code);
    PyObject *closure = names == NULL ? NULL : PyTuple_New(PyTuple_GET_SIZE(names));

    for (Py_ssize_t i = 0; closure != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *cell = Py_XNewRef(cell_named(function, name));

        if (cell == NULL) {
            cell = gained_cell(state, function, code, name, frame, empty, copied);
        }
        if (cell == NULL) {
            Py_CLEAR(closure);
        } else {
            PyTuple_SET_ITEM(closure, i, cell);
        }
    }
    if (closure != NULL) {
        remember_cells(state, function, names);
    }
    Py_XDECREF(names);
    return closure;
}

static int add_cells(PyObject *names, PyCodeObject *code, PyObject *closure)
{
    PyObject *variables = PyCode_GetFreevars(code);
    int status = variables == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(variables); i++) {
        PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, i));

        if (value != NULL) {
            status = PyDict_SetItem(names, PyTuple_GET_ITEM(variables, i), value);
        }
    }
    Py_XDECREF(variables);
    return status;
}

PyObject *hr_closure_names(PyObject *function, PyCodeObject *code, PyObject *closure,
                           PyFrameObject *frame)
{
    PyFrameObject *outer = enclosing_frame(frame, function, code);
    PyObject *names = PyDict_New();
    PyObject *type = class_of(function, code);
    PyObject *more = NULL;

    if (names == NULL) {
        goto failed;
    }
    if (outer != NULL) {
        more = PyFrame_GetLocals(outer);
        if (more == NULL || PyDict_Update(names, more) < 0) {
            goto failed;
        }
    }
    if (add_cells(names, code, closure) < 0) {
        goto failed;
    }
    if (type != NULL) {
        Py_XSETREF(more, PyObject_GetAttrString(type, "__dict__"));
        if (more == NULL || PyDict_Update(names, more) < 0) {
            goto failed;
        }
    }
    goto done;
failed:
    Py_CLEAR(names);
done:
    Py_XDECREF(more);
    Py_XDECREF(type);
    Py_XDECREF(outer);
    return names;
}
