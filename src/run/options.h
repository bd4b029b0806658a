/*
 * hr-run's own long options, which stand before python's, and what gives them
 * defaults: HR_RUN_FLAGS and a project's file (layer 5).
 */
#ifndef HR_RUN_OPTIONS_H
#define HR_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum hr_run_action { HR_RUN_PYTHON, HR_RUN_HELP, HR_RUN_VERSION, HR_RUN_USAGE };

struct hr_run_options {
    enum hr_run_action action;
    const char **include; /* module name patterns; they point into argv */
    size_t include_count;
    const char **exclude;
    size_t exclude_count;
    const char *python;   /* a program or an environment's folder; NULL: not said */
    const char *stop;     /* "unhandled", "always" or "never"; NULL: not said */
    const char *on_crash; /* "debug", "wait" or "raise"; NULL: not said */
    const char *reload;   /* "failed" or "changed"; NULL: not said */
    int only_wrapped;     /* 1 or 0; -1: not said */
    int first;            /* index in argv of the first argument that is python's */
    char message[160];    /* what is wrong, for HR_RUN_USAGE */
    bool borrows_include; /* the list is that of the defaults */
    bool borrows_exclude;
    char *words; /* owned; what the strings point into, if not into argv */
};

/* Reads argv[1..].  False when there is no memory. */
bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv);

/* Reads words that are separated by blanks, quoted as for a shell, and all of them
 * options of hr-run.  False when there is no memory. */
bool hr_run_options_parse_text(struct hr_run_options *options, const char *text);

/* What `options` does not say, `defaults` does; it must outlive `options`. */
void hr_run_options_fall_back(struct hr_run_options *options,
                              const struct hr_run_options *defaults);

/* Whether `value` may be given to option `name` ("--stop"), which takes one word of
 * several; if not, the options become a usage error that says so. */
bool hr_run_options_check(struct hr_run_options *options, const char *name,
                          const char *value);

/* Takes NULL and a zeroed struct. */
void hr_run_options_finish(struct hr_run_options *options);

extern const char hr_run_help[];

#endif
