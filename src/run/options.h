/*
 * hr-run's own long options, which stand before python's, and what gives them
 * defaults: HR_RUN_FLAGS and a project's file (layer 5).
 */
#ifndef HR_RUN_OPTIONS_H
#define HR_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"

enum hr_run_action { HR_RUN_PYTHON, HR_RUN_HELP, HR_RUN_VERSION, HR_RUN_USAGE };

/* Of an option without a value. */
enum hr_run_switch { HR_RUN_UNSAID, HR_RUN_NO, HR_RUN_YES };

struct hr_run_list {    /* of an option that may be given more than once */
    const char **items; /* they point into argv; the array is owned unless borrowed */
    size_t count;
    bool borrowed; /* the array is that of the defaults */
};

/* Zeroed, and with NULL for a word, where nothing was said. */
struct hr_run_options {
    enum hr_run_action action;
    struct hr_run_list include; /* module name patterns */
    struct hr_run_list exclude;
    struct hr_run_list ignore; /* qualified names of exception classes */
    const char *python;        /* a program or an environment's folder */
    const char *stop;          /* "unhandled", "always" or "never" */
    const char *stop_at;       /* "guard" or "raise" */
    const char *on_crash;      /* "debug", "wait" or "raise" */
    const char *reload;        /* "failed" or "changed" */
    const char *generators;    /* "count" or "replay" */
    const char *debugger;      /* "pdb", "ipdb", "pudb" or "debugpy" */
    enum hr_run_switch only_wrapped;
    enum hr_run_switch stop_on_interrupt;
    enum hr_run_switch stop_on_exit;
    int first;         /* index in argv of the first argument that is python's */
    char message[160]; /* what is wrong, for HR_RUN_USAGE */
    char *words;       /* owned; what the strings point into, if not into argv */
};

/* The id of an option is where its value stands in the struct, but for these. */
enum { HR_RUN_OPTION_HELP = sizeof(struct hr_run_options), HR_RUN_OPTION_VERSION };

/* Reads argv[1..].  False when there is no memory. */
bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv);

/* Reads words that are separated by blanks, quoted as for a shell, and all of them
 * options of hr-run.  False when there is no memory. */
bool hr_run_options_parse_text(struct hr_run_options *options, const char *text);

/* What `options` does not say, `defaults` does; it must outlive `options`. */
void hr_run_options_fall_back(struct hr_run_options *options,
                              const struct hr_run_options *defaults);

/* The option of that name ("stop"); NULL if there is none. */
const struct hr_option *hr_run_option(const char *name);

/* Where the value of an option stands: of one that repeats, of one that takes a word or
 * a path, of one without a value (not --help and --version). */
struct hr_run_list *hr_run_option_list(struct hr_run_options *options,
                                       const struct hr_option *option);
const char **hr_run_option_word(struct hr_run_options *options,
                                const struct hr_option *option);
enum hr_run_switch *hr_run_option_switch(struct hr_run_options *options,
                                         const struct hr_option *option);

/* Whether `value` may be given to an option that takes one word of several; if not, the
 * options become a usage error that says so. */
bool hr_run_option_check(struct hr_run_options *options, const struct hr_option *option,
                         const char *value);

/* Takes NULL and a zeroed struct. */
void hr_run_options_finish(struct hr_run_options *options);

#endif
