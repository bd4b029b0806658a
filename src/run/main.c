#define _GNU_SOURCE /* asprintf, kill */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/options.h"
#include "run/script.h"
#include "runtime/module.h"
#include "runtime/program.h"

#define EXIT_USAGE 64

/* The interpreter whose libraries and packages are used: that of the virtual
 * environment that is active, else the one that this program was built for. */
static char *interpreter_path(void)
{
    const char *venv = getenv("VIRTUAL_ENV");
    char *path = NULL;
    if (venv != NULL && venv[0] != '\0') {
        if (asprintf(&path, "%s/bin/python", venv) < 0) {
            return NULL;
        }
        if (access(path, X_OK) == 0) {
            return path;
        }
        free(path);
    }
    return asprintf(&path, "%s", HR_PYTHON) < 0 ? NULL : path;
}

static PyStatus initialize(PyConfig *config, int argc, char **argv)
{
    PyPreConfig preconfig;
    PyPreConfig_InitPythonConfig(&preconfig);
    PyStatus status = Py_PreInitializeFromBytesArgs(&preconfig, argc, argv);
    if (PyStatus_Exception(status)) {
        return status;
    }
    PyConfig_InitPythonConfig(config);
    char *program = interpreter_path();
    if (program == NULL) {
        return PyStatus_NoMemory();
    }
    status = PyConfig_SetBytesString(config, &config->program_name, program);
    free(program);
    if (!PyStatus_Exception(status)) {
        status = PyConfig_SetBytesArgv(config, argc, argv);
    }
    if (!PyStatus_Exception(status)) {
        status = PyConfig_Read(config);
    }
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(config);
    }
    return status;
}

/* As python ends when nobody catches a KeyboardInterrupt: by the signal itself, so that
 * a shell's loop around it ends too. */
static int die_by_sigint(void)
{
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
    return 128 + SIGINT;
}

static int run(const PyConfig *config, const struct hr_run_options *options)
{
    const struct hr_program_options program = {
        .include = options->include,
        .include_count = options->include_count,
        .exclude = options->exclude,
        .exclude_count = options->exclude_count,
        .stop = options->stop,
        .on_crash = options->on_crash,
    };
    if (hr_program_setup(&program) < 0) {
        PySys_WriteStderr("hr: the program runs unguarded:\n");
        PyErr_Print();
        return Py_RunMain();
    }
    struct hr_script_result result;
    if (!hr_script_run(config, &result)) {
        return Py_RunMain();
    }
    if (Py_FinalizeEx() < 0) {
        result.exit_code = 120; /* as python: output was lost at the end */
    }
    return result.interrupted ? die_by_sigint() : result.exit_code;
}

static int run_python(struct hr_run_options *options, int argc, char **argv)
{
    /* What is left for python, behind the name of this program. */
    char *name = argv[0];
    argv[options->first - 1] = name;
    argc -= options->first - 1;
    argv += options->first - 1;
    PyConfig config;
    if (PyImport_AppendInittab(HR_MODULE_NAME, hr_module_init) < 0) {
        fputs("hr-run: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    PyStatus status = initialize(&config, argc, argv);
    if (PyStatus_Exception(status)) {
        PyConfig_Clear(&config);
        if (PyStatus_IsExit(status)) {
            return status.exitcode;
        }
        Py_ExitStatusException(status);
    }
    int code = run(&config, options);
    PyConfig_Clear(&config);
    return code;
}

int main(int argc, char **argv)
{
    struct hr_run_options options;
    int code = EXIT_FAILURE;
    if (!hr_run_options_parse(&options, argc, argv)) {
        fputs("hr-run: out of memory\n", stderr);
    } else if (options.action == HR_RUN_HELP) {
        code = fputs(hr_run_help, stdout) < 0 || fflush(stdout) != 0;
    } else if (options.action == HR_RUN_VERSION) {
        code = printf("hr-run %s (CPython %s)\n", HR_VERSION, PY_VERSION) < 0 ||
               fflush(stdout) != 0;
    } else if (options.action == HR_RUN_USAGE) {
        fprintf(stderr, "hr-run: %s\nTry: hr-run --help\n", options.message);
        code = EXIT_USAGE;
    } else {
        code = run_python(&options, argc, argv);
    }
    hr_run_options_finish(&options);
    return code;
}
