#include "runtime/decide/handled.h"

#include <frameobject.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "defs/handlers.h"
#include "runtime/decide/awaited.h"
#include "runtime/decide/expected.h"
#include "runtime/compat.h"
#include "runtime/decide/clauses.h"
#include "runtime/decide/peek.h"
#include "runtime/decide/places.h"
#include "runtime/entry/pytest.h"
#include "runtime/guard/source.h"
#include "runtime/decide/swallow.h"
#include "syntax/cut.h"

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

/* What a group holds: a tuple, borrowed; NULL for an exception that is none. */
static PyObject *parts_of(PyObject *exception)
{
    PyTypeObject *type = (PyTypeObject *)PyExc_BaseExceptionGroup;
    PyObject *parts = PyObject_TypeCheck(exception, type)
                          ? ((PyBaseExceptionGroupObject *)exception)->excs
                          : NULL;
    return parts != NULL && PyTuple_Check(parts) ? parts : NULL;
}

/* Whether it is of these types; if `groups`, a group of which each part is will do. */
static bool is_of(PyObject *types, PyObject *exception, bool groups)
{
    PyObject *parts = groups ? parts_of(exception) : NULL;
    bool all = parts != NULL;
    for (Py_ssize_t i = 0; all && i < PyTuple_GET_SIZE(parts); i++) {
        all = is_of(types, PyTuple_GET_ITEM(parts, i), groups);
    }
    return all || PyErr_GivenExceptionMatches(exception, types);
}

/* The same for types that stand in the source from here to a ')'. */
static bool is_listed(struct hr_peek reader, PyObject *exception, bool groups)
{
    PyObject *parts = groups ? parts_of(exception) : NULL;
    bool all = parts != NULL;
    for (Py_ssize_t i = 0; all && i < PyTuple_GET_SIZE(parts); i++) {
        all = is_listed(reader, PyTuple_GET_ITEM(parts, i), groups);
    }
    return all || hr_peek_matches(&reader, exception, 0);
}

/* An object that was made before: with suppression: */
static bool manager_expects(PyObject *manager, PyObject *exception)
{
    static const struct {
        const char *class, *attribute;
        bool groups;
    } known[] = {{"suppress", "_exceptions", HR_COMPAT_SUPPRESS_TAKES_GROUPS},
                 {"_AssertRaisesContext", "expected", false},
                 {"RaisesContext", "expected_exception", false},
                 {"RaisesExc", "expected_exceptions", false}};
    const char *name = Py_TYPE(manager)->tp_name;
    bool expects = false;
    for (size_t i = 0; i < sizeof known / sizeof *known && !expects; i++) {
        PyObject *attribute = strcmp(name, known[i].class) == 0
                                  ? PyUnicode_FromString(known[i].attribute)
                                  : NULL;
        PyObject *types =
            attribute != NULL ? hr_peek_attribute(manager, attribute) : NULL;
        if (types != NULL && (PyTuple_Check(types) || PyExceptionClass_Check(types))) {
            expects = is_of(types, exception, known[i].groups);
        }
        Py_XDECREF(attribute);
    }
    PyErr_Clear();
    return expects;
}

