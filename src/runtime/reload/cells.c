#include "runtime/reload/cells.h"

#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/imports.h"
#include "runtime/reload/objects.h"

PyObject *hr_cells_named(PyObject *function, PyObject *name)
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

static bool has(PyObject *tuple, PyObject *object)
{
    for (Py_ssize_t i = 0; tuple != NULL && i < PyTuple_GET_SIZE(tuple); i++) {
        if (PyTuple_GET_ITEM(tuple, i) == object) {
            return true;
        }
    }
    return false;
}

PyObject *hr_cells_common(PyObject *a, PyObject *b, Py_ssize_t *at)
{
    PyObject *closure = PyFunction_GET_CLOSURE(a);
    PyObject *names = NULL;
    PyObject *name = NULL;

    while (closure != NULL && *at < PyTuple_GET_SIZE(closure) && name == NULL) {
        Py_ssize_t i = (*at)++;

        if (has(PyFunction_GET_CLOSURE(b), PyTuple_GET_ITEM(closure, i))) {
            names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(a));
            name = names == NULL ? NULL : PyTuple_GET_ITEM(names, i);
            Py_XDECREF(names);
        }
    }
    PyErr_Clear();
    return name;
}

/* `names`: taken over; NULL with an exception. */
static bool has_name(PyObject *names, PyObject *name)
{
    bool has = names != NULL && PySequence_Contains(names, name) == 1;

    PyErr_Clear();
    Py_XDECREF(names);
    return has;
}

bool hr_cells_is_own(PyCodeObject *code, PyObject *name)
{
    return has_name(PyCode_GetCellvars(code), name);
}

bool hr_cells_is_free(PyCodeObject *code, PyObject *name)
{
    return has_name(PyCode_GetFreevars(code), name);
}

/* ---- of a frame ---- */

/*
 * Which of the cells the frame has for the variable: borrowed, or NULL.  Each of them
 * holds `value`, and for a moment itself in its place.  `value` is held all the while,
 * and what the frame made of its variables is made once before: no object dies.
 */
static PyObject *tell(PyFrameObject *frame, PyObject *name, PyObject *value,
                      PyObject *const *cells, Py_ssize_t count)
{
    int collects = PyGC_Disable();
    PyObject *found;

    for (Py_ssize_t i = 0; i < count; i++) {
        PyCell_SET(cells[i], cells[i]);
    }
    found = hr_frame_local(frame, name);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyCell_SET(cells[i], value);
    }
    Py_XDECREF(hr_frame_local(frame, name));
    if (collects) {
        PyGC_Enable();
    }
    Py_XDECREF(found);
    for (Py_ssize_t i = 0; found != NULL && i < count; i++) {
        if (cells[i] == found) {
            return cells[i];
        }
    }
    return NULL;
}

bool hr_cells_is_of(PyFrameObject *frame, PyObject *name, PyObject *cell)
{
    PyObject *value = hr_frame_local(frame, name);
    bool is = PyCell_GET(cell) == value && tell(frame, name, value, &cell, 1) == cell;

    Py_XDECREF(value);
    return is;
}

static bool is_cell_with(PyObject *object, void *value)
{
    return PyCell_Check(object) && PyCell_GET(object) == value;
}

PyObject *hr_cells_of(struct hr_state *state, PyFrameObject *frame, PyObject *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool has_one = hr_cells_is_own(code, name) || hr_cells_is_free(code, name);
    PyObject *value = has_one ? hr_frame_local(frame, name) : NULL;
    PyObject *list = has_one ? hr_objects_find(state, is_cell_with, value) : NULL;
    PyObject *cells = list == NULL ? NULL : PyList_AsTuple(list);
    PyObject *found = NULL;

    if (cells != NULL) {
        found = Py_XNewRef(tell(frame, name, value, &PyTuple_GET_ITEM(cells, 0),
                                PyTuple_GET_SIZE(cells)));
    }
    PyErr_Clear();
    Py_XDECREF(cells);
    Py_XDECREF(list);
    Py_XDECREF(value);
    Py_DECREF(code);
    return found;
}

/* ---- of versions before ---- */

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

void hr_cells_remember(struct hr_state *state, PyObject *function, PyObject *names)
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

PyObject *hr_cells_remembered(struct hr_state *state, PyObject *function,
                              PyObject *name)
{
    PyObject *cells = lost_cells(state, function);
    PyObject *cell =
        cells == NULL ? NULL : Py_XNewRef(PyDict_GetItemWithError(cells, name));

    PyErr_Clear();
    Py_XDECREF(cells);
    return cell;
}
