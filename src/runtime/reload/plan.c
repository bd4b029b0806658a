#include "runtime/reload/plan.h"

#include <string.h>

#include "runtime/reload/closure.h"
#include "runtime/compat.h"
#include "runtime/guard/identifiers.h"
#include "runtime/reload/functions.h"

/* A name that no text has: what holds new type parameters for a moment. */
#define HOLDER "__hr_holder__"

void hr_plan_init(struct hr_plan *plan, PyObject *function,
                  const struct hr_reload *reload, struct hr_makers *makers)
{
    PyCodeObject *old = (PyCodeObject *)PyFunction_GET_CODE(function);
    hr_source *source = hr_source_of(makers->state, old);
    uint32_t old_def = source == NULL ? HR_NONE : hr_source_def_of(source, old);

    *plan = (struct hr_plan){.function = function,
                             .code = reload->code,
                             .def_index = HR_NONE,
                             .makers = makers};
    if (reload->source != NULL && reload->def != HR_NONE &&
        (plan->now = hr_source_detail(reload->source, reload->def)) != NULL) {
        plan->def = hr_defs_at(plan->now, reload->def);
        plan->def_index = reload->def;
    }
    if (old_def != HR_NONE &&
        (plan->before = hr_source_detail(source, old_def)) != NULL) {
        plan->old = hr_defs_at(plan->before, old_def);
    }
    PyErr_Clear();
}

void hr_plan_finish(struct hr_plan *plan)
{
    Py_CLEAR(plan->closure);
    Py_CLEAR(plan->defaults);
    Py_CLEAR(plan->kwdefaults);
    Py_CLEAR(plan->annotations);
    Py_CLEAR(plan->names);
    Py_CLEAR(plan->type_params);
}

static const struct hr_param *param_at(const struct hr_defs *defs,
                                       const struct hr_def *def, uint32_t i)
{
    return (const struct hr_param *)hr_array_at(&defs->params, def->params.first + i);
}

static bool same_span(const struct hr_defs *a, struct hr_span left,
                      const struct hr_defs *b, struct hr_span right)
{
    return hr_span_size(left) == hr_span_size(right) &&
           memcmp(a->text + left.start, b->text + right.start, hr_span_size(left)) == 0;
}

/* The parameter of that name before the edit, or NULL. */
static const struct hr_param *old_param(const struct hr_plan *plan,
                                        const struct hr_param *param)
{
    for (uint32_t i = 0; plan->before != NULL && i < plan->old->params.count; i++) {
        const struct hr_param *old = param_at(plan->before, plan->old, i);

        if (same_span(plan->now, param->name, plan->before, old->name)) {
            return old;
        }
    }
    return NULL;
}

static PyObject *text_of(const struct hr_defs *defs, struct hr_span span)
{
    return PyUnicode_FromStringAndSize(defs->text + span.start,
                                       (Py_ssize_t)hr_span_size(span));
}

static PyObject *name_of(const struct hr_defs *defs, struct hr_span span)
{
    return hr_identifier(defs->text + span.start, hr_span_size(span));
}

/* Makes names of type parameters, which may be NULL, known by what they are. */
static int add_type_params(PyObject *names, PyObject *params)
{
    int status = 0;

    for (Py_ssize_t i = 0; params != NULL && PyTuple_Check(params) && status == 0 &&
                           i < PyTuple_GET_SIZE(params);
         i++) {
        PyObject *param = PyTuple_GET_ITEM(params, i);
        PyObject *name = PyObject_GetAttrString(param, "__name__");

        status = name == NULL ? -1 : PyDict_SetItem(names, name, param);
        Py_XDECREF(name);
    }
    return status;
}

/* What defaults and annotations may refer to besides the globals: borrowed, or NULL. */
static PyObject *names_for(struct hr_plan *plan)
{
    if (plan->names == NULL) {
        plan->names = hr_closure_names(plan->makers, plan->function, plan->closure);
        if (plan->names != NULL &&
            (add_type_params(plan->names, PyDict_GetItemString(
                                              plan->names, "__type_params__")) < 0 ||
             add_type_params(plan->names, plan->type_params) < 0)) {
            Py_CLEAR(plan->names);
        }
    }
    return plan->names;
}