/* with suppress(...), pytest.raises(...), self.assertRaises(...), or what they made */
static bool expects(struct hr_peek reader, PyObject *exception)
{
    const char *start = reader.at;
    PyObject *value = hr_peek_path(&reader);
    const char *end = reader.at;
    bool suppresses =
        value != NULL && value == module_attribute("contextlib", "suppress");
    bool known = suppresses || ends_in(start, end, "assertRaises") ||
                 ends_in(start, end, "assertRaisesRegex") ||
                 (ends_in(start, end, "raises") &&
                  PyDict_GetItemString(PyImport_GetModuleDict(), "pytest") != NULL);
    bool made = false;
    hr_peek_skip(&reader);
    if (value != NULL && reader.at == reader.end) {
        made = manager_expects(value, exception);
    }
    Py_XDECREF(value);
    return made || (known && hr_peek_take(&reader, '(') &&
                    is_listed(reader, exception,
                              suppresses && HR_COMPAT_SUPPRESS_TAKES_GROUPS));
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

/* The same where the clause's expression is one global name. */
static bool clause_of_name_takes(const struct hr_peek_scope *scope, PyObject *name,
                                 const struct hr_handler *handler, PyObject *exception,
                                 bool own, bool *counts)
{
    PyObject *type = hr_peek_global(scope->frame, name);
    bool takes = hr_peek_type_matches(type, exception);
    bool all = type == PyExc_Exception || type == PyExc_BaseException;
    *counts = !handler->reraises && (own || !all);
    Py_XDECREF(type);
    return takes;
}

/* Whether the clauses of one try keep it: the first that matches runs.  Those of an
 * `except*` must keep every part of a group. */
static bool clauses_take(const struct hr_handler *clauses, PyObject *const *names,
                         size_t count, const hr_source *source,
                         const struct hr_peek_scope *scope, PyObject *exception,
                         bool own)
{
    PyObject *parts =
        clauses->kind == HR_HANDLER_EXCEPT_GROUP ? parts_of(exception) : NULL;
    if (parts != NULL) {
        bool all = true;
        for (Py_ssize_t i = 0; all && i < PyTuple_GET_SIZE(parts); i++) {
            all = clauses_take(clauses, names, count, source, scope,
                               PyTuple_GET_ITEM(parts, i), own);
        }
        return all;
    }
    for (size_t i = 0; i < count; i++) {
        struct hr_peek reader = reader_of(source, clauses[i].expression, scope);
        bool keeps;
        bool takes = names != NULL && names[i] != NULL
                         ? clause_of_name_takes(scope, names[i], &clauses[i], exception,
                                                own, &keeps)
                         : clause_takes(reader, &clauses[i], exception, own, &keeps);
        if (takes) {
            return keeps;
        }
    }
    return false;
}

static bool manager_takes(struct hr_state *state, struct hr_peek reader,
                          PyObject *exception);

/* From the inside out; the clauses of one try in their order. */
static bool handlers_take(struct hr_state *state, const struct hr_array *handlers,
                          PyObject *const *names, const hr_source *source,
                          const struct hr_peek_scope *scope, PyObject *exception,
                          bool own)
{
    size_t end = handlers->count;
    while (end > 0) {
        const struct hr_handler *all = handlers->items;
        size_t first = end - 1;
        while (first > 0 && all[first - 1].statement == all[end - 1].statement) {
            first--;
        }
        if (all[first].kind != HR_HANDLER_WITH) {
            if (clauses_take(all + first, names != NULL ? names + first : NULL,
                             end - first, source, scope, exception, own)) {
                return true;
            }
        } else {
            struct hr_peek reader = reader_of(source, all[first].expression, scope);
            if (expects(reader, exception) ||
                (scope->function == NULL && manager_takes(state, reader, exception))) {
                return true;
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
    struct hr_cut cut;
    struct hr_statement function;
    struct hr_error ignored = {0};
    hr_statement_init(&function);
    *line = hr_places_first_line(code);
    hr_cut_init_at(&cut, text, size, hr_places_offset(source, (int)*line + 1, 0),
                   *line);
    hr_cut_statement(&cut, &function, &ignored); /* fails at a line left of the def */
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
        hr_source *source = hr_places_source(state, code);
        struct hr_peek_scope scope = {.frame = reader.scope->frame,
                                      .function = wrapped};
        struct hr_error ignored = {0};
        struct hr_array handlers;
        hr_array_init(&handlers, sizeof(struct hr_handler));
        if (source != NULL && find_yield(source, code, &line, &column) &&
            hr_handlers_find(source->text.data, source->text.size,
                             hr_places_first_line(code), line, column, &handlers,
                             &ignored)) {
            takes = handlers_take(state, &handlers, NULL, source, &scope, exception,
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

static PyCodeObject *code_of(PyFrameObject *frame) /* borrowed: from the frame */
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code);
    return code;
}

static const struct hr_place *place_of(struct hr_state *state, PyFrameObject *frame)
{
    return hr_places_find(state, code_of(frame), PyFrame_GetLasti(frame));
}

/* `place` is the frame's, or NULL. */
static bool takes_at(struct hr_state *state, const struct hr_place *place,
                     PyFrameObject *frame, PyFrameObject *callee, PyObject *exception)
{
    struct hr_peek_scope scope = {.frame = frame};
    bool taken = false;
    if (place != NULL) {
        const hr_source *source = place->source;
        const char *text = source != NULL ? source->text.data : "";
        taken =
            source != NULL && handlers_take(state, &place->handlers, place->names,
                                            source, &scope, exception, place->guarded);
        taken = taken ||
                (source == NULL && hr_clauses_take(&scope, code_of(frame),
                                                   PyFrame_GetLasti(frame), exception));
        taken = taken || (callee != NULL &&
                          hr_swallows(&scope, place->opcode, text + place->code.start,
                                      hr_span_size(place->code), callee, exception));
    }
    taken = taken || hr_pytest_expects(&scope, code_of(frame), exception) ||
            hr_expected(&scope, code_of(frame));
    if (PyErr_Occurred() != NULL) {
        PyErr_Clear();
    }
    return taken;
}

static bool frame_takes(struct hr_state *state, PyFrameObject *frame,
                        PyFrameObject *callee, PyObject *exception)
{
    return takes_at(state, place_of(state, frame), frame, callee, exception);
}

/* Most frames only call the next one: they let pass what no call swallows. */
static bool only_calls(const struct hr_place *place, PyObject *exception)
{
    return place != NULL && place->bare &&
           (hr_compat_calls_directly(place->opcode) ||
            (hr_compat_calls(place->opcode) && !hr_swallow_may(exception)));
}

/* The same of a caller, asked about what comes out of `callee`. */
static bool caller_takes(struct hr_state *state, PyFrameObject *frame,
                         PyFrameObject *callee, PyObject *exception)
{
    const struct hr_place *place = place_of(state, frame);
    return !only_calls(place, exception) &&
           takes_at(state, place, frame, callee, exception);
}

bool hr_handled_here(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    hr_places_enter(state);
    bool handled = frame_takes(state, frame, NULL, exception);
    hr_places_leave(state);
    PyErr_Restore(type, value, traceback);
    return handled;
}

static PyTracebackObject *traceback_of(PyObject *exception) /* borrowed */
{
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    return (PyTracebackObject *)traceback;
}

/* Whether the one called the other.  The frame of a generator that has ended does not
 * know any more. */
static bool is_caller(const PyFrameObject *upper, PyFrameObject *lower)
{
    PyFrameObject *back = PyFrame_GetBack(lower);
    Py_XDECREF(back);
    return back == upper || back == NULL;
}

/*
 * An exception on its way up asks again at every guarded frame.  The answer given
 * below holds as long as the traceback shows that the exception came up from there,
 * from callee to caller, and has not passed the one that was going to handle it.  It
 * cannot be another exception at the same address: the frame of the guard that asked
 * is in the traceback, failed at an instruction that the guard covers, and so has asked
 * about this exception, whose answer it is.  (Kept and raised again elsewhere, its
 * frames are alive in its traceback, and none of them called the one that raises it.)
 */
static bool still_holds(const struct hr_verdict *verdict, const PyFrameObject *frame,
                        const PyTracebackObject *entry)
{
    if (entry == NULL || entry->tb_frame != frame) {
        return false;
    }
    while (entry->tb_frame != verdict->handler && entry->tb_next != NULL &&
           is_caller(entry->tb_frame, entry->tb_next->tb_frame)) {
        entry = entry->tb_next;
        if (entry->tb_frame == verdict->frame && entry->tb_lasti == verdict->lasti) {
            return code_of(entry->tb_frame) == verdict->code;
        }
    }
    return false;
}

static void remember(struct hr_verdict *verdict, PyObject *exception,
                     PyFrameObject *frame, const void *handler)
{
    const PyTracebackObject *first = traceback_of(exception);
    verdict->exception = exception;
    verdict->frame = frame;
    verdict->code = code_of(frame);
    verdict->handler = handler;
    verdict->lasti = first != NULL ? first->tb_lasti : -1;
}

bool hr_handled_known(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    struct hr_verdict *verdict = &state->verdict;
    if (verdict->exception != exception ||
        !still_holds(verdict, frame, traceback_of(exception))) {
        verdict->exception = NULL;
        return false;
    }
    remember(verdict, exception, frame, verdict->handler);
    return true;
}

/* Where a task's frames end, its exception goes to those who await it. */
static enum hr_awaited ask_task(struct hr_state *state, PyFrameObject *frame,
                                PyObject *exception, const void **handler)
{
    int coroutine = CO_COROUTINE | CO_ITERABLE_COROUTINE;
    bool may_be = (code_of(frame)->co_flags & coroutine) != 0;
    PyObject *task = may_be ? hr_awaited_task(frame) : NULL;
    enum hr_awaited awaited =
        task != NULL ? hr_awaited_by(state, task, exception, frame_takes, handler)
                     : HR_AWAITED_UNKNOWN;
    Py_XDECREF(task);
    return awaited;
}

bool hr_handled(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    if (hr_handled_known(state, frame, exception)) {
        return true;
    }
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    if (PyErr_Occurred() != NULL) {
        PyErr_Fetch(&type, &value, &traceback);
    }
    PyFrameObject *callee = (PyFrameObject *)Py_NewRef((PyObject *)frame);
    enum hr_awaited awaited = HR_AWAITED_UNKNOWN;
    bool handled = false;
    const void *handler = NULL;
    hr_places_enter(state);
    while (callee != NULL && !handled && awaited == HR_AWAITED_UNKNOWN) {
        PyFrameObject *above = PyFrame_GetBack(callee);
        awaited = ask_task(state, callee, exception, &handler);
        handler = awaited == HR_AWAITED_UNKNOWN ? above : handler;
        handled = awaited == HR_AWAITED_YES ||
                  (awaited == HR_AWAITED_UNKNOWN && above != NULL &&
                   caller_takes(state, above, callee, exception));
        Py_SETREF(callee, above);
    }
    hr_places_leave(state);
    if (handled) {
        remember(&state->verdict, exception, frame, handler);
    }
    Py_XDECREF(callee);
    if (type != NULL) {
        PyErr_Restore(type, value, traceback);
    }
    return handled;
}
