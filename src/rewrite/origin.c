#include <string.h>

#include "base/lines.h"
#include "rewrite/decorate.h"
#include "rewrite/marks.h"

static void encode_path(const char *path, struct hr_bytes *out)
{
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
        if (*p <= ' ' || *p == '%' || *p >= 0x7f) {
            hr_bytes_printf(out, "%%%02X", *p);
        } else {
            hr_bytes_append_char(out, (char)*p);
        }
    }
}

/* The line that holds an origin, past everything else; empty: none. */
static struct hr_span origin_line(const char *text, size_t size)
{
    struct hr_marks marks;
    struct hr_error ignored = {0};
    struct hr_span line = hr_span(0, 0);
    if (!hr_span_empty(hr_marks_find_origin(text, size))) {
        hr_marks_init(&marks, text, size, NULL, &ignored);
        line = marks.origin;
        hr_marks_finish(&marks);
    }
    return line;
}

bool hr_add_origin(const char *text, size_t size, const char *path,
                   struct hr_edits *edits, struct hr_error *err)
{
    if (!hr_span_empty(origin_line(text, size))) {
        return true; /* a copy of a copy: the person edits the first */
    }
    struct hr_bytes line;
    hr_bytes_init(&line);
    const char *newline = hr_newline_at(text, size, size);
    bool open = size > 0 && text[size - 1] != '\n' && text[size - 1] != '\r';
    hr_bytes_append_text(&line, open ? newline : "");
    hr_bytes_append_text(&line, HR_ORIGIN_START);
    encode_path(path, &line);
    hr_bytes_append_text(&line, open ? "" : newline);
    bool ok = !line.failed;
    if (ok) {
        hr_edits_insert(edits, size, line.data, line.size);
    }
    hr_bytes_finish(&line);
    return ok || hr_error_memory(err);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hr_find_origin(const char *text, size_t size, struct hr_bytes *path)
{
    struct hr_span line = origin_line(text, size);
    if (hr_span_empty(line)) {
        return false;
    }
    size_t at = line.start + strlen(HR_ORIGIN_START);
    while (at < line.end && text[at] != '\r' && text[at] != '\n') {
        int high = text[at] == '%' && at + 2 < size ? hex_digit(text[at + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
        if (low >= 0) {
            hr_bytes_append_char(path, (char)(high * 16 + low));
            at += 3;
        } else {
            hr_bytes_append_char(path, text[at++]);
        }
    }
    /* What is no path, or another one from another folder, names nothing. */
    bool is_path = path->size > 0 && path->data[0] == '/' &&
                   memchr(path->data, '\0', path->size) == NULL;
    if (!is_path) {
        hr_bytes_clear(path);
    }
    return is_path && !path->failed;
}
