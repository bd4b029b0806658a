#include "runtime/decide/places.h"

#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "defs/handlers.h"
#include "runtime/compat.h"
#include "runtime/decide/expected.h"
#include "runtime/entry/pytest.h"
#include "runtime/reload/functions.h"
#include "runtime/decide/swallow.h"
#include "runtime/decide/threads.h"
#include "syntax/scan.h"

#define BUCKETS 1024u
#define MOST 4096 /* remembered; then all are forgotten */
#define SWEEP 16  /* so many new ones, and those of dead code are looked for */

struct entry {
    struct entry *next;
    struct hr_place place;
};

struct hr_places {
    struct entry *buckets[BUCKETS];
    size_t count;
    size_t swept; /* `count` after the last sweep */
    unsigned entered;
};

/* ---- filling one ---- */

size_t hr_places_offset(const hr_source *source, int line, int column)
{
    size_t above = line > 0 ? (size_t)line - 1 : 0;
    size_t at = hr_line_skip(source->text.data, source->text.size, 0, above);
    at += (size_t)column;
    return at < source->text.size ? at : source->text.size;
}

uint32_t hr_places_first_line(PyCodeObject *code)
{
    bool function = (code->co_flags & CO_NEWLOCALS) != 0 &&
                    PyUnicode_READ_CHAR(code->co_name, 0) != '<';
    return function && code->co_firstlineno > 0 ? (uint32_t)code->co_firstlineno - 1
                                                : 0;
}

/* "<frozen os>" is compiled from a file of the library, line by line: its name, a new
 * reference; that of the code itself if it is none, or if the library is not there. */
static PyObject *file_of(PyCodeObject *code)
{
    PyObject *folder = PySys_GetObject("_stdlib_dir"); /* borrowed */
    const char *name = PyUnicode_AsUTF8(code->co_filename);
    struct hr_bytes path = {0};
    PyObject *file = NULL;
    if (name != NULL && strncmp(name, "<frozen ", 8) == 0 && folder != NULL &&
        PyUnicode_Check(folder)) {
        const char *start = PyUnicode_AsUTF8(folder);
        hr_bytes_append_text(&path, start != NULL ? start : "");
        hr_bytes_append_char(&path, '/');
        for (name += 8; *name != '\0' && *name != '>'; name++) {
            hr_bytes_append_char(&path, *name == '.' ? '/' : *name);
        }
        hr_bytes_append_text(&path, ".py");
        file = path.failed
                   ? NULL
                   : PyUnicode_FromStringAndSize(path.data, (Py_ssize_t)path.size);
    }
    PyErr_Clear();
    hr_bytes_finish(&path);
    return file != NULL ? file : Py_NewRef(code->co_filename);
}

hr_source *hr_places_source(struct hr_state *state, PyCodeObject *code)
{
    hr_source *source = (hr_source *)Py_XNewRef(hr_source_of(state, code));
    if (source == NULL) {
        PyObject *file = file_of(code);
        source = hr_source_current(state, file);
        Py_DECREF(file);
        PyErr_Clear();
    }
    return source;
}

/* The expression if it is one plain name; new reference, or NULL. */
static PyObject *plain_name(const hr_source *source, struct hr_span expression)
{
    const char *text = source->text.data;
    for (size_t i = expression.start; i < expression.end; i++) {
        if (!hr_is_word((unsigned char)text[i])) {
            return NULL;
        }
    }
    return PyUnicode_DecodeUTF8(text + expression.start,
                                (Py_ssize_t)hr_span_size(expression), NULL);
}

static bool is_own_variable(PyCodeObject *code, PyObject *name)
{
    PyObject *own = code->co_localsplusnames;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(own); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(own, i), name) == 0) {
            return true;
        }
    }
    return (code->co_flags & CO_OPTIMIZED) == 0;
}

static void fill_names(struct hr_place *place, PyCodeObject *code)
{
    size_t count = place->handlers.count;
    place->names = count > 0 ? PyMem_Calloc(count, sizeof *place->names) : NULL;
    for (size_t i = 0; place->names != NULL && i < count; i++) {
        const struct hr_handler *handler = hr_array_at(&place->handlers, i);
        PyObject *name = hr_span_empty(handler->expression)
                             ? NULL
                             : plain_name(place->source, handler->expression);
        if (name != NULL && is_own_variable(code, name)) {
            Py_CLEAR(name);
        }
        if (name != NULL) {
            PyUnicode_InternInPlace(&name);
        }
        place->names[i] = name;
    }
    PyErr_Clear();
}

