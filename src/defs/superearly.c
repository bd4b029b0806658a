#define _GNU_SOURCE /* memmem */
#include "defs/superearly.h"

#include <stdlib.h>
#include <string.h>

#include "defs/superwords.h"

enum early { EARLY_UNKNOWN, EARLY_NO, EARLY_YES };

/* The class's bases and keywords, as text: from its name to its ':'. */
static struct hr_span header_of(const struct hr_def *def)
{
    return hr_span(def->name.end, def->header_end);
}

static bool ends_in(const char *text, struct hr_span span, const char *word)
{
    size_t size = strlen(word);
    const char *p = text + span.start, *end = text + span.end;
    while (p < end && (p = memmem(p, (size_t)(end - p), word, size)) != NULL) {
        if (p + size >= end || !hr_is_word((unsigned char)p[size])) {
            return true;
        }
        p++;
    }
    return false;
}

static struct hr_named_class *class_slot(const struct hr_early *table, const char *text,
                                         size_t size)
{
    uint32_t hash = (uint32_t)hr_hash_word(text, size);
    size_t at = hash & (table->capacity - 1);
    for (;; at = (at + 1) & (table->capacity - 1)) {
        struct hr_named_class *slot = &table->table[at];
        if (slot->def == 0) {
            slot->hash = hash;
            return slot;
        }
        if (slot->hash != hash) { /* the text may not be in memory */
            continue;
        }
        struct hr_span name = hr_defs_at(table->defs, slot->def - 1)->name;
        if (hr_span_size(name) == size &&
            memcmp(table->defs->text + name.start, text, size) == 0) {
            return slot;
        }
    }
}

static size_t count_classes(const struct hr_defs *defs)
{
    size_t count = 0;
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        count += hr_defs_at(defs, i)->kind == HR_DEF_CLASS;
        hr_defs_passed(defs, i);
    }
    return count;
}

bool hr_early_init(struct hr_early *table, const struct hr_defs *defs)
{
    *table = (struct hr_early){.defs = defs, .capacity = 64};
    size_t classes = count_classes(defs);
    while (table->capacity < classes * 2) {
        table->capacity *= 2;
    }
    table->early = calloc(defs->defs.count + 1, 1);
    table->table = calloc(table->capacity, sizeof *table->table);
    table->hooks = calloc(defs->defs.count + 1, sizeof *table->hooks);
    if (table->early == NULL || table->hooks == NULL || table->table == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        const char *name = defs->text + def->name.start;
        if (def->kind == HR_DEF_CLASS) {
            class_slot(table, name, hr_span_size(def->name))->def = i + 1;
        } else if (def->parent != HR_NONE && hr_span_size(def->name) == 17 &&
                   memcmp(name, "__init_subclass__", 17) == 0) {
            table->hooks[def->parent] = true;
        }
        hr_defs_passed(defs, i);
    }
    return true;
}

void hr_early_finish(struct hr_early *table)
{
    free(table->early);
    free(table->hooks);
    free(table->table);
}

/* A metaclass or another keyword in the header, an enumeration, or a base in this
 * file that is such a class. */
static bool is_early(struct hr_early *table, uint32_t index, int depth)
{
    const char *text = table->defs->text;
    if (table->early[index] != EARLY_UNKNOWN) {
        return table->early[index] == EARLY_YES;
    }
    struct hr_span header = header_of(hr_defs_at(table->defs, index));
    bool early = depth > 16 || ends_in(text, header, "Enum") ||
                 ends_in(text, header, "Flag") ||
                 memchr(text + header.start, '=', hr_span_size(header)) != NULL;
    table->early[index] = EARLY_NO; /* a class that names itself ends here */
    for (size_t i = header.start; i < header.end && !early;) {
        size_t start = i;
        while (i < header.end && hr_is_word((unsigned char)text[i])) {
            i++;
        }
        uint32_t base = i > start ? class_slot(table, text + start, i - start)->def : 0;
        early = base != 0 &&
                (table->hooks[base - 1] || is_early(table, base - 1, depth + 1));
        i += i == start;
    }
    table->early[index] = early ? EARLY_YES : EARLY_NO;
    return early;
}

bool hr_early_is(struct hr_early *table, uint32_t def)
{
    return is_early(table, def, 0);
}
