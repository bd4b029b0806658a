#include "runtime/classes/classrun.h"

#include "runtime/reload/bring.h"
#include "runtime/reload/closure.h"
#include "runtime/compat.h"
#include "runtime/guard/load.h"

struct running {
    struct hr_state *state;
    const struct hr_class_change *change;
    const struct hr_class_diff *diff;
    bool remade;
    PyFrameObject *frame;
    PyObject *names;
    bool *selected; /* by member of the new text: it is run */
};

static bool has_one_of(PyObject *names, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        if (PySequence_Contains(list, PyList_GET_ITEM(names, i)) == 1) {
            return true;
        }
    }
    PyErr_Clear();
    return false;
}

/* What a statement that is run reads, and the live class has not, is run as well. */
static bool select_needed(struct running *running, size_t member)
{
    const struct hr_class_side *now = &running->diff->now;
    PyObject *reads = PyList_GET_ITEM(now->reads, (Py_ssize_t)member);
    bool more = false;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(reads); i++) {
        PyObject *name = PyList_GET_ITEM(reads, i);

        for (size_t j = 0; j < now->members.items.count; j++) {
            if (!running->selected[j] && PyDict_Contains(running->names, name) == 0 &&
                PySequence_Contains(PyList_GET_ITEM(now->binds, (Py_ssize_t)j), name) ==
                    1) {
                running->selected[j] = more = true;
            }
        }
    }
    return more;
}

/* Whether any statement has to be run. */
static bool select_members(struct running *running)
{
    const struct hr_class_side *now = &running->diff->now;
    bool any = false;
    bool more = true;

    for (size_t i = 0; i < now->members.items.count; i++) {
        PyObject *binds = PyList_GET_ITEM(now->binds, (Py_ssize_t)i);

        running->selected[i] =
            has_one_of(binds, running->diff->added) ||
            has_one_of(binds, running->diff->changed) ||
            ((running->remade || running->diff->types_differ) &&
             !hr_span_empty(hr_members_at(&now->members, i)->annotated));
        any |= running->selected[i];
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < now->members.items.count; i++) {
            more |= running->selected[i] && select_needed(running, i);
        }
    }
    return any;
}

static PyCodeObject *load_selected(struct running *running)
{
    const struct hr_class_side *now = &running->diff->now;
    size_t count = now->members.items.count;
    struct hr_span *spans = PyMem_Calloc(count + 1, sizeof *spans);
    PyCodeObject *code;
    size_t left = 0;

    if (spans == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!running->selected[i]) {
            spans[left++] = hr_members_at(&now->members, i)->span;
        }
    }
    code = hr_load_part(running->state, now->source, now->def, spans, left,
                        running->diff->flags);
    PyMem_Free(spans);
    return code;
}

/* The value of a type parameter of the class, or of its hidden variable for them: new
 * reference, or NULL. */
static PyObject *type_parameter(PyTypeObject *type, PyObject *name)
{
    PyObject *all = PyObject_GetAttrString((PyObject *)type, "__type_params__");
    PyObject *found = NULL;

    PyErr_Clear();
    if (all != NULL && PyUnicode_CompareWithASCIIString(name, ".type_params") == 0) {
        return all;
    }
    for (Py_ssize_t i = 0; all != NULL && PyTuple_Check(all) && found == NULL &&
                           i < PyTuple_GET_SIZE(all);
         i++) {
        PyObject *own = PyObject_GetAttrString(PyTuple_GET_ITEM(all, i), "__name__");

        if (own != NULL && PyUnicode_Check(own) && PyUnicode_Compare(own, name) == 0) {
            found = Py_NewRef(PyTuple_GET_ITEM(all, i));
        }
        Py_XDECREF(own);
    }
    PyErr_Clear();
    Py_XDECREF(all);
    return found;
}

/* What the body takes from around the class: by name, as its functions have it. */
static PyObject *make_closure(struct running *running, PyCodeObject *code)
{
    PyObject *function =
        running->change->function != NULL
            ? Py_NewRef(running->change->function)
            : PyFunction_New((PyObject *)code, running->change->globals);
    PyObject *names = PyCode_GetFreevars(code);
    PyObject *empty = PyList_New(0);
    PyObject *closure = NULL;
    struct hr_makers makers;

    if (function != NULL && names != NULL && empty != NULL) {
        hr_makers_init(&makers, running->state, code, running->frame,
                       running->change->type);
        closure =
            hr_closure_fit(&makers, function,
                           hr_source_detail(running->change->now, running->change->def),
                           running->change->def, empty, NULL);
        hr_makers_finish(&makers);
    }
    for (Py_ssize_t i = 0; closure != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = type_parameter((PyTypeObject *)running->change->type, name);

        if (value != NULL) {
            PyCell_Set(PyTuple_GET_ITEM(closure, i), value);
            Py_DECREF(value);
        } else if (PySequence_Contains(empty, name) == 1) {
            PyErr_Format(PyExc_NameError,
                         "no value is known for %U of the enclosing function", name);
            Py_CLEAR(closure);
        }
    }
    Py_XDECREF(function);
    Py_XDECREF(names);
    Py_XDECREF(empty);
    return closure;
}

/* super() and __class__ in what was just made mean the live class. */
static void bind_cells(struct running *running)
{
    PyObject *cell = PyDict_GetItemString(running->names, "__classcell__");
    PyObject *dict = hr_compat_type_dict((PyTypeObject *)running->change->type);

    if (cell != NULL && PyCell_Check(cell)) {
        PyCell_Set(cell, running->change->type);
    }
    cell = PyDict_GetItemString(running->names, "__classdictcell__");
    if (cell != NULL && PyCell_Check(cell) && dict != NULL) {
        PyCell_Set(cell, dict);
    }
    Py_XDECREF(dict);
}

static int run_code(struct running *running, PyCodeObject *code, PyObject *brought)
{
    PyObject *globals = running->change->globals;
    PyObject *closure = NULL;
    PyObject *result = NULL;

    if (hr_bring_globals(running->state, running->change->now, code, globals, SIZE_MAX,
                         brought, NULL) == 0) {
        closure = make_closure(running, code);
    }
    if (closure != NULL) {
        result = PyEval_EvalCodeEx((PyObject *)code, globals, running->names, NULL, 0,
                                   NULL, 0, NULL, 0, NULL,
                                   PyTuple_GET_SIZE(closure) > 0 ? closure : NULL);
    }
    if (result != NULL) {
        bind_cells(running);
    }
    Py_XDECREF(closure);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int hr_class_run(struct hr_state *state, const struct hr_class_change *change,
                 const struct hr_class_diff *diff, bool remade, PyFrameObject *frame,
                 PyObject *names, PyObject *brought)
{
    struct running running = {.state = state,
                              .change = change,
                              .diff = diff,
                              .remade = remade,
                              .frame = frame,
                              .names = names};
    PyCodeObject *code = NULL;
    int status = -1;

    running.selected = PyMem_Calloc(diff->now.members.items.count + 1, sizeof(bool));
    if (running.selected == NULL) {
        PyErr_NoMemory();
    } else if (!select_members(&running)) {
        status = 0;
    } else if ((code = load_selected(&running)) != NULL) {
        status = run_code(&running, code, brought);
    }
    Py_XDECREF(code);
    PyMem_Free(running.selected);
    return status;
}
