/*
 * Where the physical lines of a text start (layer 0).  LF, CRLF and a lone CR
 * end a line, as they do for Python.  Lines are 0-based here.
 */
#ifndef HR_BASE_LINES_H
#define HR_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/span.h"

struct hr_lines {
    struct hr_array starts; /* of size_t; starts[0] is 0, so it is never empty */
    size_t size;            /* of the text, in bytes */
};

/* Indexes the text, which is not kept.  Fails only for want of memory. */
bool hr_lines_init(struct hr_lines *lines, const char *text, size_t size,
                   struct hr_error *err);

/* In two steps: what was read before is forgotten, its memory used again. */
void hr_lines_start(struct hr_lines *lines);
bool hr_lines_read(struct hr_lines *lines, const char *text, size_t size,
                   struct hr_error *err);
void hr_lines_finish(struct hr_lines *lines);

/* How many lines there are.  A text that ends in a newline has an empty last one. */
size_t hr_lines_count(const struct hr_lines *lines);

/* The 0-based line that holds the byte at `offset` (offset <= size). */
size_t hr_lines_find(const struct hr_lines *lines, size_t offset);

/* The bytes of 0-based `line` with its newline; an empty span past the end. */
struct hr_span hr_lines_span(const struct hr_lines *lines, size_t line);

/* Offset just past the newline that follows `offset`, or size. */
size_t hr_line_end(const char *text, size_t size, size_t offset);

/* Offset of the start of the line that stands `count` lines below the one that holds
 * `offset` (for 0: `offset` itself), or size. */
size_t hr_line_skip(const char *text, size_t size, size_t offset, size_t count);

/* Offset of the first byte of the physical line that holds `offset`. */
size_t hr_line_start(const char *text, size_t offset);

#endif