/* The value of an expression; of `*x`, which an annotation may be, what it unpacks. */
static PyObject *evaluate(struct hr_plan *plan, struct hr_span span)
{
    PyObject *globals = PyFunction_GET_GLOBALS(plan->function);
    struct hr_bytes text = {0};
    bool starred = plan->now->text[span.start] == '*';
    PyObject *names = names_for(plan);
    PyObject *value = NULL;

    hr_bytes_append_char(&text, '(');
    hr_bytes_append(&text, plan->now->text + span.start, hr_span_size(span));
    hr_bytes_append_text(&text, starred ? "\n,)[0]" : "\n)");
    if (text.failed) {
        PyErr_NoMemory();
    } else if (names != NULL) {
        PyObject *code = Py_CompileString(text.data, "<default>", Py_eval_input);

        value = code == NULL ? NULL : PyEval_EvalCode(code, globals, names);
        Py_XDECREF(code);
    }
    hr_bytes_finish(&text);
    return value;
}

/* The live default of a parameter: new reference; NULL if it has none. */
static PyObject *live_default(PyObject *function, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *defaults = PyFunction_GET_DEFAULTS(function);
    PyObject *keywords = PyFunction_GET_KW_DEFAULTS(function);
    PyObject *names = PyCode_GetVarnames(code);
    PyObject *found = NULL;
    Py_ssize_t first;

    if (defaults != NULL && names != NULL) {
        first = code->co_argcount - PyTuple_GET_SIZE(defaults);
        for (Py_ssize_t i = first < 0 ? 0 : first; i < code->co_argcount; i++) {
            if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
                found = PyTuple_GET_ITEM(defaults, i - first);
            }
        }
    }
    if (found == NULL && keywords != NULL && PyDict_Check(keywords)) {
        found = PyDict_GetItemWithError(keywords, name);
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return Py_XNewRef(found);
}

static bool is_of_name(char c)
{
    return Py_ISALNUM(Py_CHARMASK(c)) || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether the name stands in the span. */
static bool uses(const struct hr_defs *defs, struct hr_span span, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = span.start; i + size <= span.end; i++) {
        if (memcmp(defs->text + i, name, size) == 0 &&
            (i == span.start || !is_of_name(defs->text[i - 1])) &&
            (i + size == span.end || !is_of_name(defs->text[i + size]))) {
            return true;
        }
    }
    return false;
}

/* Whether the exception that is set is about a variable of an enclosing function, or
 * about one that the default of before had a value from, as that of a class which has
 * deleted it. */
static bool scope_is_gone(const struct hr_plan *plan, const struct hr_param *old)
{
    PyObject *exception = hr_compat_take_exception();
    PyObject *name =
        exception != NULL && PyErr_GivenExceptionMatches(exception, PyExc_NameError)
            ? PyObject_GetAttrString(exception, "name")
            : NULL;
    const char *text =
        name != NULL && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    bool gone = text != NULL && uses(plan->before, old->default_value, text);

    for (uint32_t i = plan->def->parent; text != NULL && i != HR_NONE && !gone;
         i = hr_defs_at(plan->now, i)->parent) {
        struct hr_range range = hr_defs_at(plan->now, i)->bindings;

        for (uint32_t b = range.first; b < range.first + range.count; b++) {
            const struct hr_binding *binding = hr_array_at(&plan->now->bindings, b);

            gone |=
                hr_span_size(binding->name) == strlen(text) &&
                memcmp(plan->now->text + binding->name.start, text, strlen(text)) == 0;
        }
    }
    PyErr_Clear();
    Py_XDECREF(name);
    hr_compat_put_exception(exception);
    return gone;
}

