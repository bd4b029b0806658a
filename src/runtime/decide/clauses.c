#include "runtime/decide/clauses.h"

#include "runtime/compat.h"
#include "runtime/guard/instructions.h"
#include "runtime/guard/ranges.h"

#define DEEPEST 8  /* a clause's expression: values at one time */
#define NESTED 100 /* tries within tries */

/* ---- the expression of a clause ---- */

struct values { /* owned */
    PyObject *items[DEEPEST];
    int count;
};

static void drop(struct values *values, int from)
{
    while (values->count > from) {
        Py_XDECREF(values->items[--values->count]);
    }
}

/* Takes the reference; false: the expression cannot be known. */
static bool push(struct values *values, PyObject *value)
{
    if (value == NULL || values->count == DEEPEST) {
        Py_XDECREF(value);
        return false;
    }
    values->items[values->count++] = value;
    return true;
}

static PyObject *name_at(PyObject *names, int index)
{
    return index >= 0 && index < PyTuple_GET_SIZE(names)
               ? PyTuple_GET_ITEM(names, index)
               : NULL;
}

static bool push_attribute(struct values *values, PyObject *name)
{
    PyObject *object = values->count > 0 ? values->items[values->count - 1] : NULL;
    PyObject *value =
        object != NULL && name != NULL ? hr_peek_attribute(object, name) : NULL;
    Py_XINCREF(value);
    drop(values, values->count > 0 ? values->count - 1 : 0);
    return push(values, value);
}

static bool push_tuple(struct values *values, int size)
{
    int first = values->count - size;
    PyObject *tuple = first >= 0 ? PyTuple_New(size) : NULL;
    for (int i = 0; tuple != NULL && i < size; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(values->items[first + i]));
    }
    drop(values, first >= 0 ? first : 0);
    return push(values, tuple);
}

/* One instruction of the expression; false for what would have to be run. */
static bool evaluate(struct values *values, const struct hr_instructions *walk,
                     const struct hr_peek_scope *scope, PyCodeObject *code)
{
    PyObject *name = NULL;
    if (walk->opcode == CACHE || walk->opcode == EXTENDED_ARG) {
        return true;
    }
    if (walk->opcode == BUILD_TUPLE) {
        return push_tuple(values, walk->argument);
    }
    if (walk->opcode == LOAD_ATTR) {
        return push_attribute(
            values, name_at(code->co_names, hr_compat_attribute_index(walk->argument)));
    }
    if (walk->opcode == LOAD_GLOBAL) {
        name = name_at(code->co_names, walk->argument >> 1);
        return name != NULL && push(values, hr_peek_global(scope->frame, name));
    }
    if (walk->opcode == LOAD_NAME) {
        name = name_at(code->co_names, walk->argument);
    } else if (hr_compat_gets_local(walk->opcode)) {
        name = name_at(code->co_localsplusnames, walk->argument);
    }
    return name != NULL && push(values, hr_peek_variable(scope, name));
}

/* ---- the clauses ---- */

enum answer { PASSES, TAKES, ENDS };

/* Whether the body of a clause, from here to the byte `end`, leaves it in any other way
 * than by raising the exception again. */
static bool keeps(struct hr_instructions walk, Py_ssize_t end)
{
    bool copied = false; /* COPY, POP_EXCEPT: the way out of an exception */
    while (hr_instructions_next(&walk) && walk.at < end) {
        if ((walk.opcode == POP_EXCEPT && !copied) ||
            (walk.opcode == RAISE_VARARGS && walk.argument > 0)) {
            return true;
        }
        copied = walk.opcode == COPY;
    }
    return false;
}

/* What follows the last clause of a try, or stands in a handler that has none. */
static bool ends_clauses(int opcode)
{
    return opcode == RERAISE || opcode == POP_TOP || opcode == WITH_EXCEPT_START;
}

/* One clause, which starts at the walk's next instruction; ENDS: there is none. */
static enum answer ask_clause(struct hr_instructions *walk,
                              const struct hr_peek_scope *scope, PyCodeObject *code,
                              PyObject *exception)
{
    struct values values = {.count = 0};
    bool known = true, more;
    while ((more = hr_instructions_next(walk)) && walk->opcode != CHECK_EXC_MATCH &&
           !ends_clauses(walk->opcode)) {
        known = known && evaluate(&values, walk, scope, code);
    }
    enum answer answer = PASSES;
    if (!more || walk->opcode != CHECK_EXC_MATCH || !hr_instructions_next(walk) ||
        !hr_compat_jumps_if_false(walk->opcode)) {
        answer = ENDS;
    } else {
        PyObject *type = known && values.count == 1 ? values.items[0] : NULL;
        Py_ssize_t next =
            walk->next + (Py_ssize_t)2 * (walk->argument + HR_COMPAT_JUMP_CACHES);
        bool all = type == PyExc_Exception || type == PyExc_BaseException;
        if (hr_peek_type_matches(type, exception)) {
            answer = !all && keeps(*walk, next) ? TAKES : ENDS;
        }
        walk->next = next;
    }
    drop(&values, 0);
    return answer;
}

/* Those of one try, the first that matches first. */
static bool ask_clauses(const struct hr_instructions *start, int handler,
                        const struct hr_peek_scope *scope, PyCodeObject *code,
                        PyObject *exception)
{
    struct hr_instructions walk = *start;
    enum answer answer = PASSES;
    walk.next = handler;
    if (!hr_instructions_next(&walk) || walk.opcode != PUSH_EXC_INFO) {
        return false;
    }
    while (answer == PASSES) {
        answer = ask_clause(&walk, scope, code, exception);
    }
    return answer == TAKES;
}

/* Where an exception of the instruction at a byte goes: a byte; -1: it leaves. */
static int handler_of(PyCodeObject *code, int at)
{
    struct hr_range range;
    return hr_ranges_find(code, (unsigned)at / 2, &range) ? (int)range.handler * 2 : -1;
}

bool hr_clauses_take(const struct hr_peek_scope *scope, PyCodeObject *code, int lasti,
                     PyObject *exception)
{
    struct hr_instructions start;
    int handler = handler_of(code, lasti);
    bool takes = false;
    if (handler >= 0 && hr_instructions_init(&start, code) == 0) {
        /* The first instruction of a handler stands in what the handler itself leaves
         * by, and that in the try around. */
        for (int i = 0; i < NESTED && handler >= 0 && !takes; i++) {
            takes = ask_clauses(&start, handler, scope, code, exception);
            handler = handler_of(code, handler);
        }
        hr_instructions_finish(&start);
    }
    return takes;
}
