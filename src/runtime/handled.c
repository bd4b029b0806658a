#include "runtime/handled.h"

#include <frameobject.h>
#include <string.h>

#include "base/lines.h"
#include "defs/handlers.h"
#include "runtime/peek.h"
#include "runtime/source.h"
#include "syntax/scan.h"

static bool is_catch_all(struct hr_peek reader)
{
    PyObject *type = hr_peek_path(&reader);
    hr_peek_skip(&reader);
    bool is = reader.at == reader.end &&
              (type == PyExc_Exception || type == PyExc_BaseException);
    Py_XDECREF(type);
    return is;
}

static PyObject *module_attribute(const char *module, const char *name)
{
    PyObject *found = PyDict_GetItemString(PyImport_GetModuleDict(), module);
    return found != NULL && PyModule_Check(found)
               ? PyDict_GetItemString(PyModule_GetDict(found), name)
               : NULL;
}

static bool ends_in(const char *start, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - start) >= size && memcmp(end - size, word, size) == 0 &&
           ((size_t)(end - start) == size || end[-(long)size - 1] == '.');
}

/* with suppress(...), pytest.raises(...), self.assertRaises(...) */
static bool expects(struct hr_peek reader, PyObject *exception)
{
    const char *start = reader.at;
    PyObject *callee = hr_peek_path(&reader);
    const char *end = reader.at;
    bool known =
        (callee != NULL && callee == module_attribute("contextlib", "suppress")) ||
        ends_in(start, end, "assertRaises") ||
        ends_in(start, end, "assertRaisesRegex") ||
        (ends_in(start, end, "raises") &&
         PyDict_GetItemString(PyImport_GetModuleDict(), "pytest") != NULL);
    Py_XDECREF(callee);
    return known && hr_peek_take(&reader, '(') &&
           hr_peek_matches(&reader, exception, 0);
}

/* ---- C code that swallows ---- */

/* How many arguments stand between the parentheses from `at` on. */
static int count_arguments(const char *at, const char *end)
{
    int depth = 0, count = 0;
    bool any = false;
    for (; at < end; at++) {
        if (*at == '"' || *at == '\'') {
            char quote = *at++;
            while (at < end && *at != quote) {
                at += *at == '\\' ? 2 : 1;
            }
        } else if (strchr("([{", *at) != NULL) {
            depth++;
            continue;
        } else if (strchr(")]}", *at) != NULL) {
            depth--;
            continue;
        }
        any = any || (depth == 1 && strchr(" \t\r\n", *at) == NULL);
        count += depth == 1 && at < end && *at == ',';
    }
    return any ? count + 1 : count;
}

static bool call_swallows(const struct hr_peek_scope *scope, const char *text,
                          size_t size, PyObject *exception)
{
    static const struct {
        const char *name;
        int arguments;
    } known[] = {{"hasattr", 2}, {"getattr", 3}, {"next", 2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].name);
        if (size <= length || memcmp(text, known[i].name, length) != 0 ||
            hr_is_word((unsigned char)text[length])) {
            continue;
        }
        PyObject *swallowed = i < 2 ? PyExc_AttributeError : PyExc_StopIteration;
        PyObject *name = PyUnicode_FromString(known[i].name);
        PyObject *callee = name != NULL ? hr_peek_variable(scope, name) : NULL;
        bool builtin = callee != NULL && PyCFunction_Check(callee);
        Py_XDECREF(callee);
        Py_XDECREF(name);
        PyErr_Clear();
        return builtin && PyErr_GivenExceptionMatches(exception, swallowed) &&
               count_arguments(text + length, text + size) == known[i].arguments;
    }
    return false;
}

