#include "run/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char hr_run_help[] =
    "usage: hr-run [--OPTION ...] [PYTHON OPTION ...] SCRIPT | -m MODULE | -c CODE | - "
    "[ARG ...]\n"
    "Runs a Python program as python does; when one of your functions fails, a "
    "debugger\n"
    "opens: edit the file, type c, and the function runs again with its arguments.\n"
    "\n"
    "  --include GLOB   guard modules of these names too (repeatable; '*' takes all)\n"
    "  --exclude GLOB   leave modules of these names alone (repeatable)\n"
    "  --stop WHEN      unhandled (default), always, or never\n"
    "  --reload WHAT    the failed function (default) or all changed ones: failed, "
    "changed\n"
    "  --on-crash WHAT  debug (default), wait for the file to be saved, or raise\n"
    "  --only-wrapped   guard only what the source itself marks with hot_restart.wrap\n"
    "  --python PATH    use this interpreter or virtual environment\n"
    "  --help           this text (-h: python's)\n"
    "  --version        hr-run's version and python's\n"
    "\n"
    "Everything else is python's. Guarded are the script and the modules that it "
    "imports\n"
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

/* The options that take one word of a few. */
static const struct {
    const char *name;
    size_t offset; /* of the member */
    const char *words[3];
    const char *shown;
} choices[] = {
    {"--stop",
     offsetof(struct hr_run_options, stop),
     {"unhandled", "always", "never"},
     "--stop takes unhandled, always or never, not '%s'"},
    {"--on-crash",
     offsetof(struct hr_run_options, on_crash),
     {"debug", "wait", "raise"},
     "--on-crash takes debug, wait or raise, not '%s'"},
    {"--reload",
     offsetof(struct hr_run_options, reload),
     {"failed", "changed", NULL},
     "--reload takes failed or changed, not '%s'"},
};

#define CHOICES (sizeof choices / sizeof *choices)

static const char **member(struct hr_run_options *options, size_t choice)
{
    return (const char **)((char *)options + choices[choice].offset);
}

bool hr_run_options_check(struct hr_run_options *options, const char *name,
                          const char *value)
{
    for (size_t i = 0; i < CHOICES; i++) {
        bool known = strcmp(name, choices[i].name) != 0;
        for (size_t j = 0; j < 3 && !known; j++) {
            known =
                choices[i].words[j] != NULL && strcmp(value, choices[i].words[j]) == 0;
        }
        if (!known) {
            usage(options, choices[i].shown, value);
            return false;
        }
    }
    return true;
}

static bool init(struct hr_run_options *options, int count)
{
    *options = (struct hr_run_options){.only_wrapped = -1};
    options->include = calloc((size_t)count + 1, sizeof *options->include);
    options->exclude = calloc((size_t)count + 1, sizeof *options->exclude);
    return options->include != NULL && options->exclude != NULL;
}

/* The value of one of the choices, put where it belongs; NULL: argv[*index] is none. */
static const char *take_choice(struct hr_run_options *options, int argc, char **argv,
                               int *index)
{
    const char *value = NULL;
    for (size_t i = 0; i < CHOICES && value == NULL; i++) {
        value = value_of(choices[i].name, argc, argv, index);
        if (value != NULL) {
            *member(options, i) = value;
            if (value[0] != '\0') {
                hr_run_options_check(options, choices[i].name, value);
            }
        }
    }
    return value;
}

/* False: argv[*index] is none of ours; *index stays. */
static bool take_option(struct hr_run_options *options, int argc, char **argv,
                        int *index)
{
    const char *name = argv[*index];
    const char *value = name;
    if (strcmp(name, "--only-wrapped") == 0) {
        options->only_wrapped = 1;
    } else if ((value = value_of("--include", argc, argv, index)) != NULL) {
        options->include[options->include_count++] = value;
    } else if ((value = value_of("--exclude", argc, argv, index)) != NULL) {
        options->exclude[options->exclude_count++] = value;
    } else if ((value = value_of("--python", argc, argv, index)) != NULL) {
        options->python = value;
    } else if ((value = take_choice(options, argc, argv, index)) == NULL) {
        return false;
    }
    if (value[0] == '\0') {
        usage(options, "option %s needs a value", name);
    }
    return true;
}

bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv)
{
    if (!init(options, argc)) {
        return false;
    }
    int i = 1;
    for (; i < argc && options->action == HR_RUN_PYTHON; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            options->action = HR_RUN_HELP;
        } else if (strcmp(argv[i], "--version") == 0) {
            options->action = HR_RUN_VERSION;
        } else if (!take_option(options, argc, argv, &i)) {
            break;
        }
    }
    options->first = i;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Cuts the text into words, in place; their number, or -1: a quote stays open. */
static int split(char *text, char **words)
{
    int count = 0;
    char *to = text;
    for (char *at = text; *at != '\0';) {
        if (is_blank(*at)) {
            at++;
            continue;
        }
        char quote = '\0';
        words[count++] = to;
        for (; *at != '\0' && (quote != '\0' || !is_blank(*at)); at++) {
            if (quote != '\0' && *at == quote) {
                quote = '\0';
            } else if (quote == '\0' && (*at == '\'' || *at == '"')) {
                quote = *at;
            } else {
                *to++ = *at;
            }
        }
        if (quote != '\0') {
            return -1;
        }
        at += *at != '\0';
        *to++ = '\0';
    }
    return count;
}

bool hr_run_options_parse_text(struct hr_run_options *options, const char *text)
{
    size_t size = strlen(text);
    char **words = calloc(size / 2 + 2, sizeof *words);
    options->words = NULL;
    if (!init(options, (int)(size / 2) + 2) || words == NULL ||
        (options->words = calloc(size + 2, 1)) == NULL) {
        free(words);
        return false;
    }
    memcpy(options->words, text, size);
    int count = split(options->words, words);
    if (count < 0) {
        usage(options, "a quote is not closed in '%s'", text);
    }
    for (int i = 0; i < count && options->action == HR_RUN_PYTHON; i++) {
        if (!take_option(options, count, words, &i)) {
            usage(options, "'%s' is not an option of hr-run", words[i]);
        }
    }
    free(words);
    return true;
}

void hr_run_options_fall_back(struct hr_run_options *options,
                              const struct hr_run_options *defaults)
{
    const char **list;
    if (options->include_count == 0 && defaults->include_count > 0) {
        list = options->include;
        options->include = defaults->include;
        options->include_count = defaults->include_count;
        options->borrows_include = true;
        free((void *)list);
    }
    if (options->exclude_count == 0 && defaults->exclude_count > 0) {
        list = options->exclude;
        options->exclude = defaults->exclude;
        options->exclude_count = defaults->exclude_count;
        options->borrows_exclude = true;
        free((void *)list);
    }
    for (size_t i = 0; i < CHOICES; i++) {
        const char *word = *member((struct hr_run_options *)defaults, i);
        if (*member(options, i) == NULL) {
            *member(options, i) = word;
        }
    }
    if (options->python == NULL) {
        options->python = defaults->python;
    }
    if (options->only_wrapped < 0) {
        options->only_wrapped = defaults->only_wrapped;
    }
}

void hr_run_options_finish(struct hr_run_options *options)
{
    if (options != NULL) {
        if (!options->borrows_include) {
            free((void *)options->include);
        }
        if (!options->borrows_exclude) {
            free((void *)options->exclude);
        }
        free(options->words);
        *options = (struct hr_run_options){0};
    }
}
