#include "runtime/program.h"

#include <string.h>

#include "runtime/guard/cache.h"
#include "runtime/guard/origin.h"
#include "runtime/entry/children.h"
#include "runtime/entry/importhook.h"
#include "runtime/guard/load.h"
#include "runtime/imports.h"
#include "runtime/module.h"
#include "runtime/cycle/lasthook.h"
#include "runtime/cycle/raised.h"
#include "runtime/prompt/debug.h"
#include "runtime/settings.h"
#include "runtime/guard/source.h"
#include "runtime/cycle/toplevel.h"
#include "runtime/cycle/traceback.h"

static int add_words(PyObject *list, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PyObject *word = PyUnicode_DecodeFSDefault(words[i]);
        if (word == NULL || PyList_Append(list, word) < 0) {
            Py_XDECREF(word);
            return -1;
        }
        Py_DECREF(word);
    }
    return 0;
}

int hr_program_setup(const struct hr_program_options *options)
{
    PyObject *module = hr_import(HR_MODULE_NAME);
    if (module == NULL) {
        return -1;
    }
    struct hr_state *state = hr_state_of(module);
    int result = -1;
    if (add_words(state->include, options->include, options->include_count) == 0 &&
        add_words(state->exclude, options->exclude, options->exclude_count) == 0 &&
        add_words(state->ignore, options->ignore, options->ignore_count) == 0 &&
        PyModule_AddStringConstant(module, "STOP", options->stop) == 0) {
        state->only_wrapped = options->only_wrapped;
        state->stop_on_interrupt = options->stop_on_interrupt;
        state->stop_on_exit = options->stop_on_exit;
        state->waits = strcmp(options->on_crash, "wait") == 0;
        /* STOP is what counts from now on: the program may change it. */
        hr_settings_read_stop(state);
        if (strcmp(options->on_crash, "raise") == 0) {
            state->stop = HR_STOP_NEVER;
        }
        state->cache = hr_cache_new();
        result = strcmp(options->reload, "changed") == 0
                     ? hr_settings_set(state, "RELOAD_ALL_ON_CONTINUE", Py_True)
                     : 0;
        if (result == 0 && strcmp(options->generators, "replay") == 0) {
            result = hr_settings_set(state, HR_SETTING_COUNTS, Py_False);
        }
        if (result == 0 && options->debugger != NULL) {
            bool is_debugpy = strcmp(options->debugger, "debugpy") == 0;
            result = PyModule_AddStringConstant(
                module, "DEBUGGER", is_debugpy ? "pydevd" : options->debugger);
        }
        if (result == 0 && state->stop != HR_STOP_NEVER && !state->waits &&
            hr_importhook_wants_library(state)) {
            hr_debug_prepare(state);
        }
        if (result == 0 && options->stop_at_raise) {
            result = hr_raised_install(module);
        }
        if (result == 0) {
            result = hr_importhook_install(module, state);
        }
    }
    Py_DECREF(module);
    return result;
}

PyObject *hr_program_load_script(PyObject *filename)
{
    struct hr_state *state = hr_state_get();
    PyObject *name = state != NULL ? PyUnicode_FromString("__main__") : NULL;
    if (name == NULL) {
        return NULL;
    }
    int wants = hr_importhook_wants(state, name, filename);
    Py_DECREF(name);
    if (wants <= 0) {
        return NULL;
    }
    hr_source *source = hr_source_read(state, filename);
    if (source == NULL) {
        PyErr_Clear();
        return NULL;
    }
    Py_SETREF(source, hr_origin_instead(state, source));
    struct hr_load_notes notes = {false, false};
    PyObject *code = hr_cache_load(state, source, &notes);
    if (code != NULL && notes.warned) {
        PyObject *plain = hr_load_plainly(source, 0, -1);
        if (plain == NULL) {
            Py_CLEAR(code);
        }
        Py_XDECREF(plain);
    }
    Py_DECREF(source);
    return code;
}

PyObject *hr_program_run(PyObject *code, PyObject *globals)
{
    struct hr_state *state = hr_state_get();
    return state != NULL ? hr_toplevel_run(state, code, globals)
                         : PyEval_EvalCode(code, globals, globals);
}

void hr_program_take_runpy(void)
{
    PyObject *module = hr_import(HR_MODULE_NAME);
    if (module != NULL) {
        hr_toplevel_install(module, "runpy");
    }
    PyErr_Clear();
    Py_XDECREF(module);
}

void hr_program_watch_end(const wchar_t *text)
{
    PyObject *module = hr_import(HR_MODULE_NAME);
    PyObject *command = text != NULL ? PyUnicode_FromWideChar(text, -1) : NULL;
    if (module != NULL) {
        hr_lasthook_install(module, command);
    }
    PyErr_Clear();
    Py_XDECREF(command);
    Py_XDECREF(module);
}

void hr_program_set_child(PyObject *program, PyObject *arguments)
{
    struct hr_state *state = hr_state_get();
    if (state != NULL) {
        hr_children_set(state, program, arguments);
    }
    PyErr_Clear();
}

void hr_program_clean_error(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    struct hr_state *state = hr_state_get();
    if (state != NULL && value != NULL && traceback != NULL) {
        PyException_SetTraceback(value, traceback);
        hr_traceback_clean(state, value);
        Py_SETREF(traceback, PyException_GetTraceback(value));
    }
    PyErr_Restore(type, value, traceback);
}
