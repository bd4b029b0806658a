/* Where results are written (layer 4a). */
#ifndef HR_CLI_OUTPUT_H
#define HR_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"

/*
 * One output: open, put as often as wanted, commit, finish.  A regular or a new file
 * appears as a whole when it is committed; a device or a pipe is written to.  All
 * fail with HR_ERROR_IO or HR_ERROR_MEMORY.
 */
struct hr_output {
    struct hr_replacement file;
    int device; /* -1: it is a file */
    struct hr_bytes waiting;
};

/* Makes the folders above `path`; a file that was not there becomes executable or not.
 * On failure nothing is to be finished. */
bool hr_output_open(struct hr_output *output, const char *path, bool executable,
                    struct hr_error *err);

/* The same where nothing is expected to bear the name.  If something does, this or
 * commit fails, with nothing changed, as also on systems that cannot do it so: then
 * all is to be done again by hr_output_open. */
bool hr_output_open_fresh(struct hr_output *output, const char *path, bool executable,
                          struct hr_error *err);

/* The same for a file that is there and has to stay what it is but for its bytes. */
bool hr_output_open_in_place(struct hr_output *output, const char *path,
                             struct hr_error *err);

bool hr_output_put(struct hr_output *output, const char *data, size_t size,
                   struct hr_error *err);
bool hr_output_commit(struct hr_output *output, struct hr_error *err);

/* Drops what was not committed. */
void hr_output_finish(struct hr_output *output);

#endif
