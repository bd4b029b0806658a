/*
 * A half-open range [start, end) of byte offsets (layer 0).  A small value,
 * passed by value.
 */
#ifndef HR_BASE_SPAN_H
#define HR_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct hr_span {
    size_t start;
    size_t end;
};

static inline struct hr_span hr_span(size_t start, size_t end)
{
    return (struct hr_span){start, end};
}

static inline size_t hr_span_size(struct hr_span span)
{
    return span.end - span.start;
}

static inline bool hr_span_empty(struct hr_span span)
{
    return span.end <= span.start;
}

static inline bool hr_span_has(struct hr_span span, size_t offset)
{
    return offset >= span.start && offset < span.end;
}

static inline bool hr_span_covers(struct hr_span outer, struct hr_span inner)
{
    return inner.start >= outer.start && inner.end <= outer.end;
}

#endif
