#include "runtime/handled.h"

#include <frameobject.h>
#include <string.h>

#include "base/lines.h"
#include "defs/handlers.h"
#include "runtime/source.h"

/* ---- names, looked up and never called ---- */

static PyObject *type_attribute(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        PyObject *dict = PyType_Check(base) ? ((PyTypeObject *)base)->tp_dict : NULL;
        PyObject *found = dict != NULL ? PyDict_GetItemWithError(dict, name) : NULL;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* Borrowed; NULL without an exception if it cannot be had without running code. */
static PyObject *attribute(PyObject *object, PyObject *name)
{
    if (PyModule_Check(object)) {
        return PyDict_GetItemWithError(PyModule_GetDict(object), name);
    }
    if (PyType_Check(object)) {
        return type_attribute((PyTypeObject *)object, name);
    }
    PyObject **slot = _PyObject_GetDictPtr(object);
    PyObject *found = slot != NULL && *slot != NULL ? PyDict_GetItemWithError(*slot, name)
                                                    : NULL;
    return found != NULL ? found : type_attribute(Py_TYPE(object), name);
}

/* New reference. */
static PyObject *variable(PyFrameObject *frame, PyObject *name)
{
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *found = locals != NULL ? PyObject_GetItem(locals, name) : NULL;
    Py_XDECREF(locals);
    if (found == NULL) {
        PyErr_Clear();
        PyObject *globals = PyFrame_GetGlobals(frame);
        found = Py_XNewRef(PyDict_GetItemWithError(globals, name));
        Py_DECREF(globals);
    }
    if (found == NULL) {
        PyErr_Clear();
        PyObject *builtins = PyFrame_GetBuiltins(frame);
        found = Py_XNewRef(PyDict_GetItemWithError(builtins, name));
        Py_DECREF(builtins);
    }
    PyErr_Clear();
    return found;
}

/* ---- a clause's expression: names, attributes, tuples ---- */

struct reader {
    const char *at;
    const char *end;
    PyFrameObject *frame;
};

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end) {
        if (*reader->at == '#') {
            while (reader->at < reader->end && *reader->at != '\n') {
                reader->at++;
            }
        } else if (strchr(" \t\r\n\f\\", *reader->at) != NULL && *reader->at != '\0') {
            reader->at++;
        } else {
            return;
        }
    }
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return true;
    }
    return false;
}

/* New reference to a str; NULL without an exception if there is no name. */
static PyObject *read_name(struct reader *reader)
{
    skip_blanks(reader);
    const char *start = reader->at;
    while (reader->at < reader->end && is_word(*reader->at)) {
        reader->at++;
    }
    if (reader->at == start) {
        return NULL;
    }
    PyObject *name = PyUnicode_DecodeUTF8(start, reader->at - start, NULL);
    PyErr_Clear();
    return name;
}

/* NAME.NAME...; new reference, NULL without an exception.  Leaves the reader after
 * it either way. */
static PyObject *read_path(struct reader *reader)
{
    PyObject *name = read_name(reader);
    PyObject *value = name != NULL ? variable(reader->frame, name) : NULL;
    Py_XDECREF(name);
    while (take(reader, '.')) {
        name = read_name(reader);
        PyObject *next = name != NULL && value != NULL ? attribute(value, name) : NULL;
        Py_XINCREF(next);
        PyErr_Clear();
        Py_XDECREF(name);
        Py_XDECREF(value);
        value = next;
    }
    return value;
}

static bool type_matches(PyObject *exception, PyObject *type)
{
    return type != NULL && (PyExceptionClass_Check(type) || PyTuple_Check(type)) &&
           PyErr_GivenExceptionMatches(exception, type);
}

/* Whether one of the types from here to the end, or to a ')', matches. */
static bool types_match(struct reader *reader, PyObject *exception, int depth)
{
    bool matches = false;
    do {
        skip_blanks(reader);
        if (reader->at >= reader->end || *reader->at == ')') {
            break;
        }
        if (depth < 20 && take(reader, '(')) {
            matches = types_match(reader, exception, depth + 1) || matches;
            take(reader, ')');
        } else {
            take(reader, '*');
            PyObject *type = read_path(reader);
            skip_blanks(reader);
            bool plain = reader->at >= reader->end || strchr(",)", *reader->at) != NULL;
            matches = (plain && type_matches(exception, type)) || matches;
            Py_XDECREF(type);
            if (!plain) {
                return matches; /* a call or an operator: not to be known */
            }
        }
    } while (take(reader, ','));
    return matches;
}

