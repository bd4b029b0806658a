#include "defs/ordinals.h"

#include <stdlib.h>
#include <string.h>

#include "defs/outline.h"
#include "defs/superwords.h"

struct top {       /* a large file has many */
    uint32_t hash; /* so that the text, which is not in memory, is seldom looked at */
    uint32_t name;
    uint32_t size;
    uint32_t start; /* of its def or class line; HR_NONE: what it holds is counted */
    uint32_t end;
};

struct counted {
    size_t name; /* offset in hr_ordinals.names, NUL-terminated there */
    uint32_t count;
};

void hr_ordinals_init(struct hr_ordinals *ordinals, const char *text)
{
    *ordinals = (struct hr_ordinals){.text = text};
    hr_array_init(&ordinals->tops, sizeof(struct top));
    hr_array_init(&ordinals->counted, sizeof(struct counted));
    hr_defs_init(&ordinals->again);
    hr_statement_init(&ordinals->statement);
}

void hr_ordinals_finish(struct hr_ordinals *ordinals)
{
    hr_array_finish(&ordinals->tops);
    hr_array_finish(&ordinals->counted);
    hr_bytes_finish(&ordinals->names);
    hr_defs_finish(&ordinals->again);
    hr_statement_finish(&ordinals->statement);
    free(ordinals->table);
    free(ordinals->counts);
    ordinals->table = ordinals->counts = NULL;
}

/* ---- the two tables ---- */

static uint32_t hash_of(const char *name, size_t size)
{
    return (uint32_t)hr_hash_word(name, size);
}

static uint32_t *top_slot(const struct hr_ordinals *ordinals, uint32_t hash,
                          const char *name, size_t size)
{
    size_t at = hash & (ordinals->capacity - 1);
    for (;; at = (at + 1) & (ordinals->capacity - 1)) {
        uint32_t *slot = &ordinals->table[at];
        if (*slot == 0) {
            return slot;
        }
        const struct top *top = hr_array_at(&ordinals->tops, *slot - 1);
        if (top->hash == hash && top->size == size &&
            memcmp(ordinals->text + top->name, name, size) == 0) {
            return slot;
        }
    }
}

static const char *counted_name(const struct hr_ordinals *ordinals, uint32_t index)
{
    const struct counted *counted = hr_array_at(&ordinals->counted, index);
    return ordinals->names.data + counted->name;
}

static uint32_t *counted_slot(const struct hr_ordinals *ordinals, const char *name)
{
    size_t at = hr_hash_word(name, strlen(name)) & (ordinals->counts_capacity - 1);
    for (;; at = (at + 1) & (ordinals->counts_capacity - 1)) {
        uint32_t *slot = &ordinals->counts[at];
        if (*slot == 0 || strcmp(counted_name(ordinals, *slot - 1), name) == 0) {
            return slot;
        }
    }
}

/* Room for one more; *grown: the table is empty and has to be filled. */
static bool make_room(uint32_t **table, size_t *capacity, size_t count, bool *grown)
{
    *grown = (count + 1) * 4 > *capacity * 3;
    if (!*grown) {
        return true;
    }
    size_t larger = *capacity == 0 ? 64 : *capacity * 2;
    uint32_t *new = calloc(larger, sizeof *new);
    if (new == NULL) {
        return false;
    }
    free(*table);
    *table = new;
    *capacity = larger;
    return true;
}

static bool make_top_room(struct hr_ordinals *ordinals)
{
    bool grown;
    if (!make_room(&ordinals->table, &ordinals->capacity, ordinals->tops.count,
                   &grown)) {
        return false;
    }
    for (uint32_t i = 0; grown && i < ordinals->tops.count; i++) {
        const struct top *top = hr_array_at(&ordinals->tops, i);
        *top_slot(ordinals, top->hash, ordinals->text + top->name, top->size) = i + 1;
    }
    return true;
}

static struct top *find_top(const struct hr_ordinals *ordinals, struct hr_span name)
{
    if (ordinals->capacity == 0) {
        return NULL;
    }
    const char *text = ordinals->text + name.start;
    size_t size = hr_span_size(name);
    uint32_t slot = *top_slot(ordinals, hash_of(text, size), text, size);
    return slot != 0 ? hr_array_at(&ordinals->tops, slot - 1) : NULL;
}