/* In the place of the exception that is set: the value that the parameter has. */
static PyObject *keep_default(struct hr_plan *plan, PyObject *name, PyObject *kept)
{
    PyObject *exception = hr_compat_take_exception();
    PyObject *live = live_default(plan->function, name);
    PyObject *remark;

    if (live == NULL) {
        hr_compat_put_exception(exception);
        return NULL;
    }
    remark = PyUnicode_FromFormat("the default of %U keeps its old value: %s: %S", name,
                                  Py_TYPE(exception)->tp_name, exception);
    if (remark == NULL || PyList_Append(kept, remark) < 0) {
        Py_CLEAR(live);
    }
    Py_XDECREF(remark);
    Py_DECREF(exception);
    return live;
}

static PyObject *default_for(struct hr_plan *plan, const struct hr_param *param,
                             PyObject *name, PyObject *kept)
{
    const struct hr_param *old = old_param(plan, param);
    PyObject *live = NULL;

    if (old != NULL &&
        same_span(plan->now, param->default_value, plan->before, old->default_value)) {
        live = live_default(plan->function, name);
    }
    if (live == NULL) {
        live = evaluate(plan, param->default_value);
    }
    if (live == NULL && old != NULL && scope_is_gone(plan, old)) {
        live = keep_default(plan, name, kept);
    }
    return live;
}

static int plan_defaults(struct hr_plan *plan, PyObject *kept)
{
    PyObject *positional = PyList_New(0);
    PyObject *keywords = PyDict_New();
    PyObject *name = NULL;
    PyObject *value = NULL;
    int status = positional == NULL || keywords == NULL ? -1 : 0;

    for (uint32_t i = 0; status == 0 && i < plan->def->params.count; i++) {
        const struct hr_param *param = param_at(plan->now, plan->def, i);

        if (hr_span_empty(param->default_value)) {
            continue;
        }
        name = name_of(plan->now, param->name);
        value = name == NULL ? NULL : default_for(plan, param, name, kept);
        if (value == NULL) {
            status = -1;
        } else if (param->kind == HR_PARAM_KEYWORD_ONLY) {
            status = PyDict_SetItem(keywords, name, value);
        } else {
            status = PyList_Append(positional, value);
        }
        Py_CLEAR(name);
        Py_CLEAR(value);
    }
    if (status == 0) {
        plan->defaults = PyList_GET_SIZE(positional) ? PyList_AsTuple(positional)
                                                     : Py_NewRef(Py_None);
        plan->kwdefaults = Py_NewRef(PyDict_GET_SIZE(keywords) ? keywords : Py_None);
        status = plan->defaults == NULL ? -1 : 0;
    }
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    return status;
}

/* Under `from __future__ import annotations` the text is the annotation.  One that
 * cannot be evaluated is left out: nothing that runs depends on it. */
static int plan_annotation(struct hr_plan *plan, PyObject *name, struct hr_span span,
                           const struct hr_defs *before, struct hr_span old_span,
                           PyObject *live)
{
    PyObject *value = NULL;
    int status = 0;

    if (hr_span_empty(span)) {
        return 0;
    }
    if (before != NULL && same_span(plan->now, span, before, old_span) &&
        live != NULL) {
        value = Py_XNewRef(PyDict_GetItemWithError(live, name));
    }
    if (value == NULL && (plan->code->co_flags & CO_FUTURE_ANNOTATIONS)) {
        value = text_of(plan->now, span);
    } else if (value == NULL) {
        value = evaluate(plan, span);
    }
    PyErr_Clear();
    if (value != NULL) {
        status = PyDict_SetItem(plan->annotations, name, value);
        Py_DECREF(value);
    }
    return status;
}

