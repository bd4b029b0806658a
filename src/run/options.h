/*
 * hr-run's own long options, which stand before python's (layer 5).
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
    const char *stop;     /* "unhandled", "always" or "never" */
    const char *on_crash; /* "debug", "wait" or "raise" */
    const char *reload;   /* "failed" or "changed" */
    int first;            /* index in argv of the first argument that is python's */
    char message[160];    /* what is wrong, for HR_RUN_USAGE */
};

/* Reads argv[1..].  False when there is no memory. */
bool hr_run_options_parse(struct hr_run_options *options, int argc, char **argv);

/* Takes NULL and a zeroed struct. */
void hr_run_options_finish(struct hr_run_options *options);

extern const char hr_run_help[];

#endif
