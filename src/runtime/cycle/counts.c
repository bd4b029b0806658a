#include "runtime/cycle/counts.h"

#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/cycle/hooks.h"

struct counts { /* COUNTS */
    PyObject_HEAD struct hr_state *state;
};

static struct hr_state *state_of(PyObject *counts)
{
    return ((struct counts *)counts)->state;
}

/* ---- one count ---- */

static void stop_awaiting(struct hr_count *count)
{
    if (count->awaited == NULL) {
        return;
    }
    count->awaited = NULL;
    if (count->next != NULL) {
        count->next->previous = count->previous;
    }
    if (count->previous != NULL) {
        count->previous->next = count->next;
    } else {
        count->state->awaiting = count->next;
    }
    count->next = count->previous = NULL;
}

static void await(struct hr_state *state, struct hr_count *count, const void *frame)
{
    count->awaited = frame;
    count->next = state->awaiting;
    if (count->next != NULL) {
        count->next->previous = count;
    }
    state->awaiting = count;
}

/* Lets go of it and of all that only it holds, not in each other's dealloc: recursive
 * generators make long chains. */
static void drop_chain(struct hr_count *count)
{
    while (count != NULL) {
        struct hr_count *child = NULL;

        if (Py_REFCNT(count) == 1) {
            child = count->child;
            count->child = NULL;
        }
        Py_DECREF(count);
        count = child;
    }
}

static void count_dealloc(PyObject *self)
{
    struct hr_count *count = (struct hr_count *)self;
    PyTypeObject *type = Py_TYPE(self);

    stop_awaiting(count);
    drop_chain(count->child);
    Py_XDECREF(count->passed);
    type->tp_free(self);
    Py_DECREF(type);
}

Py_ssize_t hr_count_values(PyObject *self)
{
    Py_ssize_t values = 0;

    for (const struct hr_count *count = (struct hr_count *)self; count != NULL;
         count = count->child) {
        values += count->values;
    }
    return values;
}

void hr_count_add(PyObject *count)
{
    if (count != NULL) {
        ((struct hr_count *)count)->values++;
    }
}

bool hr_count_has_sent(PyObject *self)
{
    bool sent = false;

    for (const struct hr_count *count = (struct hr_count *)self; count != NULL;
         count = count->child) {
        sent = sent || count->sent;
    }
    return sent;
}

/* Without memory for it, what is said at a prompt says less. */
static void note_passed(PyObject **list, PyObject *code)
{
    bool known = false;

    if (*list == NULL && (*list = PyList_New(0)) == NULL) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; !known && i < PyList_GET_SIZE(*list); i++) {
        known = PyList_GET_ITEM(*list, i) == code;
    }
    if (!known && PyList_Append(*list, code) < 0) {
        PyErr_Clear();
    }
}

static void note_all_passed(PyObject **list, PyObject *more)
{
    for (Py_ssize_t i = 0; more != NULL && i < PyList_GET_SIZE(more); i++) {
        note_passed(list, PyList_GET_ITEM(more, i));
    }
}

PyObject *hr_count_passed(PyObject *self)
{
    PyObject *list = NULL;

    for (const struct hr_count *count = (struct hr_count *)self; count != NULL;
         count = count->child) {
        note_all_passed(&list, count->passed);
    }
    return list;
}

/* Whoever waits for the count of the frame that runs gets it. */
static struct hr_count *count_new(struct hr_state *state)
{
    struct hr_count *count = PyObject_New(struct hr_count, state->count_type);

    if (count == NULL) {
        return NULL;
    }
    count->state = state;
    count->values = 0;
    count->passed = NULL;
    count->sent = false;
    count->child = count->next = count->previous = NULL;
    count->awaited = NULL;
    if (state->awaiting != NULL) {
        const void *frame = hr_compat_running_frame();
        struct hr_count *parent = state->awaiting;

        while (parent != NULL && parent->awaited != frame) {
            parent = parent->next;
        }
        if (parent != NULL) {
            stop_awaiting(parent);
            parent->child = (struct hr_count *)Py_NewRef((PyObject *)count);
        }
    }
    return count;
}

/* Its code (new reference) if it will have a count of its own once it runs; else NULL,
 * without an exception. */
static PyCodeObject *code_that_counts(PyObject *generator)
{
    PyCodeObject *code;
    bool counts = false;

    if (!hr_compat_is_new_generator(generator)) {
        return NULL;
    }
    code = hr_compat_generator_code(generator);
    for (Py_ssize_t i = PyTuple_GET_SIZE(code->co_names) - 1; !counts && i >= 0; i--) {
        counts = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, i),
                                                  HR_GUARD_COUNTS) == 0;
    }
    if (!counts) {
        Py_CLEAR(code);
    }
    return code;
}

/* What it delegated to last, and is done with, becomes its own. */
static void take_over(struct hr_count *count)
{
    struct hr_count *child = count->child;
    PyObject *passed = hr_count_passed((PyObject *)child);

    count->values += hr_count_values((PyObject *)child);
    count->sent = count->sent || hr_count_has_sent((PyObject *)child);
    note_all_passed(&count->passed, passed);
    count->child = NULL;
    drop_chain(child);
    Py_XDECREF(passed);
}

