#include "runtime/decide/handled.h"

#include <frameobject.h>
#include <string.h>

#include "defs/handlers.h"
#include "runtime/decide/awaited.h"
#include "runtime/decide/exits.h"
#include "runtime/decide/expected.h"
#include "runtime/compat.h"
#include "runtime/decide/clauses.h"
#include "runtime/decide/given.h"
#include "runtime/decide/managers.h"
#include "runtime/decide/passage.h"
#include "runtime/decide/peek.h"
#include "runtime/decide/places.h"
#include "runtime/entry/pytest.h"
#include "runtime/guard/source.h"
#include "runtime/decide/swallow.h"
#include "runtime/decide/verdict.h"

static bool is_catch_all(struct hr_peek reader)
{
    PyObject *type = hr_peek_path(&reader);
    hr_peek_skip(&reader);
    bool is = reader.at == reader.end &&
              (type == PyExc_Exception || type == PyExc_BaseException);
    Py_XDECREF(type);
    return is;
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
        clauses->kind == HR_HANDLER_EXCEPT_GROUP ? hr_managers_parts(exception) : NULL;
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

static bool call_takes(struct hr_passage *passage, struct hr_peek reader);
static bool object_takes(struct hr_passage *passage, PyObject *manager, int depth);

/* An item of a `with`.  A task's exception passes by what stands within the `async
 * with` that it comes out of. */
static bool item_takes(struct hr_passage *passage, struct hr_peek item,
                       const char *text_end)
{
    if (hr_managers_is_group(item, text_end, passage)) {
        hr_passage_leave_group(passage);
        return false;
    }
    if (passage->group == NULL && hr_managers_expects(item, passage->exception)) {
        return true;
    }
    if (item.scope->function != NULL) { /* in a manager: no deeper */
        return false;
    }
    PyObject *manager = hr_managers_object(item, text_end);
    bool takes = manager != NULL && object_takes(passage, manager, 0);
    PyTypeObject *type = !takes && passage->group == NULL ? hr_exits_type(item) : NULL;
    takes = takes || (type != NULL && hr_exits_always(passage->question->state, type));
    Py_XDECREF(manager);
    Py_XDECREF(type);
    return takes || (passage->group == NULL && call_takes(passage, item));
}

/* From the inside out; the clauses of one try in their order. */
static bool handlers_take(struct hr_passage *passage, const struct hr_array *handlers,
                          PyObject *const *names, const hr_source *source,
                          const struct hr_peek_scope *scope, bool own)
{
    size_t end = handlers->count;
    while (end > 0) {
        const struct hr_handler *all = handlers->items;
        size_t first = end - 1;
        bool takes;
        while (first > 0 && all[first - 1].statement == all[end - 1].statement) {
            first--;
        }
        if (all[first].kind == HR_HANDLER_FINALLY) {
            takes = passage->group == NULL && own;
        } else if (all[first].kind == HR_HANDLER_WITH) {
            takes = item_takes(passage, reader_of(source, all[first].expression, scope),
                               source->text.data + source->text.size);
        } else {
            takes = passage->group == NULL &&
                    clauses_take(all + first, names != NULL ? names + first : NULL,
                                 end - first, source, scope, passage->exception, own);
        }
        if (takes) {
            return true;
        }
        end = first;
    }
    return false;
}

/* What stands around the yield of a generator that a manager is made of. */
static bool function_takes(struct hr_passage *passage, PyFrameObject *frame,
                           PyObject *function, PyObject *given)
{
    struct hr_state *state = passage->question->state;
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    hr_source *known = hr_source_of(state, code);
    hr_source *source = hr_places_source(state, code);
    struct hr_peek_scope scope = {.frame = frame, .function = function, .given = given};
    struct hr_error ignored = {0};
    struct hr_array handlers;
    uint32_t line;
    size_t column;
    bool takes = false;
    hr_array_init(&handlers, sizeof(struct hr_handler));
    if (source != NULL && hr_places_find_yield(source, code, &line, &column) &&
        hr_handlers_find(source->text.data, source->text.size,
                         hr_places_first_line(code), line, column, &handlers,
                         &ignored)) {
        takes = handlers_take(passage, &handlers, NULL, source, &scope, known != NULL);
    }
    hr_array_finish(&handlers);
    Py_XDECREF(source);
    return takes;
}

/* A function that such a manager decorates: one is made for each call. */
static bool decorator_takes(struct hr_passage *passage, PyFrameObject *frame,
                            PyObject *manager)
{
    PyObject *function = hr_passage_attribute(manager, "func");
    PyObject *positional = hr_passage_attribute(manager, "args");
    PyObject *named = hr_passage_attribute(manager, "kwds");
    bool takes = false;
    if (function != NULL && PyFunction_Check(function) && positional != NULL &&
        PyTuple_Check(positional)) {
        PyObject *given = hr_given_by_values(function, positional, named);
        takes = function_takes(passage, frame, function, given);
        Py_XDECREF(given);
    }
    Py_XDECREF(named);
    Py_XDECREF(positional);
    Py_XDECREF(function);
    return takes;
}

/* with manager(...), where the manager is a generator under contextlib. */
static bool call_takes(struct hr_passage *passage, struct hr_peek item)
{
    PyFrameObject *frame = item.scope->frame;
    struct hr_peek reader = item;
    PyObject *callee = hr_peek_path(&reader);
    PyObject *wrapped = callee != NULL && PyFunction_Check(callee)
                            ? PyObject_GetAttrString(callee, "__wrapped__")
                            : NULL;
    PyObject *manager = wrapped == NULL ? hr_managers_decorator(item) : NULL;
    bool takes = false;
    PyErr_Clear();
    if (wrapped != NULL && PyFunction_Check(wrapped)) {
        item.end = reader.at;
        PyObject *given = hr_given_by_text(wrapped, item, reader);
        takes = function_takes(passage, frame, wrapped, given);
        Py_XDECREF(given);
    } else if (manager != NULL && hr_managers_is_generator(manager)) {
        takes = decorator_takes(passage, frame, manager);
    } else if (manager != NULL) {
        takes = object_takes(passage, manager, 0);
    }
    PyErr_Clear();
    Py_XDECREF(manager);
    Py_XDECREF(wrapped);
    Py_XDECREF(callee);
    return takes;
}

static const struct hr_place *place_of(struct hr_state *state, PyFrameObject *frame)
{
    return hr_places_find(state, hr_peek_code(frame), PyFrame_GetLasti(frame));
}

/* What calls of C may swallow, or lose, is asked once for all callers. */
static const struct hr_question *calls_known(struct hr_passage *passage)
{
    struct hr_question *question = passage->question;
    if (!question->calls_known) {
        question->calls_known = true;
        question->may_swallow = hr_swallow_may(passage->exception);
        question->may_lose = hr_swallow_may_lose(question->state);
    }
    return question;
}

static bool calls_matter(struct hr_passage *passage)
{
    const struct hr_question *question = calls_known(passage);
    return question->may_swallow || question->may_lose;
}

/* `place` is the frame's, or NULL. */
static bool takes_at(struct hr_passage *passage, const struct hr_place *place,
                     PyFrameObject *frame, PyFrameObject *callee)
{
    struct hr_peek_scope scope = {.frame = frame};
    const hr_source *source = place != NULL ? place->source : NULL;
    bool taken =
        source != NULL && handlers_take(passage, &place->handlers, place->names, source,
                                        &scope, place->guarded);
    PyObject *exception = passage->exception;
    if (passage->group == NULL && !taken && place != NULL) {
        const char *text = source != NULL ? source->text.data : "";
        taken =
            (source == NULL && hr_clauses_take(&scope, hr_peek_code(frame),
                                               PyFrame_GetLasti(frame), exception)) ||
            (callee != NULL && (!place->calls || calls_known(passage)->may_swallow) &&
             hr_swallows(&scope, place->opcode, text + place->code.start,
                         hr_span_size(place->code), callee, exception));
    }
    taken = taken || hr_pytest_expects(&scope, hr_peek_code(frame), exception) ||
            hr_expected(&scope, hr_peek_code(frame));
    if (PyErr_Occurred() != NULL) {
        PyErr_Clear();
    }
    return taken;
}

static bool frame_takes(struct hr_passage *passage, PyFrameObject *frame,
                        PyFrameObject *callee)
{
    return takes_at(passage, place_of(passage->question->state, frame), frame, callee);
}

/* A manager that was made before: what stands around the yield at which its generator
 * waits; those that a stack has entered, the last one first. */
static bool object_takes(struct hr_passage *passage, PyObject *manager, int depth)
{
    if (hr_managers_object_is_group(manager, passage->group)) {
        hr_passage_leave_group(passage);
        return false;
    }
    PyObject *entered = depth < 20 ? hr_managers_of_stack(manager) : NULL;
    Py_ssize_t i = entered != NULL ? PyList_GET_SIZE(entered) : 0;
    bool takes = passage->group == NULL &&
                 (hr_managers_object_expects(manager, passage->exception) ||
                  hr_exits_always(passage->question->state, Py_TYPE(manager)));
    while (i-- > 0 && !takes) {
        takes = object_takes(passage, PyList_GET_ITEM(entered, i), depth + 1);
    }
    if (!takes && passage->group == NULL && hr_managers_is_generator(manager)) {
        PyObject *frame = hr_managers_frame(manager);
        takes = frame != NULL && frame_takes(passage, (PyFrameObject *)frame, NULL);
        Py_XDECREF(frame);
    }
    Py_XDECREF(entered);
    return takes;
}

/* What calls this way reports it and goes on: no caller gets it. */
static bool is_lost(struct hr_passage *passage, const struct hr_place *place,
                    PyFrameObject *frame, PyFrameObject *callee)
{
    struct hr_peek_scope scope = {.frame = frame};
    if (place == NULL || place->direct) {
        return false;
    }
    const char *text = place->source != NULL ? place->source->text.data : "";
    return hr_swallow_loses(&scope, place->opcode, text + place->code.start,
                            hr_span_size(place->code), callee,
                            calls_known(passage)->may_lose);
}

/* What a clause for everything keeps in the library, nobody above gets. */
static bool is_kept(struct hr_passage *passage, const struct hr_place *place,
                    PyFrameObject *frame)
{
    return place != NULL && place->keeper &&
           PyErr_GivenExceptionMatches(passage->exception, PyExc_Exception) &&
           hr_swallow_keeps(frame);
}

enum outcome { OUTCOME_PASSES, OUTCOME_HANDLED, OUTCOME_LOST };

/* What becomes of what leaves the callee, in its caller; `above` and `place` are NULL
 * at the end of the stack.  `coroutine`: the callee is one, and somebody else than its
 * caller may get it. */
static enum outcome outcome_in(struct hr_passage *passage, const struct hr_place *place,
                               PyFrameObject *above, PyFrameObject *callee,
                               bool coroutine)
{
    bool may_be_awaited = coroutine || (place != NULL && place->pool);
    enum hr_awaited awaited =
        may_be_awaited ? hr_awaited_by(passage, callee, above) : HR_AWAITED_UNKNOWN;
    if (awaited != HR_AWAITED_UNKNOWN) {
        return awaited == HR_AWAITED_YES ? OUTCOME_HANDLED : OUTCOME_LOST;
    }
    if (above == NULL || is_lost(passage, place, above, callee)) {
        return OUTCOME_LOST;
    }
    if (takes_at(passage, place, above, callee)) {
        passage->question->handler = above;
        return OUTCOME_HANDLED;
    }
    return is_kept(passage, place, above) ? OUTCOME_LOST : OUTCOME_PASSES;
}

/* Whether the caller does nothing but call what failed, and lets it pass: most do. */
static bool only_calls(struct hr_passage *passage, const struct hr_place *place,
                       const PyCodeObject *callee)
{
    return place != NULL && place->plain &&
           (place->direct || (place->calls && !calls_matter(passage) &&
                              !hr_swallow_is_finalizer(callee)));
}

/* Whether a caller of the frame does; who is not on its stack is asked where that
 * ends. */
static bool callers_take(struct hr_passage *passage, PyFrameObject *frame)
{
    struct hr_verdict *way = passage->question->way;
    PyFrameObject *callee = (PyFrameObject *)Py_NewRef((PyObject *)frame);
    const PyCodeObject *code = hr_peek_code(frame);
    const struct hr_place *place = NULL;
    enum outcome outcome = OUTCOME_PASSES;
    passage->question->way = NULL; /* it is the first stack's */
    while (outcome == OUTCOME_PASSES) {
        bool coroutine = (code->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE)) != 0;
        PyFrameObject *above = PyFrame_GetBack(callee);
        PyCodeObject *its = above != NULL ? hr_peek_code(above) : NULL;
        place = above != NULL ? hr_places_above(passage->question->state, place, its,
                                                PyFrame_GetLasti(above))
                              : NULL;
        hr_verdict_pass(way, above, its);
        if (coroutine || !only_calls(passage, place, code)) {
            outcome = outcome_in(passage, place, above, callee, coroutine);
        }
        code = its;
        Py_SETREF(callee, above);
    }
    Py_XDECREF(callee);
    return outcome == OUTCOME_HANDLED;
}

