/* Unified diffs, through libgit2 (layer 4a). */
#ifndef HR_CLI_DIFF_H
#define HR_CLI_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* Before the first and after the last diff, from one thread. */
void hr_diff_start(void);
void hr_diff_stop(void);

/* Appends the diff of two different texts to `out`; `patch -p1` takes it.  Any
 * thread.  Fails with HR_ERROR_LIMIT (too large), HR_ERROR_MEMORY. */
bool hr_diff_print(const char *path, const struct hr_bytes *old,
                   const struct hr_bytes *new, bool color, struct hr_bytes *out,
                   struct hr_error *err);

#endif
