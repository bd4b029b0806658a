#include "runtime/cycle/delivered.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/cycle/counts.h"
#include "runtime/cycle/traceback.h"

#define NOWHERE (-1)

struct unit {           /* an instruction, by its offset in code units */
    Py_ssize_t target;  /* where it may jump to, or NOWHERE */
    Py_ssize_t next;    /* what it may go on with, or NOWHERE */
    Py_ssize_t handler; /* where an exception in it goes, or NOWHERE */
    bool begins;        /* else it is part of the instruction before it */
    bool delivers;      /* a yield, which hands a value to whoever asked for one */
    bool takes;         /* ... and itself gets what is sent in */
    bool quiet;         /* cannot fail */
    bool drops;         /* throws away what it is given */
    bool reached;
    Py_ssize_t fewest; /* values delivered before it, on all ways that lead here */
    Py_ssize_t most;
};

struct flow {
    struct unit *units;
    Py_ssize_t size;
    Py_ssize_t yields; /* more than that many: it stands in a loop */
    Py_ssize_t start;  /* who gets there again has begun anew */
    bool changed;
};

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
        value != NULL && PyLong_Check(value) ? PyLong_AsSsize_t(value) : NOWHERE;

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

/* `previous`: where the instruction before it stands, or NOWHERE.  Returns where this
 * one does, or NOWHERE with an exception. */
static Py_ssize_t add_instruction(struct flow *flow, PyObject *dis,
                                  PyObject *instruction, Py_ssize_t previous)
{
    Py_ssize_t at = number_of(instruction, "offset") / 2;
    Py_ssize_t opcode = number_of(instruction, "opcode");
    PyObject *name_object = PyObject_GetAttrString(instruction, "opname");
    const char *name = name_object == NULL ? NULL : PyUnicode_AsUTF8(name_object);
    Py_ssize_t argument = 0;
    struct unit *unit;

    if (PyErr_Occurred() || name == NULL || at < 0 || at >= flow->size) {
        Py_XDECREF(name_object);
        return NOWHERE;
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
    if (previous != NOWHERE) {
        struct unit *before = &flow->units[previous];

        before->next = before->next == NOWHERE ? NOWHERE : at;
        /* RESUME's argument says by what its frame had been suspended: 1 yield, 2
         * yield from, 3 await. */
        before->takes = before->delivers && (argument & 3) == 1;
        before->delivers = before->delivers && (argument & 3) != 3;
        flow->yields += before->delivers;
    }
    unit->delivers = strcmp(name, "YIELD_VALUE") == 0;
    unit->next = goes_on(name) ? 0 : NOWHERE;
    Py_DECREF(name_object);
    return PyErr_Occurred() ? NOWHERE : at;
}

static bool read_instructions(struct flow *flow, PyCodeObject *code)
{
    PyObject *dis = PyImport_ImportModule("dis");
    PyObject *all =
        dis == NULL ? NULL : PyObject_CallMethod(dis, "get_instructions", "O", code);
    PyObject *instruction;
    Py_ssize_t at = NOWHERE;
    bool done = all != NULL;

    while (done && (instruction = PyIter_Next(all)) != NULL) {
        at = add_instruction(flow, dis, instruction, at);
        done = at != NOWHERE;
        Py_DECREF(instruction);
    }
    if (at != NOWHERE) {
        flow->units[at].next = NOWHERE;
    }
    Py_XDECREF(all);
    Py_XDECREF(dis);
    return done && !PyErr_Occurred();
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

static void read_handlers(struct flow *flow, PyCodeObject *code)
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
            flow->units[i].handler = target < flow->size ? target : NOWHERE;
        }
    }
}

static bool flow_init(struct flow *flow, PyCodeObject *code)
{
    *flow = (struct flow){.size = Py_SIZE(code)};
    flow->units = PyMem_Calloc((size_t)flow->size + 1, sizeof *flow->units);
    if (flow->units == NULL) {
        return false;
    }
    for (Py_ssize_t i = 0; i < flow->size; i++) {
        flow->units[i].target = NOWHERE;
        flow->units[i].handler = NOWHERE;
    }
    if (!read_instructions(flow, code)) {
        PyErr_Clear();
        return false;
    }
    read_handlers(flow, code);
    return true;
}

/* ---- the ways through them ---- */

static void reach(struct flow *flow, Py_ssize_t at, Py_ssize_t fewest, Py_ssize_t most)
{
    struct unit *unit;

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

static void leave(struct flow *flow, const struct unit *unit)
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
static void run_from(struct flow *flow, Py_ssize_t start, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < flow->size; i++) {
        flow->units[i].reached = false;
    }
    flow->start = start;
    reach(flow, start, count, count);
    do {
        flow->changed = false;
        for (Py_ssize_t i = 0; i < flow->size; i++) {
            if (flow->units[i].reached) {
                leave(flow, &flow->units[i]);
            }
        }
    } while (flow->changed);
}

static Py_ssize_t count_at(const struct flow *flow, Py_ssize_t at)
{
    const struct unit *unit = at >= 0 && at < flow->size ? &flow->units[at] : NULL;

    return unit != NULL && unit->reached && unit->fewest == unit->most
               ? unit->fewest
               : HR_DELIVERED_UNKNOWN;
}

