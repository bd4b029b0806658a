#include "runtime/reload/frozen.h"

#include "runtime/compat.h"
#include "runtime/imports.h"
#include "runtime/stacks.h"

bool hr_frozen_any(void)
{
    PyObject *gc = hr_import("gc");
    PyObject *count =
        gc == NULL ? NULL : PyObject_CallMethod(gc, "get_freeze_count", NULL);
    bool any = count != NULL && PyLong_Check(count) && PyLong_AsSsize_t(count) != 0;

    PyErr_Clear();
    Py_XDECREF(count);
    Py_XDECREF(gc);
    return any;
}

/* ---- a walk along the references, each object once ---- */

#define FIRST_SIZE 4096 /* a power of two */

struct walk {
    PyObject **table; /* of those that were met, by address; `size` places */
    size_t size;
    size_t used;
    struct hr_array left; /* of PyObject *, borrowed: not looked into yet */
    bool failed;
};

static size_t place_of(const struct walk *walk, PyObject *object)
{
    size_t at = (size_t)(((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15ULL >> 20) &
                (walk->size - 1);

    while (walk->table[at] != NULL && walk->table[at] != object) {
        at = (at + 1) & (walk->size - 1);
    }
    return at;
}

static bool grow(struct walk *walk)
{
    struct walk bigger = {.size = walk->size == 0 ? FIRST_SIZE : walk->size * 2};

    bigger.table = PyMem_Calloc(bigger.size, sizeof(PyObject *));
    for (size_t i = 0; bigger.table != NULL && i < walk->size; i++) {
        if (walk->table[i] != NULL) {
            bigger.table[place_of(&bigger, walk->table[i])] = walk->table[i];
        }
    }
    if (bigger.table == NULL) {
        return false;
    }
    PyMem_Free(walk->table);
    walk->table = bigger.table;
    walk->size = bigger.size;
    return true;
}

static int meet(PyObject *object, void *context)
{
    struct walk *walk = context;
    PyObject **slot;
    size_t at;

    if (walk->failed || object == NULL || !PyObject_IS_GC(object) ||
        Py_TYPE(object)->tp_traverse == NULL) {
        return 0;
    }
    if (walk->used * 2 >= walk->size && !grow(walk)) {
        walk->failed = true;
        return 0;
    }
    at = place_of(walk, object);
    if (walk->table[at] == NULL) {
        slot = hr_array_push(&walk->left);
        if (slot == NULL) {
            walk->failed = true;
            return 0;
        }
        *slot = object;
        walk->table[at] = object;
        walk->used++;
    }
    return 0;
}

/* A frame that runs does not show the collector what it has: its function, and the
 * values of its variables, which are added to `held`. */
static int add_running(PyObject *held, PyFrameObject *frame)
{
    PyObject *function = hr_compat_frame_function(frame);
    bool had = hr_compat_has_snapshot(frame);
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *values = locals == NULL ? NULL : PyMapping_Values(locals);
    int status = values == NULL ? -1 : PyList_Append(held, values);

    if (status == 0 && function != NULL) {
        status = PyList_Append(held, function);
    }
    hr_compat_drop_snapshot(frame, locals, had);
    Py_XDECREF(values);
    Py_XDECREF(locals);
    return status;
}

static PyObject *running(void)
{
    PyObject *stacks = hr_stacks_running();
    PyObject *held = stacks == NULL ? NULL : PyList_New(0);

    for (Py_ssize_t i = 0; held != NULL && i < PyList_GET_SIZE(stacks); i++) {
        PyFrameObject *frame = (PyFrameObject *)Py_NewRef(PyList_GET_ITEM(stacks, i));

        while (frame != NULL) {
            if (held != NULL && add_running(held, frame) < 0) {
                Py_CLEAR(held);
            }
            Py_SETREF(frame, PyFrame_GetBack(frame));
        }
    }
    Py_XDECREF(stacks);
    return held;
}

/* Nothing runs, and no object is made, while what was met is only borrowed. */
static void walk_all(struct walk *walk, PyObject *tracked, PyObject *held,
                     hr_objects_wanted *wanted, void *context, struct hr_array *found)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tracked); i++) {
        meet(PyList_GET_ITEM(tracked, i), walk);
    }
    meet(PyImport_GetModuleDict(), walk);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(held); i++) {
        meet(PyList_GET_ITEM(held, i), walk);
    }
    while (!walk->failed && walk->left.count > 0) {
        PyObject *object = *(PyObject **)hr_array_at(&walk->left, walk->left.count - 1);

        hr_array_shrink(&walk->left, walk->left.count - 1);
        if (object != held && wanted(object, context)) {
            PyObject **slot = hr_array_push(found);

            if (slot == NULL) {
                walk->failed = true;
                break;
            }
            *slot = Py_NewRef(object);
        }
        Py_TYPE(object)->tp_traverse(object, meet, walk);
    }
}

PyObject *hr_frozen_find(PyObject *tracked, hr_objects_wanted *wanted, void *context)
{
    struct walk walk = {.table = NULL};
    struct hr_array found;
    PyObject *held = running();
    PyObject *list;

    hr_array_init(&walk.left, sizeof(PyObject *));
    hr_array_init(&found, sizeof(PyObject *));
    if (held != NULL) {
        walk_all(&walk, tracked, held, wanted, context, &found);
    }
    list = held == NULL ? NULL : hr_objects_list(&found);
    if (walk.failed) {
        PyErr_NoMemory();
        Py_CLEAR(list);
    }
    hr_array_finish(&walk.left);
    PyMem_Free(walk.table);
    Py_XDECREF(held);
    return list;
}
