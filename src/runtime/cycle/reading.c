#include "runtime/cycle/reading.h"

#include <string.h>

#include "runtime/cycle/delivered.h"

/* ---- what stands for the iterator ---- */

/* Gives the item, and then what the iterator gives; its attributes are the iterator's.
 */
struct reading {
    PyObject_HEAD PyObject *iterator;
    PyObject *item; /* NULL: it was taken again */
};

static int reading_clear(PyObject *self)
{
    Py_CLEAR(((struct reading *)self)->iterator);
    Py_CLEAR(((struct reading *)self)->item);
    return 0;
}

static int reading_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct reading *)self)->iterator);
    Py_VISIT(((struct reading *)self)->item);
    return 0;
}

static void reading_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    reading_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyObject *reading_next(PyObject *self)
{
    struct reading *reading = (struct reading *)self;
    PyObject *item = reading->item;

    reading->item = NULL;
    return item != NULL ? item
                        : Py_TYPE(reading->iterator)->tp_iternext(reading->iterator);
}

static PyObject *reading_attribute(PyObject *self, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "__next__") == 0) {
        return PyObject_GenericGetAttr(self, name);
    }
    return PyObject_GetAttr(((struct reading *)self)->iterator, name);
}

static PyType_Slot reading_slots[] = {
    {Py_tp_dealloc, reading_dealloc},
    {Py_tp_traverse, reading_traverse},
    {Py_tp_clear, reading_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, reading_next},
    {Py_tp_getattro, reading_attribute},
    {0, NULL},
};

PyType_Spec hr_reading_spec = {
    .name = "hot_restart.reading",
    .basicsize = sizeof(struct reading),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = reading_slots,
};

static PyObject *reading_new(PyTypeObject *type, PyObject *iterator, PyObject *item)
{
    struct reading *reading = PyObject_GC_New(struct reading, type);

    if (reading != NULL) {
        reading->iterator = Py_NewRef(iterator);
        reading->item = Py_NewRef(item);
        PyObject_GC_Track(reading);
    }
    return (PyObject *)reading;
}

int hr_reading_put_back(struct hr_state *state, struct hr_crash *crash)
{
    PyObject *iterator;
    PyObject *reading;
    int status = -1;

    if (crash->item == NULL || crash->positional != NULL) {
        return 0;
    }
    iterator = PyDict_GetItemWithError(crash->arguments, crash->reads);
    if (iterator != NULL && Py_TYPE(iterator) == state->reading_type &&
        ((struct reading *)iterator)->item == NULL) {
        ((struct reading *)iterator)->item = Py_NewRef(crash->item);
        status = 0;
    } else if (iterator != NULL) {
        reading = reading_new(state->reading_type, iterator, crash->item);
        status = reading == NULL
                     ? -1
                     : PyDict_SetItem(crash->arguments, crash->reads, reading);
        Py_XDECREF(reading);
    }
    Py_CLEAR(crash->item);
    return status;
}

/* ---- the loop over it ---- */

struct loop { /* for VARIABLE in PARAMETER: ..., by units of code */
    PyObject *parameter;
    PyObject *variable; /* owned */
    Py_ssize_t head;    /* FOR_ITER */
    unsigned loads;     /* of the parameter */
    unsigned heads;
    bool unsure;
};

static bool begins_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

static bool is_name(PyObject *value, PyObject *name)
{
    return PyUnicode_Check(value) && PyUnicode_Compare(value, name) == 0;
}

/* Of an instruction that 3.13 made of two, both names: what it stores to and loads. */
struct uses {
    PyObject *stored[2]; /* borrowed */
    PyObject *loaded[2];
};

