#define _GNU_SOURCE /* realpath with NULL, memmem, strdup */
#include "run/project.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "runtime/visible.h"

#define NAME "pyproject.toml"
#define SECTION "hot-restart"
#define MOST_BYTES ((size_t)16 << 20)

struct project {
    char *path;
    struct hr_bytes text;
    struct hr_run_options *options;
    PyObject *texts; /* list: keeps the strings alive */
};

/* ---- the file ---- */

/* Cuts the last part off; false at the top. */
static bool go_up(char *folder)
{
    char *slash = strrchr(folder, '/');
    if (slash == NULL || (slash == folder && slash[1] == '\0')) {
        return false;
    }
    slash[slash == folder] = '\0';
    return true;
}

static char *start_folder(const wchar_t *script)
{
    struct stat st;
    char *name = script != NULL ? Py_EncodeLocale(script, NULL) : NULL;
    char *path = realpath(name != NULL ? name : ".", NULL);
    PyMem_Free(name);
    if (path != NULL && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        go_up(path);
    }
    return path;
}

/* The path of the nearest file; NULL if there is none.  `owner` gets whose the
 * program's folder is. */
static char *find(const wchar_t *script, uid_t *owner)
{
    struct stat st;
    char *folder = start_folder(script);
    bool more = folder != NULL;
    *owner = more && stat(folder, &st) == 0 ? st.st_uid : geteuid();
    while (more) {
        struct hr_bytes path = {0};
        hr_bytes_printf(&path, "%s/%s", folder, NAME);
        if (!path.failed && stat(path.data, &st) == 0 && S_ISREG(st.st_mode) &&
            access(path.data, R_OK) == 0) {
            free(folder);
            return hr_bytes_steal(&path);
        }
        hr_bytes_finish(&path);
        more = go_up(folder);
    }
    free(folder);
    return NULL;
}

/* ---- what is wrong ---- */

struct place { /* 1-based */
    unsigned line;
    unsigned column;
};

static bool is_key(const char *text, const char *key)
{
    size_t size = strlen(key);
    return strncmp(text, key, size) == 0 && strchr(" \t\"'=.]", text[size]) != NULL;
}

/* Of `key` below the heading of our section, else of the heading; of the file's start
 * if that is not found either. */
static struct place place_of(const struct project *project, const char *key)
{
    unsigned line = 0;
    struct place heading = {1, 1};
    bool inside = false;
    for (const char *at = project->text.data; at != NULL && *at != '\0';) {
        const char *end = strchr(at, '\n');
        const char *first = at + strspn(at, " \t\"'");
        line++;
        struct place here = {line, (unsigned)(first - at) + 1};
        if (*first == '[') {
            const char *name = strstr(first, SECTION);
            inside = name != NULL && (end == NULL || name < end);
            heading = inside ? here : heading;
        } else if (inside && is_key(first, key)) {
            return here;
        }
        at = end != NULL ? end + 1 : NULL;
    }
    return heading;
}

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = hr_visible(PyUnicode_FromFormatV(format, arguments), false);
    va_end(arguments);
    PyErr_Clear();
    if (text != NULL) {
        PySys_FormatStderr("%U\n", text);
    }
    Py_XDECREF(text);
}

static bool wrong(const struct project *project, const char *key, const char *message)
{
    struct place place = place_of(project, key);
    say("%s:%u:%u: error: %s", project->path, place.line, place.column, message);
    return false;
}

/* The error that is set: it says "(at line 3, column 5)". */
static bool wrong_toml(const struct project *project)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *text = value != NULL ? PyObject_Str(value) : NULL;
    const char *message = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    const char *place = message != NULL ? strstr(message, "(at line ") : NULL;
    unsigned line = 1, column = 1;
    if (place != NULL) {
        char *end;
        line = (unsigned)strtoul(place + strlen("(at line "), &end, 10);
        if (strncmp(end, ", column ", strlen(", column ")) == 0) {
            column = (unsigned)strtoul(end + strlen(", column "), NULL, 10);
        }
    } else {
        for (size_t i = 0; i + 1 < project->text.size; i++) {
            /* What has a size has data.  NOLINTNEXTLINE(clang-analyzer-core.*) */
            line += project->text.data[i] == '\n';
        }
    }
    PyErr_Clear();
    say("%s:%u:%u: error: %s", project->path, line, column,
        message != NULL ? message : "cannot be read");
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return false;
}

/* ---- what it says ---- */

/* A file that comes with a checkout does not choose the program that is run. */
static bool is_for_projects(const struct hr_option *option)
{
    return option->repeats || hr_option_has_words(option) ||
           (option->value == NULL && option->id < sizeof(struct hr_run_options));
}

/* The text of a str, kept alive; NULL if it is none. */
static const char *text_of(struct project *project, PyObject *value)
{
    const char *text = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    if (text != NULL && PyList_Append(project->texts, value) < 0) {
        text = NULL;
    }
    PyErr_Clear();
    return text;
}