/* A lambda's or a comprehension's own frame holds none. */
static bool holds_statements(PyCodeObject *code)
{
    return PyUnicode_READ_CHAR(code->co_name, 0) != '<' ||
           PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

static void fill(struct hr_place *place, PyCodeObject *code, int lasti)
{
    int line = -1, end_line = -1, column = -1, end_column = -1;
    struct hr_error ignored = {0};
    PyCode_Addr2Location(code, lasti, &line, &column, &end_line, &end_column);
    if (line <= 0 || place->source->text.size == 0) {
        return;
    }
    if (holds_statements(code) && hr_swallow_is_covered(code, lasti)) {
        hr_handlers_find(place->source->text.data, place->source->text.size,
                         hr_places_first_line(code), (uint32_t)line - 1,
                         column < 0 ? SIZE_MAX : (size_t)column, &place->handlers,
                         &ignored);
    }
    if (column >= 0 && end_line >= line && end_column >= 0) {
        place->code = hr_span(hr_places_offset(place->source, line, column),
                              hr_places_offset(place->source, end_line, end_column));
    }
    fill_names(place, code);
}

void hr_places_statement(const hr_source *source, PyCodeObject *code,
                         struct hr_statement *statement)
{
    struct hr_cut cut;
    struct hr_error ignored = {0};
    uint32_t line = hr_places_first_line(code);
    hr_statement_init(statement);
    hr_cut_init_at(&cut, source->text.data, source->text.size,
                   hr_places_offset(source, (int)line + 1, 0), line);
    hr_cut_statement(&cut, statement, &ignored); /* fails at a line left of the def */
}

bool hr_places_find_yield(const hr_source *source, PyCodeObject *code, uint32_t *line,
                          size_t *column)
{
    const char *text = source->text.data;
    size_t size = source->text.size;
    struct hr_statement function;
    hr_places_statement(source, code, &function);
    *line = hr_places_first_line(code);
    size_t end = function.lines.count > 0 ? function.span.end : 0;
    size_t at = hr_find_span(text, end, function.span.start, "yield", 5);
    while (at < end && (hr_is_word((unsigned char)text[at - 1]) ||
                        (at + 5 < size && hr_is_word((unsigned char)text[at + 5])))) {
        at = hr_find_span(text, end, at + 5, "yield", 5);
    }
    *line += (uint32_t)hr_count_newlines(text, at, function.span.start);
    *column = at - hr_line_start(text, at);
    hr_statement_finish(&function);
    return at < end;
}

/* ---- the table ---- */

static void entry_free(struct entry *entry)
{
    for (size_t i = 0; entry->place.names != NULL && i < entry->place.handlers.count;
         i++) {
        Py_XDECREF(entry->place.names[i]);
    }
    PyMem_Free(entry->place.names);
    hr_array_finish(&entry->place.handlers);
    Py_XDECREF(entry->place.source);
    Py_DECREF(entry->place.owner);
    PyMem_Free(entry);
}

static void forget_all(struct hr_places *places)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry *entry = places->buckets[i];
        places->buckets[i] = NULL;
        while (entry != NULL) {
            struct entry *next = entry->next;
            entry_free(entry);
            entry = next;
        }
    }
    places->count = 0;
    places->swept = 0;
}

/* By the code alone: the sweep finds all of one code in one bucket. */
static struct entry **bucket_of(struct hr_places *places, const PyCodeObject *code)
{
    return &places->buckets[(uintptr_t)code / 16 * 31 % BUCKETS];
}

static bool is_dead(struct hr_state *state, const struct entry *bucket,
                    PyCodeObject *code)
{
    Py_ssize_t own = hr_functions_is_replaced(state, code);
    for (; bucket != NULL; bucket = bucket->next) {
        own += bucket->place.owner == code;
    }
    return Py_REFCNT(code) == own;
}