/* An AttributeError of a property, where the type has a __getattr__ to fall to. */
static bool falls_to_getattr(PyFrameObject *callee, PyObject *exception)
{
    if (!PyErr_GivenExceptionMatches(exception, PyExc_AttributeError)) {
        return false;
    }
    PyCodeObject *code = PyFrame_GetCode(callee);
    PyObject *names = PyCode_GetVarnames(code);
    PyObject *hook = PyUnicode_FromString("__getattr__");
    bool falls = false;
    if (names != NULL && hook != NULL && code->co_argcount > 0 &&
        PyUnicode_Compare(code->co_name, hook) != 0) {
        struct hr_peek_scope scope = {.frame = callee};
        PyObject *self = hr_peek_variable(&scope, PyTuple_GET_ITEM(names, 0));
        falls = self != NULL && hr_peek_type_attribute(Py_TYPE(self), hook) != NULL;
        Py_XDECREF(self);
    }
    PyErr_Clear();
    Py_XDECREF(hook);
    Py_XDECREF(names);
    Py_DECREF(code);
    return falls;
}

/* ---- places: what stands around an instruction, remembered ---- */

#define PLACES "hot_restart.place"
#define MOST_PLACES 4096 /* remembered; then all are forgotten */

struct place {
    hr_source *source;
    struct hr_array handlers;
    struct hr_span code; /* what the instruction covers; empty: not known */
};

static void place_free(PyObject *capsule)
{
    struct place *place = PyCapsule_GetPointer(capsule, PLACES);
    Py_XDECREF(place->source);
    hr_array_finish(&place->handlers);
    PyMem_Free(place);
}

static size_t offset_of(const hr_source *source, int line, int column)
{
    size_t above = line > 0 ? (size_t)line - 1 : 0;
    size_t at = hr_line_skip(source->text.data, source->text.size, 0, above);
    at += (size_t)column;
    return at < source->text.size ? at : source->text.size;
}

static void fill_place(struct place *place, PyCodeObject *code, int lasti)
{
    int line = -1, end_line = -1, column = -1, end_column = -1;
    struct hr_error ignored = {0};
    PyCode_Addr2Location(code, lasti, &line, &column, &end_line, &end_column);
    if (line <= 0 || place->source->text.size == 0) {
        return;
    }
    hr_handlers_find(place->source->text.data, place->source->text.size,
                     (uint32_t)line - 1, column < 0 ? SIZE_MAX : (size_t)column,
                     &place->handlers, &ignored);
    if (column >= 0 && end_line >= line && end_column >= 0) {
        place->code = hr_span(offset_of(place->source, line, column),
                              offset_of(place->source, end_line, end_column));
    }
}

static PyObject *place_new(struct hr_state *state, PyCodeObject *code, int lasti)
{
    struct place *place = PyMem_Calloc(1, sizeof *place);
    if (place == NULL) {
        return PyErr_NoMemory();
    }
    hr_array_init(&place->handlers, sizeof(struct hr_handler));
    place->source = (hr_source *)Py_XNewRef(hr_source_of(state, code));
    if (place->source == NULL) {
        place->source = hr_source_current(state, code->co_filename);
        PyErr_Clear(); /* no file: frozen, or made from text */
    }
    if (place->source != NULL) {
        fill_place(place, code, lasti);
    }
    PyObject *capsule = PyCapsule_New(place, PLACES, place_free);
    if (capsule == NULL) {
        Py_XDECREF(place->source);
        hr_array_finish(&place->handlers);
        PyMem_Free(place);
    }
    return capsule;
}

/* Borrowed from state->places, which keeps the code object alive too; NULL with an
 * exception. */
static const struct place *place_of(struct hr_state *state, PyCodeObject *code,
                                    int lasti)
{
    if (state->places == NULL && (state->places = PyDict_New()) == NULL) {
        return NULL;
    }
    PyObject *key = Py_BuildValue("(ni)", (Py_ssize_t)code, lasti);
    PyObject *entry = key != NULL ? PyDict_GetItemWithError(state->places, key) : NULL;
    if (key != NULL && entry == NULL && !PyErr_Occurred()) {
        if (PyDict_GET_SIZE(state->places) >= MOST_PLACES) {
            PyDict_Clear(state->places);
        }
        PyObject *capsule = place_new(state, code, lasti);
        PyObject *made =
            capsule != NULL ? PyTuple_Pack(2, capsule, (PyObject *)code) : NULL;
        if (made != NULL && PyDict_SetItem(state->places, key, made) == 0) {
            entry = made;
        }
        Py_XDECREF(made);
        Py_XDECREF(capsule);
    }
    Py_XDECREF(key);
    return entry != NULL ? PyCapsule_GetPointer(PyTuple_GET_ITEM(entry, 0), PLACES)
                         : NULL;
}

