/* --list: the index of a file's definitions for people and editors (layer 4a). */
#ifndef HR_CLI_LIST_H
#define HR_CLI_LIST_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/lines.h"
#include "cli/options.h"
#include "cli/source.h"
#include "defs/defs.h"

#define HR_LIST_VERSION 1 /* of the JSON; grows when a reader has to know */

/*
 * Appends the list of one file, shown as `file`, to `out`: init, take what
 * hr_defs_take takes, end.  JSON: one object, to stand in the "files" list that
 * list_start opens.  The man page describes the fields.  What init is given is
 * borrowed.  HR_ERROR_MEMORY.
 */
struct hr_lister {
    const struct hr_source_text *source;
    const char *file;
    enum hr_list_format format;
    struct hr_bytes *out;
    const struct hr_defs *defs; /* of the statement at hand */
    struct hr_lines lines;      /* of that */
    bool any;                   /* a definition was listed */
};

void hr_lister_init(struct hr_lister *lister, const struct hr_source_text *source,
                    const char *file, enum hr_list_format format, struct hr_bytes *out);
bool hr_lister_take(struct hr_lister *lister, const struct hr_defs *defs,
                    struct hr_error *err);
bool hr_lister_end(struct hr_lister *lister, struct hr_error *err);
void hr_lister_finish(struct hr_lister *lister);

/* What stands before the first file, between two, and after the last; static. */
const char *hr_list_start(enum hr_list_format format);
const char *hr_list_between(enum hr_list_format format);
const char *hr_list_end(enum hr_list_format format);

#endif
