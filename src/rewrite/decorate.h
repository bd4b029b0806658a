/*
 * Decorate, explicit super, strip: what hr-instrument puts into a person's
 * file and takes out again (layer 3).
 */
#ifndef HR_REWRITE_DECORATE_H
#define HR_REWRITE_DECORATE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "defs/defs.h"
#include "rewrite/edits.h"

struct hr_decorate_options {
    /* Which definitions to decorate; NULL: all. */
    bool (*wanted)(void *context, const struct hr_defs *defs, uint32_t def);
    void *context;
    bool nested; /* also those inside functions */
};

/*
 * Adds the edits that decorate: @hot_restart.wrap_class above each class,
 * @hot_restart.wrap above each function that does not stand directly in a class
 * body, innermost, and one `import hot_restart` after the docstring and the
 * __future__ imports.  Definitions that carry a hot_restart decorator already,
 * or no_wrap/ignore, or "# hr: off", are left; so doing it twice is doing it
 * once.  `defs` may be of any depth.  Fails with HR_ERROR_MEMORY.
 */
bool hr_decorate(const struct hr_defs *defs, const struct hr_decorate_options *options,
                 struct hr_edits *edits, struct hr_error *err);

/* Adds the edits that make super() explicit where hr_super.reason allows it.
 * `defs` of depth SUPERS or DETAIL.  Fails with HR_ERROR_MEMORY. */
bool hr_explicit_super(const struct hr_defs *defs, struct hr_edits *edits,
                       struct hr_error *err);

/*
 * Adds the edits that take out what the two above put in, to the very bytes.
 * What is not recognised as our own is left.  `defs` of depth DETAIL or OUTLINE.
 */
bool hr_strip(const struct hr_defs *defs, struct hr_edits *edits, struct hr_error *err);

#endif
