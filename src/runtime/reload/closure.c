#include "runtime/reload/closure.h"

#include <string.h>

#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/reload/cells.h"
#include "runtime/reload/owners.h"

/* ---- a variable that it gains ---- */

struct gain {
    struct hr_makers *makers;
    const struct hr_defs *defs; /* NULL: not known */
    uint32_t def;
    PyObject *function;
    PyObject *name;
    PyObject *cell;   /* the variable's own, or NULL */
    PyObject *value;  /* what it is now, if there is no cell */
    bool is_constant; /* ... and stays: a type parameter */
};

/* How many functions out from `def` the one stands that binds the name, and which it
 * is; -1 if there is none. */
static int level_of(const struct hr_defs *defs, uint32_t def, PyObject *name,
                    uint32_t *binder)
{
    const char *text = PyUnicode_AsUTF8(name);
    int level = 0;

    for (uint32_t i = text == NULL ? HR_NONE : hr_defs_at(defs, def)->parent;
         i != HR_NONE; i = hr_defs_at(defs, i)->parent) {
        struct hr_range range = hr_defs_at(defs, i)->bindings;

        if (hr_defs_at(defs, i)->kind != HR_DEF_FUNCTION) {
            continue;
        }
        for (uint32_t b = range.first; b < range.first + range.count; b++) {
            const struct hr_binding *binding = hr_array_at(&defs->bindings, b);

            if (binding->kind == HR_BINDING_LOCAL &&
                hr_span_size(binding->name) == strlen(text) &&
                memcmp(defs->text + binding->name.start, text, strlen(text)) == 0) {
                *binder = i;
                return level;
            }
        }
        level++;
    }
    PyErr_Clear();
    return -1;
}

/* How many functions out from `def` the innermost class around it stands. */
static int level_of_class(const struct hr_defs *defs, uint32_t def)
{
    int level = 0;

    for (uint32_t i = hr_defs_at(defs, def)->parent;
         i != HR_NONE && hr_defs_at(defs, i)->kind != HR_DEF_CLASS;
         i = hr_defs_at(defs, i)->parent) {
        level++;
    }
    return level;
}

/* Whether both were made in one run of something that stands no further out than
 * `level`: they have one of its variables in common, or its class. */
static bool made_together(const struct gain *gain, PyObject *other, int level)
{
    PyObject *type = hr_owners_class(gain->function);
    bool together = type != NULL && hr_owners_has(type, other);
    uint32_t unused;
    PyObject *shared;
    Py_ssize_t at = 0;

    Py_XDECREF(type);
    while (!together &&
           (shared = hr_cells_common(gain->function, other, &at)) != NULL) {
        int from = PyUnicode_CompareWithASCIIString(shared, "__class__") == 0
                       ? level_of_class(gain->defs, gain->def)
                       : level_of(gain->defs, gain->def, shared, &unused);

        together = from >= 0 && from <= level;
    }
    return together;
}

/* Whether the name is the same variable for a function: that of the same call. */
static bool means_the_same(const struct gain *gain, PyObject *other)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(other);
    hr_source *source = hr_source_of(gain->makers->state, code);
    uint32_t def = source == NULL ? HR_NONE : hr_source_def_of(source, code);
    const struct hr_defs *defs = def == HR_NONE ? NULL : hr_source_detail(source, def);
    uint32_t binder = HR_NONE, others = HR_NONE;
    int level = level_of(gain->defs, gain->def, gain->name, &binder);

    PyErr_Clear();
    return level >= 0 && defs != NULL &&
           level_of(defs, def, gain->name, &others) >= 0 &&
           strcmp(hr_defs_qualname(gain->defs, binder),
                  hr_defs_qualname(defs, others)) == 0 &&
           made_together(gain, other, level);
}

