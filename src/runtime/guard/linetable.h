/*
 * CPython's location tables (co_linetable, 3.11 and later; the format is
 * described in CPython's Objects/locations.md): decode, map, encode.  No Python
 * objects here.
 */
#ifndef HR_RUNTIME_LINETABLE_H
#define HR_RUNTIME_LINETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/bytes.h"
#include "rewrite/linemap.h"

struct hr_location { /* 1-based lines, 0-based byte columns; -1: none */
    int units;       /* code units that it covers, 1 to 8 */
    int line;
    int end_line;
    int column;
    int end_column;
    bool made_up; /* mapped: it began in text that is not the original's; it belongs to
                     what comes next */
};

/* Reads entries one after another. */
struct hr_location_reader {
    const unsigned char *data;
    size_t size;
    size_t offset;
    int line; /* start with co_firstlineno */
};

/* The next entry; false at the end. A malformed table ends early. */
bool hr_location_next(struct hr_location_reader *reader, struct hr_location *location);

/* Appends one entry as CPython's own assembler would write it; *line is the running
 * line, which starts with co_firstlineno. */
void hr_location_write(struct hr_bytes *out, int *line,
                       const struct hr_location *location);

/*
 * Where a definition of the original ends.  A statement that ends in lines which were
 * put in behind a definition (HR_ORIGIN_LINE, for its def line) ended where that did.
 */
struct hr_line_end {
    uint32_t line;     /* 0-based: of the definition's keyword */
    uint32_t end_line; /* 0-based */
    uint32_t column;   /* past its last token */
};

/* The location in the original of one in the rewritten text.  `ends` (of struct
 * hr_line_end, sorted by line) may be NULL. */
struct hr_location hr_location_map(const struct hr_location *location,
                                   const struct hr_line_map *map,
                                   const struct hr_array *ends);

#endif