static void read_uses(const char *opname, PyObject *value, struct uses *uses)
{
    static const char *const loads[] = {"LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE"};
    static const char *const stores[] = {"STORE_FAST", "DELETE_FAST", "STORE_DEREF",
                                         "DELETE_DEREF", "MAKE_CELL"};

    *uses = (struct uses){{NULL, NULL}, {NULL, NULL}};
    if (PyTuple_Check(value) && PyTuple_GET_SIZE(value) == 2) {
        bool stores_first = begins_with(opname, "STORE_FAST");
        bool stores_last = strcmp(opname, "STORE_FAST_STORE_FAST") == 0;

        (stores_first ? uses->stored : uses->loaded)[0] = PyTuple_GET_ITEM(value, 0);
        (stores_last ? uses->stored : uses->loaded)[1] = PyTuple_GET_ITEM(value, 1);
        return;
    }
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        uses->loaded[1] = begins_with(opname, loads[i]) ? value : uses->loaded[1];
    }
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        uses->stored[0] = begins_with(opname, stores[i]) ? value : uses->stored[0];
    }
}

/* Instructions but for what only makes another's argument longer. */
static PyObject *instructions_of(const struct hr_flow *flow)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t at = 0; list != NULL && at < PyList_GET_SIZE(flow->instructions);
         at++) {
        PyObject *one = PyList_GET_ITEM(flow->instructions, at);
        PyObject *entry = PyTuple_New(3);
        static const char *const parts[] = {"opname", "argval", "offset"};
        bool whole = entry != NULL;

        for (int i = 0; whole && i < 3; i++) {
            PyObject *part = PyObject_GetAttrString(one, parts[i]);

            whole = part != NULL;
            if (whole) {
                PyTuple_SET_ITEM(entry, i, part);
            }
        }
        if (!whole || (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(entry, 0),
                                                        "EXTENDED_ARG") != 0 &&
                       PyList_Append(list, entry) < 0)) {
            Py_CLEAR(list);
        }
        Py_XDECREF(entry);
    }
    return list;
}

static const char *opname_of(PyObject *list, Py_ssize_t at)
{
    PyObject *entry =
        at >= 0 && at < PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, at) : NULL;
    const char *name =
        entry == NULL ? NULL : PyUnicode_AsUTF8(PyTuple_GET_ITEM(entry, 0));

    return name != NULL ? name : "";
}

static void uses_at(PyObject *list, Py_ssize_t at, struct uses *uses)
{
    *uses = (struct uses){{NULL, NULL}, {NULL, NULL}};
    if (at >= 0 && at < PyList_GET_SIZE(list)) {
        read_uses(opname_of(list, at), PyTuple_GET_ITEM(PyList_GET_ITEM(list, at), 1),
                  uses);
    }
}

static bool is_one_of(PyObject *const *names, PyObject *name)
{
    return (names[0] != NULL && is_name(names[0], name)) ||
           (names[1] != NULL && is_name(names[1], name));
}

/* Where the loop over the parameter has its head. */
static void find_head(struct loop *loop, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        struct uses uses, before, behind;

        uses_at(list, i, &uses);
        uses_at(list, i - 2, &before);
        uses_at(list, i + 1, &behind);
        loop->loads += is_one_of(uses.loaded, loop->parameter);
        loop->unsure = loop->unsure || is_one_of(uses.stored, loop->parameter);
        if (strcmp(opname_of(list, i), "FOR_ITER") == 0 &&
            strcmp(opname_of(list, i - 1), "GET_ITER") == 0 &&
            before.loaded[1] != NULL && is_name(before.loaded[1], loop->parameter) &&
            begins_with(opname_of(list, i + 1), "STORE_FAST") &&
            behind.stored[0] != NULL && PyUnicode_Check(behind.stored[0])) {
            Py_XSETREF(loop->variable, Py_NewRef(behind.stored[0]));
            loop->head =
                PyLong_AsSsize_t(PyTuple_GET_ITEM(PyList_GET_ITEM(list, i), 2)) / 2;
            loop->heads++;
        }
    }
}

/* The parameter is read by the loop alone, and the variable is the loop's. */
static bool find_loop(struct loop *loop, const struct hr_flow *flow)
{
    PyObject *list = instructions_of(flow);
    unsigned stores = 0;

    if (list == NULL) {
        PyErr_Clear();
        return false;
    }
    find_head(loop, list);
    for (Py_ssize_t i = 0; loop->heads == 1 && i < PyList_GET_SIZE(list); i++) {
        struct uses uses;

        uses_at(list, i, &uses);
        stores += is_one_of(uses.stored, loop->variable);
    }
    Py_DECREF(list);
    PyErr_Clear();
    return loop->heads == 1 && loop->loads == 1 && stores == 1 && !loop->unsure;
}

