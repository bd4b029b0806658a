#define _GNU_SOURCE /* getopt_long, sched_getaffinity's CPU_COUNT */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 40

int hr_settings_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("hr-instrument: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry 'hr-instrument --help'.\n", stderr);
    va_end(args);
    return HR_EXIT_USAGE;
}

static int print_help(void)
{
    struct hr_bytes text = {0};
    hr_command_help(&text, &hr_command);
    if (!text.failed) {
        fputs(text.data, stdout);
    }
    hr_bytes_finish(&text);
    return HR_EXIT_FINE;
}

/* --- values --- */

static bool parse_number(const char *text, const char **end, size_t *number)
{
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    char *stop = NULL;
    unsigned long long value = strtoull(text, &stop, 10);
    *number = (size_t)value;
    *end = stop;
    return errno == 0 && value > 0 && value <= UINT32_MAX;
}

static bool parse_position(struct hr_settings *settings, const char *text)
{
    const char *end;
    if (!parse_number(text, &end, &settings->at_line)) {
        return false;
    }
    if (*end == ':') {
        return parse_number(end + 1, &end, &settings->at_column) && *end == '\0';
    }
    return *end == '\0';
}

static bool push(struct hr_array *array, const char *text)
{
    const char **item = hr_array_push(array);
    if (item != NULL) {
        *item = text;
    }
    return item != NULL;
}

static int set_action(struct hr_settings *settings, enum hr_action action)
{
    if (settings->action != HR_ACTION_INSTRUMENT && settings->action != action) {
        return hr_settings_usage(
            "only one of --strip, --list, --extract, --guard and --at");
    }
    settings->action = action;
    return -1;
}

struct given { /* what only the checks at the end want to know */
    bool super;
    bool filters;
    bool style;
};

static int apply_choice(struct hr_settings *settings, const struct hr_option *option,
                        const char *value, struct given *given)
{
    int chosen = hr_option_choose(option->value, value);
    if (chosen < 0) {
        return hr_settings_usage("--%s takes one of %s, not '%s'", option->name,
                                 option->value, value);
    }
    switch ((enum hr_option_id)option->id) {
    case HR_OPTION_STYLE:
        settings->style = (enum hr_style)chosen;
        given->style = true;
        break;
    case HR_OPTION_SUPER:
        settings->explicit_super = chosen == 0;
        given->super = true;
        break;
    case HR_OPTION_ERROR_FORMAT:
        settings->errors = (enum hr_error_format)chosen;
        break;
    case HR_OPTION_COLOR:
        settings->color = (enum hr_when)chosen;
        break;
    default:
        settings->list = (enum hr_list_format)chosen;
        break;
    }
    return -1;
}

/* What takes no value and cannot be wrong. */
static void apply_switch(struct hr_settings *settings, int id, struct given *given)
{
    settings->in_place |= id == HR_OPTION_IN_PLACE;
    settings->diff |= id == HR_OPTION_DIFF;
    settings->check |= id == HR_OPTION_CHECK;
    settings->quiet |= id == HR_OPTION_QUIET;
    settings->verbose |= id == HR_OPTION_VERBOSE;
    settings->stats |= id == HR_OPTION_STATS;
    settings->ignore &= id != HR_OPTION_NO_IGNORE;
    settings->nested &= id != HR_OPTION_NO_NESTED;
    given->filters |= id == HR_OPTION_NO_NESTED;
}

static int add_pattern(struct hr_array *patterns, const char *value,
                       struct given *given)
{
    given->filters = true;
    return push(patterns, value) ? -1 : hr_settings_usage("out of memory");
}

static int set_jobs(struct hr_settings *settings, const char *value)
{
    const char *end;
    size_t number;
    if (!parse_number(value, &end, &number) || *end != '\0' || number > 1024) {
        return hr_settings_usage("--jobs takes a number from 1 to 1024, not '%s'",
                                 value);
    }
    settings->jobs = (unsigned)number;
    return -1;
}

static int apply(struct hr_settings *settings, const struct hr_option *option,
                 const char *value, struct given *given)
{
    switch ((enum hr_option_id)option->id) {
    case HR_OPTION_OUTPUT:
        settings->output = value;
        return *value != '\0' ? -1 : hr_settings_usage("--output needs a path");
    case HR_OPTION_STRIP:
        return set_action(settings, HR_ACTION_STRIP);
    case HR_OPTION_GUARD:
        return set_action(settings, HR_ACTION_GUARD);
    case HR_OPTION_EXTRACT:
        settings->name = value;
        return set_action(settings, HR_ACTION_EXTRACT);
    case HR_OPTION_LIST: {
        int code = set_action(settings, HR_ACTION_LIST);
        return code >= 0 || value == NULL
                   ? code
                   : apply_choice(settings, option, value, given);
    }
    case HR_OPTION_AT:
        if (!parse_position(settings, value)) {
            return hr_settings_usage(
                "--at takes LINE or LINE:COL, both from 1, not '%s'", value);
        }
        return set_action(settings, HR_ACTION_AT);
    case HR_OPTION_STYLE:
    case HR_OPTION_SUPER:
    case HR_OPTION_ERROR_FORMAT:
    case HR_OPTION_COLOR:
        return apply_choice(settings, option, value, given);
    case HR_OPTION_INCLUDE:
        return add_pattern(&settings->include, value, given);
    case HR_OPTION_EXCLUDE:
        return add_pattern(&settings->exclude, value, given);
    case HR_OPTION_STDIN_FILENAME:
        settings->stdin_filename = value;
        return -1;
    case HR_OPTION_JOBS:
        return set_jobs(settings, value);
    case HR_OPTION_HELP:
        return print_help();
    case HR_OPTION_VERSION:
        puts("hr-instrument " HR_VERSION);
        return HR_EXIT_FINE;
    case HR_OPTION_IN_PLACE:
    case HR_OPTION_DIFF:
    case HR_OPTION_CHECK:
    case HR_OPTION_NO_NESTED:
    case HR_OPTION_NO_IGNORE:
    case HR_OPTION_QUIET:
    case HR_OPTION_VERBOSE:
    case HR_OPTION_STATS:
        break;
    }
    apply_switch(settings, option->id, given);
    return -1;
}

