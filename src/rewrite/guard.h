/*
 * The guard: the text that is compiled in memory instead of the original
 * (layer 3).  Each guarded body stands in a `try` whose `except` clause asks
 * __hr_crashed__() and, if told so, goes on with __hr_restarted__().  The
 * design document says why it has just this shape.
 */
#ifndef HR_REWRITE_GUARD_H
#define HR_REWRITE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"
#include "defs/defs.h"
#include "rewrite/edits.h"
#include "rewrite/linemap.h"

#define HR_GUARD_CRASHED "__hr_crashed__"
#define HR_GUARD_RESTARTED "__hr_restarted__"
/* What an asynchronous generator's guard asks the restarted one for. */
#define HR_GUARD_VALUE "__hr_value__"
#define HR_GUARD_SENT "__hr_sent__"
#define HR_GUARD_CAUGHT "__hr_caught__"
/* The local variable that counts a generator's values, and what it is made with.  The
 * digit keeps them apart from any saved parameter. */
#define HR_GUARD_COUNT "__hr_0_count__"
#define HR_GUARD_COUNTS "__hr_0_counts__"
/* __hr_arg_NAME__ holds the original NAME; no other name of ours starts so. */
#define HR_GUARD_SAVE_PREFIX "__hr_arg_"
#define HR_GUARD_SAVE_SUFFIX "__"

/* CPython refuses more than 20 statically nested blocks; the guard adds one. */
#define HR_MAX_BLOCKS 19

struct hr_remark { /* one definition that was left as it is */
    uint32_t def;
    const char *reason; /* static text */
};

struct hr_guard_options {
    /* Which functions to guard; NULL: all.  Classes are not asked about. */
    bool (*wanted)(void *context, const struct hr_defs *defs, uint32_t def);
    void *context;
    bool counts; /* the values of generators, where the failure does not tell */
};

/*
 * Appends the guarded text to `out`, fills `map` (init'ed, empty), and adds a
 * struct hr_remark to `remarks` (init'ed with that item size; may be NULL) for
 * each function that could not be guarded.  `defs` must be of depth GUARD or DETAIL
 * and its text UTF-8.  Fails with HR_ERROR_MEMORY only.
 */
bool hr_guard(const struct hr_defs *defs, const struct hr_guard_options *options,
              struct hr_bytes *out, struct hr_line_map *map, struct hr_array *remarks,
              struct hr_error *err);

/*
 * The same, but that the edits are only added to `edits` (init'ed): for an index that
 * is taken a statement at a time, all of them in [defs->statement.start,
 * defs->statement.end].
 */
bool hr_guard_edits(const struct hr_defs *defs, const struct hr_guard_options *options,
                    struct hr_edits *edits, struct hr_array *remarks,
                    struct hr_error *err);

#endif
