#include "runtime/reload/bring.h"

#include "runtime/guard/origin.h"
#include "runtime/reload/binders.h"
#include "runtime/reload/bindings.h"
#include "runtime/reload/statements.h"

/* Statements that need statements that need ...: deeper is not followed. */
#define DEEPEST 16

struct bringing {
    struct hr_state *state;
    hr_source *source;
    PyObject *globals;
    PyObject *brought;
    PyObject *remarks; /* or NULL */
    PyObject *tried;   /* set of names: each is looked for once */
    size_t end;
    int depth;
};

static int bring_for(struct bringing *bringing, PyCodeObject *code);

static int is_known(PyObject *globals, PyObject *name)
{
    int known = PyDict_Contains(globals, name);

    return known != 0 ? known : PyDict_Contains(PyEval_GetBuiltins(), name);
}

/* `format` has %U for the name, and %u for the statement's line in its file. */
static int remark(struct bringing *bringing, const char *format, PyObject *name,
                  const struct hr_binder *binder)
{
    uint32_t line = binder->line;
    PyObject *path = hr_origin_told(bringing->source, &line);
    PyObject *text = path == NULL || bringing->remarks == NULL
                         ? NULL
                         : PyUnicode_FromFormat(format, name, path, line);
    int status = 0;

    if (text != NULL) {
        status = PyList_Append(bringing->remarks, text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(path);
    return status;
}

/* What the module has keeps its value when a block is run for another name. */
static PyObject *values_to_keep(PyObject *globals, PyObject *bound)
{
    PyObject *kept = PyDict_New();

    for (Py_ssize_t i = 0; kept != NULL && i < PyList_GET_SIZE(bound); i++) {
        PyObject *name = PyList_GET_ITEM(bound, i);
        PyObject *value = PyDict_GetItemWithError(globals, name);

        if (value != NULL && PyDict_SetItem(kept, name, value) < 0) {
            Py_CLEAR(kept);
        }
    }
    return kept;
}

static int run_binder(struct bringing *bringing, const struct hr_binder *binder)
{
    PyObject *globals = bringing->globals;
    PyObject *bound =
        hr_statements_bound(bringing->state, bringing->source, binder->span);
    PyObject *code =
        hr_statements_compile(bringing->state, bringing->source, binder->span);
    PyObject *kept = NULL;
    PyObject *result = NULL;
    int status = 0;

    if (code == NULL || bound == NULL) { /* not to be compiled: nothing to run */
        goto done;
    }
    /* What the statement itself reads has to be there first. */
    status = bring_for(bringing, (PyCodeObject *)code);
    if (status == 0 && binder->kind == HR_BINDER_BLOCK) {
        kept = values_to_keep(globals, bound);
        status = kept == NULL ? -1 : 0;
    }
    if (status == 0) {
        result = PyEval_EvalCode(code, globals, globals);
        status = result == NULL ? -1 : 0;
    }
    if (status == 0 && kept != NULL) {
        status = PyDict_Update(globals, kept);
    }
    if (status == 0 && binder->kind == HR_BINDER_SIMPLE) {
        hr_bindings_ran(bringing->state, bringing->source, binder->span, bound,
                        !binder->starts);
    }
done:
    Py_XDECREF(result);
    Py_XDECREF(kept);
    Py_XDECREF(code);
    Py_XDECREF(bound);
    return status;
}

/* Run aside: of all that the module gives only the name is wanted.  What cannot be
 * imported leaves the name as unknown as it is. */
static int run_star(struct bringing *bringing, PyObject *name,
                    const struct hr_binder *binder)
{
    PyObject *aside = PyDict_Copy(bringing->globals);
    PyObject *code =
        hr_statements_compile(bringing->state, bringing->source, binder->span);
    PyObject *result =
        aside == NULL || code == NULL ? NULL : PyEval_EvalCode(code, aside, aside);
    PyObject *value = result == NULL ? NULL : PyDict_GetItemWithError(aside, name);
    int status = 0;

    PyErr_Clear();
    if (value != NULL) {
        status = PyDict_SetItem(bringing->globals, name, value);
    }
    Py_XDECREF(result);
    Py_XDECREF(code);
    Py_XDECREF(aside);
    return status;
}

static int bring_by(struct bringing *bringing, PyObject *name,
                    const struct hr_binder *binder)
{
    int known = PyDict_Contains(bringing->globals, name);

    if (known < 0) {
        return -1;
    }
    switch (binder->kind) {
    case HR_BINDER_SIMPLE:
    case HR_BINDER_BLOCK:
        return run_binder(bringing, binder);
    case HR_BINDER_STAR:
        return run_star(bringing, name, binder);
    default:
        return remark(bringing,
                      known ? "%U is changed by the statement at %U:%u, which was not "
                              "run"
                            : "%U is not brought in: the statement at %U:%u does more "
                              "than bind names; run what it needs at the prompt",
                      name, binder);
    }
}

static int bring(struct bringing *bringing, PyObject *name)
{
    int known = is_known(bringing->globals, name);
    int tried = known == 0 ? PySet_Contains(bringing->tried, name) : 0;
    struct hr_array binders;
    int status;

    if (known != 0 || tried != 0) {
        return known < 0 || tried < 0 ? -1 : 0;
    }
    if (PySet_Add(bringing->tried, name) < 0) {
        return -1;
    }
    status = hr_binders_find(bringing->state, bringing->source, name, bringing->end,
                             &binders);
    for (size_t i = 0; status == 0 && i < binders.count; i++) {
        status = bring_by(bringing, name, hr_array_at(&binders, i));
    }
    if (status == 0 && PyDict_Contains(bringing->globals, name) == 1) {
        status = PyList_Append(bringing->brought, name);
    }
    hr_binders_finish(&binders);
    return status;
}

/* All that `code`, and the code objects inside it, read. */
static int bring_for(struct bringing *bringing, PyCodeObject *code)
{
    PyObject *names = PyList_New(0);
    int status = names == NULL ? -1 : hr_statements_names(code, false, names);

    if (++bringing->depth > DEEPEST) {
        status = status < 0 ? -1 : PyList_SetSlice(names, 0, PY_SSIZE_T_MAX, NULL);
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(names); i++) {
        status = bring(bringing, PyList_GET_ITEM(names, i));
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) && bringing->depth <= DEEPEST) {
            status = bring_for(bringing, (PyCodeObject *)constant);
        }
    }
    bringing->depth--;
    Py_XDECREF(names);
    return status;
}

int hr_bring_globals(struct hr_state *state, hr_source *source, PyCodeObject *code,
                     PyObject *globals, size_t end, PyObject *brought,
                     PyObject *remarks)
{
    struct bringing bringing = {.state = state,
                                .source = source,
                                .globals = globals,
                                .brought = brought,
                                .remarks = remarks,
                                .tried = PySet_New(NULL),
                                .end = end};
    int status = bringing.tried == NULL ? -1 : bring_for(&bringing, code);

    Py_XDECREF(bringing.tried);
    return status;
}
