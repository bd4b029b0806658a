/* What git would ignore, through libgit2 (layer 4a). */
#ifndef HR_CLI_IGNORE_H
#define HR_CLI_IGNORE_H

#include <stdbool.h>

#include "base/bytes.h"

struct hr_ignore; /* the repository that a folder lies in */

/*
 * Whether git's rules in `folder` can be read: what stands there in their place (a
 * pipe) would have the library wait for ever.  With `above`, also those of the folders
 * above it in the repository and of the repository itself.  If not, `name` gets the
 * path of what is no file.
 */
bool hr_ignore_is_readable(const char *folder, bool above, struct hr_bytes *name);

/* NULL if `folder` is in no repository, or it cannot be read: nothing is ignored. */
struct hr_ignore *hr_ignore_create(const char *folder);
void hr_ignore_destroy(struct hr_ignore *ignore);

/* Is the path, relative to the folder, ignored and not tracked?  NULL ignores
 * nothing. */
bool hr_ignore_has(struct hr_ignore *ignore, const char *relative, bool is_folder);

#endif
