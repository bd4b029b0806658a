#include "runtime/patch.h"

#include <string.h>

#include "runtime/closure.h"
#include "runtime/compat.h"
#include "runtime/functions.h"

/* What one function object will be made of. */
struct plan {
    PyObject *function;
    PyCodeObject *code;
    PyObject *closure;            /* tuple */
    PyObject *defaults;           /* tuple or None */
    PyObject *kwdefaults;         /* dict or None */
    PyObject *annotations;        /* dict */
    PyObject *names;              /* for evaluating; made at first use */
    const struct hr_defs *before; /* NULL: not known */
    const struct hr_def *old;
    const struct hr_defs *now;
    const struct hr_def *def;
    PyFrameObject *frame;
};

static void plan_finish(struct plan *plan)
{
    Py_CLEAR(plan->closure);
    Py_CLEAR(plan->defaults);
    Py_CLEAR(plan->kwdefaults);
    Py_CLEAR(plan->annotations);
    Py_CLEAR(plan->names);
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
static const struct hr_param *old_param(const struct plan *plan,
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

static PyObject *evaluate(struct plan *plan, struct hr_span span)
{
    PyObject *globals = PyFunction_GET_GLOBALS(plan->function);
    struct hr_bytes text = {0};
    PyObject *code = NULL;
    PyObject *value = NULL;

    hr_bytes_append_char(&text, '(');
    hr_bytes_append(&text, plan->now->text + span.start, hr_span_size(span));
    hr_bytes_append_text(&text, "\n)");
    if (text.failed) {
        PyErr_NoMemory();
    } else {
        code = Py_CompileString(text.data, "<default>", Py_eval_input);
    }
    if (code != NULL && plan->names == NULL) {
        plan->names =
            hr_closure_names(plan->function, plan->code, plan->closure, plan->frame);
    }
    if (code != NULL && plan->names != NULL) {
        value = PyEval_EvalCode(code, globals, plan->names);
    }
    Py_XDECREF(code);
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

static PyObject *default_for(struct plan *plan, const struct hr_param *param,
                             PyObject *name)
{
    const struct hr_param *old = old_param(plan, param);
    PyObject *live = NULL;

    if (old != NULL &&
        same_span(plan->now, param->default_value, plan->before, old->default_value)) {
        live = live_default(plan->function, name);
    }
    return live != NULL ? live : evaluate(plan, param->default_value);
}

static int plan_defaults(struct plan *plan)
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
        name = text_of(plan->now, param->name);
        value = name == NULL ? NULL : default_for(plan, param, name);
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
static int plan_annotation(struct plan *plan, PyObject *name, struct hr_span span,
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

static int plan_annotations(struct plan *plan)
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

        name = text_of(plan->now, param->name);
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

static int plan_make(struct hr_state *state, struct plan *plan, PyObject *empty)
{
    plan->closure =
        hr_closure_fit(state, plan->function, plan->code, plan->frame, empty);
    if (plan->closure == NULL) {
        return -1;
    }
    if (plan->def == NULL) {
        return 0;
    }
    return plan_defaults(plan) < 0 || plan_annotations(plan) < 0 ? -1 : 0;
}

/* A docstring that the program has changed itself is left. */
static void commit_doc(PyObject *function, PyCodeObject *old, PyCodeObject *code,
                       bool had, bool has)
{
    PyObject *doc = PyObject_GetAttrString(function, "__doc__");
    PyObject *before = had && PyTuple_GET_SIZE(old->co_consts) > 0
                           ? PyTuple_GET_ITEM(old->co_consts, 0)
                           : Py_None;
    PyObject *after = has && PyTuple_GET_SIZE(code->co_consts) > 0
                          ? PyTuple_GET_ITEM(code->co_consts, 0)
                          : Py_None;

    if (doc != NULL && PyObject_RichCompareBool(doc, before, Py_EQ) == 1 &&
        (after == Py_None || PyUnicode_Check(after))) {
        PyObject_SetAttrString(function, "__doc__", after);
    }
    PyErr_Clear();
    Py_XDECREF(doc);
}

/* Closure first: the setter of __code__ checks the count of free variables.  The old
 * ones are held until both are in place: a destructor may call the function. */
static int commit(struct plan *plan)
{
    PyObject *function = plan->function;
    PyObject *old_closure = Py_XNewRef(PyFunction_GET_CLOSURE(function));
    PyObject *old_code = Py_NewRef(PyFunction_GET_CODE(function));
    bool has_cells = PyTuple_GET_SIZE(plan->closure) > 0;
    int status = PyFunction_SetClosure(function, has_cells ? plan->closure : Py_None);

    if (status == 0) {
        status = PyObject_SetAttrString(function, "__code__", (PyObject *)plan->code);
        if (status < 0) {
            PyFunction_SetClosure(function, old_closure ? old_closure : Py_None);
        }
    }
    if (status == 0 && plan->def != NULL) {
        status = PyFunction_SetDefaults(function, plan->defaults);
        if (status == 0) {
            status = PyFunction_SetKwDefaults(function, plan->kwdefaults);
        }
        if (status == 0) {
            status = PyFunction_SetAnnotations(
                function,
                PyDict_GET_SIZE(plan->annotations) ? plan->annotations : Py_None);
        }
        commit_doc(function, (PyCodeObject *)old_code, plan->code,
                   plan->before == NULL || !hr_span_empty(plan->old->docstring),
                   !hr_span_empty(plan->def->docstring));
    }
    hr_compat_restore_version((PyFunctionObject *)function);
    Py_XDECREF(old_closure);
    Py_DECREF(old_code);
    return status;
}

/* Functions that an enclosing function makes later get the new code as well. */
static void patch_enclosing(struct hr_state *state, PyCodeObject *failed,
                            PyCodeObject *latest, PyCodeObject *code)
{
    const char *name = PyUnicode_AsUTF8(code->co_qualname);
    PyObject *all = NULL;

    if (name != NULL && strstr(name, "<locals>") != NULL && latest != code) {
        all = hr_functions_all(state);
    }
    for (Py_ssize_t i = 0; all != NULL && i < PyList_GET_SIZE(all); i++) {
        PyCodeObject *owner =
            (PyCodeObject *)PyFunction_GET_CODE(PyList_GET_ITEM(all, i));

        if (owner != code &&
            PyUnicode_Compare(owner->co_filename, code->co_filename) == 0) {
            hr_functions_replace_constant(owner, latest, code);
            hr_functions_replace_constant(owner, failed, code);
        }
    }
    PyErr_Clear();
    Py_XDECREF(all);
}

/* Where a nested function captures other variables than before, its enclosing function,
 * which builds the closure, would have to be compiled anew as well. */
static bool keeps_old_for_later(PyCodeObject *latest, PyCodeObject *code)
{
    const char *name = PyUnicode_AsUTF8(code->co_qualname);
    bool keeps = name != NULL && strstr(name, "<locals>") != NULL && latest != code &&
                 !hr_functions_same_captures(latest, code);

    PyErr_Clear();
    return keeps;
}

static PyObject *remark_on(PyObject *empty, bool old_for_later)
{
    PyObject *separator = PyUnicode_FromString(", ");
    PyObject *names = separator == NULL ? NULL : PyUnicode_Join(separator, empty);
    PyObject *remark = NULL;

    if (names != NULL && PyList_GET_SIZE(empty) > 0) {
        remark =
            PyUnicode_FromFormat("no value is known for %U of the enclosing function: "
                                 "using it is a NameError",
                                 names);
    } else if (old_for_later) {
        remark =
            PyUnicode_FromString("it uses other variables of the enclosing function: "
                                 "functions that are made later get the old code "
                                 "until that is reloaded too");
    }
    Py_XDECREF(names);
    Py_XDECREF(separator);
    return remark;
}

static void plan_init(struct plan *plan, PyObject *function,
                      const struct hr_crash *crash, const struct hr_reload *reload,
                      struct hr_state *state)
{
    PyCodeObject *old = (PyCodeObject *)PyFunction_GET_CODE(function);
    hr_source *source = hr_source_of(state, old);
    uint32_t old_def = source == NULL ? HR_NONE : hr_source_def_of(source, old);

    *plan = (struct plan){
        .function = function, .code = reload->code, .frame = crash->frame};
    if (reload->source != NULL && reload->def != HR_NONE &&
        (plan->now = hr_source_detail(reload->source, reload->def)) != NULL) {
        plan->def = hr_defs_at(plan->now, reload->def);
    }
    if (old_def != HR_NONE &&
        (plan->before = hr_source_detail(source, old_def)) != NULL) {
        plan->old = hr_defs_at(plan->before, old_def);
    }
    PyErr_Clear();
}

static int patch_all(struct hr_state *state, PyObject *functions, struct plan *plans,
                     const struct hr_crash *crash, const struct hr_reload *reload,
                     PyObject *empty)
{
    Py_ssize_t count = PyList_GET_SIZE(functions);

    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);

        if (PyFunction_GET_CODE(function) == (PyObject *)reload->code) {
            continue;
        }
        plan_init(&plans[i], function, crash, reload, state);
        if (plan_make(state, &plans[i], empty) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (plans[i].function != NULL && commit(&plans[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

bool hr_patch(struct hr_state *state, const struct hr_crash *crash,
              const struct hr_reload *reload, struct hr_patch *patch)
{
    PyCodeObject *latest = hr_functions_latest(state, crash->code);
    PyObject *functions = hr_functions_of(state, crash->code);
    PyObject *empty = PyList_New(0);
    Py_ssize_t count = functions == NULL ? 0 : PyList_GET_SIZE(functions);
    struct plan *plans = PyMem_Calloc((size_t)count + 1, sizeof *plans);
    bool done = false;

    *patch = (struct hr_patch){NULL, NULL};
    if (functions == NULL || empty == NULL || plans == NULL) {
        PyErr_NoMemory();
    } else if (patch_all(state, functions, plans, crash, reload, empty) == 0 &&
               hr_functions_succeed(state, latest, reload->code) == 0) {
        patch_enclosing(state, crash->code, latest, reload->code);
        patch->remark = remark_on(empty, keeps_old_for_later(latest, reload->code));
        done = true;
    }
    if (!done) {
        patch->problem = hr_reload_describe(reload->code->co_filename);
    }
    for (Py_ssize_t i = 0; plans != NULL && i < count; i++) {
        plan_finish(&plans[i]);
    }
    PyMem_Free(plans);
    Py_XDECREF(empty);
    Py_XDECREF(functions);
    return done;
}

void hr_patch_finish(struct hr_patch *patch)
{
    Py_CLEAR(patch->problem);
    Py_CLEAR(patch->remark);
}