static bool is_catch_all(struct reader reader)
{
    PyObject *type = read_path(&reader);
    skip_blanks(&reader);
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
static bool with_takes(struct reader reader, PyObject *exception)
{
    const char *start = reader.at;
    PyObject *callee = read_path(&reader);
    const char *end = reader.at;
    bool known = (callee != NULL && callee == module_attribute("contextlib", "suppress")) ||
                 ends_in(start, end, "assertRaises") ||
                 ends_in(start, end, "assertRaisesRegex") ||
                 (ends_in(start, end, "raises") &&
                  PyDict_GetItemString(PyImport_GetModuleDict(), "pytest") != NULL);
    Py_XDECREF(callee);
    return known && take(&reader, '(') && types_match(&reader, exception, 0);
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

static bool call_swallows(PyFrameObject *frame, const char *text, size_t size,
                          PyObject *exception)
{
    static const struct {
        const char *name;
        int arguments;
    } known[] = {{"hasattr", 2}, {"getattr", 3}, {"next", 2}};
    PyObject *of_name = PyErr_GivenExceptionMatches(exception, PyExc_AttributeError)
                            ? PyExc_AttributeError
                            : NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].name);
        if (size <= length || memcmp(text, known[i].name, length) != 0 ||
            is_word(text[length])) {
            continue;
        }
        bool fits = i < 2 ? of_name != NULL
                          : PyErr_GivenExceptionMatches(exception, PyExc_StopIteration);
        PyObject *name = PyUnicode_FromString(known[i].name);
        PyObject *callee = name != NULL ? variable(frame, name) : NULL;
        bool builtin = callee != NULL && PyCFunction_Check(callee);
        Py_XDECREF(callee);
        Py_XDECREF(name);
        PyErr_Clear();
        return fits && builtin &&
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
        PyObject *self = variable(callee, PyTuple_GET_ITEM(names, 0));
        falls = self != NULL && type_attribute(Py_TYPE(self), hook) != NULL;
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
    size_t at = 0;
    for (int i = 1; i < line && at < source->text.size; i++) {
        at = hr_line_end(source->text.data, source->text.size, at);
    }
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
static const struct place *place_of(struct hr_state *state, PyCodeObject *code, int lasti)
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
        PyObject *made = capsule != NULL ? PyTuple_Pack(2, capsule, (PyObject *)code) : NULL;
        if (made != NULL && PyDict_SetItem(state->places, key, made) == 0) {
            entry = made;
        }
        Py_XDECREF(made);
        Py_XDECREF(capsule);
    }
    Py_XDECREF(key);
    return entry != NULL ? PyCapsule_GetPointer(PyTuple_GET_ITEM(entry, 0), PLACES) : NULL;
}

/* ---- the walk ---- */

static struct reader reader_of(const struct place *place, struct hr_span span,
                               PyFrameObject *frame)
{
    return (struct reader){.at = place->source->text.data + span.start,
                           .end = place->source->text.data + span.end,
                           .frame = frame};
}

static bool clause_takes(const struct place *place, const struct hr_handler *handler,
                         PyFrameObject *frame, PyObject *exception, bool own,
                         bool *counts)
{
    struct reader reader = reader_of(place, handler->expression, frame);
    *counts = !handler->reraises;
    if (hr_span_empty(handler->expression)) {
        *counts = *counts && own;
        return true;
    }
    if (is_catch_all(reader)) {
        *counts = *counts && own;
    }
    return types_match(&reader, exception, 0);
}

static bool place_takes(const struct place *place, PyFrameObject *frame,
                        PyObject *exception, bool own)
{
    size_t i = place->handlers.count;
    while (i > 0) {
        const struct hr_handler *last = hr_array_at(&place->handlers, i - 1);
        size_t first = i - 1;
        while (first > 0 && ((const struct hr_handler *)hr_array_at(&place->handlers,
                                                                    first - 1))
                                    ->statement == last->statement) {
            first--;
        }
        for (size_t j = first; j < i; j++) {
            const struct hr_handler *handler = hr_array_at(&place->handlers, j);
            bool counts = true;
            if (handler->kind == HR_HANDLER_WITH) {
                if (with_takes(reader_of(place, handler->expression, frame), exception)) {
                    return true;
                }
            } else if (clause_takes(place, handler, frame, exception, own, &counts)) {
                if (counts) {
                    return true;
                }
                break; /* the clause runs, and raises it again */
            }
        }
        i = first;
    }
    return false;
}

static bool frame_takes(struct hr_state *state, PyFrameObject *frame,
                        PyFrameObject *callee, PyObject *exception)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool taken = false;
    /* A lambda's or a comprehension's own frame holds no statements. */
    bool plain = PyUnicode_READ_CHAR(code->co_name, 0) != '<' ||
                 PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
    const struct place *place =
        place_of(state, code, PyFrame_GetLasti(frame));
    if (place != NULL && place->source != NULL) {
        bool own = hr_source_of(state, code) != NULL;
        taken = plain && place_takes(place, frame, exception, own);
        const char *text = place->source->text.data + place->code.start;
        size_t size = hr_span_size(place->code);
        bool is_call = size > 0 && text[size - 1] == ')';
        if (!taken && is_call) {
            taken = call_swallows(frame, text, size, exception);
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
    for (const PyTracebackObject *at = first; at != NULL && !passed; at = at->tb_next) {
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

bool hr_handled(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    if (still_holds(&state->verdict, exception)) {
        remember(&state->verdict, exception, frame, state->verdict.handler);
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