/* Of a closure made by the same call of the enclosing function. */
static void ask_siblings(struct gain *gain)
{
    PyObject *all = gain->defs != NULL && hr_makers_depth(gain->makers) > 0
                        ? hr_makers_functions(gain->makers)
                        : NULL;

    for (Py_ssize_t i = 0;
         all != NULL && i < PyList_GET_SIZE(all) && gain->cell == NULL; i++) {
        PyObject *other = PyList_GET_ITEM(all, i);

        if (PyFunction_GET_GLOBALS(other) == PyFunction_GET_GLOBALS(gain->function) &&
            hr_cells_named(other, gain->name) != NULL && means_the_same(gain, other)) {
            gain->cell = Py_NewRef(hr_cells_named(other, gain->name));
        }
    }
}

static bool is_class_cell(const struct gain *gain)
{
    return PyUnicode_CompareWithASCIIString(gain->name, "__class__") == 0;
}

/* The class of the innermost method that the function stands in, if there is but one
 * of that name: new reference, or NULL. */
static PyObject *only_class(struct gain *gain)
{
    PyObject *all = hr_makers_functions(gain->makers);
    Py_ssize_t best = 0;
    PyObject *found = NULL;

    for (Py_ssize_t i = 0; all != NULL && i < PyList_GET_SIZE(all); i++) {
        PyObject *other = PyList_GET_ITEM(all, i);
        PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(other);
        Py_ssize_t length = PyUnicode_GET_LENGTH(code->co_qualname);
        PyObject *type = length >= best && hr_makers_is_around(gain->makers, code)
                             ? hr_owners_class(other)
                             : NULL;

        if (type != NULL && length > best) {
            best = length;
            Py_XSETREF(found, Py_NewRef(type));
        } else if (type != NULL && type != found) {
            Py_CLEAR(found); /* and none of this length any more */
        }
        Py_XDECREF(type);
    }
    return found;
}

/* What the call has of the variable; whether it has it. */
static bool ask_call(struct gain *gain, PyFrameObject *call)
{
    PyObject *function = hr_compat_frame_function(call);

    gain->cell = hr_cells_of(gain->makers->state, call, gain->name);
    if (gain->cell == NULL && function != NULL) {
        /* Its function may have gained it since. */
        gain->cell = Py_XNewRef(hr_cells_named(function, gain->name));
    }
    if (gain->cell == NULL && !hr_makers_is_over(gain->makers, call)) {
        gain->value = hr_frame_local(call, gain->name);
    }
    if (gain->cell == NULL && gain->value == NULL && function != NULL) {
        gain->value = hr_owners_type_parameter(function, gain->name);
        gain->is_constant = gain->value != NULL;
    }
    if (gain->cell == NULL && gain->value == NULL && function != NULL &&
        is_class_cell(gain)) {
        gain->value = hr_owners_class(function);
    }
    return gain->cell != NULL || gain->value != NULL;
}

/* From the innermost call around the function on. */
static void ask_calls(struct gain *gain)
{
    int depth = hr_makers_depth(gain->makers);
    PyObject *function = Py_NewRef(gain->function);
    bool made = true;
    bool found = false;
    uint32_t binder;
    int wanted =
        gain->defs == NULL ? -1 : level_of(gain->defs, gain->def, gain->name, &binder);

    for (int level = 0; level < depth && !found; level++) {
        PyFrameObject *call = hr_makers_call(gain->makers, function, level, made);

        if (call != NULL && (wanted < 0 || wanted == level)) {
            found = ask_call(gain, call);
        }
        /* The next one out made the function that this call runs. */
        made = call != NULL && hr_compat_frame_function(call) != NULL;
        if (made) {
            Py_SETREF(function, Py_NewRef(hr_compat_frame_function(call)));
        }
        Py_XDECREF(call);
    }
    Py_DECREF(function);
}

