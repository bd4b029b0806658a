#include "runtime/reload/makers.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/compat.h"
#include "runtime/cycle/crash.h"
#include "runtime/cycle/restart.h"
#include "runtime/guard/instructions.h"
#include "runtime/reload/cells.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/objects.h"
#include "runtime/reload/reach.h"
#include "runtime/stacks.h"

#define LOCALS ".<locals>."

void hr_makers_init(struct hr_makers *makers, struct hr_state *state,
                    PyCodeObject *code, PyFrameObject *frame, PyObject *type)
{
    *makers =
        (struct hr_makers){.state = state, .code = code, .frame = frame, .type = type};
}

void hr_makers_finish(struct hr_makers *makers)
{
    Py_CLEAR(makers->calls);
    Py_CLEAR(makers->functions);
}

static const char *name_of(const struct hr_makers *makers)
{
    const char *name = PyUnicode_AsUTF8(makers->code->co_qualname);

    PyErr_Clear();
    return name == NULL ? "" : name;
}

int hr_makers_depth(const struct hr_makers *makers)
{
    int depth = 0;

    for (const char *at = name_of(makers); (at = strstr(at, LOCALS)) != NULL; at++) {
        depth++;
    }
    return depth;
}

/* Where the qualified name of the function `level` levels out ends: "<locals>" follows.
 */
static size_t end_of(const struct hr_makers *makers, int level)
{
    const char *name = name_of(makers);
    const char *at = name;

    for (int left = hr_makers_depth(makers) - level; at != NULL && left > 0; left--) {
        at = strstr(at + (at != name), LOCALS);
    }
    return at == NULL ? 0 : (size_t)(at - name);
}

PyObject *hr_makers_functions(struct hr_makers *makers)
{
    if (makers->functions == NULL) {
        makers->functions = hr_functions_all(makers->state);
        PyErr_Clear();
    }
    return makers->functions;
}

/* ---- the calls ---- */

bool hr_makers_is_around(const struct hr_makers *makers, PyCodeObject *code)
{
    const char *name = name_of(makers);
    const char *outer = PyUnicode_AsUTF8(code->co_qualname);
    size_t length = outer == NULL ? 0 : strlen(outer);

    PyErr_Clear();
    return length > 0 && strncmp(name, outer, length) == 0 &&
           strncmp(name + length, LOCALS, strlen(LOCALS)) == 0 &&
           PyUnicode_Compare(code->co_filename, makers->code->co_filename) == 0;
}

static int add_stack(struct hr_makers *makers, PyFrameObject *top)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)top);
    int status = 0;

    while (frame != NULL && status == 0) {
        PyFrameObject *above = PyFrame_GetBack(frame);
        PyCodeObject *code = PyFrame_GetCode(frame);

        if (hr_makers_is_around(makers, code) &&
            PySequence_Contains(makers->calls, (PyObject *)frame) == 0) {
            status = PyList_Append(makers->calls, (PyObject *)frame);
        }
        Py_DECREF(code);
        Py_SETREF(frame, above);
    }
    Py_XDECREF(frame);
    return status;
}

static bool is_suspended(PyObject *object, void *context)
{
    bool is = false;

    if (PyGen_CheckExact(object) || PyCoro_CheckExact(object) ||
        PyAsyncGen_CheckExact(object)) {
        PyCodeObject *code = hr_compat_generator_code(object);

        is = hr_makers_is_around(context, code);
        Py_DECREF(code);
    }
    return is;
}

/* Its frame, unless it has ended. */
static int add_suspended(struct hr_makers *makers, PyObject *object)
{
    const char *name = PyGen_CheckExact(object)    ? "gi_frame"
                       : PyCoro_CheckExact(object) ? "cr_frame"
                                                   : "ag_frame";
    PyObject *frame = PyObject_GetAttrString(object, name);
    int status = frame == NULL ? -1 : 0;

    if (frame != NULL && PyFrame_Check(frame) &&
        PySequence_Contains(makers->calls, frame) == 0) {
        status = PyList_Append(makers->calls, frame);
    }
    Py_XDECREF(frame);
    return status;
}

