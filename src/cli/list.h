/* --list: the index of a file's definitions for people and editors (layer 4a). */
#ifndef HR_CLI_LIST_H
#define HR_CLI_LIST_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "cli/options.h"
#include "cli/source.h"
#include "defs/defs.h"

#define HR_LIST_VERSION 1 /* of the JSON; grows when a reader has to know */

/*
 * Appends the list of one file, shown as `file`.  JSON: one object, to stand in
 * the "files" list that list_start opens.  The man page describes the fields.
 * HR_ERROR_MEMORY.
 */
bool hr_list_print(const struct hr_defs *defs, const struct hr_source_text *source,
                   const char *file, enum hr_list_format format, struct hr_bytes *out,
                   struct hr_error *err);

/* What stands before the first file, between two, and after the last; static. */
const char *hr_list_start(enum hr_list_format format);
const char *hr_list_between(enum hr_list_format format);
const char *hr_list_end(enum hr_list_format format);

#endif
