#include "runtime/entry/live.h"

#include "rewrite/guard.h"
#include "runtime/guard/cache.h"
#include "runtime/compat.h"
#include "runtime/entry/pytest.h"
#include "runtime/guard/load.h"
#include "runtime/guard/source.h"

static PyObject *key_of(PyCodeObject *code)
{
    return Py_BuildValue("(Oi)", code->co_qualname, code->co_firstlineno);
}

int hr_live_index(PyObject *index, PyObject *code)
{
    PyObject *key = key_of((PyCodeObject *)code);
    PyObject *kept = key != NULL ? PyDict_SetDefault(index, key, code) : NULL;
    Py_XDECREF(key);
    if (kept == NULL) {
        return -1;
    }
    PyObject *consts = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(consts, i);
        if (PyCode_Check(constant) && hr_live_index(index, constant) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the same function? ---- */

/* Whether each name of the guarded code is one of the live code's or the guard's own,
 * and the other way round. */
static int same_names(PyCodeObject *live, PyCodeObject *guarded)
{
    static const char *const extra[] = {HR_GUARD_CRASHED, HR_GUARD_RESTARTED,
                                        HR_GUARD_COUNTS,  HR_GUARD_SENT,
                                        HR_GUARD_VALUE,   HR_GUARD_CAUGHT};
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(live->co_names); i++) {
        int found =
            PySequence_Contains(guarded->co_names, PyTuple_GET_ITEM(live->co_names, i));
        if (found <= 0) {
            return found;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(guarded->co_names); i++) {
        PyObject *name = PyTuple_GET_ITEM(guarded->co_names, i);
        int found = PySequence_Contains(live->co_names, name);
        for (size_t j = 0; found == 0 && j < sizeof extra / sizeof *extra; j++) {
            found = PyUnicode_CompareWithASCIIString(name, extra[j]) == 0;
        }
        if (found <= 0) {
            return found;
        }
    }
    return 1;
}

static PyCodeObject *next_code(PyObject *consts, Py_ssize_t *index)
{
    while (*index < PyTuple_GET_SIZE(consts)) {
        PyObject *constant = PyTuple_GET_ITEM(consts, (*index)++);
        if (PyCode_Check(constant)) {
            return (PyCodeObject *)constant;
        }
    }
    return NULL;
}

static int same_inner_code(PyCodeObject *live, PyCodeObject *guarded)
{
    Py_ssize_t i = 0, j = 0;
    for (;;) {
        PyCodeObject *one = next_code(live->co_consts, &i);
        PyCodeObject *other = next_code(guarded->co_consts, &j);
        if (one == NULL || other == NULL) {
            return one == other;
        }
        if (one->co_firstlineno != other->co_firstlineno ||
            PyUnicode_Compare(one->co_name, other->co_name) != 0) {
            return 0;
        }
        int same = hr_live_same(one, other);
        if (same <= 0) {
            return same;
        }
    }
}

static int same_variables(PyCodeObject *live, PyCodeObject *guarded)
{
    int count = live->co_argcount + live->co_kwonlyargcount +
                ((live->co_flags & CO_VARARGS) != 0) +
                ((live->co_flags & CO_VARKEYWORDS) != 0);
    for (int i = 0; i < count; i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(live->co_localsplusnames, i),
                              PyTuple_GET_ITEM(guarded->co_localsplusnames, i)) != 0) {
            return 0;
        }
    }
    PyObject *free_variables = PyCode_GetFreevars(live);
    PyObject *others = PyCode_GetFreevars(guarded);
    int same = free_variables == NULL || others == NULL
                   ? -1
                   : PyObject_RichCompareBool(free_variables, others, Py_EQ);
    Py_XDECREF(free_variables);
    Py_XDECREF(others);
    return same;
}

