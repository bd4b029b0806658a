#include "base/lines.h"

#include "base/block.h"

size_t hr_line_end(const char *text, size_t size, size_t offset)
{
    if (offset < size) {
        offset = hr_find_newline(text, size, offset);
    }
    if (offset < size) {
        offset += text[offset] == '\r' && offset + 1 < size && text[offset + 1] == '\n'
                      ? 2
                      : 1;
    }
    return offset;
}

size_t hr_line_skip(const char *text, size_t size, size_t offset, size_t count)
{
    while (count > 0 && offset < size) {
        offset = hr_line_end(text, size, offset);
        count--;
    }
    return offset;
}

size_t hr_line_start(const char *text, size_t offset)
{
    /* Between CR and LF is still the line that they end. */
    if (offset > 0 && text[offset - 1] == '\r' && text[offset] == '\n') {
        offset--;
    }
    while (offset > 0 && text[offset - 1] != '\n' && text[offset - 1] != '\r') {
        offset--;
    }
    return offset;
}

void hr_lines_start(struct hr_lines *lines)
{
    hr_array_init(&lines->starts, sizeof(size_t));
}

bool hr_lines_init(struct hr_lines *lines, const char *text, size_t size,
                   struct hr_error *err)
{
    hr_lines_start(lines);
    return hr_lines_read(lines, text, size, err);
}

bool hr_lines_read(struct hr_lines *lines, const char *text, size_t size,
                   struct hr_error *err)
{
    hr_array_shrink(&lines->starts, 0);
    lines->size = size;
    size_t offset = 0;
    for (;;) {
        size_t *start = hr_array_push(&lines->starts);
        if (start == NULL) {
            return hr_error_memory(err);
        }
        *start = offset;
        size_t end = hr_line_end(text, size, offset);
        bool newline = end > offset && (text[end - 1] == '\n' || text[end - 1] == '\r');
        if (!newline) {
            return true;
        }
        offset = end;
    }
}

void hr_lines_finish(struct hr_lines *lines)
{
    if (lines != NULL) {
        hr_array_finish(&lines->starts);
    }
}

size_t hr_lines_count(const struct hr_lines *lines)
{
    return lines->starts.count;
}

size_t hr_lines_find(const struct hr_lines *lines, size_t offset)
{
    const size_t *starts = lines->starts.items;
    size_t low = 0, high = lines->starts.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (starts[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

struct hr_span hr_lines_span(const struct hr_lines *lines, size_t line)
{
    const size_t *starts = lines->starts.items;
    if (line >= lines->starts.count) {
        return hr_span(lines->size, lines->size);
    }
    return hr_span(starts[line],
                   line + 1 < lines->starts.count ? starts[line + 1] : lines->size);
}
