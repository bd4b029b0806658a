#include "runtime/cycle/flow.h"

#include <string.h>

#include "runtime/cycle/crash.h"
#include "runtime/imports.h"

/* ---- the instructions, as the interpreter's own dis reads them ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

static bool goes_on(const char *name)
{
    static const char *const ends[] = {"JUMP_FORWARD",
                                       "JUMP_BACKWARD",
                                       "JUMP_BACKWARD_NO_INTERRUPT",
                                       "RETURN_VALUE",
                                       "RETURN_CONST",
                                       "RAISE_VARARGS",
                                       "RERAISE",
                                       NULL};

    return !is_one_of(name, ends);
}

/* But for want of memory; 4 is 3.12's ASYNC_GEN_WRAP. */
static bool cannot_fail(const char *name, Py_ssize_t argument)
{
    static const char *const quiet[] = {"LOAD_CONST",  "LOAD_FAST",  "NOP",
                                        "POP_TOP",     "STORE_FAST", "PUSH_NULL",
                                        "COPY",        "SWAP",       "ASYNC_GEN_WRAP",
                                        "YIELD_VALUE", NULL};

    return is_one_of(name, quiet) ||
           (strcmp(name, "CALL_INTRINSIC_1") == 0 && argument == 4);
}

static Py_ssize_t number_of(PyObject *instruction, const char *attribute)
{
    PyObject *value = PyObject_GetAttrString(instruction, attribute);
    Py_ssize_t number =
        value != NULL && PyLong_Check(value) ? PyLong_AsSsize_t(value) : HR_NOWHERE;

    Py_XDECREF(value);
    return number;
}

static bool is_in(PyObject *dis, const char *list, Py_ssize_t opcode)
{
    PyObject *opcodes = PyObject_GetAttrString(dis, list);
    PyObject *number = opcodes == NULL ? NULL : PyLong_FromSsize_t(opcode);
    bool is = number != NULL && PySequence_Contains(opcodes, number) > 0;

    Py_XDECREF(number);
    Py_XDECREF(opcodes);
    return is;
}

/* `previous`: where the instruction before it stands, or HR_NOWHERE.  Returns where
 * this one does, or HR_NOWHERE with an exception. */
static Py_ssize_t add_instruction(struct hr_flow *flow, PyObject *dis,
                                  PyObject *instruction, Py_ssize_t previous)
{
    Py_ssize_t at = number_of(instruction, "offset") / 2;
    Py_ssize_t opcode = number_of(instruction, "opcode");
    PyObject *name_object = PyObject_GetAttrString(instruction, "opname");
    const char *name = name_object == NULL ? NULL : PyUnicode_AsUTF8(name_object);
    Py_ssize_t argument = 0;
    struct hr_unit *unit;

    if (PyErr_Occurred() || name == NULL || at < 0 || at >= flow->size) {
        Py_XDECREF(name_object);
        return HR_NOWHERE;
    }
    unit = &flow->units[at];
    unit->begins = true;
    argument = strcmp(name, "RESUME") == 0 || strcmp(name, "CALL_INTRINSIC_1") == 0
                   ? number_of(instruction, "arg")
                   : 0;
    unit->quiet = cannot_fail(name, argument);
    unit->drops = strcmp(name, "POP_TOP") == 0;
    if (is_in(dis, "hasjrel", opcode) || is_in(dis, "hasjabs", opcode)) {
        unit->target = number_of(instruction, "argval") / 2;
    }
    if (previous != HR_NOWHERE) {
        struct hr_unit *before = &flow->units[previous];

        before->next = before->next == HR_NOWHERE ? HR_NOWHERE : at;
        /* RESUME's argument says by what its frame had been suspended: 1 yield, 2
         * yield from, 3 await. */
        before->takes = before->delivers && (argument & 3) == 1;
        before->delivers = before->delivers && (argument & 3) != 3;
        flow->yields += before->delivers;
    }
    unit->delivers = strcmp(name, "YIELD_VALUE") == 0;
    unit->next = goes_on(name) ? 0 : HR_NOWHERE;
    Py_DECREF(name_object);
    return PyErr_Occurred() ? HR_NOWHERE : at;
}

static bool read_instructions(struct hr_flow *flow, PyCodeObject *code)
{
    PyObject *dis = hr_import("dis");
    PyObject *all =
        dis == NULL ? NULL : PyObject_CallMethod(dis, "get_instructions", "O", code);
    Py_ssize_t at = HR_NOWHERE;
    bool done;

    flow->instructions = all == NULL ? NULL : PySequence_List(all);
    done = flow->instructions != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(flow->instructions); i++) {
        at = add_instruction(flow, dis, PyList_GET_ITEM(flow->instructions, i), at);
        done = at != HR_NOWHERE;
    }
    if (at != HR_NOWHERE) {
        flow->units[at].next = HR_NOWHERE;
    }
    Py_XDECREF(all);
    Py_XDECREF(dis);
    return done;
}

