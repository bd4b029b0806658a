/*
 * From the lines of a rewritten text to those of its original (layer 3).
 * All lines are 0-based, columns are bytes.
 */
#ifndef HR_REWRITE_LINEMAP_H
#define HR_REWRITE_LINEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"

enum hr_origin {
    HR_ORIGIN_EXACT, /* the line `line`; its columns are `shift` to the right */
    HR_ORIGIN_LINE,  /* made up, stands for the line `line`, has no columns */
    HR_ORIGIN_NONE,  /* made up, stands for no line */
};

struct hr_line_origin {
    uint32_t line;
    int32_t shift; /* original column = new column - shift */
    enum hr_origin origin;
    uint32_t made_up; /* the new column from which on it is; 0: none is */
};

struct hr_line_map {
    struct hr_array lines; /* of struct hr_line_origin, one a line of the new text */
};

void hr_line_map_init(struct hr_line_map *map);
void hr_line_map_finish(struct hr_line_map *map);

/* Appends the next new line's origin; false (and lines.failed) without memory. */
bool hr_line_map_add(struct hr_line_map *map, enum hr_origin origin, size_t line,
                     int shift);

/*
 * The origin of new line `line`.  Past the end: exact, as far past the last
 * line's origin as `line` is past the last line.
 */
struct hr_line_origin hr_line_map_at(const struct hr_line_map *map, size_t line);

#endif
