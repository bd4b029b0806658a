#include "runtime/guard/clause.h"

#include <opcode.h>
#include <stdbool.h>

#include "runtime/compat.h"
#include "runtime/guard/ranges.h"

/* In code units. */
struct clause {
    unsigned handler; /* its first instruction: PUSH_EXC_INFO */
    unsigned load;    /* LOAD_GLOBAL __hr_crashed__ */
    unsigned ask;     /* the call of it */
    unsigned jump;    /* over the body */
    unsigned body;    /* its first instruction: POP_TOP */
    unsigned reraise; /* where it is going to be raised again, if it is not taken */
};

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

/* Whether the handler is the guard's. */
static bool read_clause(PyCodeObject *code, unsigned handler, PyObject *name,
                        struct clause *clause)
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
    return stands_at(code, clause->ask, HR_COMPAT_BEGINS_CALL, 0) &&
           stands_at(code, at, CHECK_EXC_MATCH, 0) &&
           stands_at(code, clause->body, POP_TOP, 0) &&
           *unit_at(code, clause->jump) == HR_COMPAT_JUMP_IF_FALSE;
}

/* Whether the cleanup of the clause is the usual one; *outer is the range that its
 * raise is in, empty if it is in none. */
static bool read_cleanup(PyCodeObject *code, const struct clause *clause,
                         struct hr_range *outer)
{
    struct hr_range own;
    if (!hr_ranges_find(code, clause->ask, &own) || own.start != clause->handler ||
        !hr_range_holds(&own, clause->body) || !stands_at(code, own.handler, COPY, 3) ||
        !stands_at(code, own.handler + 1, POP_EXCEPT, 0) ||
        !stands_at(code, own.handler + 2, RERAISE, 1)) {
        return false;
    }
    if (!hr_ranges_find(code, own.handler + 2, outer)) {
        *outer = (struct hr_range){0};
    }
    return true;
}

/* Asking and raising again leave for where the raise of the cleanup leaves for: the
 * stack is not yet what the cleanup undoes. */
static PyObject *new_table(PyCodeObject *code, const struct clause *clause,
                           const struct hr_range *outer)
{
    struct hr_ranges ranges = hr_ranges_of(code);
    struct hr_range range;
    struct hr_bytes out;
    hr_bytes_init(&out);
    while (hr_ranges_next(&ranges, &range)) {
        if (hr_range_holds(&range, clause->reraise)) {
            unsigned end = range.start + range.count;
            struct hr_range asking = *outer;
            asking.start = range.start;
            asking.count = outer->count > 0 ? clause->reraise + 1 - range.start : 0;
            hr_range_write(&out, &asking);
            range.start = clause->reraise + 1;
            range.count = end - range.start;
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

/* The exception is all that is on the stack until it is known to be taken. */
static void put_clause(PyCodeObject *code, const struct clause *clause)
{
    unsigned char counter[2] = {0, 0}; /* of the jump */
    if (HR_COMPAT_CACHES_OF_JUMP > 0) {
        counter[0] = unit_at(code, clause->jump + 1)[0];
        counter[1] = unit_at(code, clause->jump + 1)[1];
    }
    put(code, clause->handler, COPY, 1);
    unit_at(code, clause->load)[1] &= 0xFEU; /* not to be called */
    unsigned at = put(code, clause->ask, CONTAINS_OP, 0);
    at += HR_COMPAT_CACHES_OF_CONTAINS; /* the call's own counter */
    at = put(code, at, HR_COMPAT_JUMP_IF_TRUE, 1);
    for (int i = 0; i < HR_COMPAT_CACHES_OF_JUMP; i++) {
        at = put(code, at, counter[0], counter[1]);
    }
    at = put(code, at, RERAISE, 0);
    at = put(code, at, PUSH_EXC_INFO, 0);
    while (at < clause->body) {
        at = put(code, at, NOP, 0);
    }
}

int hr_clause_shorten(PyCodeObject *code, PyObject *name)
{
    struct hr_ranges ranges = hr_ranges_of(code);
    struct hr_range range, outer;
    struct clause clause;
    while (hr_ranges_next(&ranges, &range)) {
        if (!read_clause(code, range.handler, name, &clause) ||
            !read_cleanup(code, &clause, &outer)) {
            continue;
        }
        clause.reraise =
            clause.ask + 2 + HR_COMPAT_CACHES_OF_CONTAINS + HR_COMPAT_CACHES_OF_JUMP;
        PyObject *table = new_table(code, &clause, &outer);
        if (table == NULL) {
            return -1;
        }
        put_clause(code, &clause);
        /* The bytes object may be shared with other code objects: it stays as it is. */
        Py_SETREF(code->co_exceptiontable, table);
        return 0;
    }
    return 0;
}
