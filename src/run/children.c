#define _GNU_SOURCE /* readlink */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "run/children.h"

#include <limits.h>
#include <unistd.h>

#include "base/option.h"
#include "runtime/program.h"

/* Takes the reference over. */
static int append(PyObject *list, PyObject *word)
{
    int result = word != NULL ? PyList_Append(list, word) : -1;

    Py_XDECREF(word);
    return result;
}

static int append_value(PyObject *list, const char *name, const char *value)
{
    PyObject *text = PyUnicode_DecodeFSDefault(value);
    int result = -1;

    if (text != NULL) {
        result = append(list, PyUnicode_FromFormat("--%s=%U", name, text));
        Py_DECREF(text);
    }
    return result;
}

static int append_option(PyObject *list, struct hr_run_options *options,
                         const struct hr_option *option)
{
    int result = 0;

    if (option->repeats) {
        const struct hr_run_list *values = hr_run_option_list(options, option);
        for (size_t i = 0; result == 0 && i < values->count; i++) {
            result = append_value(list, option->name, values->items[i]);
        }
    } else if (option->value != NULL) {
        const char *word = *hr_run_option_word(options, option);
        result = word != NULL ? append_value(list, option->name, word) : 0;
    } else if (*hr_run_option_switch(options, option) == HR_RUN_YES) {
        result = append(list, PyUnicode_FromFormat("--%s", option->name));
    }
    return result;
}

/* The interpreter stands for what chose it: an option, the environment, a link. */
static PyObject *arguments(struct hr_run_options *options)
{
    PyObject *list = PyList_New(0);
    PyObject *own = PySys_GetObject("executable"); /* borrowed */
    int result = list != NULL && own != NULL && PyUnicode_Check(own)
                     ? append(list, PyUnicode_FromFormat("--python=%U", own))
                     : -1;

    for (const struct hr_option *option = hr_command.options;
         result == 0 && option->name != NULL; option++) {
        if (option->id < sizeof *options &&
            hr_run_option_word(options, option) != &options->python) {
            result = append_option(list, options, option);
        }
    }
    if (result < 0) {
        Py_CLEAR(list);
    }
    return list;
}

void hr_children_inherit(struct hr_run_options *options)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    PyObject *program = NULL;
    PyObject *list = NULL;

    if (size > 0 && (size_t)size < sizeof path) {
        program = PyUnicode_DecodeFSDefaultAndSize(path, size);
        list = arguments(options);
    }
    if (program != NULL && list != NULL) {
        hr_program_set_child(program, list);
    }
    PyErr_Clear();
    Py_XDECREF(list);
    Py_XDECREF(program);
}
