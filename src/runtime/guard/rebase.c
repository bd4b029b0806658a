#include "runtime/guard/rebase.h"

#include <opcode.h>
#include <stdlib.h>

#include "base/lines.h"
#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/guard/clause.h"
#include "runtime/guard/instructions.h"
#include "runtime/guard/linetable.h"

struct rebase {
    const struct hr_line_map *map;
    struct hr_array ends; /* of struct hr_line_end */
    PyObject *seen;       /* set of code objects, by address */
    PyObject *crashed;    /* HR_GUARD_CRASHED, interned */
};

static int compare_ends(const void *a, const void *b)
{
    uint32_t one = ((const struct hr_line_end *)a)->line;
    uint32_t other = ((const struct hr_line_end *)b)->line;
    return (one > other) - (one < other);
}

static bool collect_ends(struct hr_array *ends, const struct hr_defs *defs)
{
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        struct hr_line_end *end = hr_array_push(ends);
        if (end == NULL) {
            return false;
        }
        size_t start = hr_line_start(defs->text, def->span.end);
        *end = (struct hr_line_end){def->line, def->end_line,
                                    (uint32_t)(def->span.end - start)};
    }
    if (ends->count > 1) {
        qsort(ends->items, ends->count, ends->item_size, compare_ends);
    }
    return true;
}

/* The first line of a text's definition is always one of the original's; should a
 * map ever say otherwise, the next line that is stands for it. */
static int map_first_line(int line, const struct hr_line_map *map)
{
    if (line <= 0) {
        return line;
    }
    size_t index = (size_t)line - 1;
    struct hr_line_origin origin = hr_line_map_at(map, index);
    while (origin.origin == HR_ORIGIN_NONE && index < map->lines.count) {
        origin = hr_line_map_at(map, ++index);
    }
    return (int)origin.line + 1;
}

/* Writes one that begins at *unit, but for what the clause hides; moves *unit past it.
 */
static void write_location(struct hr_bytes *out, int *line, struct hr_location location,
                           const struct hr_clause *clause, unsigned *unit)
{
    unsigned end = *unit + (unsigned)location.units;
    while (*unit < end) {
        unsigned until;
        bool hidden = hr_clause_hides(clause, *unit, &until);
        until = until < end ? until : end;
        struct hr_location part = location;
        if (hidden) {
            part = (struct hr_location){0, -1, -1, -1, -1, false};
        }
        part.units = (int)(until - *unit);
        hr_location_write(out, line, &part);
        *unit = until;
    }
}

/*
 * Whether it is a `try` of a guard right behind the start of a call.  That gets the
 * place of what follows: the body's first place stands where a debugger looks for it.
 * Saves have to come before the first line event, after which a debugger may jump or
 * assign.
 */
static bool opens_guard(PyCodeObject *code, unsigned unit)
{
    const char *at = code->co_code_adaptive + (size_t)unit * 2;
    return unit > 0 && (unsigned char)at[-2] == RESUME && at[-1] == 0 &&
           (unsigned char)at[0] == NOP;
}

static int rebase_table(PyCodeObject *code, int first_line, const struct rebase *rebase,
                        const struct hr_clause *clause)
{
    struct hr_location_reader reader = {
        .data = (const unsigned char *)PyBytes_AS_STRING(code->co_linetable),
        .size = (size_t)PyBytes_GET_SIZE(code->co_linetable),
        .line = code->co_firstlineno,
    };
    struct hr_bytes out;
    hr_bytes_init(&out);
    struct hr_location location;
    int line = first_line;
    int made_up = 0;
    unsigned unit = 0;
    bool opening = false;
    while (hr_location_next(&reader, &location)) {
        struct hr_location mapped =
            hr_location_map(&location, rebase->map, &rebase->ends);
        opening = mapped.line < 0 && (opening || opens_guard(code, unit));
        made_up += mapped.units;
        if (!mapped.made_up && !opening) {
            mapped.units = made_up;
            write_location(&out, &line, mapped, clause, &unit);
            made_up = 0;
        }
    }
    PyObject *table = out.failed
                          ? PyErr_NoMemory()
                          : PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.size);
    hr_bytes_finish(&out);
    if (table == NULL) {
        return -1;
    }
    /* The bytes object may be shared with other code objects: it stays as it is. */
    Py_SETREF(code->co_linetable, table);
    code->co_firstlineno = first_line;
    return 0;
}

#if HR_COMPAT_CLASS_FIRSTLINENO

/* What a class body loads to store it as __firstlineno__. */
struct first_line {
    Py_ssize_t load; /* the offset of the LOAD_CONST in bytes; -1: there is none */
    int constant;    /* its index among the constants */
    bool shared;     /* another instruction uses that constant too */
};

static bool is_first_line_name(PyCodeObject *code, int index)
{
    return index < PyTuple_GET_SIZE(code->co_names) &&
           PyUnicode_EqualToUTF8(PyTuple_GET_ITEM(code->co_names, index),
                                 "__firstlineno__");
}