static bool take_list(struct project *project, const char *key, PyObject *value,
                      struct hr_run_list *list)
{
    Py_ssize_t size = PyList_Check(value) ? PyList_GET_SIZE(value) : -1;
    const char **items = calloc((size_t)(size + 2), sizeof *items);
    bool good = size >= 0 && items != NULL;
    for (Py_ssize_t i = 0; good && i < size; i++) {
        items[i] = text_of(project, PyList_GET_ITEM(value, i));
        good = items[i] != NULL;
    }
    if (!good) {
        free((void *)items);
        return wrong(project, key, "this takes a list of strings");
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        if (!hr_run_option_check(project->options, hr_run_option(key), items[i])) {
            good = wrong(project, key, project->options->message + strlen("--"));
        }
    }
    *list = (struct hr_run_list){.items = items, .count = (size_t)size};
    return good;
}

static bool take_word(struct project *project, const struct hr_option *option,
                      PyObject *value)
{
    const char **word = hr_run_option_word(project->options, option);
    *word = text_of(project, value);
    if (*word == NULL) {
        return wrong(project, option->name, "this takes a string");
    }
    return hr_run_option_check(project->options, option, *word) ||
           wrong(project, option->name, project->options->message + strlen("--"));
}

/* "there is no option 'x'; there are ..." */
static bool wrong_name(const struct project *project, const char *key)
{
    struct hr_bytes message = {0};
    hr_bytes_printf(&message, "there is no option '%s'; there are", key);
    const char *between = " ";
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (is_for_projects(o)) {
            hr_bytes_printf(&message, "%s%s", between, o->name);
            between = ", ";
        }
    }
    wrong(project, key, message.failed ? "out of memory" : message.data);
    hr_bytes_finish(&message);
    return false;
}

static bool take(struct project *project, const char *key, PyObject *value)
{
    const struct hr_option *option = hr_run_option(key);
    if (option == NULL || !is_for_projects(option)) {
        return wrong_name(project, key);
    }
    if (option->repeats) {
        return take_list(project, key, value,
                         hr_run_option_list(project->options, option));
    }
    if (option->value != NULL) {
        return take_word(project, option, value);
    }
    *hr_run_option_switch(project->options, option) =
        value == Py_True ? HR_RUN_YES : HR_RUN_NO;
    return PyBool_Check(value) || wrong(project, key, "this takes true or false");
}

static bool take_table(struct project *project, PyObject *document)
{
    PyObject *tool = PyDict_GetItemString(document, "tool");
    PyObject *table =
        tool != NULL && PyDict_Check(tool) ? PyDict_GetItemString(tool, SECTION) : NULL;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool good = true;
    if (table != NULL && !PyDict_Check(table)) {
        return wrong(project, SECTION, "tool.hot-restart is not a table");
    }
    while (table != NULL && PyDict_Next(table, &position, &key, &value)) {
        const char *name = PyUnicode_AsUTF8(key);
        good &= name != NULL && take(project, name, value);
        PyErr_Clear();
    }
    return good;
}

static bool take_file(struct project *project)
{
    PyObject *module = PyImport_ImportModule("tomllib");
    PyObject *text = PyUnicode_DecodeUTF8(project->text.data,
                                          (Py_ssize_t)project->text.size, "strict");
    PyObject *document = module != NULL && text != NULL
                             ? PyObject_CallMethod(module, "loads", "O", text)
                             : NULL;
    bool good = document != NULL ? take_table(project, document) : wrong_toml(project);
    Py_XDECREF(document);
    Py_XDECREF(text);
    Py_XDECREF(module);
    return good;
}

/* Reads what may speak for the program: another user, who puts the file into a folder
 * above that all may write to, does not. */
static bool read_file(struct project *project, uid_t owner)
{
    struct stat st;
    struct hr_error err = {0};
    if (!hr_file_read_regular(project->path, MOST_BYTES, &project->text, &st, &err)) {
        say("hr: %s is not read: %s", project->path, err.message);
        return false;
    }
    /* Most files say nothing to us, and tomllib takes longer to import than to ask. */
    bool speaks = memmem(project->text.data != NULL ? project->text.data : "",
                         project->text.size, SECTION, strlen(SECTION)) != NULL;
    if (speaks && !hr_file_is_trusted(&st, owner)) {
        say("hr: %s is not read: another user may have written it", project->path);
        return false;
    }
    return speaks;
}

bool hr_project_read(const wchar_t *script, struct hr_run_options *options,
                     PyObject **texts)
{
    struct project project = {.options = options};
    uid_t owner;
    bool good = true;
    *options = (struct hr_run_options){0};
    *texts = project.texts = PyList_New(0);
    project.path = find(script, &owner);
    if (project.texts != NULL && project.path != NULL && read_file(&project, owner)) {
        good = take_file(&project);
    }
    PyErr_Clear();
    hr_bytes_finish(&project.text);
    free(project.path);
    return good;
}