/* A frame that has called may stand in what is cached behind the instruction. */
static Py_ssize_t begin_of(const struct flow *flow, Py_ssize_t at)
{
    at = at < flow->size ? at : flow->size - 1;
    while (at > 0 && !flow->units[at].begins) {
        at--;
    }
    return at;
}

/* ---- what it was dealing with ---- */

struct place { /* what is looked for, and where in it that was */
    PyFrameObject *frame;
    Py_ssize_t at;
};

static bool is_of_frame(const PyTracebackObject *entry, void *data)
{
    struct place *place = data;
    bool found = entry->tb_frame == place->frame;

    if (found) {
        place->at = entry->tb_lasti / 2;
    }
    return found;
}

/* The exception that the frame was handling when it failed, and where in the frame that
 * had come up: new reference, or NULL. */
static PyObject *handled_in(const struct hr_crash *crash, Py_ssize_t *at)
{
    struct place place = {crash->frame, NOWHERE};
    PyObject *handled =
        crash->exception == NULL
            ? NULL
            : hr_traceback_context(crash->exception, is_of_frame, &place);

    *at = place.at;
    return handled;
}

/* An exception that is thrown in comes up at the yield, or at the RESUME behind it. */
static bool is_at_yield(const struct flow *flow, Py_ssize_t at)
{
    return at > 0 && at < flow->size &&
           (flow->units[at].delivers || flow->units[at - 1].delivers);
}

/* A generator that is closed delivers nothing more: what it would have delivered before
 * matters no longer, as long as it gets to a yield. */
static bool find_closed(struct hr_crash *crash, const struct flow *flow,
                        PyObject *handled, Py_ssize_t at)
{
    if (!PyErr_GivenExceptionMatches(handled, PyExc_GeneratorExit) ||
        !is_at_yield(flow, at) || !flow->units[at].reached) {
        return false;
    }
    if (crash->count == NULL) {
        crash->delivered = flow->units[at].fewest + flow->units[at].delivers;
    }
    crash->thrown = Py_NewRef(handled);
    return true;
}

static void find(struct hr_crash *crash, struct flow *flow, Py_ssize_t failed)
{
    Py_ssize_t at = NOWHERE;
    PyObject *handled = handled_in(crash, &at);
    Py_ssize_t before;

    at = begin_of(flow, at);
    run_from(flow, 0, 0);
    if (crash->count == NULL) {
        crash->delivered = count_at(flow, failed);
    }
    if (handled == NULL || find_closed(crash, flow, handled, at)) {
        Py_XDECREF(handled);
        return;
    }
    before = crash->count != NULL ? HR_DELIVERED_UNKNOWN : count_at(flow, at);
    if (crash->count != NULL && is_at_yield(flow, at)) {
        run_from(flow, flow->units[at].handler, 0);
        if (count_at(flow, failed) == 0) {
            crash->thrown = Py_NewRef(handled);
        }
    } else if (before != HR_DELIVERED_UNKNOWN) {
        before += flow->units[at].delivers;
        run_from(flow, flow->units[at].handler, before);
        crash->delivered = count_at(flow, failed);
        if (is_at_yield(flow, at) && crash->delivered == before) {
            crash->thrown = Py_NewRef(handled);
        }
    }
    Py_DECREF(handled);
}

/* Whether a yield from which a way leads to the failure is used for what it gives. */
static bool takes_values(struct flow *flow, Py_ssize_t failed)
{
    for (Py_ssize_t i = 0; i + 1 < flow->size && failed >= 0; i++) {
        Py_ssize_t next = flow->units[i].takes ? flow->units[i + 1].next : NOWHERE;

        if (next == NOWHERE || flow->units[next].drops) {
            continue;
        }
        run_from(flow, next, 0);
        if (flow->units[failed].reached) {
            return true;
        }
    }
    return false;
}

/* The instruction that failed, or where a caller of it stands. */
static Py_ssize_t place_of(const struct hr_crash *crash)
{
    const PyTracebackObject *entry = (const PyTracebackObject *)crash->traceback;

    return (entry != NULL && entry->tb_frame == crash->frame
                ? entry->tb_lasti
                : PyFrame_GetLasti(crash->frame)) /
           2;
}

void hr_delivered_find(struct hr_crash *crash)
{
    bool suspends = (crash->code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    struct flow flow = {0};
    Py_ssize_t place;

    if (!suspends) {
        return;
    }
    place = place_of(crash);
    crash->delivered =
        crash->count != NULL ? hr_count_values(crash->count) : HR_DELIVERED_UNKNOWN;
    if (flow_init(&flow, crash->code)) {
        Py_ssize_t failed = begin_of(&flow, place);

        find(crash, &flow, failed);
        crash->takes_values = takes_values(&flow, failed);
    }
    PyMem_Free(flow.units);
}

/* An iterator, by its type alone; the object that a method belongs to is not read. */
static bool is_used_up(PyObject *name, PyObject *value)
{
    return PyIter_Check(value) && PyUnicode_CompareWithASCIIString(name, "self") != 0;
}

PyObject *hr_delivered_source(const struct hr_crash *crash)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;

    while (PyDict_Next(crash->arguments, &position, &name, &value)) {
        if (is_used_up(name, value)) {
            return name;
        }
    }
    return NULL;
}
