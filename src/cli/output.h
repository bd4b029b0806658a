/* Where results are written (layer 4a). */
#ifndef HR_CLI_OUTPUT_H
#define HR_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Writes `path`, making the folders above it.  A regular or a new file is written
 * atomically; a new one becomes executable if `source` (may be NULL) is; a device
 * or a pipe is written to.  HR_ERROR_IO, HR_ERROR_MEMORY.
 */
bool hr_output_write(const char *path, const char *source, const char *data,
                     size_t size, struct hr_error *err);

#endif