/* ---- where it failed ---- */

/* The parameter (borrowed) that was given an iterator, if there is only one. */
static PyObject *only_source(const struct hr_crash *crash, PyObject **iterator)
{
    PyObject *name, *value, *found = NULL;
    Py_ssize_t position = 0;

    while (PyDict_Next(crash->arguments, &position, &name, &value)) {
        if (hr_delivered_is_used_up(name, value)) {
            if (found != NULL) {
                return NULL;
            }
            found = name;
            *iterator = value;
        }
    }
    return found;
}

/* Whether it is its own iterator; what is written in Python is not asked. */
static bool is_own_iterator(struct hr_state *state, PyObject *object)
{
    PyObject *method, *iterator;
    bool is;

    if (Py_TYPE(object) == state->reading_type) {
        return true;
    }
    method = PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__iter__");
    iterator =
        method == NULL || PyFunction_Check(method) ? NULL : PyObject_GetIter(object);
    is = iterator == object;
    PyErr_Clear();
    Py_XDECREF(method);
    Py_XDECREF(iterator);
    return is;
}

/* Whether a way leads from `start` to where it failed without a step of the loop; how
 * many values it delivers. */
static bool leads(struct hr_flow *flow, Py_ssize_t start, Py_ssize_t failed,
                  Py_ssize_t *count)
{
    if (start < 0 || start >= flow->size) {
        return false;
    }
    hr_flow_run(flow, start, 0);
    *count = hr_flow_count(flow, failed);
    return flow->units[failed].reached;
}

static Py_ssize_t sum(Py_ssize_t a, Py_ssize_t b)
{
    return a == HR_DELIVERED_UNKNOWN || b == HR_DELIVERED_UNKNOWN ? HR_DELIVERED_UNKNOWN
                                                                  : a + b;
}

/* False: where it stands in the loop cannot be told. */
static bool place(struct hr_crash *crash, const struct loop *loop, struct hr_flow *flow,
                  Py_ssize_t failed)
{
    Py_ssize_t before = 0, within = 0, behind = 0, ahead;
    bool is_before, is_within, is_behind;

    flow->barrier = loop->head;
    is_before = leads(flow, 0, failed, &before);
    ahead = hr_flow_count(flow, loop->head);
    if (failed == loop->head) { /* the iterator itself failed */
        crash->again = ahead;
        return true;
    }
    is_within = leads(flow, flow->units[loop->head].next, failed, &within);
    is_behind = leads(flow, flow->units[loop->head].target, failed, &behind);
    if (is_before + is_within + is_behind != 1) {
        return false;
    }
    if (is_within) {
        crash->again = sum(ahead, within);
        crash->item = hr_frame_local(crash->frame, loop->variable);
        return crash->item != NULL;
    }
    if (is_behind) {
        crash->again = sum(ahead, behind);
    } else {
        Py_CLEAR(crash->reads); /* nothing of it was read */
    }
    return true;
}

void hr_reading_find(struct hr_state *state, struct hr_crash *crash,
                     struct hr_flow *flow)
{
    bool suspends = (crash->code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    PyObject *iterator = NULL;
    struct loop loop = {.parameter = only_source(crash, &iterator)};
    bool known = false;

    crash->again = HR_DELIVERED_UNKNOWN;
    crash->reads = Py_XNewRef(loop.parameter);
    if (loop.parameter != NULL && is_own_iterator(state, iterator) &&
        hr_flow_read(flow, crash->code) && find_loop(&loop, flow)) {
        known =
            place(crash, &loop, flow, hr_flow_begin(flow, hr_delivered_place(crash)));
    }
    if (!known) {
        Py_XSETREF(crash->reads,
                   suspends ? Py_XNewRef(hr_delivered_source(crash)) : NULL);
        crash->lost = crash->reads != NULL;
    }
    PyErr_Clear();
    Py_XDECREF(loop.variable);
}
