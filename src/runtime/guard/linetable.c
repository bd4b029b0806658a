#include "runtime/guard/linetable.h"

#include <stdint.h>

/* The kinds of an entry, as its first byte codes them. */
enum {
    FORM_SHORT_LAST = 9, /* 0 to 9: same line, the start column's high bits */
    FORM_ONE_LINE = 10,  /* 10 to 12: 0 to 2 lines on */
    FORM_NO_COLUMNS = 13,
    FORM_LONG = 14,
    FORM_NONE = 15,
};

#define ENTRY_START 0x80
#define MAX_UNITS 8

static bool read_byte(struct hr_location_reader *reader, unsigned *value)
{
    if (reader->offset >= reader->size) {
        return false;
    }
    *value = reader->data[reader->offset++];
    return (*value & ENTRY_START) == 0;
}

static bool read_unsigned(struct hr_location_reader *reader, unsigned *value)
{
    unsigned byte = 0;
    *value = 0;
    for (unsigned shift = 0; shift < 32; shift += 6) {
        if (!read_byte(reader, &byte)) {
            return false;
        }
        *value |= (byte & 63U) << shift;
        if ((byte & 64U) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_signed(struct hr_location_reader *reader, int *value)
{
    unsigned raw = 0;
    if (!read_unsigned(reader, &raw)) {
        return false;
    }
    *value = (raw & 1U) != 0 ? -(int)(raw >> 1) : (int)(raw >> 1);
    return true;
}

/* A damaged table may say anything: what does not fit wraps, as defined. */
static int add(int value, int more)
{
    return (int)((unsigned)value + (unsigned)more);
}

static bool read_long(struct hr_location_reader *reader, struct hr_location *location)
{
    int delta = 0;
    unsigned lines = 0, column = 0, end_column = 0;
    if (!read_signed(reader, &delta) || !read_unsigned(reader, &lines) ||
        !read_unsigned(reader, &column) || !read_unsigned(reader, &end_column)) {
        return false;
    }
    reader->line = add(reader->line, delta);
    location->line = reader->line;
    location->end_line = add(reader->line, (int)lines);
    location->column = add((int)column, -1);
    location->end_column = add((int)end_column, -1);
    return true;
}

static bool read_columns(struct hr_location_reader *reader, unsigned form,
                         struct hr_location *location)
{
    unsigned first = 0, second = 0;
    if (!read_byte(reader, &first)) {
        return false;
    }
    if (form <= FORM_SHORT_LAST) {
        location->column = (int)(form * 8 + (first >> 4));
        location->end_column = location->column + (int)(first & 15U);
    } else {
        if (!read_byte(reader, &second)) {
            return false;
        }
        reader->line = add(reader->line, (int)form - FORM_ONE_LINE);
        location->column = (int)first;
        location->end_column = (int)second;
    }
    location->line = location->end_line = reader->line;
    return true;
}

bool hr_location_next(struct hr_location_reader *reader, struct hr_location *location)
{
    if (reader->offset >= reader->size) {
        return false;
    }
    unsigned head = reader->data[reader->offset++];
    if ((head & ENTRY_START) == 0) {
        return false;
    }
    unsigned form = (head >> 3) & 15U;
    *location = (struct hr_location){(int)(head & 7U) + 1, -1, -1, -1, -1, false};
    switch (form) {
    case FORM_NONE:
        return true;
    case FORM_LONG:
        return read_long(reader, location);
    case FORM_NO_COLUMNS: {
        int delta = 0;
        if (!read_signed(reader, &delta)) {
            return false;
        }
        reader->line = add(reader->line, delta);
        location->line = location->end_line = reader->line;
        return true;
    }
    default:
        return read_columns(reader, form, location);
    }
}

static void write_head(struct hr_bytes *out, int form, int units)
{
    hr_bytes_append_char(out, (char)(ENTRY_START | (form << 3) | (units - 1)));
}

static void write_unsigned(struct hr_bytes *out, unsigned value)
{
    for (; value >= 64; value >>= 6) {
        hr_bytes_append_char(out, (char)(64U | (value & 63U)));
    }
    hr_bytes_append_char(out, (char)value);
}

static void write_signed(struct hr_bytes *out, int value)
{
    write_unsigned(out,
                   value < 0 ? ((unsigned)-value << 1) | 1U : (unsigned)value << 1);
}

static void write_one(struct hr_bytes *out, int *line,
                      const struct hr_location *location, int units)
{
    if (location->line < 0) {
        write_head(out, FORM_NONE, units);
        return;
    }
    int delta = location->line - *line;
    int column = location->column, end = location->end_column;
    bool same_line = location->end_line == location->line;
    *line = location->line;
    if ((column < 0 || end < 0) && (same_line || location->end_line < 0)) {
        write_head(out, FORM_NO_COLUMNS, units);
        write_signed(out, delta);
        return;
    }
    if (column >= 0 && end >= 0 && same_line) {
        if (delta == 0 && column < 80 && end >= column && end - column < 16) {
            write_head(out, column / 8, units);
            hr_bytes_append_char(out, (char)((column % 8) << 4 | (end - column)));
            return;
        }
        if (delta >= 0 && delta < 3 && column < 128 && end < 128) {
            write_head(out, FORM_ONE_LINE + delta, units);
            hr_bytes_append_char(out, (char)column);
            hr_bytes_append_char(out, (char)end);
            return;
        }
    }
    write_head(out, FORM_LONG, units);
    write_signed(out, delta);
    write_unsigned(out, (unsigned)(location->end_line - location->line));
    write_unsigned(out, (unsigned)(column + 1));
    write_unsigned(out, (unsigned)(end + 1));
}

void hr_location_write(struct hr_bytes *out, int *line,
                       const struct hr_location *location)
{
    int units = location->units;
    for (; units > MAX_UNITS; units -= MAX_UNITS) {
        write_one(out, line, location, MAX_UNITS);
    }
    write_one(out, line, location, units);
}

/* Fills the end that a statement had before lines were put in behind it. */
static bool find_end(const struct hr_array *ends, uint32_t line,
                     struct hr_location *mapped)
{
    size_t low = 0, high = ends != NULL ? ends->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct hr_line_end *end = hr_array_at(ends, middle);
        if (end->line == line) {
            mapped->end_line = (int)end->end_line + 1;
            mapped->end_column = (int)end->column;
            return true;
        }
        if (end->line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

struct hr_location hr_location_map(const struct hr_location *location,
                                   const struct hr_line_map *map,
                                   const struct hr_array *ends)
{
    struct hr_location mapped = {location->units, -1, -1, -1, -1, false};
    if (location->line <= 0) {
        /* Line 0 is the start of a module, before its text: it stays. */
        return *location;
    }
    struct hr_line_origin first = hr_line_map_at(map, (size_t)location->line - 1);
    if (first.origin == HR_ORIGIN_NONE) {
        return mapped;
    }
    mapped.made_up = first.made_up != 0 && location->column >= (int)first.made_up;
    mapped.line = mapped.end_line = (int)first.line + 1;
    if (first.origin != HR_ORIGIN_EXACT || location->end_line < location->line) {
        return mapped;
    }
    struct hr_line_origin last = hr_line_map_at(map, (size_t)location->end_line - 1);
    bool exact = last.origin == HR_ORIGIN_EXACT;
    if (exact) {
        mapped.end_line = (int)last.line + 1;
        mapped.end_column =
            location->end_column < 0 ? -1 : location->end_column - last.shift;
    } else if (last.origin != HR_ORIGIN_LINE || location->end_line == location->line ||
               !find_end(ends, last.line, &mapped)) {
        return mapped;
    }
    mapped.column = location->column < 0 ? -1 : location->column - first.shift;
    if (mapped.end_line < mapped.line) {
        mapped.end_line = mapped.line;
        mapped.column = -1;
    }
    if (mapped.column < 0 || mapped.end_column < 0) {
        mapped.column = mapped.end_column = -1;
    }
    return mapped;
}