/* What is going to be freed is nobody's caller any more. */
static void forget_guesses(struct hr_places *places)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = places->buckets[i]; entry != NULL;
             entry = entry->next) {
            entry->place.above = NULL;
        }
    }
}

/* Code that nobody else holds never runs again: it was replaced, and with it goes the
 * text that it came from.  That it is known which code took its place does not count,
 * or each of the two tables would wait for the other. */
static void sweep(struct hr_state *state)
{
    struct hr_places *places = state->places;
    struct entry *dead = NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = places->buckets[i]; entry != NULL;) {
            PyCodeObject *code = entry->place.owner;
            struct entry **link = &places->buckets[i];
            entry = entry->next;
            if (!is_dead(state, *link, code)) {
                continue;
            }
            while (*link != NULL) {
                struct entry *at = *link;
                if (at->place.owner != code) {
                    link = &at->next;
                    continue;
                }
                *link = at->next;
                entry = entry == at ? at->next : entry;
                at->next = dead;
                dead = at;
                places->count--;
            }
        }
    }
    places->swept = places->count;
    if (dead != NULL) {
        forget_guesses(places);
    }
    /* Last: what is freed may call anything. */
    while (dead != NULL) {
        struct entry *next = dead->next;
        entry_free(dead);
        dead = next;
    }
}

/* Code that is not guarded shares the text of its file, which may be long. */
static hr_source *shared_source(const struct hr_places *places, PyCodeObject *code)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = places->buckets[i]; entry != NULL;
             entry = entry->next) {
            if (entry->place.source != NULL &&
                entry->place.owner->co_filename == code->co_filename) {
                return (hr_source *)Py_NewRef((PyObject *)entry->place.source);
            }
        }
    }
    return NULL;
}

static struct entry *entry_new(struct hr_state *state, PyCodeObject *code, int lasti)
{
    struct entry *entry = PyMem_Calloc(1, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    entry->place.owner = (PyCodeObject *)Py_NewRef(code);
    entry->place.lasti = lasti;
    hr_array_init(&entry->place.handlers, sizeof(struct hr_handler));
    entry->place.opcode = hr_swallow_opcode(code, lasti);
    entry->place.guarded = hr_source_of(state, code) != NULL;
    entry->place.source =
        entry->place.guarded ? NULL : shared_source(state->places, code);
    if (entry->place.source == NULL) {
        entry->place.source = hr_places_source(state, code);
    }
    if (entry->place.source != NULL) {
        fill(&entry->place, code, lasti);
    }
    entry->place.pool = hr_threads_may_pool(code);
    entry->place.keeper = hr_swallow_may_keep(code);
    entry->place.plain =
        entry->place.handlers.count == 0 && !hr_pytest_may_expect(code) &&
        !hr_expected_may(code) &&
        (entry->place.source != NULL || !hr_swallow_is_covered(code, lasti)) &&
        !entry->place.pool && !entry->place.keeper;
    entry->place.calls = hr_compat_calls(entry->place.opcode);
    entry->place.direct = hr_compat_calls_directly(entry->place.opcode);
    return entry;
}

const struct hr_place *hr_places_find(struct hr_state *state, PyCodeObject *code,
                                      int lasti)
{
    struct hr_places *places = state->places;
    if (places == NULL) {
        return NULL;
    }
    struct entry **bucket = bucket_of(places, code);
    struct entry *entry = *bucket;
    while (entry != NULL &&
           (entry->place.owner != code || entry->place.lasti != lasti)) {
        entry = entry->next;
    }
    if (entry == NULL && (entry = entry_new(state, code, lasti)) != NULL) {
        entry->next = *bucket;
        *bucket = entry;
        places->count++;
    }
    return entry != NULL ? &entry->place : NULL;
}

void hr_places_enter(struct hr_state *state)
{
    if (state->places == NULL) {
        state->places = PyMem_Calloc(1, sizeof *state->places);
    }
    if (state->places != NULL) {
        state->places->entered++;
    }
}

void hr_places_leave(struct hr_state *state)
{
    if (state->places != NULL && state->places->entered > 0 &&
        --state->places->entered == 0) {
        if (state->places->count > MOST) {
            forget_all(state->places);
        } else if (state->places->count >= state->places->swept + SWEEP) {
            sweep(state);
        }
    }
}