static bool add_top(struct hr_ordinals *ordinals, const struct hr_def *def)
{
    struct top *top = make_top_room(ordinals) ? hr_array_push(&ordinals->tops) : NULL;
    if (top == NULL) {
        return false;
    }
    const char *name = ordinals->text + def->name.start;
    size_t size = hr_span_size(def->name);
    *top = (struct top){.hash = hash_of(name, size),
                        .name = (uint32_t)def->name.start,
                        .size = (uint32_t)size,
                        .start = (uint32_t)def->indent.start,
                        .end = (uint32_t)def->end};
    *top_slot(ordinals, top->hash, name, size) = (uint32_t)ordinals->tops.count;
    return true;
}

static uint32_t count_of(const struct hr_ordinals *ordinals, const char *name)
{
    uint32_t slot = ordinals->counts_capacity > 0 ? *counted_slot(ordinals, name) : 0;
    return slot != 0
               ? ((const struct counted *)hr_array_at(&ordinals->counted, slot - 1))
                     ->count
               : 0;
}

static bool count_name(struct hr_ordinals *ordinals, const char *name)
{
    bool grown;
    if (!make_room(&ordinals->counts, &ordinals->counts_capacity,
                   ordinals->counted.count, &grown)) {
        return false;
    }
    for (uint32_t i = 0; grown && i < ordinals->counted.count; i++) {
        *counted_slot(ordinals, counted_name(ordinals, i)) = i + 1;
    }
    uint32_t *slot = counted_slot(ordinals, name);
    if (*slot == 0) {
        struct counted *new = hr_array_push(&ordinals->counted);
        if (new == NULL) {
            return false;
        }
        new->name = ordinals->names.size;
        hr_bytes_append(&ordinals->names, name, strlen(name) + 1);
        *slot = (uint32_t)ordinals->counted.count;
    }
    ((struct counted *)hr_array_at(&ordinals->counted, *slot - 1))->count++;
    return !ordinals->names.failed;
}

/* ---- what stands in a definition at the top ---- */

static bool count_group(struct hr_ordinals *ordinals, const struct hr_defs *defs,
                        uint32_t first, uint32_t after)
{
    for (uint32_t i = first; i < after; i++) {
        if (!count_name(ordinals, hr_defs_qualname(defs, i))) {
            return false;
        }
    }
    return true;
}

/* That of an earlier statement, whose index is gone. */
static bool count_again(struct hr_ordinals *ordinals, struct top *top)
{
    if (top->start == HR_NONE) {
        return true;
    }
    struct hr_defs *again = &ordinals->again;
    struct hr_cut cut;
    struct hr_error ignored = {0};
    again->text = ordinals->text;
    again->size = top->end;
    hr_cut_init_at(&cut, again->text, again->size, top->start, 0);
    bool ok = hr_cut_statement(&cut, &ordinals->statement, &ignored) &&
              hr_outline_statement(again, &ordinals->statement) &&
              count_group(ordinals, again, 0, (uint32_t)again->defs.count);
    hr_defs_clear(again);
    top->start = HR_NONE;
    return ok;
}

static bool note_group(struct hr_ordinals *ordinals, const struct hr_defs *defs,
                       uint32_t first)
{
    const struct hr_def *def = hr_defs_at(defs, first);
    struct top *top = find_top(ordinals, def->name);
    if (top == NULL) {
        return add_top(ordinals, def);
    }
    return count_again(ordinals, top) && count_group(ordinals, defs, first, def->after);
}

static bool add_earlier(struct hr_ordinals *ordinals, struct hr_defs *defs,
                        uint32_t first)
{
    const struct hr_def *outer = hr_defs_at(defs, first);
    struct top *top = find_top(ordinals, outer->name);
    if (top == NULL) {
        return true;
    }
    if (!count_again(ordinals, top)) {
        return false;
    }
    for (uint32_t i = first; i < outer->after; i++) {
        struct hr_def *def = hr_array_at(&defs->defs, i);
        def->ordinal += count_of(ordinals, hr_defs_qualname(defs, i));
    }
    return true;
}

bool hr_ordinals_number(struct hr_ordinals *ordinals, struct hr_defs *defs)
{
    uint32_t count = (uint32_t)defs->defs.count;
    bool ok = count == 1 || hr_outline_number(defs);
    for (uint32_t i = 0; ok && i < count; i = hr_defs_at(defs, i)->after) {
        ok = add_earlier(ordinals, defs, i);
    }
    for (uint32_t i = 0; ok && i < count; i = hr_defs_at(defs, i)->after) {
        ok = note_group(ordinals, defs, i);
    }
    return ok;
}