static PyObject *gained_cell(struct gain *gain, PyObject *empty, PyObject *copied)
{
    PyObject *told = NULL; /* the list that the name goes to, if any */

    gain->cell = hr_cells_remembered(gain->makers->state, gain->function, gain->name);
    if (gain->cell != NULL) {
        return gain->cell;
    }
    if (is_class_cell(gain)) {
        gain->value = hr_owners_class(gain->function);
        if (gain->value == NULL) {
            ask_calls(gain);
        }
        if (gain->cell == NULL && gain->value == NULL) {
            gain->value = only_class(gain);
        }
        told = gain->cell == NULL && gain->value == NULL ? empty : NULL;
    } else {
        ask_siblings(gain);
        if (gain->cell == NULL) {
            ask_calls(gain);
        }
        if (gain->cell == NULL && gain->value == NULL) {
            gain->value = hr_owners_type_parameter(gain->function, gain->name);
            gain->is_constant = gain->value != NULL;
        }
        told = gain->cell != NULL || gain->is_constant ? NULL
               : gain->value == NULL                   ? empty
                                                       : copied;
    }
    PyErr_Clear();
    if (gain->cell == NULL) {
        gain->cell = PyCell_New(gain->value);
    }
    if (gain->cell != NULL && told != NULL &&
        PySequence_Contains(told, gain->name) == 0 &&
        PyList_Append(told, gain->name) < 0) {
        Py_CLEAR(gain->cell);
    }
    Py_XDECREF(gain->value);
    return gain->cell;
}

PyObject *hr_closure_fit(struct hr_makers *makers, PyObject *function,
                         const struct hr_defs *defs, uint32_t def, PyObject *empty,
                         PyObject *copied)
{
    PyObject *names = PyCode_GetFreevars(makers->code);
    PyObject *closure = names == NULL ? NULL : PyTuple_New(PyTuple_GET_SIZE(names));

    for (Py_ssize_t i = 0; closure != NULL && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *cell = Py_XNewRef(hr_cells_named(function, name));
        struct gain gain = {.makers = makers,
                            .defs = defs,
                            .def = def,
                            .function = function,
                            .name = name};

        if (cell == NULL) {
            cell = gained_cell(&gain, empty, copied);
        }
        if (cell == NULL) {
            Py_CLEAR(closure);
        } else {
            PyTuple_SET_ITEM(closure, i, cell);
        }
    }
    if (closure != NULL) {
        hr_cells_remember(makers->state, function, names);
    }
    Py_XDECREF(names);
    return closure;
}

/* ---- the names that its defaults may refer to ---- */

/* The variables of the calls around it, the inner ones' before the outer ones'. */
static int add_calls(PyObject *names, struct hr_makers *makers, PyObject *function)
{
    int depth = hr_makers_depth(makers);
    int status = 0;
    bool made = true;

    Py_INCREF(function);
    for (int level = 0; level < depth && status == 0; level++) {
        PyFrameObject *call = hr_makers_call(makers, function, level, made);
        bool had = call != NULL && hr_compat_has_snapshot(call);
        PyObject *locals = call == NULL || hr_makers_is_over(makers, call)
                               ? NULL
                               : PyFrame_GetLocals(call);

        if (locals != NULL) {
            status = PyDict_Merge(names, locals, 0);
            hr_compat_drop_snapshot(call, locals, had);
        }
        made = call != NULL && hr_compat_frame_function(call) != NULL;
        if (made) {
            Py_SETREF(function, Py_NewRef(hr_compat_frame_function(call)));
        }
        Py_XDECREF(locals);
        Py_XDECREF(call);
    }
    Py_DECREF(function);
    return status;
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

PyObject *hr_closure_names(struct hr_makers *makers, PyObject *function,
                           PyObject *closure)
{
    PyObject *names = PyDict_New();
    PyObject *type = hr_owners_class(function);
    PyObject *more = NULL;

    if (names == NULL || add_calls(names, makers, function) < 0 ||
        add_cells(names, makers->code, closure) < 0) {
        goto failed;
    }
    if (type != NULL) {
        more = PyObject_GetAttrString(type, "__dict__");
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
    return names;
}
