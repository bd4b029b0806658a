#define _GNU_SOURCE /* kill */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/children.h"
#include "run/interpreter.h"
#include "run/options.h"
#include "run/project.h"
#include "run/script.h"
#include "runtime/compat.h"
#include "runtime/module.h"
#include "runtime/program.h"

#define EXIT_USAGE 64

static PyStatus initialize(PyConfig *config, const char *program, int argc, char **argv)
{
    PyPreConfig preconfig;
    PyPreConfig_InitPythonConfig(&preconfig);
    PyStatus status = Py_PreInitializeFromBytesArgs(&preconfig, argc, argv);
    if (PyStatus_Exception(status)) {
        return status;
    }
    PyConfig_InitPythonConfig(config);
    status = PyConfig_SetBytesString(config, &config->program_name, program);
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

static const char *word_or(const char *word, const char *otherwise)
{
    return word != NULL ? word : otherwise;
}

static int run(const PyConfig *config, struct hr_run_options *options)
{
    const struct hr_program_options program = {
        .include = options->include.items,
        .include_count = options->include.count,
        .exclude = options->exclude.items,
        .exclude_count = options->exclude.count,
        .ignore = options->ignore.items,
        .ignore_count = options->ignore.count,
        .stop = word_or(options->stop, "unhandled"),
        .on_crash = word_or(options->on_crash, "debug"),
        .reload = word_or(options->reload, "failed"),
        .generators = word_or(options->generators, "count"),
        .debugger = options->debugger,
        .only_wrapped = options->only_wrapped == HR_RUN_YES,
        .stop_at_raise = strcmp(word_or(options->stop_at, "guard"), "raise") == 0,
        .stop_on_interrupt = options->stop_on_interrupt == HR_RUN_YES,
        .stop_on_exit = options->stop_on_exit == HR_RUN_YES,
    };
    if (program.stop_at_raise && !HR_COMPAT_MONITORING) {
        PySys_WriteStderr("hr-run: --stop-at=raise needs CPython 3.12 or later; this "
                          "hr-run is built for %d.%d\n",
                          PY_MAJOR_VERSION, PY_MINOR_VERSION);
        return EXIT_USAGE;
    }
    if (hr_program_setup(&program) < 0) {
        PySys_WriteStderr("hr: the program runs unguarded:\n");
        PyErr_Print();
        return Py_RunMain();
    }
    hr_children_inherit(options);
    struct hr_script_result result;
    if (!hr_script_run(config, &result)) {
        if (config->run_module != NULL || config->run_filename != NULL) {
            hr_program_take_runpy();
        } else if (!config->inspect && !config->interactive &&
                   (config->run_command != NULL || !isatty(STDIN_FILENO))) {
            hr_program_watch_end(config->run_command);
        }
        return Py_RunMain();
    }
    if (Py_FinalizeEx() < 0) {
        result.exit_code = 120; /* as python: output was lost at the end */
    }
    return result.interrupted ? die_by_sigint() : result.exit_code;
}

/* With what the project's file says, where nothing else did. */
static int run_in_project(const PyConfig *config, struct hr_run_options *options)
{
    struct hr_run_options project = {0};
    PyObject *texts = NULL;
    int code = EXIT_USAGE;
    /* Python filled it in.  NOLINTNEXTLINE(clang-analyzer-core.*) */
    if (config->isolated || hr_project_read(config->run_filename, &project, &texts)) {
        hr_run_options_fall_back(options, &project);
        code = run(config, options);
    }
    /* `texts` is left to the interpreter, which may be gone. */
    hr_run_options_finish(&project);
    return code;
}

static int run_python(struct hr_run_options *options, const char *program, int argc,
                      char **argv)
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
    PyStatus status = initialize(&config, program, argc, argv);
    if (PyStatus_Exception(status)) {
        PyConfig_Clear(&config);
        if (PyStatus_IsExit(status)) {
            return status.exitcode;
        }
        Py_ExitStatusException(status);
    }
    int code = run_in_project(&config, options);
    PyConfig_Clear(&config);
    return code;
}

static int choose_and_run(struct hr_run_options *options, int argc, char **argv)
{
    struct hr_bytes program = {0};
    struct hr_bytes message = {0};
    int code = EXIT_USAGE;
    bool found =
        hr_interpreter_find(options->python, argv[0], HR_PYTHON, &program, &message);
    if (program.failed || message.failed) {
        fputs("hr-run: out of memory\n", stderr);
        code = EXIT_FAILURE;
    } else if (!found) {
        fprintf(stderr, "%s\n", message.data);
    } else {
        code = run_python(options, program.data, argc, argv);
    }
    hr_bytes_finish(&message);
    hr_bytes_finish(&program);
    return code;
}

/* With what HR_RUN_FLAGS says, where the command line did not. */
static int run_with_flags(struct hr_run_options *options, int argc, char **argv)
{
    const char *text = getenv("HR_RUN_FLAGS");
    struct hr_run_options flags;
    int code = EXIT_FAILURE;
    if (!hr_run_options_parse_text(&flags, text != NULL ? text : "")) {
        fputs("hr-run: out of memory\n", stderr);
    } else if (flags.action == HR_RUN_USAGE) {
        fprintf(stderr, "hr-run: HR_RUN_FLAGS: %s\n", flags.message);
        code = EXIT_USAGE;
    } else {
        hr_run_options_fall_back(options, &flags);
        code = choose_and_run(options, argc, argv);
    }
    hr_run_options_finish(&flags);
    return code;
}

static int print_help(void)
{
    struct hr_bytes text = {0};
    hr_command_help(&text, &hr_command);
    int code = text.failed || fputs(text.data, stdout) < 0 || fflush(stdout) != 0;
    hr_bytes_finish(&text);
    return code;
}

int main(int argc, char **argv)
{
    struct hr_run_options options;
    int code = EXIT_FAILURE;
    if (!hr_run_options_parse(&options, argc, argv)) {
        fputs("hr-run: out of memory\n", stderr);
    } else if (options.action == HR_RUN_HELP) {
        code = print_help();
    } else if (options.action == HR_RUN_VERSION) {
        code = printf("hr-run %s (CPython %s)\n", HR_VERSION, PY_VERSION) < 0 ||
               fflush(stdout) != 0;
    } else if (options.action == HR_RUN_USAGE) {
        fprintf(stderr, "hr-run: %s\nTry: hr-run --help\n", options.message);
        code = EXIT_USAGE;
    } else {
        code = run_with_flags(&options, argc, argv);
    }
    hr_run_options_finish(&options);
    return code;
}
