#include "runtime/cycle/unseen.h"

#include <string.h>
#include <sys/stat.h>

#include "runtime/classes/classes.h"
#include "runtime/guard/source.h"
#include "runtime/reload/reload.h"

/* What is named of the files that were saved. */
#define MOST_FILES 3

/* ---- a name ---- */

/* Whether the file that the prompt is in has a definition of that name. */
static bool is_in_file(struct hr_state *state, const struct hr_crash *crash,
                       PyObject *name)
{
    hr_source *source = hr_reload_readable(state, crash->code->co_filename);
    const struct hr_defs *defs = source == NULL ? NULL : hr_source_outline(source);
    const char *text = defs == NULL ? NULL : PyUnicode_AsUTF8(name);
    bool is = text != NULL && hr_defs_find(defs, text) != HR_NONE;

    PyErr_Clear();
    Py_XDECREF(source);
    return is;
}

/* The name of the class that it would be new in: new reference; NULL without an
 * exception if there is none. */
static PyObject *changed_owner(struct hr_state *state, const struct hr_crash *crash,
                               PyObject *name)
{
    Py_ssize_t size = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, size, -1);
    PyObject *owner = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
    struct hr_array changes;

    hr_array_init(&changes, sizeof(struct hr_class_change));
    if (owner != NULL &&
        (hr_classes_changed(state, crash, owner, &changes) < 0 || changes.count == 0)) {
        Py_CLEAR(owner);
    }
    PyErr_Clear();
    hr_classes_finish(&changes);
    return owner;
}

void hr_unseen_say_name(struct hr_state *state, struct hr_debug_session *session,
                        const struct hr_crash *crash, PyObject *only)
{
    PyObject *owner = changed_owner(state, crash, only);
    PyObject *globals = PyFrame_GetGlobals(crash->frame);

    if (owner != NULL && is_in_file(state, crash, only)) {
        hr_debug_say(session, "hr: %U is new in its class: 'reload %U' takes it", only,
                     owner);
    } else if (PyDict_Contains(globals, only) == 0 && is_in_file(state, crash, only)) {
        hr_debug_say(session,
                     "hr: %U is not loaded yet; what newly uses it brings it in when "
                     "that is reloaded",
                     only);
    } else {
        hr_debug_say(session, "hr: no definition of %U differs from what is loaded",
                     only);
    }
    PyErr_Clear();
    Py_DECREF(globals);
    Py_XDECREF(owner);
}

/* ---- files ---- */

/* Whether the newest text that was read of it is what it holds.  All of a module that
 * is guarded as it is imported is looked through by who asks what differs. */
static bool is_looked_through(const struct hr_state *state, PyObject *versions,
                              const struct stat *st)
{
    Py_ssize_t count = PyList_Check(versions) ? PyList_GET_SIZE(versions) : 0;
    const hr_source *newest =
        count > 0 ? (hr_source *)PyList_GET_ITEM(versions, count - 1) : NULL;
    bool by_import = state->get_code != NULL && !state->only_wrapped;

    return by_import || (newest != NULL && newest->mtime == hr_source_mtime(st));
}

static bool was_saved(const struct hr_state *state, PyObject *file)
{
    PyObject *path = NULL;
    struct stat st;
    bool saved = false;

    if (!PyUnicode_Check(file) || !PyUnicode_FSConverter(file, &path)) {
        PyErr_Clear();
        return false;
    }
    if (stat(PyBytes_AS_STRING(path), &st) == 0 &&
        (double)hr_source_mtime(&st) / 1e9 > state->started) {
        PyObject *versions = PyDict_GetItemWithError(state->sources, file);
        saved = versions == NULL || !is_looked_through(state, versions, &st);
    }
    PyErr_Clear();
    Py_DECREF(path);
    return saved;
}

/* A new list of the files, as their modules have them; NULL without memory. */
static PyObject *saved_files(const struct hr_state *state)
{
    PyObject *modules = PyDict_Values(PyImport_GetModuleDict());
    PyObject *files = modules != NULL ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; files != NULL && i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        PyObject *file =
            PyModule_Check(module)
                ? PyDict_GetItemString(PyModule_GetDict(module), "__file__")
                : NULL;
        if (file != NULL && PyList_GET_SIZE(files) < MOST_FILES &&
            was_saved(state, file) && PySequence_Contains(files, file) == 0 &&
            PyList_Append(files, file) < 0) {
            Py_CLEAR(files);
        }
    }
    Py_XDECREF(modules);
    return files;
}

void hr_unseen_say_files(struct hr_state *state, struct hr_debug_session *session)
{
    PyObject *files = saved_files(state);
    PyObject *text =
        files != NULL && PyList_GET_SIZE(files) > 0 ? hr_listed(files) : NULL;

    if (text != NULL) {
        hr_debug_say(
            session,
            "hr: saved since the program started, and what was edited there is "
            "not guarded: %U; that takes a new start",
            text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(files);
}
