/*
 * hr-instrument's command line (layer 4a).
 */
#ifndef HR_CLI_OPTIONS_H
#define HR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/option.h"
#include "rewrite/decorate.h"

enum hr_exit {
    HR_EXIT_FINE = 0,
    HR_EXIT_FOUND = 1,  /* --check or --diff found something */
    HR_EXIT_FAILED = 2, /* some file failed */
    HR_EXIT_USAGE = 64,
};

enum hr_option_id {
    HR_OPTION_OUTPUT = 256,
    HR_OPTION_IN_PLACE,
    HR_OPTION_DIFF,
    HR_OPTION_CHECK,
    HR_OPTION_STRIP,
    HR_OPTION_LIST,
    HR_OPTION_EXTRACT,
    HR_OPTION_GUARD,
    HR_OPTION_AT,
    HR_OPTION_STYLE,
    HR_OPTION_SUPER,
    HR_OPTION_INCLUDE,
    HR_OPTION_EXCLUDE,
    HR_OPTION_NO_NESTED,
    HR_OPTION_STDIN_FILENAME,
    HR_OPTION_NO_IGNORE,
    HR_OPTION_COLOR,
    HR_OPTION_ERROR_FORMAT,
    HR_OPTION_JOBS,
    HR_OPTION_QUIET,
    HR_OPTION_VERBOSE,
    HR_OPTION_STATS,
    HR_OPTION_HELP,
    HR_OPTION_VERSION,
};

enum hr_action {
    HR_ACTION_INSTRUMENT,
    HR_ACTION_STRIP,
    HR_ACTION_LIST,
    HR_ACTION_EXTRACT,
    HR_ACTION_GUARD,
    HR_ACTION_AT,
};

enum hr_list_format { HR_LIST_TEXT, HR_LIST_JSON, HR_LIST_CTAGS };
enum hr_error_format { HR_ERRORS_GCC, HR_ERRORS_JSON, HR_ERRORS_GITHUB };
enum hr_when { HR_WHEN_AUTO, HR_WHEN_ALWAYS, HR_WHEN_NEVER };

struct hr_settings {
    enum hr_action action;
    enum hr_list_format list;
    const char *name;   /* --extract */
    size_t at_line;     /* --at, 1-based */
    size_t at_column;   /* 1-based, in bytes; 0: not given */
    const char *output; /* -o; NULL: none */
    bool in_place;
    bool diff;
    bool check;
    enum hr_style style;
    bool explicit_super;
    bool nested;
    bool ignore;
    const char *stdin_filename;
    struct hr_array include; /* of const char *, borrowed from argv */
    struct hr_array exclude;
    struct hr_array inputs;
    enum hr_when color;
    enum hr_error_format errors;
    unsigned jobs; /* at least 1 */
    bool quiet;
    bool verbose;
    bool stats;
};

/*
 * Reads the command line into `settings` (zeroed; finish frees).  Returns -1 to
 * go on, else the exit code: after --help, --version, and after a usage error,
 * which it prints.
 */
int hr_settings_parse(struct hr_settings *settings, int argc, char **argv);
void hr_settings_finish(struct hr_settings *settings);

/* Prints what is wrong with the command line, and where to read on.  HR_EXIT_USAGE. */
int hr_settings_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
