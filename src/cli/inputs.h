/* From the command line's files and folders to a list of files (layer 4a). */
#ifndef HR_CLI_INPUTS_H
#define HR_CLI_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "cli/options.h"
#include "cli/report.h"

struct hr_input {
    char *path;       /* to open; "-": the standard input */
    char *output;     /* where it goes under -o DIR; NULL: not so */
    const char *root; /* real path of the folder it was found in, borrowed; or NULL */
    size_t relative;  /* where in `path` the rest starts */
};

struct hr_inputs {
    struct hr_array files; /* of struct hr_input, in order */
    struct hr_array roots; /* of char * */
    bool mirror;           /* -o names a folder */
    bool fresh;            /* which was not there */
};

void hr_inputs_init(struct hr_inputs *inputs);
void hr_inputs_finish(struct hr_inputs *inputs);

/* Without symlinks, as realpath(); freed by the caller.  NULL: there is none. */
char *hr_input_real_path(const struct hr_input *input);

/*
 * Walks the inputs: folders give their *.py files, sorted, but for hidden
 * folders, .venv, node_modules, __pycache__, what git ignores (unless
 * --no-ignore), and the output folder.  What cannot be read is reported, and the
 * rest goes on.  False without memory.
 */
bool hr_inputs_collect(struct hr_inputs *inputs, const struct hr_settings *settings,
                       struct hr_report *report);

#endif
