#include "runtime/reload/bring.h"

#include "runtime/reload/bindings.h"
#include "runtime/reload/statements.h"

/* Statements that need statements that need ...: deeper is not followed. */
#define DEEPEST 16

struct bringing {
    struct hr_state *state;
    hr_source *source;
    PyObject *globals;
    PyObject *brought;
    size_t end;
    int depth;
};

static int bring_for(struct bringing *bringing, PyCodeObject *code);

/* The code of the last simple top-level statement that binds the name. */
static PyObject *statement_that_binds(struct bringing *bringing, PyObject *name)
{
    hr_source *source = bringing->source;
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    struct hr_span found = {0, 0};

    hr_statement_init(&statement);
    hr_cut_init(&cut, source->text.data, source->text.size);
    while (hr_cut_statement(&cut, &statement, &err) &&
           statement.span.start < bringing->end) {
        PyObject *bound = NULL;

        if (hr_statements_is_simple(source->text.data, &statement) &&
            hr_statements_have(source, statement.span, name)) {
            bound = hr_statements_bound(bringing->state, source, statement.span);
        }
        if (bound != NULL && PySequence_Contains(bound, name) == 1) {
            found = hr_statements_code(&statement);
            hr_bindings_ran(bringing->state, source, found, bound);
        }
        Py_XDECREF(bound);
        PyErr_Clear();
    }
    hr_statement_finish(&statement);
    return hr_span_size(found) == 0
               ? NULL
               : hr_statements_compile(bringing->state, source, found);
}

static int is_known(PyObject *globals, PyObject *name)
{
    int known = PyDict_Contains(globals, name);

    return known != 0 ? known : PyDict_Contains(PyEval_GetBuiltins(), name);
}

static int bring(struct bringing *bringing, PyObject *name)
{
    int known = is_known(bringing->globals, name);
    PyObject *code = known == 0 ? statement_that_binds(bringing, name) : NULL;
    PyObject *result;
    int status;

    if (code == NULL) {
        return known < 0 ? -1 : 0;
    }
    /* What the statement itself reads has to be there first. */
    status = bring_for(bringing, (PyCodeObject *)code);
    if (status == 0) {
        result = PyEval_EvalCode(code, bringing->globals, bringing->globals);
        status = result == NULL ? -1 : PyList_Append(bringing->brought, name);
        Py_XDECREF(result);
    }
    Py_DECREF(code);
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
                     PyObject *globals, size_t end, PyObject *brought)
{
    struct bringing bringing = {.state = state,
                                .source = source,
                                .globals = globals,
                                .brought = brought,
                                .end = end};

    return bring_for(&bringing, code);
}
