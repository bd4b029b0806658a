/*
 * hr-run's own long options, which stand before python's, and what gives them
 * defaults: HR_RUN_FLAGS and a project's file (layer 5).
 */
#ifndef HR_RUN_OPTIONS_H
#define HR_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum hr_run_action { HR_RUN_PYTHON, HR_RUN_HELP, HR_RUN_VERSION, HR_RUN_USAGE };

struct hr_run_list {    /* of an option that may be given more than once */
    const char **items; /* they point into argv; the array is owned unless borrowed */
    size_t count;
    bool borrowed; /* the array is that of the defaults */
};

/* Choices are NULL and flags -1 where nothing was said. */
struct hr_run_options {
    enum hr_run_action action;
    struct hr_run_list include; /* module name patterns */
    struct hr_run_list exclude;
    struct hr_run_list ignore; /* qualified names of exception classes */
    const char *python;        /* a program or an environment's folder */
    const char *stop;          /* "unhandled", "always" or "never" */
    const char *on_crash;      /* "debug", "wait" or "raise" */
    const char *reload;        /* "failed" or "changed" */
    int only_wrapped;          /* 1 or 0 */
    int stop_on_interrupt;
    int stop_on_exit;
    int first;         /* index in argv of the first argument that is python's */
    char message[160]; /* what is wrong, for HR_RUN_USAGE */
    char *words;       /* owned; what the strings point into, if not into argv */
};

/* Nothing said. */
void hr_run_options_init(struct hr_run_options *options);

/* Reads argv[1..].  False when there is no memory. */
bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv);

/* Reads words that are separated by blanks, quoted as for a shell, and all of them
 * options of hr-run.  False when there is no memory. */
bool hr_run_options_parse_text(struct hr_run_options *options, const char *text);

/* What `options` does not say, `defaults` does; it must outlive `options`. */
void hr_run_options_fall_back(struct hr_run_options *options,
                              const struct hr_run_options *defaults);

/* Where the value of the option of that name ("--stop") stands; NULL if it is none of
 * this kind: a list, one word of several, a switch. */
struct hr_run_list *hr_run_options_list(struct hr_run_options *options,
                                        const char *name);
const char **hr_run_options_choice(struct hr_run_options *options, const char *name);
int *hr_run_options_flag(struct hr_run_options *options, const char *name);

/* Whether `value` may be given to option `name`, which takes one word of several; if
 * not, the options become a usage error that says so. */
bool hr_run_options_check(struct hr_run_options *options, const char *name,
                          const char *value);

/* Takes NULL and a zeroed struct. */
void hr_run_options_finish(struct hr_run_options *options);

extern const char hr_run_help[];

#endif