/* One that needs an EXTENDED_ARG counts for none. */
static struct first_line find_first_line(PyCodeObject *code)
{
    struct first_line first = {.load = -1};
    if ((code->co_flags & CO_OPTIMIZED) != 0) {
        return first;
    }
    struct hr_instructions walk;
    Py_ssize_t load = -1;
    int constant = 0;
    hr_instructions_init_fresh(&walk, code);
    while (hr_instructions_next(&walk)) {
        if (walk.opcode == EXTENDED_ARG) {
            continue;
        }
        if (walk.opcode == STORE_NAME && load >= 0 &&
            is_first_line_name(code, walk.argument)) {
            first = (struct first_line){constant <= 255 ? load : -1, constant, false};
            break;
        }
        load = walk.opcode == LOAD_CONST ? walk.at : -1;
        constant = walk.argument;
    }
    hr_instructions_init_fresh(&walk, code);
    Py_ssize_t count = PyTuple_GET_SIZE(code->co_consts);
    if (first.load >= 0 &&
        (first.constant >= count ||
         !PyLong_CheckExact(PyTuple_GET_ITEM(code->co_consts, first.constant)))) {
        first.load = -1;
    }
    while (first.load >= 0 && hr_instructions_next(&walk)) {
        bool loads = walk.opcode == LOAD_CONST || walk.opcode == RETURN_CONST;
        first.shared = first.shared || (loads && walk.at != first.load &&
                                        walk.argument == first.constant);
    }
    return first;
}

static int rebase_class(PyCodeObject *code, uint32_t first_line)
{
    struct first_line first = find_first_line(code);
    if (first.load < 0) {
        return 0;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(code->co_consts);
    bool shared = first.shared;
    Py_ssize_t slot = shared ? count : first.constant;
    if (slot > 255) {
        PyErr_SetNone(PyExc_NotImplementedError); /* shown nowhere */
        return -1;
    }
    PyObject *consts = PyTuple_New(shared ? count + 1 : count);
    PyObject *line = PyLong_FromUnsignedLong(first_line);
    if (consts == NULL || line == NULL) {
        Py_XDECREF(consts);
        Py_XDECREF(line);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTuple_SET_ITEM(consts, i,
                         i == slot ? line
                                   : Py_NewRef(PyTuple_GET_ITEM(code->co_consts, i)));
    }
    if (shared) {
        PyTuple_SET_ITEM(consts, slot, line);
    }
    ((unsigned char *)code->co_code_adaptive)[first.load + 1] = (unsigned char)slot;
    /* The tuple may be shared with other code objects, as the line table may. */
    Py_SETREF(code->co_consts, consts);
    return 0;
}

int hr_rebase_classes(PyCodeObject *code,
                      uint32_t (*line_of)(const void *context, uint32_t line),
                      const void *context)
{
    struct first_line first = find_first_line(code);
    int result = 0;
    if (first.load >= 0) {
        PyObject *line = PyTuple_GET_ITEM(code->co_consts, first.constant);
        uint32_t there = (uint32_t)PyLong_AsUnsignedLongMask(line);
        result = rebase_class(code, line_of(context, there));
    }
    if (result < 0 && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
        PyErr_Clear();
        result = 0;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant)) {
            result = hr_rebase_classes((PyCodeObject *)constant, line_of, context);
        }
    }
    return result;
}

#else

int hr_rebase_classes(PyCodeObject *code,
                      uint32_t (*line_of)(const void *context, uint32_t line),
                      const void *context)
{
    return 0;
}

#endif

static int rebase_code(PyCodeObject *code, struct rebase *rebase)
{
    /* The compiler merges equal code objects: one may hang in several places. */
    PyObject *identity = PyLong_FromVoidPtr(code);
    if (identity == NULL) {
        return -1;
    }
    int known = PySet_Contains(rebase->seen, identity);
    if (known == 0 && PySet_Add(rebase->seen, identity) < 0) {
        known = -1;
    }
    Py_DECREF(identity);
    if (known != 0) {
        return known < 0 ? -1 : 0;
    }
    int first_line = map_first_line(code->co_firstlineno, rebase->map);
    struct hr_clause clause = hr_clause_find(code, rebase->crashed);
    if (rebase_table(code, first_line, rebase, &clause) < 0 ||
        hr_clause_shorten(code, &clause) < 0) {
        return -1;
    }
#if HR_COMPAT_CLASS_FIRSTLINENO
    if (rebase_class(code, (uint32_t)first_line) < 0) {
        return -1;
    }
#endif
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant) &&
            rebase_code((PyCodeObject *)constant, rebase) < 0) {
            return -1;
        }
    }
    return 0;
}

int hr_rebase(PyCodeObject *code, const struct hr_line_map *map,
              const struct hr_defs *defs)
{
    struct rebase rebase = {.map = map,
                            .seen = PySet_New(NULL),
                            .crashed = PyUnicode_InternFromString(HR_GUARD_CRASHED)};
    hr_array_init(&rebase.ends, sizeof(struct hr_line_end));
    int result = -1;
    if (rebase.seen == NULL || rebase.crashed == NULL) {
        goto done;
    }
    if (!collect_ends(&rebase.ends, defs)) {
        PyErr_NoMemory();
    } else {
        result = rebase_code(code, &rebase);
    }
done:
    hr_array_finish(&rebase.ends);
    Py_XDECREF(rebase.crashed);
    Py_XDECREF(rebase.seen);
    return result;
}
