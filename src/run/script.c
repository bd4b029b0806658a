#define _GNU_SOURCE /* realpath with NULL, strdup */
#include "run/script.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/program.h"

static bool is_plain_file(PyObject *filename)
{
    PyObject *path = NULL;
    struct stat st;
    if (!PyUnicode_FSConverter(filename, &path)) {
        PyErr_Clear();
        return false;
    }
    const char *text = PyBytes_AS_STRING(path);
    size_t size = strlen(text);
    bool compiled = size >= 4 && strcmp(text + size - 4, ".pyc") == 0;
    bool plain = !compiled && stat(text, &st) == 0 && S_ISREG(st.st_mode);
    Py_DECREF(path);
    return plain;
}

/* Python asks every path hook first: a zip may have any name. */
static bool has_importer(PyObject *filename)
{
    PyObject *importer = PyImport_GetImporter(filename);
    if (importer == NULL) {
        PyErr_Clear();
        return false;
    }
    bool found = importer != Py_None;
    Py_DECREF(importer);
    return found;
}

/* sys.path[0]: the folder that the script really stands in. */
static int add_script_folder(PyObject *filename)
{
    PyObject *path = NULL;
    if (!PyUnicode_FSConverter(filename, &path)) {
        return -1;
    }
    char *real = realpath(PyBytes_AS_STRING(path), NULL);
    if (real == NULL) {
        real = strdup(PyBytes_AS_STRING(path));
    }
    Py_DECREF(path);
    if (real == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    char *slash = strrchr(real, '/');
    size_t size = slash == NULL ? 0 : slash == real ? 1 : (size_t)(slash - real);
    PyObject *folder = PyUnicode_DecodeFSDefaultAndSize(real, (Py_ssize_t)size);
    free(real);
    PyObject *sys_path = PySys_GetObject("path");
    int result = folder != NULL && sys_path != NULL && PyList_Check(sys_path)
                     ? PyList_Insert(sys_path, 0, folder)
                     : -1;
    Py_XDECREF(folder);
    if (result < 0 && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError, "sys.path is not a list");
    }
    return result;
}

static int set_main_attributes(PyObject *dict, PyObject *filename)
{
    PyObject *machinery = PyImport_ImportModule("_frozen_importlib_external");
    PyObject *loader = machinery != NULL
                           ? PyObject_CallMethod(machinery, "SourceFileLoader", "sO",
                                                 "__main__", filename)
                           : NULL;
    Py_XDECREF(machinery);
    if (loader == NULL) {
        return -1;
    }
    int result = PyDict_SetItemString(dict, "__loader__", loader) == 0 &&
                         PyDict_SetItemString(dict, "__file__", filename) == 0 &&
                         PyDict_SetItemString(dict, "__cached__", Py_None) == 0
                     ? 0
                     : -1;
    Py_DECREF(loader);
    return result;
}

static void flush(const char *name)
{
    PyObject *stream = PySys_GetObject(name);
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = stream != NULL && stream != Py_None
                         ? PyObject_CallMethod(stream, "flush", NULL)
                         : NULL;
    Py_XDECREF(done);
    PyErr_Restore(type, value, traceback);
}

/* Python prints what ended the program; SystemExit leaves the process in there. */
static void report(struct hr_script_result *result)
{
    result->interrupted = PyErr_Occurred() == PyExc_KeyboardInterrupt;
    result->exit_code = 1;
    hr_program_clean_error();
    PyErr_Print();
}

static void run_code(PyObject *filename, PyObject *code,
                     struct hr_script_result *result)
{
    PyObject *main_module = PyImport_AddModule("__main__");
    PyObject *value = NULL;
    PyObject *dict = NULL;
    if (main_module != NULL) {
        dict = PyModule_GetDict(main_module);
        if (set_main_attributes(dict, filename) == 0 &&
            PySys_Audit("exec", "O", code) == 0) {
            value = hr_program_run(code, dict);
        }
    }
    flush("stderr");
    flush("stdout");
    if (value == NULL) {
        report(result);
    }
    Py_XDECREF(value);
    if (dict != NULL && (PyDict_DelItemString(dict, "__file__") < 0 ||
                         PyDict_DelItemString(dict, "__cached__") < 0)) {
        PyErr_Clear(); /* the program took them away itself */
    }
}

static bool is_interactive(const PyConfig *config)
{
    const char *variable = getenv("PYTHONINSPECT");
    if (!config->interactive && !isatty(STDIN_FILENO)) {
        return false;
    }
    return config->inspect ||
           (config->use_environment && variable != NULL && variable[0] != '\0');
}

bool hr_script_run(const PyConfig *config, struct hr_script_result *result)
{
    *result = (struct hr_script_result){0};
    if (config->run_filename == NULL || config->skip_source_first_line) {
        return false;
    }
    PyObject *filename = PyUnicode_FromWideChar(config->run_filename, -1);
    PyObject *code = NULL;
    bool ours = false;
    if (filename == NULL) {
        PyErr_Clear();
        return false;
    }
    if (is_plain_file(filename) && !has_importer(filename)) {
        code = hr_program_load_script(filename);
        ours = code != NULL || PyErr_Occurred();
    }
    if (ours) {
        if (code == NULL || (!config->safe_path && add_script_folder(filename) < 0) ||
            PySys_Audit("cpython.run_file", "O", filename) < 0) {
            report(result);
        } else {
            run_code(filename, code, result);
        }
    }
    Py_XDECREF(code);
    Py_DECREF(filename);
    if (ours && is_interactive(config)) {
        PyCompilerFlags flags = {.cf_flags = 0, .cf_feature_version = PY_MINOR_VERSION};
        result->exit_code = PyRun_AnyFileFlags(stdin, "<stdin>", &flags) != 0;
        result->interrupted = false;
    }
    return ours;
}