static struct hr_passage begin(struct hr_question *question, struct hr_state *state,
                               PyObject *exception)
{
    *question = (struct hr_question){
        .state = state, .judge = frame_takes, .climb = callers_take};
    return (struct hr_passage){.question = question, .exception = Py_NewRef(exception)};
}

bool hr_handled_here(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    hr_places_enter(state);
    struct hr_question question;
    struct hr_passage passage = begin(&question, state, exception);
    bool handled = frame_takes(&passage, frame, NULL);
    hr_passage_finish(&passage);
    hr_places_leave(state);
    PyErr_Restore(type, value, traceback);
    return handled;
}

bool hr_handled(struct hr_state *state, PyFrameObject *frame, PyObject *exception)
{
    struct hr_question question;
    if (hr_verdict_known(&state->verdict, frame, exception)) {
        return true;
    }
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    if (PyErr_Occurred() != NULL) {
        PyErr_Fetch(&type, &value, &traceback);
    }
    struct hr_passage passage = begin(&question, state, exception);
    hr_verdict_begin(&state->verdict, frame);
    question.way = &state->verdict;
    hr_places_enter(state);
    bool handled = callers_take(&passage, frame);
    hr_places_leave(state);
    hr_passage_finish(&passage);
    if (handled) {
        hr_verdict_keep(&state->verdict, exception, question.handler);
    }
    if (type != NULL) {
        PyErr_Restore(type, value, traceback);
    }
    return handled;
}
