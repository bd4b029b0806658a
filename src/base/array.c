#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void hr_array_init(struct hr_array *array, size_t item_size)
{
    *array = (struct hr_array){.item_size = item_size};
}

void hr_array_finish(struct hr_array *array)
{
    if (array != NULL) {
        hr_spill_free(&array->spill, array->items, array->capacity * array->item_size);
        *array = (struct hr_array){.item_size = array->item_size};
    }
}

static bool grow(struct hr_array *array, size_t capacity)
{
    void *items = NULL;
    if (!array->failed && capacity <= SIZE_MAX / 2 / array->item_size) {
        items = hr_spill_grow(&array->spill, array->items,
                              array->capacity * array->item_size,
                              capacity * array->item_size);
    }
    if (items == NULL) {
        array->failed = true;
        return false;
    }
    array->items = items;
    array->capacity = capacity;
    return true;
}

void *hr_array_add(struct hr_array *array)
{
    if (array->failed ||
        (array->count == array->capacity &&
         !grow(array, array->capacity == 0 ? 16 : array->capacity * 2))) {
        return NULL;
    }
    return hr_array_at(array, array->count++);
}

void *hr_array_push(struct hr_array *array)
{
    void *item = hr_array_add(array);
    return item != NULL ? memset(item, 0, array->item_size) : NULL;
}

bool hr_array_extend(struct hr_array *array, size_t count)
{
    if (count > array->capacity - array->count &&
        (count > SIZE_MAX - array->count || !grow(array, array->count + count))) {
        array->failed = true;
        return false;
    }
    if (count > 0) {
        memset(hr_array_at(array, array->count), 0, count * array->item_size);
    }
    array->count += count;
    return true;
}

void hr_array_shrink(struct hr_array *array, size_t count)
{
    if (count < array->count) {
        array->count = count;
    }
}

void hr_array_spill(struct hr_array *array)
{
    array->spill.may_map = true;
}

void hr_array_let_go(const struct hr_array *array)
{
    hr_spill_let_go(&array->spill, array->items, array->capacity * array->item_size);
}
