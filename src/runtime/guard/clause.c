#include "runtime/guard/clause.h"

#include <limits.h>
#include <opcode.h>
#include "runtime/compat.h"
#include "runtime/guard/instructions.h"
#include "runtime/guard/ranges.h"

/* SWAP, POP_TOP and PUSH_EXC_INFO: the stack is then as the clause's cleanup expects.
 */
#define UNITS_TO_TAKE 3

static unsigned char *unit_at(PyCodeObject *code, unsigned unit)
{
    return (unsigned char *)code->co_code_adaptive + (size_t)unit * 2;
}

static bool stands_at(PyCodeObject *code, unsigned unit, int opcode, int argument)
{
    const unsigned char *at = unit_at(code, unit);
    return (Py_ssize_t)unit < Py_SIZE(code) && at[0] == opcode && at[1] == argument;
}

/* LOAD_GLOBAL of the name, to be called. */
static bool loads(PyCodeObject *code, unsigned *unit, PyObject *name)
{
    unsigned argument = 0;
    while ((Py_ssize_t)*unit + 1 < Py_SIZE(code) &&
           *unit_at(code, *unit) == EXTENDED_ARG) {
        argument = (argument | unit_at(code, *unit)[1]) << 8;
        ++*unit;
    }
    if ((Py_ssize_t)*unit >= Py_SIZE(code) || *unit_at(code, *unit) != LOAD_GLOBAL) {
        return false;
    }
    argument |= unit_at(code, *unit)[1];
    return (argument & 1U) != 0 &&
           (Py_ssize_t)(argument >> 1) < PyTuple_GET_SIZE(code->co_names) &&
           PyTuple_GET_ITEM(code->co_names, argument >> 1) == name;
}

/* Whether the handler is the guard's, and leaves room for the shorter one. */
static bool read_clause(PyCodeObject *code, unsigned handler, PyObject *name,
                        struct hr_clause *clause)
{
    unsigned at = handler + 1;
    if (!stands_at(code, handler, PUSH_EXC_INFO, 0) || !loads(code, &at, name)) {
        return false;
    }
    clause->handler = handler;
    clause->load = at;
    clause->ask = at + 1 + HR_COMPAT_CACHES_OF_LOAD_GLOBAL;
    at = clause->ask + HR_COMPAT_UNITS_OF_CALL;
    clause->jump = at + 1;
    clause->body = clause->jump + 1 + HR_COMPAT_CACHES_OF_JUMP;
    clause->jumps = clause->ask + 1 + HR_COMPAT_CACHES_OF_CONTAINS;
    clause->taken = clause->jumps + 1 + HR_COMPAT_CACHES_OF_JUMP;
    if (!stands_at(code, clause->ask, HR_COMPAT_BEGINS_CALL, 0) ||
        !stands_at(code, at, CHECK_EXC_MATCH, 0) ||
        !stands_at(code, clause->body, POP_TOP, 0) ||
        *unit_at(code, clause->jump) != HR_COMPAT_JUMP_IF_FALSE) {
        return false;
    }
    clause->raise = clause->body + unit_at(code, clause->jump)[1];
    return stands_at(code, clause->raise, RERAISE, 0) &&
           clause->raise - clause->taken <= 255;
}

/* Whether the range is the clause's own, which ends in the usual cleanup. */
static bool is_cleaned_up(PyCodeObject *code, const struct hr_range *range,
                          unsigned start)
{
    return range->start == start && stands_at(code, range->handler, COPY, 3) &&
           stands_at(code, range->handler + 1, POP_EXCEPT, 0) &&
           stands_at(code, range->handler + 2, RERAISE, 1);
}

/* Whether the cleanup of the clause and of its raise is the usual one. */
static bool read_cleanup(PyCodeObject *code, const struct hr_clause *clause)
{
    struct hr_range own, raising;
    return hr_ranges_find(code, clause->ask, &own) &&
           hr_range_holds(&own, clause->body) &&
           is_cleaned_up(code, &own, clause->handler) &&
           hr_ranges_find(code, clause->raise, &raising) &&
           is_cleaned_up(code, &raising, clause->raise) &&
           raising.handler == own.handler && raising.count == 1;
}

struct hr_clause hr_clause_find(PyCodeObject *code, PyObject *name)
{
    struct hr_ranges ranges = hr_ranges_of(code);
    struct hr_range range;
    struct hr_clause clause;
    while (hr_ranges_next(&ranges, &range)) {
        if (read_clause(code, range.handler, name, &clause) &&
            read_cleanup(code, &clause)) {
            return clause;
        }
    }
    return (struct hr_clause){0};
}

