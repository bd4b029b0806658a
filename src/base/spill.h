/*
 * Where the items of a growing array stand (layer 0): in memory, or, once there are
 * many of what is read from first to last, in a file without a name that is mapped, so
 * that pages can be let go.  All of it can be read and written at any time.
 */
#ifndef HR_BASE_SPILL_H
#define HR_BASE_SPILL_H

#include <stdbool.h>
#include <stddef.h>

struct hr_spill { /* zeroed: in memory, for good */
    bool may_map;
    bool mapped;
    int fd;
};

/* realloc(), with the size that it has.  Where there is no file, it stays in memory. */
void *hr_spill_grow(struct hr_spill *spill, void *data, size_t old, size_t size);

/* free(); `size` as it was grown to. */
void hr_spill_free(struct hr_spill *spill, void *data, size_t size);

/* Lets the pages go, for now. */
void hr_spill_let_go(const struct hr_spill *spill, void *data, size_t size);

#endif
