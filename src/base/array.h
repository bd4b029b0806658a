/*
 * A growing array of items of one size (layer 0), the other thing that
 * allocates.  Out of memory is sticky, as in bytes.h.  Items move when the
 * array grows: keep indices, not pointers, across a push.
 */
#ifndef HR_BASE_ARRAY_H
#define HR_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/spill.h"

struct hr_array {
    void *items;
    size_t count;
    size_t capacity;
    size_t item_size; /* in bytes; set by init, never 0 */
    bool failed;
    struct hr_spill spill;
};

void hr_array_init(struct hr_array *array, size_t item_size);

/* Frees the items (not what they point to); takes NULL and a zeroed struct. */
void hr_array_finish(struct hr_array *array);

/* A new zeroed item at the end, valid until the next push; NULL (and failed)
 * when there is no memory. */
void *hr_array_push(struct hr_array *array);

/* The same, with what happens to stand in it. */
void *hr_array_add(struct hr_array *array);

/* `count` zeroed items more; false (and failed) when there is no memory. */
bool hr_array_extend(struct hr_array *array, size_t count);

/* Drops all items past `count`, keeps the memory. */
void hr_array_shrink(struct hr_array *array, size_t count);

/* Many items may stand in a file from now on; the array is read from first to last. */
void hr_array_spill(struct hr_array *array);

/* A pass over them has come a good way: their memory can go. */
void hr_array_let_go(const struct hr_array *array);

/* The item at `index`, which must be below count. */
static inline void *hr_array_at(const struct hr_array *array, size_t index)
{
    return (char *)array->items + index * array->item_size;
}

#endif