/* The table's numbers: six bits a byte, the first ones first, bit 6 if more follow. */
static Py_ssize_t read_number(const unsigned char **at, const unsigned char *end)
{
    Py_ssize_t number = 0;
    unsigned char byte;

    do {
        byte = *at < end ? *(*at)++ : 0;
        number = number << 6 | (byte & 63);
    } while ((byte & 64) != 0);
    return number;
}

static void read_handlers(struct hr_flow *flow, PyCodeObject *code)
{
    const unsigned char *at =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);

    while (at < end) {
        Py_ssize_t start = read_number(&at, end);
        Py_ssize_t size = read_number(&at, end);
        Py_ssize_t target = read_number(&at, end);

        read_number(&at, end); /* the depth of the stack */
        for (Py_ssize_t i = start; i < start + size && i < flow->size; i++) {
            flow->units[i].handler = target < flow->size ? target : HR_NOWHERE;
        }
    }
}

bool hr_flow_read(struct hr_flow *flow, PyCodeObject *code)
{
    if (flow->instructions != NULL) {
        return true;
    }
    *flow = (struct hr_flow){.size = Py_SIZE(code), .barrier = HR_NOWHERE};
    flow->units = PyMem_Calloc((size_t)flow->size + 1, sizeof *flow->units);
    for (Py_ssize_t i = 0; flow->units != NULL && i < flow->size; i++) {
        flow->units[i].target = HR_NOWHERE;
        flow->units[i].handler = HR_NOWHERE;
    }
    if (flow->units == NULL || !read_instructions(flow, code)) {
        PyErr_Clear();
        hr_flow_finish(flow);
        return false;
    }
    read_handlers(flow, code);
    return true;
}

void hr_flow_finish(struct hr_flow *flow)
{
    PyMem_Free(flow->units);
    flow->units = NULL;
    Py_CLEAR(flow->instructions);
}

/* ---- the ways through them ---- */

static void reach(struct hr_flow *flow, Py_ssize_t at, Py_ssize_t fewest,
                  Py_ssize_t most)
{
    struct hr_unit *unit;

    if (at < 0 || at >= flow->size) {
        return;
    }
    unit = &flow->units[at];
    if (at == flow->start && unit->reached) {
        return;
    }
    most = most > flow->yields ? flow->yields + 1 : most;
    if (!unit->reached) {
        unit->fewest = fewest;
        unit->most = most;
    } else if (unit->fewest <= fewest && unit->most >= most) {
        return;
    } else {
        unit->fewest = fewest < unit->fewest ? fewest : unit->fewest;
        unit->most = most > unit->most ? most : unit->most;
    }
    unit->reached = true;
    flow->changed = true;
}

static void leave(struct hr_flow *flow, const struct hr_unit *unit)
{
    Py_ssize_t fewest = unit->fewest + unit->delivers;
    Py_ssize_t most = unit->most + unit->delivers;

    if (!unit->quiet) {
        reach(flow, unit->handler, unit->fewest, unit->most);
    }
    if (unit->delivers) { /* what is thrown in comes up there */
        reach(flow, unit->handler, fewest, most);
    }
    reach(flow, unit->target, fewest, most);
    reach(flow, unit->next, fewest, most);
}

/* From `start`, with that many values delivered before. */
void hr_flow_run(struct hr_flow *flow, Py_ssize_t start, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < flow->size; i++) {
        flow->units[i].reached = false;
    }
    flow->start = start;
    reach(flow, start, count, count);
    do {
        flow->changed = false;
        for (Py_ssize_t i = 0; i < flow->size; i++) {
            if (flow->units[i].reached && i != flow->barrier) {
                leave(flow, &flow->units[i]);
            }
        }
    } while (flow->changed);
}

Py_ssize_t hr_flow_count(const struct hr_flow *flow, Py_ssize_t at)
{
    const struct hr_unit *unit = at >= 0 && at < flow->size ? &flow->units[at] : NULL;

    return unit != NULL && unit->reached && unit->fewest == unit->most
               ? unit->fewest
               : HR_DELIVERED_UNKNOWN;
}

/* A frame that has called may stand in what is cached behind the instruction. */
Py_ssize_t hr_flow_begin(const struct hr_flow *flow, Py_ssize_t at)
{
    at = at < flow->size ? at : flow->size - 1;
    while (at > 0 && !flow->units[at].begins) {
        at--;
    }
    return at;
}
