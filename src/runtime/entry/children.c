#include "runtime/entry/children.h"

#include "runtime/guard/cache.h"
#include "runtime/guard/origin.h"
#include "runtime/entry/importhook.h"
#include "runtime/guard/source.h"
#include "runtime/cycle/toplevel.h"
#include "runtime/imports.h"

#define SPAWN "multiprocessing.spawn"

/* New reference, or NULL with an exception. */
static PyObject *spawns_with(PyObject *spawn)
{
    return PyObject_CallMethod(spawn, "get_executable", NULL);
}

/* In the place of multiprocessing.util._args_from_interpreter_flags. */
static PyObject *flags(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    struct hr_state *state = hr_state_of(module);
    PyObject *theirs = PyObject_CallNoArgs(state->child_flags);
    PyObject *spawn = theirs == NULL ? NULL : hr_import(SPAWN);
    PyObject *executable = spawn == NULL ? NULL : spawns_with(spawn);
    int ours = executable == NULL
                   ? -1
                   : PyObject_RichCompareBool(executable, state->child_program, Py_EQ);

    if (ours > 0) {
        Py_SETREF(theirs, PySequence_Concat(state->child_arguments, theirs));
    } else if (ours < 0) {
        Py_CLEAR(theirs);
    }
    Py_XDECREF(executable);
    Py_XDECREF(spawn);
    return theirs;
}

/* NULL without an exception: it is for runpy. */
static PyObject *guarded_code(struct hr_state *state, PyObject *path, bool *warned)
{
    PyObject *name = PyUnicode_FromString("__main__");
    PyObject *code = NULL;
    hr_source *source = NULL;
    struct hr_load_notes notes = {false, false};

    if (name != NULL && hr_importhook_wants(state, name, path) > 0 &&
        (source = hr_source_read(state, path)) != NULL) {
        Py_SETREF(source, hr_origin_instead(state, source));
        code = hr_cache_load(state, source, &notes);
    }
    if (code == NULL && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear(); /* what is wrong with the file, runpy tells */
    }
    Py_XDECREF(source);
    Py_XDECREF(name);
    *warned = notes.warned;
    return code;
}

/* In the place of runpy._get_code_from_file, by which a child gets the main module of
 * its parent.  3.11 gives it two arguments, and wants a pair. */
static PyObject *code_from_file(PyObject *module, PyObject *const *arguments,
                                Py_ssize_t count)
{
    struct hr_state *state = hr_state_of(module);
    PyObject *path = count > 0 ? arguments[count - 1] : NULL;
    PyObject *code = NULL;
    PyObject *plain;
    bool warned = false;

    if (path != NULL && PyUnicode_Check(path)) {
        code = guarded_code(state, path, &warned);
        if (code == NULL && PyErr_Occurred()) {
            return NULL;
        }
    }
    if (code == NULL || warned) {
        plain = PyObject_Vectorcall(state->child_code, arguments, (size_t)count, NULL);
        if (plain == NULL || code == NULL) {
            Py_XDECREF(code);
            return plain;
        }
        Py_DECREF(plain);
    }
    if (count == 2) {
        Py_SETREF(code, PyTuple_Pack(2, code, path));
    }
    return code;
}

static PyMethodDef flags_method = {
    "_args_from_interpreter_flags", flags, METH_NOARGS,
    "What stands before -c where multiprocessing starts a child."};

static PyMethodDef code_method = {"_get_code_from_file",
                                  (PyCFunction)(void (*)(void))code_from_file,
                                  METH_FASTCALL, "Guards what is run by its path."};

/* Keeps what the named module had there in *kept.  0, or -1 with an exception. */
static int replace(PyObject *owner, PyMethodDef *method, const char *module_name,
                   PyObject **kept)
{
    PyObject *module = hr_import(module_name);
    PyObject *old =
        module == NULL ? NULL : PyObject_GetAttrString(module, method->ml_name);
    PyObject *function = old == NULL ? NULL : PyCFunction_New(method, owner);
    int result = function == NULL
                     ? -1
                     : PyObject_SetAttrString(module, method->ml_name, function);

    if (result == 0) {
        *kept = Py_NewRef(old);
    }
    Py_XDECREF(function);
    Py_XDECREF(old);
    Py_XDECREF(module);
    return result;
}

/* Whether multiprocessing is to start what it starts by default. */
static bool is_untouched(PyObject *spawn)
{
    PyObject *executable = spawns_with(spawn);
    PyObject *text = NULL;
    PyObject *own = PySys_GetObject("executable"); /* borrowed */
    bool same = executable != NULL && own != NULL &&
                PyUnicode_FSDecoder(executable, &text) &&
                PyObject_RichCompareBool(text, own, Py_EQ) > 0;

    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(executable);
    return same;
}

static void take_spawn(PyObject *module, struct hr_state *state)
{
    PyObject *spawn = hr_import(SPAWN);
    PyObject *done = NULL;

    if (spawn != NULL && is_untouched(spawn) &&
        replace(module, &flags_method, "multiprocessing.util", &state->child_flags) ==
            0 &&
        (done = PyObject_CallMethod(spawn, "set_executable", "O",
                                    state->child_program)) != NULL) {
        /* In the form in which it is given back. */
        PyObject *set = spawns_with(spawn);

        if (set != NULL) {
            Py_SETREF(state->child_program, set);
        }
    }
    Py_XDECREF(done);
    Py_XDECREF(spawn);
}

void hr_children_set(struct hr_state *state, PyObject *program, PyObject *arguments)
{
    Py_XSETREF(state->child_program, Py_NewRef(program));
    Py_XSETREF(state->child_arguments, Py_NewRef(arguments));
}

void hr_children_notice(PyObject *module, struct hr_state *state, PyObject *name)
{
    if (state->child_program == NULL || !PyUnicode_Check(name)) {
        return;
    }
    if (state->child_code == NULL &&
        PyUnicode_CompareWithASCIIString(name, SPAWN) == 0) {
        if (replace(module, &code_method, "runpy", &state->child_code) == 0) {
            hr_toplevel_install(module, "runpy");
        }
    } else if (state->child_flags == NULL &&
               (PyUnicode_CompareWithASCIIString(
                    name, "multiprocessing.popen_spawn_posix") == 0 ||
                PyUnicode_CompareWithASCIIString(name, "multiprocessing.forkserver") ==
                    0)) {
        take_spawn(module, state);
    }
    PyErr_Clear();
}

void hr_children_finish(struct hr_state *state)
{
    Py_CLEAR(state->child_program);
    Py_CLEAR(state->child_arguments);
    Py_CLEAR(state->child_flags);
    Py_CLEAR(state->child_code);
}