static int plan_annotations(struct hr_plan *plan)
{
    PyObject *live = PyFunction_GetAnnotations(plan->function); /* borrowed */
    PyObject *name = NULL;
    int status = 0;

    plan->annotations = PyDict_New();
    if (plan->annotations == NULL) {
        return -1;
    }
    for (uint32_t i = 0; status == 0 && i < plan->def->params.count; i++) {
        const struct hr_param *param = param_at(plan->now, plan->def, i);
        const struct hr_param *old = old_param(plan, param);

        name = name_of(plan->now, param->name);
        status =
            name == NULL
                ? -1
                : plan_annotation(plan, name, param->annotation,
                                  old == NULL ? NULL : plan->before,
                                  old == NULL ? hr_span(0, 0) : old->annotation, live);
        Py_CLEAR(name);
    }
    name = status == 0 ? PyUnicode_FromString("return") : NULL;
    if (name != NULL) {
        status =
            plan_annotation(plan, name, plan->def->returns, plan->before,
                            plan->before ? plan->old->returns : hr_span(0, 0), live);
    }
    Py_XDECREF(name);
    return status;
}

/* The type parameters that the text makes now: new reference, a tuple. */
static PyObject *make_type_params(struct hr_plan *plan)
{
    struct hr_span span = plan->def->type_params;
    PyObject *globals = PyFunction_GET_GLOBALS(plan->function);
    PyObject *names = names_for(plan);
    struct hr_bytes text = {0};
    PyObject *result = NULL;
    PyObject *made = NULL;
    PyObject *params = NULL;

    hr_bytes_append_text(&text, "def " HOLDER);
    hr_bytes_append(&text, plan->now->text + span.start, hr_span_size(span));
    hr_bytes_append_text(&text, "(): pass\n");
    if (text.failed) {
        PyErr_NoMemory();
    } else if (names != NULL) {
        result = PyRun_String(text.data, Py_file_input, globals, names);
    }
    made = result == NULL ? NULL : PyDict_GetItemString(names, HOLDER);
    if (made != NULL) {
        params = PyObject_GetAttrString(made, "__type_params__");
        PyDict_DelItemString(names, HOLDER);
    }
    Py_XDECREF(result);
    hr_bytes_finish(&text);
    if (params != NULL && add_type_params(names, params) < 0) {
        Py_CLEAR(params);
    }
    return params;
}

/* Those that are written as they were stay the objects that they are. */
static int plan_type_params(struct hr_plan *plan)
{
    struct hr_span old = plan->before == NULL ? hr_span(0, 0) : plan->old->type_params;
    PyObject *live = PyObject_GetAttrString(plan->function, "__type_params__");

    PyErr_Clear();
    if (live == NULL) {
        return 0; /* of an interpreter that has none */
    }
    if (hr_span_empty(plan->def->type_params)) {
        plan->type_params = PyTuple_New(0);
    } else if (plan->before != NULL &&
               same_span(plan->now, plan->def->type_params, plan->before, old)) {
        plan->type_params = Py_NewRef(live);
    } else {
        plan->type_params = make_type_params(plan);
    }
    Py_DECREF(live);
    return plan->type_params == NULL ? -1 : 0;
}

/* A body that newly uses a type parameter gets it. */
static int fill_cells(struct hr_plan *plan, PyObject *empty)
{
    PyObject *names = PyCode_GetFreevars(plan->code);
    PyObject *known = PyDict_New();
    int status =
        names == NULL || known == NULL ? -1 : add_type_params(known, plan->type_params);

    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = PyDict_GetItemWithError(known, name);
        Py_ssize_t at = value == NULL ? -1 : PySequence_Index(empty, name);

        PyErr_Clear();
        if (at >= 0) {
            PyCell_Set(PyTuple_GET_ITEM(plan->closure, i), value);
            status = PySequence_DelItem(empty, at);
        }
    }
    Py_XDECREF(known);
    Py_XDECREF(names);
    return status;
}

int hr_plan_make(struct hr_plan *plan, const struct hr_plan_remarks *remarks)
{
    plan->closure = hr_closure_fit(plan->makers, plan->function, plan->now,
                                   plan->def_index, remarks->empty, remarks->copied);
    if (plan->closure == NULL) {
        return -1;
    }
    if (plan->def == NULL) {
        return 0;
    }
    return plan_type_params(plan) < 0 || fill_cells(plan, remarks->empty) < 0 ||
                   plan_defaults(plan, remarks->kept) < 0 || plan_annotations(plan) < 0
               ? -1
               : 0;
}