int hr_live_same(PyCodeObject *live, PyCodeObject *guarded)
{
    if (live->co_argcount != guarded->co_argcount ||
        live->co_posonlyargcount != guarded->co_posonlyargcount ||
        live->co_kwonlyargcount != guarded->co_kwonlyargcount ||
        live->co_flags != guarded->co_flags) {
        return 0;
    }
    int same = same_variables(live, guarded);
    if (same > 0) {
        same = same_names(live, guarded);
    }
    return same > 0 ? same_inner_code(live, guarded) : same;
}

/* types.coroutine() gives a generator function a copy of its code with one flag more.
 */
static void follow_flags(PyCodeObject *live, PyObject *found)
{
    if (((PyCodeObject *)found)->co_flags & CO_GENERATOR) {
        ((PyCodeObject *)found)->co_flags |= live->co_flags & CO_ITERABLE_COROUTINE;
    }
}

/* The code of the source's plain compile that stands where `code` does: borrowed, or
 * NULL, with an exception or without. */
static PyObject *plain_of(struct hr_state *state, hr_source *source, PyCodeObject *code,
                          PyObject *maker)
{
    PyObject *found = NULL;
    if (source->plain == NULL) {
        PyObject *index = PyDict_New();
        PyObject *plain = hr_load_plainly_silent(state, source, 0, -1, maker);
        if (index != NULL && plain != NULL && hr_live_index(index, plain) == 0) {
            source->plain = Py_NewRef(index);
        }
        Py_XDECREF(plain);
        Py_XDECREF(index);
    }
    PyObject *key = source->plain != NULL ? key_of(code) : NULL;
    if (key != NULL) {
        found = PyDict_GetItemWithError(source->plain, key);
        Py_DECREF(key);
    }
    if (found != NULL) {
        follow_flags(code, found);
    }
    return found;
}

/* A file that was written after the program had started may not be what is loaded: then
 * its plain compile tells to the last instruction. */
static int same_as_file(struct hr_state *state, hr_source *source, PyCodeObject *live,
                        PyObject *maker)
{
    if ((double)source->mtime / 1e9 < state->started - 1) {
        return 1;
    }
    PyObject *found = plain_of(state, source, live, maker);
    return found != NULL      ? PyObject_RichCompareBool(found, (PyObject *)live, Py_EQ)
           : PyErr_Occurred() ? -1
                              : 0;
}

PyObject *hr_live_plain_code(struct hr_state *state, PyCodeObject *guarded)
{
    hr_source *source = hr_source_of(state, guarded);
    PyObject *plain = source != NULL ? plain_of(state, source, guarded, NULL) : NULL;
    if (plain == NULL || hr_live_same((PyCodeObject *)plain, guarded) <= 0) {
        return NULL;
    }
    return Py_NewRef(plain);
}

/* ---- the file's guarded code ---- */

static int load_codes(struct hr_state *state, hr_source *source, PyObject *maker)
{
    PyObject *index = PyDict_New();
    if (index == NULL) {
        return -1;
    }
    if (state->cache == NULL) {
        state->cache = hr_cache_new();
    }
    struct hr_load_notes notes = {false, false};
    PyObject *module = maker != NULL
                           ? hr_load_module_by(state, source, 0, -1, maker, &notes)
                           : hr_cache_load(state, source, &notes);
    if (module == NULL && PyErr_Occurred()) {
        Py_DECREF(index);
        return -1;
    }
    int result =
        module != NULL ? hr_live_index(index, module) : hr_source_keep(state, source);
    Py_XDECREF(module);
    if (result < 0) {
        Py_DECREF(index);
        return -1;
    }
    source->codes = index;
    return 0;
}

