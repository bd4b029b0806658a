#include "run/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char hr_run_help[] =
    "usage: hr-run [--OPTION ...] [PYTHON OPTION ...] SCRIPT | -m MODULE | -c CODE | - [ARG ...]\n"
    "Runs a Python program as python does; when one of your functions fails, a debugger\n"
    "opens: edit the file, type c, and the function runs again with its arguments.\n"
    "\n"
    "  --include GLOB   guard modules of these names too (repeatable; '*' takes all)\n"
    "  --exclude GLOB   leave modules of these names alone (repeatable)\n"
    "  --stop WHEN      unhandled (default), always, or never\n"
    "  --reload WHAT    the failed function (default) or all changed ones: failed, changed\n"
    "  --on-crash WHAT  debug (default), wait for the file to be saved, or raise\n"
    "  --python PATH    use this interpreter or virtual environment\n"
    "  --help           this text (-h: python's)\n"
    "  --version        hr-run's version and python's\n"
    "\n"
    "Everything else is python's. Guarded are the script and the modules that it imports\n"
    "from outside the standard library and the installed packages. See hr-run(1).\n";

static bool usage(struct hr_run_options *options, const char *format, const char *name)
{
    options->action = HR_RUN_USAGE;
    /* Each format is a literal of this file, with one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(options->message, sizeof options->message, format, name);
#pragma GCC diagnostic pop
    return true;
}

/* If argv[*index] is option `name`, its value (from the same word or the next one,
 * *index moves on to it) or "" where there is none; else NULL. */
static const char *value_of(const char *name, int argc, char **argv, int *index)
{
    const char *word = argv[*index];
    size_t size = strlen(name);
    if (strncmp(word, name, size) != 0) {
        return NULL;
    }
    if (word[size] == '=') {
        return word + size + 1;
    }
    if (word[size] != '\0') {
        return NULL;
    }
    return *index + 1 < argc ? argv[++*index] : "";
}

static bool is_stop(const char *value)
{
    return strcmp(value, "unhandled") == 0 || strcmp(value, "always") == 0 ||
           strcmp(value, "never") == 0;
}

static bool is_on_crash(const char *value)
{
    return strcmp(value, "debug") == 0 || strcmp(value, "wait") == 0 ||
           strcmp(value, "raise") == 0;
}

bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv)
{
    *options = (struct hr_run_options){.stop = "unhandled", .on_crash = "debug",
                                       .reload = "failed"};
    options->include = calloc((size_t)argc + 1, sizeof *options->include);
    options->exclude = calloc((size_t)argc + 1, sizeof *options->exclude);
    if (options->include == NULL || options->exclude == NULL) {
        return false;
    }
    int i = 1;
    for (; i < argc; i++) {
        const char *value;
        if (strcmp(argv[i], "--help") == 0) {
            options->action = HR_RUN_HELP;
            return true;
        }
        if (strcmp(argv[i], "--version") == 0) {
            options->action = HR_RUN_VERSION;
            return true;
        }
        if ((value = value_of("--include", argc, argv, &i)) != NULL) {
            options->include[options->include_count++] = value;
        } else if ((value = value_of("--exclude", argc, argv, &i)) != NULL) {
            options->exclude[options->exclude_count++] = value;
        } else if ((value = value_of("--python", argc, argv, &i)) != NULL) {
            options->python = value;
        } else if ((value = value_of("--stop", argc, argv, &i)) != NULL) {
            if (!is_stop(value)) {
                return usage(options, "--stop takes unhandled, always or never, not '%s'",
                             value);
            }
            options->stop = value;
        } else if ((value = value_of("--on-crash", argc, argv, &i)) != NULL) {
            if (!is_on_crash(value)) {
                return usage(options, "--on-crash takes debug, wait or raise, not '%s'",
                             value);
            }
            options->on_crash = value;
        } else if ((value = value_of("--reload", argc, argv, &i)) != NULL) {
            if (strcmp(value, "failed") != 0 && strcmp(value, "changed") != 0) {
                return usage(options, "--reload takes failed or changed, not '%s'", value);
            }
            options->reload = value;
        } else {
            break;
        }
        if (value[0] == '\0') {
            return usage(options, "option %s needs a value", argv[i]);
        }
    }
    options->first = i;
    return true;
}

void hr_run_options_finish(struct hr_run_options *options)
{
    if (options != NULL) {
        free((void *)options->include);
        free((void *)options->exclude);
        *options = (struct hr_run_options){0};
    }
}
