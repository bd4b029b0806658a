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
        free(array->items);
        *array = (struct hr_array){.item_size = array->item_size};
    }
}

void *hr_array_push(struct hr_array *array)
{
    if (array->failed) {
        return NULL;
    }
    if (array->count == array->capacity) {
        size_t capacity = array->capacity == 0 ? 16 : array->capacity * 2;
        void *items = NULL;
        if (capacity <= SIZE_MAX / 2 / array->item_size) {
            items = realloc(array->items, capacity * array->item_size);
        }
        if (items == NULL) {
            array->failed = true;
            return NULL;
        }
        array->items = items;
        array->capacity = capacity;
    }
    void *item = hr_array_at(array, array->count++);
    memset(item, 0, array->item_size);
    return item;
}

void hr_array_shrink(struct hr_array *array, size_t count)
{
    if (count < array->count) {
        array->count = count;
    }
}