/* The failed call's own callers first, from the innermost on. */
static PyObject *calls_of(struct hr_makers *makers)
{
    PyObject *stacks = NULL;
    PyObject *suspended = NULL;
    int status = -1;

    if (makers->calls != NULL || hr_makers_depth(makers) == 0) {
        return makers->calls;
    }
    makers->calls = PyList_New(0);
    if (makers->calls != NULL) {
        status = add_stack(makers, makers->frame);
    }
    stacks = status == 0 ? hr_stacks_running() : NULL;
    for (Py_ssize_t i = 0; stacks != NULL && status == 0 && i < PyList_GET_SIZE(stacks);
         i++) {
        status = add_stack(makers, (PyFrameObject *)PyList_GET_ITEM(stacks, i));
    }
    suspended =
        status == 0 ? hr_objects_find(makers->state, is_suspended, makers) : NULL;
    for (Py_ssize_t i = 0;
         suspended != NULL && status == 0 && i < PyList_GET_SIZE(suspended); i++) {
        status = add_suspended(makers, PyList_GET_ITEM(suspended, i));
    }
    PyErr_Clear();
    Py_XDECREF(suspended);
    Py_XDECREF(stacks);
    return makers->calls;
}

bool hr_makers_is_over(const struct hr_makers *makers, PyFrameObject *call)
{
    PyObject *frames = hr_restart_frames(makers->state);
    bool over = frames != NULL && PySequence_Contains(frames, (PyObject *)call) == 1;

    PyErr_Clear();
    Py_XDECREF(frames);
    return over;
}

/* ---- which of them ---- */

enum likely {
    NOT,    /* it has made another one, or has not come to the def */
    MAYBE,  /* nothing is known */
    LIKELY, /* it has it somewhere in its variables */
    NAMED,  /* it has it under its name */
    CERTAIN,
};

/* What their cells say: a variable of the call's own that is another one for the
 * function shows that it is of another call. */
