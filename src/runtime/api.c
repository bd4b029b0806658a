#include "runtime/api.h"

#include "runtime/entry/importhook.h"
#include "runtime/guard/load.h"
#include "runtime/guard/origin.h"
#include "runtime/settings.h"
#include "runtime/guard/source.h"

/* In the thread's dictionary while it runs a module again. */
#define RESTARTING "hot_restart.restarting"

static PyObject *leave(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    if (hr_settings_set(hr_state_of(module), "PROGRAM_SHOULD_EXIT", Py_True) < 0) {
        return NULL;
    }
    return Py_NewRef(Py_None);
}

static PyObject *reraise(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    struct hr_state *state = hr_state_of(module);

    /* Elsewhere there is no exception that it could be about. */
    state->reraise = state->debugging;
    return Py_NewRef(Py_None);
}

static PyObject *is_restarting(PyObject *Py_UNUSED(module),
                               PyObject *Py_UNUSED(ignored))
{
    PyObject *dict = PyThreadState_GetDict(); /* borrowed */

    return PyBool_FromLong(dict != NULL &&
                           PyDict_GetItemString(dict, RESTARTING) != NULL);
}

/* New reference to the module: the one given, named, or (None) that of the caller. */
static PyObject *find_module(PyObject *module_or_name)
{
    PyObject *name = module_or_name;
    PyObject *globals;
    PyObject *found;

    if (module_or_name == Py_None) {
        globals = PyEval_GetGlobals();
        name = globals == NULL ? NULL : PyDict_GetItemString(globals, "__name__");
    }
    if (name == NULL || (name == module_or_name && PyModule_Check(name))) {
        if (name == NULL) {
            PyErr_SetString(PyExc_RuntimeError, "the calling module is not known");
        }
        return Py_XNewRef(name);
    }
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "a module or its name is needed");
        return NULL;
    }
    found = PyImport_GetModule(name);
    if (found == NULL && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return found;
}

/* Sets ReloadException in the place of the exception that is set, which it names. */
static void raise_reload(struct hr_state *state, PyObject *target)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyErr_Format(state->reload_exception, "the source of %R cannot be read: %S", target,
                 value == NULL ? Py_None : value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

static bool ends_with(PyObject *text, const char *end)
{
    PyObject *tail = PyUnicode_FromString(end);
    bool does =
        tail != NULL && PyUnicode_Tailmatch(text, tail, 0, PY_SSIZE_T_MAX, 1) == 1;

    Py_XDECREF(tail);
    return does;
}

/* The file with the module's text: new reference.  What it was loaded from may be
 * bytecode, whose text lies beside it, a copy, or C.  NULL with ReloadException. */
static PyObject *text_file_of(struct hr_state *state, PyObject *target, PyObject *names)
{
    PyObject *filename = PyDict_GetItemString(names, "__file__");

    if (filename == NULL || !PyUnicode_Check(filename) || ends_with(filename, ".so")) {
        PyErr_Format(state->reload_exception, "the source of %R is not known", target);
        return NULL;
    }
    return ends_with(filename, ".pyc")
               ? PyUnicode_Substring(filename, 0, PyUnicode_GET_LENGTH(filename) - 1)
               : Py_NewRef(hr_origin_running(state, filename));
}

/* The module's text as it is now, compiled as it was: guarded if it was. */
static PyObject *compile_module(struct hr_state *state, PyObject *target,
                                PyObject *names)
{
    PyObject *filename = text_file_of(state, target, names);
    PyObject *name = PyDict_GetItemString(names, "__name__");
    hr_source *source = filename == NULL ? NULL : hr_source_read(state, filename);
    PyObject *code = NULL;
    int guarded = 0;

    if (source == NULL) {
        if (PyErr_ExceptionMatches(PyExc_OSError)) {
            raise_reload(state, target);
        }
        Py_XDECREF(filename);
        return NULL;
    }
    if (state->get_code != NULL && name != NULL && PyUnicode_Check(name)) {
        guarded = hr_importhook_wants(state, name, filename);
    }
    if (guarded > 0) {
        code = hr_load_module(state, source, 0, -1, NULL);
    }
    if (code == NULL && !PyErr_Occurred()) {
        code = hr_load_plainly(source, 0, -1);
    }
    Py_DECREF(filename);
    Py_DECREF(source);
    return code;
}

/* A module whose text fails half way keeps the names that it had. */
static int run_again(PyObject *code, PyObject *names)
{
    PyObject *before = PyDict_Copy(names);
    PyObject *result = before == NULL ? NULL : PyEval_EvalCode(code, names, names);
    PyObject *type, *value, *traceback;

    if (result == NULL && before != NULL) {
        PyErr_Fetch(&type, &value, &traceback);
        PyDict_Clear(names);
        PyDict_Update(names, before);
        PyErr_Restore(type, value, traceback);
    }
    Py_XDECREF(before);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *restart_module(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const words[] = {"module_or_name", NULL};
    PyObject *given = Py_None;
    PyObject *thread = PyThreadState_GetDict(); /* borrowed */
    PyObject *target = NULL;
    PyObject *names = NULL;
    PyObject *code = NULL;
    int status = -1;
    bool outermost;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", (char **)words, &given) ||
        (target = find_module(given)) == NULL ||
        (names = PyObject_GetAttrString(target, "__dict__")) == NULL) {
        goto done;
    }
    code = compile_module(hr_state_of(module), target, names);
    if (code == NULL || thread == NULL) {
        goto done;
    }
    outermost = PyDict_GetItemString(thread, RESTARTING) == NULL;
    if (PyDict_SetItemString(thread, RESTARTING, Py_True) < 0) {
        goto done;
    }
    status = run_again(code, names);
    if (outermost) {
        PyObject *type, *value, *traceback;

        PyErr_Fetch(&type, &value, &traceback);
        PyDict_DelItemString(thread, RESTARTING);
        PyErr_Restore(type, value, traceback);
    }
done:
    Py_XDECREF(code);
    Py_XDECREF(names);
    Py_XDECREF(target);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

#define KEYWORDS(function)                                                             \
    (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

PyMethodDef hr_api_methods[] = {
    {"exit", leave, METH_NOARGS,
     "exit()\n--\n\nLet every exception pass from now on, the one at the prompt "
     "first."},
    {"reraise", reraise, METH_NOARGS,
     "reraise()\n--\n\nLet the exception at the prompt go on one level when it "
     "closes."},
    {"restart_module", KEYWORDS(restart_module),
     "restart_module(module_or_name=None)\n--\n\n"
     "Run the module's file again, in the module.  A failure leaves its names alone."},
    {"reload_module", KEYWORDS(restart_module),
     "reload_module(module_or_name=None)\n--\n\nThe same as restart_module()."},
    {"is_restarting_module", is_restarting, METH_NOARGS,
     "is_restarting_module()\n--\n\nWhether this thread is in restart_module()."},
    {NULL, NULL, 0, NULL},
};
