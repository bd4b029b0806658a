#include "run/options.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool usage(struct hr_run_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool usage(struct hr_run_options *options, const char *format, ...)
{
    va_list args;
    options->action = HR_RUN_USAGE;
    va_start(args, format);
    vsnprintf(options->message, sizeof options->message, format, args);
    va_end(args);
    return true;
}

/* ---- one option ---- */

static bool is_switch(const struct hr_option *option)
{
    return option->value == NULL && option->id < sizeof(struct hr_run_options);
}

static bool is_word(const struct hr_option *option)
{
    return option->value != NULL && !option->repeats;
}

/* The option that `word` names, with its dashes and whatever stands behind a '='. */
static const struct hr_option *find(const char *word)
{
    if (strncmp(word, "--", 2) != 0) {
        return NULL;
    }
    size_t size = strcspn(word + 2, "=");
    const struct hr_option *option = hr_command.options;
    while (option->name != NULL &&
           (strncmp(option->name, word + 2, size) != 0 || option->name[size] != '\0')) {
        option++;
    }
    return option->name != NULL ? option : NULL;
}

const struct hr_option *hr_run_option(const char *name)
{
    const struct hr_option *option = hr_command.options;
    while (option->name != NULL && strcmp(option->name, name) != 0) {
        option++;
    }
    return option->name != NULL ? option : NULL;
}

struct hr_run_list *hr_run_option_list(struct hr_run_options *options,
                                       const struct hr_option *option)
{
    return (struct hr_run_list *)((char *)options + option->id);
}

const char **hr_run_option_word(struct hr_run_options *options,
                                const struct hr_option *option)
{
    return (const char **)((char *)options + option->id);
}

enum hr_run_switch *hr_run_option_switch(struct hr_run_options *options,
                                         const struct hr_option *option)
{
    return (enum hr_run_switch *)((char *)options + option->id);
}

/* No module has such a name. */
static bool is_file(const char *value)
{
    size_t size = strlen(value);
    return strchr(value, '/') != NULL ||
           (size > 3 && strcmp(value + size - 3, ".py") == 0);
}

bool hr_run_option_check(struct hr_run_options *options, const struct hr_option *option,
                         const char *value)
{
    if (option->repeats && option->id != offsetof(struct hr_run_options, ignore)) {
        return !is_file(value) ||
               !usage(
                   options,
                   "--%s takes a module's name, as in a or pkg.*, not a file's: '%s'; "
                   "the script's is __main__",
                   option->name, value);
    }
    return !hr_option_has_words(option) ||
           hr_option_choose(option->value, value) >= 0 ||
           !usage(options, "--%s takes one of %s, not '%s'", option->name,
                  option->value, value);
}

/* ---- the command line ---- */

/* With room for `count` items in each list. */
static bool init(struct hr_run_options *options, int count)
{
    bool done = true;
    *options = (struct hr_run_options){0};
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (o->repeats) {
            struct hr_run_list *list = hr_run_option_list(options, o);
            list->items = calloc((size_t)count + 1, sizeof *list->items);
            done = done && list->items != NULL;
        }
    }
    return done;
}

static void take_value(struct hr_run_options *options, const struct hr_option *option,
                       const char *value)
{
    if (value == NULL || value[0] == '\0') {
        usage(options, "option --%s needs a value", option->name);
    } else if (!hr_run_option_check(options, option, value)) {
        /* it was said */
    } else if (option->repeats) {
        struct hr_run_list *list = hr_run_option_list(options, option);
        list->items[list->count++] = value;
    } else {
        *hr_run_option_word(options, option) = value;
    }
}

/* False: argv[*index] is none of ours.  *index moves on to a value in the next word. */
static bool take_option(struct hr_run_options *options, int argc, char **argv,
                        int *index)
{
    const struct hr_option *option = find(argv[*index]);
    const char *equal = strchr(argv[*index], '=');
    if (option == NULL || (option->value == NULL && equal != NULL)) {
        return false;
    }
    if (option->id == HR_RUN_OPTION_HELP) {
        options->action = HR_RUN_HELP;
    } else if (option->id == HR_RUN_OPTION_VERSION) {
        options->action = HR_RUN_VERSION;
    } else if (option->value == NULL) {
        *hr_run_option_switch(options, option) = HR_RUN_YES;
    } else if (equal != NULL) {
        take_value(options, option, equal + 1);
    } else {
        take_value(options, option, *index + 1 < argc ? argv[++*index] : NULL);
    }
    return true;
}

/* Long options that python has, and takes for itself. */
static bool is_pythons(const char *word)
{
    static const char *const names[] = {"--help", "--check-hash-based-pycs",
                                        "--version"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(word, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* python would show how it is itself to be called. */
static void refuse_unknown(struct hr_run_options *options, const char *word)
{
    if (word != NULL && strncmp(word, "--", 2) == 0 && word[2] != '\0' &&
        !is_pythons(word)) {
        usage(options,
              find(word) != NULL ? "option %s takes no value" : "unknown option %s",
              word);
    }
}

bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv)
{
    if (!init(options, argc)) {
        return false;
    }
    int i = 1;
    while (i < argc && options->action == HR_RUN_PYTHON &&
           take_option(options, argc, argv, &i)) {
        i++;
    }
    if (i < argc && options->action == HR_RUN_PYTHON) {
        refuse_unknown(options, argv[i]);
    }
    options->first = i;
    return true;
}

/* ---- defaults ---- */

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
        if (!take_option(options, count, words, &i) || options->action == HR_RUN_HELP ||
            options->action == HR_RUN_VERSION) {
            usage(options, "'%s' is not an option that may stand here", words[i]);
        }
    }
    free(words);
    return true;
}

void hr_run_options_fall_back(struct hr_run_options *options,
                              const struct hr_run_options *defaults)
{
    struct hr_run_options *others = (struct hr_run_options *)defaults;
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (o->repeats) {
            struct hr_run_list *list = hr_run_option_list(options, o);
            if (list->count == 0 && hr_run_option_list(others, o)->count > 0) {
                free((void *)list->items);
                *list = *hr_run_option_list(others, o);
                list->borrowed = true;
            }
        } else if (is_word(o)) {
            const char **word = hr_run_option_word(options, o);
            *word = *word != NULL ? *word : *hr_run_option_word(others, o);
        } else if (is_switch(o)) {
            enum hr_run_switch *said = hr_run_option_switch(options, o);
            *said = *said != HR_RUN_UNSAID ? *said : *hr_run_option_switch(others, o);
        }
    }
}

void hr_run_options_finish(struct hr_run_options *options)
{
    if (options == NULL) {
        return;
    }
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (o->repeats && !hr_run_option_list(options, o)->borrowed) {
            free((void *)hr_run_option_list(options, o)->items);
        }
    }
    free(options->words);
    *options = (struct hr_run_options){0};
}
