#include "runtime/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "runtime/compat.h"

#define LOG_VARIABLE "HOT_RESTART_DEBUG_LOG"
#define DEBUGGER_VARIABLE "HOT_RESTART_DEBUGGER"

/* "" if there is none. */
static const char *log_path(void)
{
    const char *path = getenv(LOG_VARIABLE);
    return path != NULL ? path : "";
}

/* A log that stays empty would look as if nothing had failed.  Nobody is waited for. */
static void remark_unless_writable(const char *path)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);

    if (file >= 0) {
        close(file);
    } else if (errno != ENXIO) { /* a pipe that is not read yet */
        hr_remark("%s=%s: %s", LOG_VARIABLE, path, strerror(errno));
    }
}

/* The person's word, else a debugger of its own that is loaded already. */
static const char *choose_debugger(void)
{
    static const char *const known[] = {"pdb", "ipdb", "pudb", "pydevd"};
    const char *said = getenv(DEBUGGER_VARIABLE);
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */

    if (said != NULL && strcasecmp(said, "debugpy") == 0) {
        return "pydevd";
    }
    for (size_t i = 0; said != NULL && i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(said, known[i]) == 0) {
            return known[i];
        }
    }
    if (said != NULL && said[0] != '\0') {
        hr_remark("%s=%s: no such debugger; pdb is used", DEBUGGER_VARIABLE, said);
        return "pdb";
    }
    return PyDict_GetItemString(modules, "pydevd") != NULL ? "pydevd"
           : PyDict_GetItemString(modules, "pudb") != NULL ? "pudb"
                                                           : "pdb";
}

/* What `from hot_restart import *` gives. */
static int add_all(PyObject *module)
{
    PyObject *all =
        Py_BuildValue("[sssssssssss]", "wrap", "no_wrap", "wrap_module", "wrap_modules",
                      "wrap_class", "exit", "reraise", "ReloadException",
                      "restart_module", "reload_module", "is_restarting_module");
    int status = all == NULL ? -1 : PyModule_AddObjectRef(module, "__all__", all);

    Py_XDECREF(all);
    return status;
}

int hr_settings_init(PyObject *module, struct hr_state *state)
{
    /* The names are those of the Python library that programs were written for. */
    static const struct {
        const char *name;
        bool value;
    } flags[] = {
        {"RELOAD_ON_CONTINUE", true},   {"RELOAD_ALL_ON_CONTINUE", false},
        {HR_SETTING_COUNTS, true},      {"PRINT_HELP_MESSAGE", true},
        {"PROGRAM_SHOULD_EXIT", false}, {"DEBUG_ORIGINAL_PATH_RELOADED_CODE", true},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (PyModule_AddObjectRef(module, flags[i].name,
                                  flags[i].value ? Py_True : Py_False) < 0) {
            return -1;
        }
    }
    PyObject *log = PyUnicode_DecodeFSDefault(log_path());
    int added = log == NULL ? -1 : PyModule_AddObjectRef(module, "DEBUG_LOG", log);
    Py_XDECREF(log);
    if (log_path()[0] != '\0') {
        remark_unless_writable(log_path());
    }
    if (added < 0 ||
        PyModule_AddStringConstant(module, "DEBUGGER", choose_debugger()) < 0 ||
        PyModule_AddStringConstant(module, "STOP", "always") < 0 ||
        add_all(module) < 0) {
        return -1;
    }
    state->settings = Py_NewRef(PyModule_GetDict(module));
    if (getenv(DEBUGGER_VARIABLE) == NULL) {
        state->debugger_unsaid = Py_XNewRef(hr_settings_get(state, "DEBUGGER"));
    }
    return 0;
}

PyObject *hr_settings_debugger(struct hr_state *state)
{
    PyObject *value = hr_settings_get(state, "DEBUGGER");

    return value == NULL || value == state->debugger_unsaid ? Py_None : value;
}

PyObject *hr_settings_get(struct hr_state *state, const char *name)
{
    return PyDict_GetItemString(state->settings, name);
}

bool hr_settings_flag(struct hr_state *state, const char *name, bool missing)
{
    PyObject *value = hr_settings_get(state, name);
    int truth = value == NULL ? missing : PyObject_IsTrue(value);

    if (truth < 0) {
        PyErr_Clear();
        return missing;
    }
    return truth != 0;
}

int hr_settings_set(struct hr_state *state, const char *name, PyObject *value)
{
    return PyDict_SetItemString(state->settings, name, value);
}

bool hr_settings_should_exit(struct hr_state *state)
{
    if (hr_compat_dict_changed(state->settings, &state->exit_version)) {
        PyObject *value = PyDict_GetItemWithError(state->settings, state->exit_name);
        state->should_exit = value != NULL && PyObject_IsTrue(value) == 1;
        PyErr_Clear();
    }
    return state->should_exit;
}

void hr_settings_read_stop(struct hr_state *state)
{
    PyObject *value;
    const char *text;

    if (!hr_compat_dict_changed(state->settings, &state->settings_version)) {
        return;
    }
    value = PyDict_GetItemWithError(state->settings, state->stop_name);
    if (value == NULL || value == state->stop_seen) {
        return;
    }
    Py_XSETREF(state->stop_seen, Py_NewRef(value));
    state->verdict.exception = NULL;
    text = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    if (text != NULL && strcmp(text, "never") == 0) {
        state->stop = HR_STOP_NEVER;
    } else if (text != NULL && strcmp(text, "unhandled") == 0) {
        state->stop = HR_STOP_UNHANDLED;
    } else if (text != NULL && strcmp(text, "always") == 0) {
        state->stop = HR_STOP_ALWAYS;
    } else {
        hr_remark(
            "hot_restart.STOP is \"unhandled\", \"always\" or \"never\", nothing else");
    }
    PyErr_Clear();
}

static void append_line(const char *path, const char *text)
{
    FILE *file = fopen(path, "ae");
    struct tm now;
    time_t seconds = time(NULL);
    char stamp[32] = "";

    if (file == NULL) {
        return;
    }
    if (localtime_r(&seconds, &now) != NULL) {
        strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &now);
    }
    fprintf(file, "%s [%ld] %s\n", stamp, (long)getpid(), text);
    fclose(file);
}

void hr_settings_log(const char *format, ...)
{
    const char *path = log_path();
    PyObject *type, *value, *traceback, *text;
    const char *bytes;
    va_list arguments;

    if (path[0] == '\0') {
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    va_start(arguments, format);
    text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    bytes = text == NULL ? NULL : PyUnicode_AsUTF8(text);
    if (bytes != NULL) {
        append_line(path, bytes);
    }
    Py_XDECREF(text);
    PyErr_Restore(type, value, traceback);
}