/* ---- the walk ---- */

static struct hr_peek reader_of(const hr_source *source, struct hr_span span,
                                const struct hr_peek_scope *scope)
{
    return (struct hr_peek){.at = source->text.data + span.start,
                            .end = source->text.data + span.end,
                            .scope = scope};
}

/* Whether the clause is the one that runs; *counts tells whether it keeps it. */
static bool clause_takes(struct hr_peek reader, const struct hr_handler *handler,
                         PyObject *exception, bool own, bool *counts)
{
    *counts = !handler->reraises;
    if (hr_span_empty(handler->expression)) {
        *counts = *counts && own;
        return true;
    }
    if (is_catch_all(reader)) {
        *counts = *counts && own;
    }
    return hr_peek_matches(&reader, exception, 0);
}

static bool manager_takes(struct hr_state *state, struct hr_peek reader,
                          PyObject *exception);

/* From the inside out; the clauses of one try in their order. */
static bool handlers_take(struct hr_state *state, const struct hr_array *handlers,
                          const hr_source *source, const struct hr_peek_scope *scope,
                          PyObject *exception, bool own)
{
    size_t end = handlers->count;
    while (end > 0) {
        const struct hr_handler *all = handlers->items;
        size_t first = end - 1;
        while (first > 0 && all[first - 1].statement == all[end - 1].statement) {
            first--;
        }
        for (size_t i = first; i < end; i++) {
            struct hr_peek reader = reader_of(source, all[i].expression, scope);
            bool counts = true;
            if (all[i].kind == HR_HANDLER_WITH) {
                if (expects(reader, exception) ||
                    (scope->function == NULL &&
                     manager_takes(state, reader, exception))) {
                    return true;
                }
            } else if (clause_takes(reader, &all[i], exception, own, &counts)) {
                if (counts) {
                    return true;
                }
                break; /* the clause runs, and raises it again */
            }
        }
        end = first;
    }
    return false;
}

/* The first `yield` below the def of `code`; false if there is none. */
static bool find_yield(const hr_source *source, PyCodeObject *code, uint32_t *line,
                       size_t *column)
{
    const char *text = source->text.data;
    size_t size = source->text.size;
    size_t at = offset_of(source, code->co_firstlineno, 0);
    uint32_t def = hr_source_def_of((hr_source *)source, code);
    size_t end = def != HR_NONE ? hr_defs_at(&source->defs, def)->end : at;
    for (*line = (uint32_t)code->co_firstlineno - 1; at < end; (*line)++) {
        size_t start = at;
        at = hr_line_end(text, size, at);
        for (size_t i = start; i + 5 <= at; i++) {
            if (memcmp(text + i, "yield", 5) == 0 &&
                (i == start || !hr_is_word((unsigned char)text[i - 1])) &&
                (i + 5 == size || !hr_is_word((unsigned char)text[i + 5]))) {
                *column = i - start;
                return true;
            }
        }
    }
    return false;
}

/* with manager(...), where the manager is a generator under contextlib: what stands
 * around its yield. */