static enum likely by_cells(PyFrameObject *call, PyCodeObject *outer,
                            PyObject *function)
{
    PyObject *names = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(function));
    enum likely likely = MAYBE;

    for (Py_ssize_t i = 0;
         names != NULL && i < PyTuple_GET_SIZE(names) && likely == MAYBE; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *cell = hr_cells_named(function, name);
        bool own = hr_cells_is_own(outer, name);

        if (cell == NULL || (!own && !hr_cells_is_free(outer, name))) {
            continue;
        }
        if (!hr_cells_is_of(call, name, cell)) {
            likely = NOT;
        } else if (own) {
            likely = CERTAIN;
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return likely;
}

/* Whether the name is bound by the caller: a parameter. */
static bool is_parameter(PyCodeObject *code, PyObject *name)
{
    PyObject *names = PyCode_GetVarnames(code);
    Py_ssize_t count = hr_functions_parameters(code);
    bool is = false;

    for (Py_ssize_t i = 0; names != NULL && i < count && !is; i++) {
        is = PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0;
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return is;
}

static bool is_global(PyObject *function)
{
    PyObject *value;
    Py_ssize_t at = 0;
    bool is = false;

    while (!is && PyDict_Next(PyFunction_GET_GLOBALS(function), &at, NULL, &value)) {
        is = hr_reach_leads_to(value, function);
    }
    return is;
}

/* Whether a variable of the call leads to the function, which it got from nowhere else:
 * neither what was passed to it nor a global does. */
static bool has_it(PyFrameObject *call, PyCodeObject *outer, PyObject *function)
{
    bool had = hr_compat_has_snapshot(call);
    PyObject *locals = PyFrame_GetLocals(call);
    PyObject *names = locals == NULL ? NULL : PyMapping_Keys(locals);
    bool found = false;
    bool passed = false;

    for (Py_ssize_t i = 0; names != NULL && i < PyList_GET_SIZE(names) && !passed;
         i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *value = PyObject_GetItem(locals, name);

        if (value != NULL && hr_reach_leads_to(value, function)) {
            found = true;
            passed = is_parameter(outer, name);
        }
        PyErr_Clear();
        Py_XDECREF(value);
    }
    found = found && !passed && !is_global(function);
    PyErr_Clear();
    Py_XDECREF(names);
    hr_compat_drop_snapshot(call, locals, had);
    Py_XDECREF(locals);
    return found;
}

static bool is_code_of(PyObject *constant, PyObject *function)
{
    PyCodeObject *own = (PyCodeObject *)PyFunction_GET_CODE(function);

    return PyCode_Check(constant) &&
           PyUnicode_Compare(((PyCodeObject *)constant)->co_qualname,
                             own->co_qualname) == 0;
}

/* Whether the function's def stands in a loop: one call may have made several. */
static bool is_made_in_loop(PyCodeObject *outer, PyObject *function)
{
    struct hr_instructions walk;
    Py_ssize_t made = -1;
    bool loops = false;

    hr_instructions_init(&walk, outer);
    while (!loops && hr_instructions_next(&walk)) {
        if (walk.opcode == LOAD_CONST &&
            walk.argument < PyTuple_GET_SIZE(outer->co_consts) &&
            is_code_of(PyTuple_GET_ITEM(outer->co_consts, walk.argument), function)) {
            made = walk.at;
        }
        loops = made >= 0 && hr_compat_jumps_back(walk.opcode) &&
                walk.next - (Py_ssize_t)walk.argument * 2 <= made;
    }
    hr_instructions_finish(&walk);
    PyErr_Clear();
    return loops;
}

static bool has_variable(PyCodeObject *code, PyObject *name)
{
    PyObject *names = PyCode_GetVarnames(code);
    bool has = hr_cells_is_own(code, name) ||
               (names != NULL && PySequence_Contains(names, name) == 1);

    PyErr_Clear();
    Py_XDECREF(names);
    return has;
}

/* What the call's variables say; the name is what its own def, or the class around it,
 * is bound to. */
static enum likely by_variables(struct hr_makers *makers, PyFrameObject *call,
                                PyCodeObject *outer, PyObject *function, int level)
{
    const char *name = name_of(makers) + end_of(makers, level) + strlen(LOCALS);
    PyObject *own = PyUnicode_FromStringAndSize(name, (Py_ssize_t)strcspn(name, "."));
    PyObject *bound = NULL;
    PyObject *first = NULL;
    enum likely likely = MAYBE;

    if (own != NULL && has_variable(outer, own) && !is_parameter(outer, own)) {
        bound = hr_frame_local(call, own);
        if (bound != NULL && makers->type != NULL && PyType_Check(bound)) {
            first = bound == makers->type ? function : bound;
        } else {
            first = bound == NULL ? NULL : hr_reach_first(bound, function);
        }
        likely = bound == NULL       ? NOT
                 : first == NULL     ? MAYBE
                 : first == function ? NAMED
                                     : NOT;
    }
    /* One that has come to its def may have made several, in a loop; else another
     * call's function may be in something that both know.  A class holds more than one
     * of a name: a property's. */
    if (likely != NAMED &&
        (likely == MAYBE || (bound != NULL && (PyType_Check(bound) ||
                                               is_made_in_loop(outer, function)))) &&
        has_it(call, outer, function)) {
        likely = LIKELY;
    }
    PyErr_Clear();
    Py_XDECREF(bound);
    Py_XDECREF(own);
    return likely;
}

static enum likely how_likely(struct hr_makers *makers, PyFrameObject *call,
                              PyObject *function, int level, bool made)
{
    PyCodeObject *outer = PyFrame_GetCode(call);
    enum likely likely = by_cells(call, outer, function);

    if (!made && likely != CERTAIN) {
        likely = NOT;
    } else if (likely == MAYBE) {
        likely = hr_makers_is_over(makers, call)
                     ? NOT
                     : by_variables(makers, call, outer, function, level);
    }
    Py_DECREF(outer);
    return likely;
}

/* Whether no other function of the same def is there. */
static bool is_only_one(struct hr_makers *makers, PyObject *function)
{
    PyObject *all =
        hr_functions_of(makers->state, (PyCodeObject *)PyFunction_GET_CODE(function));
    bool only = all != NULL && PyList_GET_SIZE(all) == 1;

    PyErr_Clear();
    Py_XDECREF(all);
    return only;
}

/* Of the calls of functions around the definition: whether it is one of that at whose
 * end of the name. */
static bool is_at(PyFrameObject *call, size_t length)
{
    PyCodeObject *code = PyFrame_GetCode(call);
    const char *name = PyUnicode_AsUTF8(code->co_qualname);
    bool is = name != NULL && strlen(name) == length;

    PyErr_Clear();
    Py_DECREF(code);
    return is;
}

PyFrameObject *hr_makers_call(struct hr_makers *makers, PyObject *function, int level,
                              bool made)
{
    PyObject *calls = calls_of(makers);
    size_t length = end_of(makers, level);
    PyFrameObject *found = NULL;
    enum likely best = NOT;
    int rivals = 0;

    for (Py_ssize_t i = 0; calls != NULL && i < PyList_GET_SIZE(calls); i++) {
        PyFrameObject *call = (PyFrameObject *)PyList_GET_ITEM(calls, i);
        enum likely likely =
            is_at(call, length) ? how_likely(makers, call, function, level, made) : NOT;

        rivals = likely == best ? rivals + 1 : likely > best ? 0 : rivals;
        if (likely > best) {
            best = likely;
            found = call;
        }
    }
    if (best < NAMED &&
        (rivals > 0 || (best == MAYBE && !is_only_one(makers, function)))) {
        found = NULL;
    }
    return (PyFrameObject *)Py_XNewRef((PyObject *)found);
}
