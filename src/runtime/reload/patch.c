#include "runtime/reload/patch.h"

#include <string.h>

#include "runtime/compat.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/plan.h"

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
static int commit(struct hr_plan *plan)
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
        if (status == 0 && plan->type_params != NULL) {
            status =
                PyObject_SetAttrString(function, "__type_params__", plan->type_params);
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

/* Adds the sentence, if `names` has any; "%U" in it is those.  What cannot be said is
 * not. */
static void add_remark(PyObject *lines, const char *format, PyObject *names)
{
    PyObject *listed = PyList_GET_SIZE(names) > 0 ? hr_listed(names) : NULL;
    PyObject *line = listed == NULL ? NULL : PyUnicode_FromFormat(format, listed);

    if (line != NULL) {
        PyList_Append(lines, line);
    }
    PyErr_Clear();
    Py_XDECREF(line);
    Py_XDECREF(listed);
}

static PyObject *remarks_on(const struct hr_plan_remarks *remarks, bool old_for_later)
{
    PyObject *lines = PyList_New(0);
    PyObject *later =
        old_for_later
            ? PyUnicode_FromString("it uses other variables of the enclosing function: "
                                   "functions that are made later get the old code "
                                   "until that is reloaded too")
            : NULL;

    if (lines != NULL) {
        add_remark(lines,
                   "no value is known for %U of the enclosing function: "
                   "using it is a NameError",
                   remarks->empty);
        add_remark(lines,
                   "%U of the enclosing function is as its running call has it now: "
                   "what either assigns later the other does not see",
                   remarks->copied);
    }
    if (lines != NULL && PyList_GET_SIZE(remarks->kept) > 0) {
        PyList_Append(lines, PyList_GET_ITEM(remarks->kept, 0));
    }
    if (lines != NULL && later != NULL) {
        PyList_Append(lines, later);
    }
    PyErr_Clear();
    Py_XDECREF(later);
    return lines;
}

static int patch_all(struct hr_state *state, PyObject *functions, struct hr_plan *plans,
                     const struct hr_crash *crash, const struct hr_reload *reload,
                     const struct hr_plan_remarks *remarks)
{
    Py_ssize_t count = PyList_GET_SIZE(functions);
    struct hr_makers makers;
    int status = 0;

    hr_makers_init(&makers, state, reload->code, crash->frame, NULL);

    for (Py_ssize_t i = 0; i < count && status == 0; i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);

        if (PyFunction_GET_CODE(function) != (PyObject *)reload->code) {
            hr_plan_init(&plans[i], function, reload, &makers);
            status = hr_plan_make(&plans[i], remarks);
        }
    }
    hr_makers_finish(&makers);
    for (Py_ssize_t i = 0; i < count && status == 0; i++) {
        status = plans[i].function == NULL ? 0 : commit(&plans[i]);
    }
    return status;
}

bool hr_patch(struct hr_state *state, const struct hr_crash *crash,
              const struct hr_reload *reload, struct hr_patch *patch)
{
    PyCodeObject *latest = hr_functions_latest(state, crash->code);
    PyObject *functions = hr_functions_of(state, crash->code);
    struct hr_plan_remarks remarks = {PyList_New(0), PyList_New(0), PyList_New(0)};
    Py_ssize_t count = functions == NULL ? 0 : PyList_GET_SIZE(functions);
    struct hr_plan *plans = PyMem_Calloc((size_t)count + 1, sizeof *plans);
    bool done = false;

    *patch = (struct hr_patch){NULL, NULL};
    if (functions == NULL || remarks.empty == NULL || remarks.copied == NULL ||
        remarks.kept == NULL || plans == NULL) {
        PyErr_NoMemory();
    } else if (patch_all(state, functions, plans, crash, reload, &remarks) == 0 &&
               hr_functions_succeed(state, latest, reload->code) == 0) {
        patch_enclosing(state, crash->code, latest, reload->code);
        patch->remarks =
            remarks_on(&remarks, keeps_old_for_later(latest, reload->code));
        done = true;
    }
    if (!done) {
        patch->problem = hr_reload_describe(reload->code->co_filename);
    }
    for (Py_ssize_t i = 0; plans != NULL && i < count; i++) {
        hr_plan_finish(&plans[i]);
    }
    PyMem_Free(plans);
    Py_XDECREF(remarks.empty);
    Py_XDECREF(remarks.copied);
    Py_XDECREF(remarks.kept);
    Py_XDECREF(functions);
    return done;
}

void hr_patch_finish(struct hr_patch *patch)
{
    Py_CLEAR(patch->problem);
    Py_CLEAR(patch->remarks);
}