bool hr_clause_hides(const struct hr_clause *clause, unsigned unit, unsigned *until)
{
    const unsigned ends[] = {clause->handler, clause->taken, clause->raise,
                             clause->raise + 1};
    unsigned passed = 0;
    while (clause->handler != 0 && passed < 4 && unit >= ends[passed]) {
        passed++;
    }
    *until = clause->handler != 0 && passed < 4 ? ends[passed] : UINT_MAX;
    return passed % 2 == 1;
}

/*
 * The offset of what failed is kept for the raise.  Asking and raising again leave for
 * where the raise of the cleanup leaves for (`outer`, empty: for the caller): the stack
 * is not yet what the cleanup undoes.
 */
static PyObject *new_table(PyCodeObject *code, const struct hr_clause *clause)
{
    struct hr_ranges ranges = hr_ranges_of(code);
    struct hr_range range, outer = {0};
    struct hr_bytes out;
    hr_bytes_init(&out);
    if (hr_ranges_find(code, clause->raise, &range) &&
        !hr_ranges_find(code, range.handler + 2, &outer)) {
        outer = (struct hr_range){0};
    }
    while (hr_ranges_next(&ranges, &range)) {
        bool leaves = range.start == clause->handler || range.start == clause->raise;
        if (range.handler == clause->handler) {
            range.depth |= 1U;
        } else if (leaves) {
            struct hr_range asking = outer;
            unsigned end = range.start + range.count;
            unsigned rest =
                range.start == clause->raise ? end : clause->taken + UNITS_TO_TAKE;
            asking.start = range.start;
            asking.count = outer.count > 0 ? rest - range.start : 0;
            hr_range_write(&out, &asking);
            range.start = rest;
            range.count = end - rest;
        }
        hr_range_write(&out, &range);
    }
    PyObject *table = out.failed
                          ? PyErr_NoMemory()
                          : PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.size);
    hr_bytes_finish(&out);
    return table;
}

static unsigned put(PyCodeObject *code, unsigned unit, int opcode, unsigned argument)
{
    unsigned char *at = unit_at(code, unit);
    at[0] = (unsigned char)opcode;
    at[1] = (unsigned char)argument;
    return unit + 1;
}

/* On the stack are the offset of what failed and the exception, and nothing else until
 * it is known to be taken. */
static void put_clause(PyCodeObject *code, const struct hr_clause *clause)
{
    unsigned char counter[2] = {0, 0}; /* of the jump */
    if (HR_COMPAT_CACHES_OF_JUMP > 0) {
        counter[0] = unit_at(code, clause->jump + 1)[0];
        counter[1] = unit_at(code, clause->jump + 1)[1];
    }
    put(code, clause->handler, COPY, 1);
    unit_at(code, clause->load)[1] &= 0xFEU; /* not to be called */
    put(code, clause->ask, CONTAINS_OP, 0);  /* with the call's own counter */
    unsigned at = put(code, clause->jumps, HR_COMPAT_JUMP_IF_FALSE,
                      clause->raise - clause->taken);
    for (int i = 0; i < HR_COMPAT_CACHES_OF_JUMP; i++) {
        at = put(code, at, counter[0], counter[1]);
    }
    put(code, clause->raise, RERAISE, 1);
    at = put(code, at, SWAP, 2);
    at = put(code, at, POP_TOP, 0);
    at = put(code, at, PUSH_EXC_INFO, 0);
    while (at < clause->body) {
        at = put(code, at, NOP, 0);
    }
}

/* A generator that is closed at a yield with no handler of its own has nothing to run.
 * CPython 3.13 then does not resume it; the guard's handler is none of its own. */
static void mark_yields(PyCodeObject *code, const struct hr_clause *clause)
{
    struct hr_instructions walk;
    struct hr_range range;
    int before = 0;
    hr_instructions_init_fresh(&walk, code);
    while (HR_COMPAT_RESUMED_UNHANDLED != 0 && hr_instructions_next(&walk)) {
        unsigned unit = (unsigned)walk.at / 2;
        if (before == YIELD_VALUE && walk.opcode == RESUME &&
            walk.argument == HR_COMPAT_RESUMED_AFTER_YIELD &&
            hr_ranges_find(code, unit - 1, &range) &&
            range.handler == clause->handler) {
            unit_at(code, unit)[1] |= HR_COMPAT_RESUMED_UNHANDLED;
        }
        before = walk.opcode;
    }
}

int hr_clause_shorten(PyCodeObject *code, const struct hr_clause *clause)
{
    if (clause->handler == 0) {
        return 0;
    }
    PyObject *table = new_table(code, clause);
    if (table == NULL) {
        return -1;
    }
    mark_yields(code, clause);
    put_clause(code, clause);
    /* The bytes object may be shared with other code objects: it stays as it is. */
    Py_SETREF(code->co_exceptiontable, table);
    return 0;
}
