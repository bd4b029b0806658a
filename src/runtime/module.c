#include "runtime/module.h"

#include <time.h>
#include <unistd.h>

#include "runtime/api.h"
#include "runtime/guard/cache.h"
#include "runtime/entry/children.h"
#include "runtime/compat.h"
#include "runtime/cycle/hooks.h"
#include "runtime/guard/compile.h"
#include "runtime/settings.h"
#include "runtime/guard/source.h"
#include "runtime/state.h"
#include "runtime/testing.h"
#include "runtime/entry/wrap.h"

#define VERSION "0.2.4"

static int clear(PyObject *module)
{
    struct hr_state *state = hr_state_of(module);
    Py_CLEAR(state->sources);
    Py_CLEAR(state->found);
    Py_CLEAR(state->makers);
    Py_CLEAR(state->copies);
    Py_CLEAR(state->options);
    Py_CLEAR(state->reload_exception);
    Py_CLEAR(state->source_type);
    hr_hooks_remove(state);
    Py_CLEAR(state->witness_type);
    Py_CLEAR(state->get_code);
    hr_children_finish(state);
    Py_CLEAR(state->settings);
    Py_CLEAR(state->stop_name);
    Py_CLEAR(state->debugger_unsaid);
    Py_CLEAR(state->exit_name);
    Py_CLEAR(state->ctypes_name);
    Py_CLEAR(state->stop_seen);
    Py_CLEAR(state->include);
    Py_CLEAR(state->exclude);
    Py_CLEAR(state->ignore);
    hr_cache_free(state->cache);
    state->cache = NULL;
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    struct hr_state *state = hr_state_of(module);
    Py_VISIT(state->sources);
    Py_VISIT(state->found);
    Py_VISIT(state->makers);
    Py_VISIT(state->options);
    Py_VISIT(state->crashed);
    Py_VISIT(state->restarted);
    Py_VISIT(state->debugger);
    Py_VISIT(state->reload_exception);
    Py_VISIT(state->source_type);
    Py_VISIT(state->crashed_type);
    Py_VISIT(state->restarted_type);
    Py_VISIT(state->restart_iter_type);
    Py_VISIT(state->reading_type);
    Py_VISIT(state->successors);
    Py_VISIT(state->copies);
    Py_VISIT(state->lost_cells);
    Py_VISIT(state->classes);
    Py_VISIT(state->refused);
    Py_VISIT(state->witness_type);
    Py_VISIT(state->get_code);
    Py_VISIT(state->child_program);
    Py_VISIT(state->child_arguments);
    Py_VISIT(state->child_flags);
    Py_VISIT(state->child_code);
    Py_VISIT(state->settings);
    Py_VISIT(state->stop_name);
    Py_VISIT(state->debugger_unsaid);
    Py_VISIT(state->exit_name);
    Py_VISIT(state->ctypes_name);
    Py_VISIT(state->stop_seen);
    Py_VISIT(state->include);
    Py_VISIT(state->exclude);
    Py_VISIT(state->ignore);
    return 0;
}

static void finish(void *module)
{
    clear(module);
}

/* The module is one an interpreter: what guarded code calls stands in the builtins,
 * once. A second import from scratch gets the first one's names, its functions too:
 * they know the first one's state. */
static int share_first(PyObject *module, PyObject *first)
{
    PyObject *dict = PyModule_GetDict(module);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(PyModule_GetDict(first), &position, &name, &value)) {
        bool own = PyUnicode_GET_LENGTH(name) > 1 &&
                   PyUnicode_READ_CHAR(name, 0) == '_' &&
                   PyUnicode_READ_CHAR(name, 1) == '_' &&
                   PyUnicode_CompareWithASCIIString(name, "__version__") != 0;
        if (!own && PyDict_SetItem(dict, name, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static void free_source(void *source)
{
    Py_XDECREF((PyObject *)source);
}

static int init_state(PyObject *module, struct hr_state *state)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    state->started = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    state->stop = HR_STOP_ALWAYS;
    state->pid = (long)getpid();
    state->prompt_file = -1;
    state->code_slot = hr_compat_request_code_slot(free_source);
    if (state->code_slot < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no slot is left on code objects");
        return -1;
    }
    state->told_slot = hr_compat_request_code_slot(PyMem_Free);
    if ((state->sources = PyDict_New()) == NULL ||
        (state->makers = PyDict_New()) == NULL ||
        (state->options = PyDict_New()) == NULL ||
        (state->stop_name = PyUnicode_InternFromString("STOP")) == NULL ||
        (state->ctypes_name = PyUnicode_InternFromString("_ctypes")) == NULL ||
        (state->exit_name = PyUnicode_InternFromString("PROGRAM_SHOULD_EXIT")) ==
            NULL ||
        (state->include = PyList_New(0)) == NULL ||
        (state->exclude = PyList_New(0)) == NULL ||
        (state->ignore = PyList_New(0)) == NULL) {
        return -1;
    }
    state->source_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &hr_source_spec, NULL);
    state->witness_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &hr_witness_spec, NULL);
    return state->source_type == NULL || state->witness_type == NULL ? -1 : 0;
}

static int exec(PyObject *module)
{
    struct hr_state *state = hr_state_of(module);
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(
            PyExc_ImportError,
            "hot_restart is for the main interpreter: a sub-interpreter has "
            "no terminal of its own for the debugger");
        return -1;
    }
    PyObject *shared = PyInterpreterState_GetDict(PyInterpreterState_Get());
    if (shared == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *first = PyDict_GetItemString(shared, HR_MODULE_NAME);
    if (first == module) {
        return 0;
    }
    if (first != NULL) {
        return share_first(module, first);
    }
    if (init_state(module, state) < 0 || hr_settings_init(module, state) < 0 ||
        PyModule_AddStringConstant(module, "__version__", VERSION) < 0 ||
        PyModule_AddFunctions(module, hr_api_methods) < 0 ||
        PyModule_AddFunctions(module, hr_testing_methods) < 0) {
        return -1;
    }
    state->reload_exception = PyErr_NewExceptionWithDoc(
        HR_MODULE_NAME ".ReloadException",
        "An edited definition could not be reloaded.", PyExc_ValueError, NULL);
    if (state->reload_exception == NULL ||
        PyModule_AddObjectRef(module, "ReloadException", state->reload_exception) < 0) {
        return -1;
    }
    if (PyDict_SetItemString(shared, HR_MODULE_NAME, module) < 0) {
        return -1;
    }
    return hr_hooks_init(module, state);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

PyDoc_STRVAR(doc, "Restart a program in the function that failed.");

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = HR_MODULE_NAME,
    .m_doc = doc,
    .m_methods = hr_wrap_methods,
    .m_size = sizeof(struct hr_state),
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = finish,
};

PyObject *hr_module_init(void)
{
    return PyModuleDef_Init(&definition);
}