static PyObject *delegate(struct hr_count *count, PyObject *object)
{
    struct hr_state *state = count->state;
    PyCodeObject *code = NULL;
    PyObject *iterator;
    PyObject *over;

    stop_awaiting(count);
    if (count->child != NULL) {
        take_over(count);
    }
    /* Whether a coroutine may stand there, `yield from` itself knows. */
    if (PyCoro_CheckExact(object)) {
        return Py_NewRef(object);
    }
    if (PyGen_CheckExact(object) && (code = code_that_counts(object)) != NULL) {
        note_passed(&count->passed, (PyObject *)code);
        Py_DECREF(code);
        await(state, count, hr_compat_generator_frame(object));
        return Py_NewRef(object);
    }
    iterator = PyObject_GetIter(object);
    over = iterator == NULL ? NULL : hr_over_new(state->over_type, iterator, count);
    Py_XDECREF(iterator);
    return over;
}

/* As an operator's slot: the other operand may be the one that is ours. */
static PyObject *count_delegate(PyObject *self, PyObject *object)
{
    if (Py_TYPE(self)->tp_dealloc != count_dealloc) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return delegate((struct hr_count *)self, object);
}

static PyObject *count_item(PyObject *self, PyObject *value)
{
    ((struct hr_count *)self)->values++;
    return Py_NewRef(value);
}

static PyType_Slot count_slots[] = {
    {Py_tp_dealloc, count_dealloc},
    {Py_mp_subscript, count_item},
    {Py_nb_matrix_multiply, count_delegate},
    {0, NULL},
};

static PyType_Spec count_spec = {
    .name = "hot_restart.count",
    .basicsize = sizeof(struct hr_count),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = count_slots,
};

/* ---- what makes them ---- */

static PyObject *counts_positive(PyObject *self)
{
    return (PyObject *)count_new(state_of(self));
}

/* That of a frame of a body without a variable for it (borrowed); NULL without an
 * exception if there is none. */
static struct hr_count *shown_count(struct hr_state *state, const void *frame)
{
    PyObject *key =
        state->shown_counts == NULL ? NULL : PyLong_FromVoidPtr((void *)frame);
    PyObject *count =
        key == NULL ? NULL : PyDict_GetItemWithError(state->shown_counts, key);

    Py_XDECREF(key);
    PyErr_Clear();
    return (struct hr_count *)count;
}

/* A new one: what stood for the frame's address was that of a frame before. */
static PyObject *counts_negative(PyObject *self)
{
    struct hr_state *state = state_of(self);
    PyObject *count = (PyObject *)count_new(state);
    PyObject *key = NULL;
    int status = -1;

    if (count != NULL) {
        key = PyLong_FromVoidPtr((void *)hr_compat_running_frame());
    }
    if (key != NULL && state->shown_counts == NULL) {
        state->shown_counts = PyDict_New();
    }
    if (key != NULL && state->shown_counts != NULL) {
        status = PyDict_SetItem(state->shown_counts, key, count);
    }
    Py_XDECREF(key);
    Py_XDECREF(count);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *counts_item(PyObject *self, PyObject *value)
{
    struct hr_count *count = shown_count(state_of(self), hr_compat_running_frame());

    hr_count_add((PyObject *)count);
    return Py_NewRef(value);
}

static void counts_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *counts_delegate(PyObject *self, PyObject *object)
{
    struct hr_count *count;

    if (Py_TYPE(self)->tp_dealloc != counts_dealloc) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    count = shown_count(state_of(self), hr_compat_running_frame());
    return count == NULL ? Py_NewRef(object) : delegate(count, object);
}

static PyMethodDef counts_methods[] = {HR_HOOKS_METHODS, {NULL, NULL, 0, NULL}};

static PyType_Slot counts_slots[] = {
    {Py_tp_dealloc, counts_dealloc},
    {Py_tp_methods, counts_methods},
    {Py_nb_positive, counts_positive},
    {Py_nb_negative, counts_negative},
    {Py_mp_subscript, counts_item},
    {Py_nb_matrix_multiply, counts_delegate},
    {0, NULL},
};

static PyType_Spec counts_spec = {
    .name = "hot_restart.counts",
    .basicsize = sizeof(struct counts),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = counts_slots,
};

int hr_counts_init(PyObject *module, struct hr_state *state)
{
    struct {
        PyTypeObject **type;
        PyType_Spec *spec;
    } const types[] = {{&state->counts_type, &counts_spec},
                       {&state->count_type, &count_spec},
                       {&state->over_type, &hr_over_spec}};
    struct counts *counts;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        *types[i].type =
            (PyTypeObject *)PyType_FromModuleAndSpec(module, types[i].spec, NULL);
        if (*types[i].type == NULL) {
            return -1;
        }
    }
    counts = PyObject_New(struct counts, state->counts_type);
    if (counts == NULL) {
        return -1;
    }
    counts->state = state;
    state->counts = (PyObject *)counts;
    return PyDict_SetItemString(PyEval_GetBuiltins(), HR_GUARD_COUNTS, state->counts);
}

PyObject *hr_counts_of(struct hr_state *state, PyFrameObject *frame)
{
    PyObject *name = PyUnicode_FromString(HR_GUARD_COUNT);
    PyObject *count = name == NULL ? NULL : hr_frame_local(frame, name);
    PyObject *generator = count == NULL ? PyFrame_GetGenerator(frame) : NULL;

    Py_XDECREF(name);
    if (count == NULL && generator != NULL) {
        count = Py_XNewRef(
            (PyObject *)shown_count(state, hr_compat_generator_frame(generator)));
    }
    Py_XDECREF(generator);
    PyErr_Clear();
    if (count != NULL && Py_TYPE(count) != state->count_type) {
        Py_CLEAR(count);
    }
    return count;
}