/* --- what does not go together --- */

static int check_settings(const struct hr_settings *settings, const struct given *given)
{
    bool rewrites =
        settings->action == HR_ACTION_INSTRUMENT || settings->action == HR_ACTION_STRIP;
    if (settings->inputs.count == 0) {
        return hr_settings_usage(
            "no input; name files or folders, or '-' for the standard input");
    }
    if (!rewrites && (settings->in_place || settings->diff || settings->check)) {
        return hr_settings_usage(
            "--in-place, --diff and --check go with instrumenting and --strip");
    }
    if (settings->action != HR_ACTION_INSTRUMENT &&
        (given->style || given->super || given->filters)) {
        return hr_settings_usage(
            "--style, --super, --include, --exclude and --no-nested go with "
            "instrumenting only");
    }
    if ((settings->output != NULL) + settings->in_place +
            (settings->diff || settings->check) >
        1) {
        return hr_settings_usage(
            "only one of --output, --in-place and --diff or --check");
    }
    if (settings->quiet && settings->verbose) {
        return hr_settings_usage("only one of --quiet and --verbose");
    }
    size_t pipes = 0;
    for (size_t i = 0; i < settings->inputs.count; i++) {
        pipes += strcmp(*(const char **)hr_array_at(&settings->inputs, i), "-") == 0;
    }
    if (pipes > 1) {
        return hr_settings_usage("'-' can be read only once");
    }
    if (pipes > 0 && settings->in_place) {
        return hr_settings_usage("the standard input has no place to be changed in");
    }
    if (pipes == 0 && settings->stdin_filename != NULL) {
        return hr_settings_usage("--stdin-filename goes with '-'");
    }
    return -1;
}

/* --- the parser --- */

static unsigned count_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return (unsigned)CPU_COUNT(&set);
    }
    return 1;
}

static void make_getopt_tables(struct option *longs, char *letters)
{
    size_t count = 0;
    for (const struct hr_option *option = hr_command.options; option->name != NULL;
         option++) {
        int takes = option->value == NULL ? no_argument
                    : option->optional    ? optional_argument
                                          : required_argument;
        longs[count++] = (struct option){option->name, takes, NULL, (int)option->id};
        if (option->letter != 0) {
            *letters++ = option->letter;
            if (option->value != NULL) {
                *letters++ = ':';
            }
        }
    }
    longs[count] = (struct option){0};
    *letters = '\0';
}

static const struct hr_option *find_option(int id)
{
    for (const struct hr_option *option = hr_command.options; option->name != NULL;
         option++) {
        if ((int)option->id == id || (option->letter != 0 && option->letter == id)) {
            return option;
        }
    }
    return NULL;
}

int hr_settings_parse(struct hr_settings *settings, int argc, char **argv)
{
    struct option longs[MAX_OPTIONS];
    char letters[2 * MAX_OPTIONS];
    struct given given = {0};
    make_getopt_tables(longs, letters);
    settings->nested = true;
    settings->ignore = true;
    settings->jobs = count_cores();
    hr_array_init(&settings->include, sizeof(const char *));
    hr_array_init(&settings->exclude, sizeof(const char *));
    hr_array_init(&settings->inputs, sizeof(const char *));
    int id;
    while ((id = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct hr_option *option = find_option(id);
        if (option == NULL) {
            /* getopt_long has said what is wrong. */
            fputs("Try 'hr-instrument --help'.\n", stderr);
            return HR_EXIT_USAGE;
        }
        int code = apply(settings, option, optarg, &given);
        if (code >= 0) {
            return code;
        }
    }
    for (int i = optind; i < argc; i++) {
        if (!push(&settings->inputs, argv[i])) {
            return hr_settings_usage("out of memory");
        }
    }
    if (!given.super) {
        settings->explicit_super = settings->style == HR_STYLE_DECORATORS;
    }
    return check_settings(settings, &given);
}

void hr_settings_finish(struct hr_settings *settings)
{
    hr_array_finish(&settings->include);
    hr_array_finish(&settings->exclude);
    hr_array_finish(&settings->inputs);
}