static PyObject *find(struct hr_state *state, hr_source *source, PyCodeObject *code,
                      PyObject *maker, const char **reason)
{
    if (source->codes == NULL && load_codes(state, source, maker) < 0) {
        return NULL;
    }
    PyObject *key = key_of(code);
    PyObject *found =
        key != NULL ? Py_XNewRef(PyDict_GetItemWithError(source->codes, key)) : NULL;
    Py_XDECREF(key);
    if (found == NULL) {
        *reason = PyDict_GET_SIZE(source->codes) > 0 ? "its file is not what was loaded"
                                                     : "its file cannot be guarded";
        return NULL;
    }
    follow_flags(code, found);
    int same = hr_live_same(code, (PyCodeObject *)found);
    if (same > 0) {
        same = same_as_file(state, source, code, maker);
    }
    if (same <= 0) {
        *reason = "its file is not what was loaded";
        Py_CLEAR(found);
    }
    return found;
}

PyObject *hr_live_guarded_code(struct hr_state *state, PyFunctionObject *function,
                               const char **reason)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    hr_source *source = hr_source_current(state, code->co_filename);
    if (source == NULL) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return NULL;
        }
        PyErr_Clear();
        *reason = "its source cannot be read";
        return NULL;
    }
    PyObject *maker = hr_pytest_maker(function->func_globals);
    PyObject *found = find(state, source, code, maker, reason);
    Py_XDECREF(maker);
    Py_DECREF(source);
    return found;
}

/* ---- decorators that say nothing of what they took ---- */

/* How many of them may stand in one another. */
#define MOST_DECORATORS 16

/* Whether the text of the function, its decorators included, holds that line. */
static bool holds_line(PyCodeObject *code, PyObject *filename, int line)
{
    int last = code->co_firstlineno;
    if (line < last || PyUnicode_Compare(code->co_filename, filename) != 0) {
        return false;
    }
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) { /* in units of two bytes */
        int at = PyCode_Addr2Line(code, (int)(2 * i));
        last = at > last ? at : last;
    }
    return line <= last;
}

/* What a decorated function is known by: the line that its text holds, or its name. */
struct sought {
    PyObject *filename;
    int line;
    PyObject *name; /* NULL: it is the line */
};

static bool is_sought(PyObject *function, const struct sought *sought)
{
    return sought->name == NULL
               ? holds_line((PyCodeObject *)PyFunction_GET_CODE(function),
                            sought->filename, sought->line)
               : PyUnicode_Compare(((PyFunctionObject *)function)->func_name,
                                   sought->name) == 0;
}

/* Borrowed. */
static PyObject *closure_holds(PyObject *function, const struct sought *sought,
                               int depth)
{
    PyObject *closure = PyFunction_GET_CLOSURE(function);
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; closure != NULL && depth < MOST_DECORATORS &&
                           found == NULL && i < PyTuple_GET_SIZE(closure);
         i++) {
        PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        if (value == NULL || !PyFunction_Check(value)) {
            continue;
        }
        found =
            is_sought(value, sought) ? value : closure_holds(value, sought, depth + 1);
    }
    return found;
}

/* Asked first: the line of a frame takes as long as its code is. */
static bool shares_a_function(PyObject *function)
{
    PyObject *closure = PyFunction_GET_CLOSURE(function);
    for (Py_ssize_t i = 0; closure != NULL && i < PyTuple_GET_SIZE(closure); i++) {
        PyObject *value = PyCell_GET(PyTuple_GET_ITEM(closure, i));
        if (value != NULL && PyFunction_Check(value)) {
            return true;
        }
    }
    return false;
}

PyObject *hr_live_decorated(PyObject *function)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    PyObject *found = NULL;
    if (frame != NULL && shares_a_function(function)) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        struct sought sought = {code->co_filename, PyFrame_GetLineNumber(frame), NULL};
        if (!is_sought(function, &sought)) {
            found = closure_holds(function, &sought, 0);
        }
        Py_DECREF(code);
    }
    return Py_XNewRef(found);
}

PyObject *hr_live_named(PyObject *function, PyObject *name)
{
    struct sought sought = {NULL, 0, name};
    return is_sought(function, &sought) ? NULL : closure_holds(function, &sought, 0);
}
