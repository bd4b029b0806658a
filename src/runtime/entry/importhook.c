#include "runtime/entry/importhook.h"

#include <fnmatch.h>
#include <string.h>

#include "runtime/guard/cache.h"
#include "runtime/guard/origin.h"
#include "runtime/entry/children.h"
#include "runtime/guard/source.h"
#include "runtime/cycle/toplevel.h"
#include "runtime/imports.h"

bool hr_importhook_is_installed(const char *path, const char *stdlib)
{
    size_t size = stdlib != NULL ? strlen(stdlib) : 0;
    while (size > 1 && stdlib[size - 1] == '/') {
        size--;
    }
    if (size > 0 && strncmp(path, stdlib, size) == 0 && path[size] == '/') {
        return true;
    }
    return strstr(path, "/site-packages/") != NULL ||
           strstr(path, "/dist-packages/") != NULL;
}

static int matches_any(PyObject *patterns, const char *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(patterns); i++) {
        const char *pattern = PyUnicode_AsUTF8(PyList_GET_ITEM(patterns, i));
        if (pattern == NULL) {
            return -1;
        }
        if (fnmatch(pattern, name, 0) == 0) {
            return 1;
        }
    }
    return 0;
}

bool hr_importhook_wants_library(struct hr_state *state)
{
    bool some = PyList_GET_SIZE(state->include) > 0 && !state->only_wrapped;
    PyObject *set = some ? PySys_GetObject("stdlib_module_names") : NULL;
    PyObject *names = set != NULL ? PySequence_Fast(set, "") : NULL;
    bool wants = false;
    for (Py_ssize_t i = 0;
         names != NULL && !wants && i < PySequence_Fast_GET_SIZE(names); i++) {
        PyObject *name = PySequence_Fast_GET_ITEM(names, i);
        PyObject *below = PyUnicode_FromFormat("%S._", name); /* for NAME.* */
        const char *text = PyUnicode_AsUTF8(name);
        const char *longer = below != NULL ? PyUnicode_AsUTF8(below) : NULL;
        wants = text != NULL && longer != NULL &&
                (matches_any(state->include, text) == 1 ||
                 matches_any(state->include, longer) == 1);
        Py_XDECREF(below);
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return wants;
}

int hr_importhook_wants(struct hr_state *state, PyObject *name, PyObject *path)
{
    if (state->only_wrapped) {
        return 0;
    }
    const char *name_text = PyUnicode_AsUTF8(name);
    if (name_text == NULL) {
        return -1;
    }
    int match = matches_any(state->exclude, name_text);
    if (match != 0) {
        return match < 0 ? -1 : 0;
    }
    match = matches_any(state->include, name_text);
    if (match != 0) {
        return match;
    }
    PyObject *stdlib = PySys_GetObject("_stdlib_dir");
    const char *stdlib_text = NULL;
    if (stdlib != NULL && PyUnicode_Check(stdlib)) {
        stdlib_text = PyUnicode_AsUTF8(stdlib);
        if (stdlib_text == NULL) {
            PyErr_Clear();
        }
    }
    const char *path_text = PyUnicode_AsUTF8(path);
    return path_text == NULL ? -1 : !hr_importhook_is_installed(path_text, stdlib_text);
}

/* A subclass that makes its code in its own way keeps doing so. */
static bool compiles_plainly(PyObject *loader)
{
    static const char *const methods[] = {"source_to_code", "get_data", "get_filename"};
    PyObject *machinery = hr_import("_frozen_importlib_external");
    PyObject *plain = machinery != NULL
                          ? PyObject_GetAttrString(machinery, "SourceFileLoader")
                          : NULL;
    bool same = plain != NULL;
    for (size_t i = 0; same && i < sizeof methods / sizeof *methods; i++) {
        PyObject *ours =
            PyObject_GetAttrString((PyObject *)Py_TYPE(loader), methods[i]);
        PyObject *theirs = PyObject_GetAttrString(plain, methods[i]);
        same = ours != NULL && ours == theirs;
        Py_XDECREF(ours);
        Py_XDECREF(theirs);
    }
    Py_XDECREF(plain);
    Py_XDECREF(machinery);
    PyErr_Clear();
    return same;
}

/* NULL without an exception: not guarded. */
static PyObject *guarded_code(struct hr_state *state, PyObject *path,
                              struct hr_load_notes *notes)
{
    hr_source *source = hr_source_read(state, path);
    if (source != NULL) {
        Py_SETREF(source, hr_origin_instead(state, source));
    }
    PyObject *code = source != NULL ? hr_cache_load(state, source, notes) : NULL;
    Py_XDECREF(source);
    return code;
}

static PyObject *get_code(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct hr_state *state = hr_state_of(module);
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "get_code() takes a loader and a module name");
        return NULL;
    }
    hr_children_notice(module, state, args[1]);
    PyObject *path = PyObject_CallMethod(args[0], "get_filename", "O", args[1]);
    PyObject *code = NULL;
    struct hr_load_notes notes = {false, false};
    if (path != NULL && PyUnicode_Check(args[1]) && PyUnicode_Check(path) &&
        hr_importhook_wants(state, args[1], path) > 0 && compiles_plainly(args[0])) {
        code = guarded_code(state, path, &notes);
    }
    Py_XDECREF(path);
    if (code == NULL && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return NULL;
        }
        /* What is wrong with the file, importlib tells in its own words. */
        PyErr_Clear();
    }
    if (code != NULL && !notes.warned) {
        return code;
    }
    /* The compiler had something to say: let importlib have it said, with the right
     * lines, under the filters in force, and not when its cache has the code. */
    PyObject *plain =
        PyObject_CallFunctionObjArgs(state->get_code, args[0], args[1], NULL);
    if (code != NULL && plain != NULL) {
        Py_SETREF(plain, code);
        return plain;
    }
    Py_XDECREF(code);
    return plain;
}

static PyMethodDef get_code_method = {
    "get_code", (PyCFunction)(void (*)(void))get_code, METH_FASTCALL,
    "Guards the modules that are to be guarded; leaves the others to importlib."};

int hr_importhook_install(PyObject *module, struct hr_state *state)
{
    if (state->get_code != NULL) {
        return 0;
    }
    int result = -1;
    PyObject *loader = NULL, *function = NULL, *method = NULL;
    PyObject *machinery = hr_import("_frozen_importlib_external");
    if (machinery == NULL) {
        return -1;
    }
    loader = PyObject_GetAttrString(machinery, "SourceFileLoader");
    if (loader == NULL) {
        goto done;
    }
    function = PyCFunction_New(&get_code_method, module);
    method = function != NULL ? PyInstanceMethod_New(function) : NULL;
    state->get_code =
        method != NULL ? PyObject_GetAttrString(loader, "get_code") : NULL;
    if (state->get_code == NULL ||
        PyObject_SetAttrString(loader, "get_code", method) < 0) {
        Py_CLEAR(state->get_code);
        goto done;
    }
    result = hr_toplevel_install(module, "_frozen_importlib_external");
done:
    Py_XDECREF(method);
    Py_XDECREF(function);
    Py_XDECREF(loader);
    Py_DECREF(machinery);
    return result;
}
