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
    "  --ignore EXC     never stop for this exception class (repeatable)\n"
    "  --stop-on-interrupt  stop for Ctrl-C, in the innermost of your functions\n"
    "  --stop-on-exit   stop for SystemExit in a function\n"
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

/* ---- the options ---- */

#define OFFSET(member) offsetof(struct hr_run_options, member)
#define COUNT(table) (sizeof(table) / sizeof *(table))
#define MOST_WORDS 3

/* Those that take one word of a few. */
static const struct {
    const char *name;
    size_t offset;
    const char *words[MOST_WORDS];
    const char *shown;
} choices[] = {
    {"--stop",
     OFFSET(stop),
     {"unhandled", "always", "never"},
     "--stop takes unhandled, always or never, not '%s'"},
    {"--on-crash",
     OFFSET(on_crash),
     {"debug", "wait", "raise"},
     "--on-crash takes debug, wait or raise, not '%s'"},
    {"--reload",
     OFFSET(reload),
     {"failed", "changed"},
     "--reload takes failed or changed, not '%s'"},
};

struct placed {
    const char *name;
    size_t offset;
};

static const struct placed lists[] = {
    {"--include", OFFSET(include)},
    {"--exclude", OFFSET(exclude)},
    {"--ignore", OFFSET(ignore)},
};

static const struct placed flags[] = {
    {"--only-wrapped", OFFSET(only_wrapped)},
    {"--stop-on-interrupt", OFFSET(stop_on_interrupt)},
    {"--stop-on-exit", OFFSET(stop_on_exit)},
};

static struct hr_run_list *list_at(struct hr_run_options *options, size_t i)
{
    return (struct hr_run_list *)((char *)options + lists[i].offset);
}

static const char **choice_at(struct hr_run_options *options, size_t i)
{
    return (const char **)((char *)options + choices[i].offset);
}

static int *flag_at(struct hr_run_options *options, size_t i)
{
    return (int *)((char *)options + flags[i].offset);
}

struct hr_run_list *hr_run_options_list(struct hr_run_options *options,
                                        const char *name)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        if (strcmp(name, lists[i].name) == 0) {
            return list_at(options, i);
        }
    }
    return NULL;
}

const char **hr_run_options_choice(struct hr_run_options *options, const char *name)
{
    for (size_t i = 0; i < COUNT(choices); i++) {
        if (strcmp(name, choices[i].name) == 0) {
            return choice_at(options, i);
        }
    }
    return NULL;
}

int *hr_run_options_flag(struct hr_run_options *options, const char *name)
{
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (strcmp(name, flags[i].name) == 0) {
            return flag_at(options, i);
        }
    }
    return NULL;
}

bool hr_run_options_check(struct hr_run_options *options, const char *name,
                          const char *value)
{
    for (size_t i = 0; i < COUNT(choices); i++) {
        bool known = strcmp(name, choices[i].name) != 0;
        for (size_t j = 0; j < MOST_WORDS && !known; j++) {
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

void hr_run_options_init(struct hr_run_options *options)
{
    *options = (struct hr_run_options){.action = HR_RUN_PYTHON};
    for (size_t i = 0; i < COUNT(flags); i++) {
        *flag_at(options, i) = -1;
    }
}

/* With room for `count` items in each list. */
static bool init(struct hr_run_options *options, int count)
{
    bool done = true;
    hr_run_options_init(options);
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct hr_run_list *list = list_at(options, i);
        list->items = calloc((size_t)count + 1, sizeof *list->items);
        done = done && list->items != NULL;
    }
    return done;
}

/* The value of one of those that have one, put where it belongs; NULL: argv[*index] is
 * none of them. */
static const char *take_value(struct hr_run_options *options, int argc, char **argv,
                              int *index)
{
    const char *value = value_of("--python", argc, argv, index);
    if (value != NULL) {
        options->python = value;
    }
    for (size_t i = 0; i < COUNT(lists) && value == NULL; i++) {
        value = value_of(lists[i].name, argc, argv, index);
        if (value != NULL) {
            struct hr_run_list *list = list_at(options, i);
            list->items[list->count++] = value;
        }
    }
    for (size_t i = 0; i < COUNT(choices) && value == NULL; i++) {
        value = value_of(choices[i].name, argc, argv, index);
        if (value != NULL) {
            *choice_at(options, i) = value;
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
    int *flag = hr_run_options_flag(options, name);
    if (flag != NULL) {
        *flag = 1;
        return true;
    }
    const char *value = take_value(options, argc, argv, index);
    if (value != NULL && value[0] == '\0') {
        usage(options, "option %s needs a value", name);
    }
    return value != NULL;
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

/* ---- their defaults ---- */

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
    struct hr_run_options *others = (struct hr_run_options *)defaults;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct hr_run_list *list = list_at(options, i);
        struct hr_run_list *other = list_at(others, i);
        if (list->count == 0 && other->count > 0) {
            free((void *)list->items);
            *list = *other;
            list->borrowed = true;
        }
    }
    for (size_t i = 0; i < COUNT(choices); i++) {
        if (*choice_at(options, i) == NULL) {
            *choice_at(options, i) = *choice_at(others, i);
        }
    }
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (*flag_at(options, i) < 0) {
            *flag_at(options, i) = *flag_at(others, i);
        }
    }
    if (options->python == NULL) {
        options->python = others->python;
    }
}

void hr_run_options_finish(struct hr_run_options *options)
{
    if (options != NULL) {
        for (size_t i = 0; i < COUNT(lists); i++) {
            if (!list_at(options, i)->borrowed) {
                free((void *)list_at(options, i)->items);
            }
        }
        free(options->words);
        *options = (struct hr_run_options){0};
    }
}
