/*
 * Words and classes, as the files that decide about super() need them (layer 2,
 * inside defs).
 */
#ifndef HR_DEFS_SUPERWORDS_H
#define HR_DEFS_SUPERWORDS_H

#include "defs/defs.h"
#include "syntax/scan.h"

/* Whether the word stands in the span, strings and comments included. */
bool hr_has_word(const char *text, struct hr_span span, const char *word, size_t size);

/* The outermost class of the chain Outer.Inner that ends in `owner`. */
uint32_t hr_super_root(const struct hr_defs *defs, uint32_t owner);

static inline size_t hr_hash_word(const char *text, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

#endif
