/*
 * The exception table of a code object, one range after the other (layer 4b): which
 * instructions a handler stands around.  The format is that of CPython's
 * InternalDocs/exception_handling.md.
 */
#ifndef HR_RUNTIME_RANGES_H
#define HR_RUNTIME_RANGES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "base/bytes.h"

struct hr_range { /* in code units: two bytes each */
    unsigned start;
    unsigned count;
    unsigned handler;
    unsigned depth; /* twice the stack's, and 1 if the instruction's offset is kept */
};

struct hr_ranges {
    const unsigned char *at; /* borrowed: from the code object */
    const unsigned char *end;
};

static inline struct hr_ranges hr_ranges_of(const PyCodeObject *code)
{
    const unsigned char *at =
        (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    return (struct hr_ranges){at, at + PyBytes_GET_SIZE(code->co_exceptiontable)};
}

/* A number: six bits a byte, the highest first. */
static inline bool hr_ranges_number(struct hr_ranges *ranges, unsigned *value)
{
    bool more = true;
    for (*value = 0; more && ranges->at < ranges->end; ++ranges->at) {
        more = (*ranges->at & 64U) != 0;
        *value = *value << 6 | (*ranges->at & 63U);
    }
    return !more;
}

/* False at the end.  They come in the order of their instructions, none of which is in
 * two. */
static inline bool hr_ranges_next(struct hr_ranges *ranges, struct hr_range *range)
{
    return hr_ranges_number(ranges, &range->start) &&
           hr_ranges_number(ranges, &range->count) &&
           hr_ranges_number(ranges, &range->handler) &&
           hr_ranges_number(ranges, &range->depth);
}

static inline bool hr_range_holds(const struct hr_range *range, unsigned unit)
{
    return unit >= range->start && unit - range->start < range->count;
}

/* The range that the code unit is in; false if there is none. */
static inline bool hr_ranges_find(const PyCodeObject *code, unsigned unit,
                                  struct hr_range *range)
{
    struct hr_ranges ranges = hr_ranges_of(code);
    while (hr_ranges_next(&ranges, range)) {
        if (hr_range_holds(range, unit)) {
            return true;
        }
    }
    return false;
}

/* Appends one; an empty one not at all. */
static inline void hr_range_write(struct hr_bytes *out, const struct hr_range *range)
{
    const unsigned numbers[] = {range->start, range->count, range->handler,
                                range->depth};
    for (size_t i = 0; range->count > 0 && i < 4; i++) {
        unsigned first = i == 0 ? 128U : 0U; /* marks where a range begins */
        int shift = 0;
        while (numbers[i] >> shift > 63U) {
            shift += 6;
        }
        for (; shift >= 0; shift -= 6) {
            unsigned more = shift > 0 ? 64U : 0U;
            hr_bytes_append_char(out,
                                 (char)(first | more | (numbers[i] >> shift & 63U)));
            first = 0;
        }
    }
}

#endif
