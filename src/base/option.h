/*
 * The command line of a program as a table (layer 0): from one the parser, --help,
 * the man page's list of options and the shell completions are made.
 */
#ifndef HR_BASE_OPTION_H
#define HR_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct hr_option {
    size_t id;         /* the program's own; for hr-run, where its value is kept */
    char letter;       /* 0: none */
    bool optional;     /* the value may be left out */
    bool repeats;      /* may be given more than once */
    const char *name;  /* without the dashes */
    const char *value; /* its value's name; NULL: takes none.  FILE and PATH complete
                          to files, "a|b|c" to these words */
    const char *group; /* the heading it stands under; NULL: none */
    const char *brief; /* --help's few words */
    const char *help;  /* the man page's and the completions': a sentence, without a
                          full stop */
    const char *more;  /* what only the man page says behind that; may be NULL */
};

struct hr_command {
    const char *name;
    bool paired;         /* in --help, two options share a line where both are short */
    const char *usage;   /* --help's lines above the options */
    const char *closing; /* and below them */
    const char *files;   /* a pattern of the files it takes: "*.py" */
    const struct hr_option *options; /* as they are shown; ends with a NULL name */
};

/* The one that the program is, which its option table defines. */
extern const struct hr_command hr_command;

/* Whether the option takes one word of a few ("a|b|c"). */
bool hr_option_has_words(const struct hr_option *option);

/* The 0-based index of `word` among the words of "a|b|c"; -1 if it is none. */
int hr_option_choose(const char *words, const char *word);

/* The text of --help, appended to `out`: it fits a terminal of 80 columns and 24
 * lines, with a prompt below it. */
void hr_command_help(struct hr_bytes *out, const struct hr_command *command);

#endif