static bool manager_takes(struct hr_state *state, struct hr_peek reader,
                          PyObject *exception)
{
    PyObject *callee = hr_peek_path(&reader);
    PyObject *wrapped = callee != NULL && PyFunction_Check(callee)
                            ? PyObject_GetAttrString(callee, "__wrapped__")
                            : NULL;
    PyErr_Clear();
    bool takes = false;
    uint32_t line;
    size_t column;
    if (wrapped != NULL && PyFunction_Check(wrapped)) {
        PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(wrapped);
        hr_source *known = hr_source_of(state, code);
        hr_source *source = known != NULL ? (hr_source *)Py_NewRef((PyObject *)known)
                                          : hr_source_current(state, code->co_filename);
        struct hr_peek_scope scope = {.frame = reader.scope->frame,
                                      .function = wrapped};
        struct hr_error ignored = {0};
        struct hr_array handlers;
        hr_array_init(&handlers, sizeof(struct hr_handler));
        if (source != NULL && find_yield(source, code, &line, &column) &&
            hr_handlers_find(source->text.data, source->text.size, line, column,
                             &handlers, &ignored)) {
            takes = handlers_take(state, &handlers, source, &scope, exception,
                                  known != NULL);
        }
        hr_array_finish(&handlers);
        Py_XDECREF(source);
    }
    PyErr_Clear();
    Py_XDECREF(wrapped);
    Py_XDECREF(callee);
    return takes;
}

static bool frame_takes(struct hr_state *state, PyFrameObject *frame,
                        PyFrameObject *callee, PyObject *exception)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    struct hr_peek_scope scope = {.frame = frame};
    bool taken = false;
    /* A lambda's or a comprehension's own frame holds no statements. */
    bool plain = PyUnicode_READ_CHAR(code->co_name, 0) != '<' ||
                 PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
    const struct place *place = place_of(state, code, PyFrame_GetLasti(frame));
    if (place != NULL && place->source != NULL) {
        bool own = hr_source_of(state, code) != NULL;
        taken = plain && handlers_take(state, &place->handlers, place->source, &scope,
                                       exception, own);
        const char *text = place->source->text.data + place->code.start;
        size_t size = hr_span_size(place->code);
        bool is_call = size > 0 && text[size - 1] == ')';
        if (!taken && is_call) {
            taken = call_swallows(&scope, text, size, exception);
        } else if (!taken && size > 0) {
            taken = falls_to_getattr(callee, exception);
        }
    }
    PyErr_Clear();
    Py_DECREF(code);
    return taken;
}

/*
 * An exception on its way up asks again at every guarded frame.  The answer given
 * below holds as long as the traceback shows that the exception came up from there
 * and has not passed the caller that was going to handle it.
 */
static bool still_holds(const struct hr_verdict *verdict, PyObject *exception)
{
    if (verdict->exception != exception) {
        return false;
    }
    PyTracebackObject *first = (PyTracebackObject *)PyException_GetTraceback(exception);
    bool came_up = false, passed = false;
    for (const PyTracebackObject *at = first; at != NULL && !passed && !came_up;
         at = at->tb_next) {
        passed = at->tb_frame == verdict->handler;
        if (at != first && at->tb_frame == verdict->frame) {
            PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
            came_up = code == verdict->code;
            Py_DECREF(code);
        }
    }
    Py_XDECREF(first);
    return came_up && !passed;
}

static void remember(struct hr_verdict *verdict, PyObject *exception,
                     PyFrameObject *frame, const void *handler)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    *verdict = (struct hr_verdict){
        .exception = exception, .frame = frame, .code = code, .handler = handler};
    Py_DECREF(code);
}

bool hr_handled_known(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    if (!still_holds(&state->verdict, exception)) {
        return false;
    }
    remember(&state->verdict, exception, frame, state->verdict.handler);
    return true;
}

bool hr_handled(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    if (hr_handled_known(state, frame, exception)) {
        return true;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyFrameObject *callee = (PyFrameObject *)Py_NewRef((PyObject *)frame);
    PyFrameObject *above = PyFrame_GetBack(callee);
    bool handled = false;
    while (above != NULL && !handled) {
        handled = frame_takes(state, above, callee, exception);
        if (handled) {
            remember(&state->verdict, exception, frame, above);
        }
        Py_SETREF(callee, above);
        above = PyFrame_GetBack(callee);
    }
    Py_XDECREF(above);
    Py_DECREF(callee);
    PyErr_Restore(type, value, traceback);
    return handled;
}
