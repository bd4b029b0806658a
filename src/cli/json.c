#include "cli/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/source.h"

json_t *hr_json_text(const char *text, size_t size)
{
    if (hr_utf8_valid(text, size) == size) {
        return json_stringn(text, size);
    }
    struct hr_bytes clean;
    hr_bytes_init(&clean);
    size_t at = 0;
    while (at < size) {
        size_t good = hr_utf8_valid(text + at, size - at);
        hr_bytes_append(&clean, text + at, good);
        at += good;
        if (at < size) {
            hr_bytes_append_text(&clean, "\xef\xbf\xbd");
            at++;
        }
    }
    json_t *value = clean.failed ? NULL : json_stringn(clean.data, clean.size);
    hr_bytes_finish(&clean);
    return value;
}

struct dump {
    struct hr_bytes *out;
    const char *indent; /* of lines that follow */
};

static int append_chunk(const char *chunk, size_t size, void *data)
{
    const struct dump *dump = data;
    while (size > 0) { /* a string's own newlines are escaped */
        const char *newline = memchr(chunk, '\n', size);
        size_t part = newline != NULL ? (size_t)(newline - chunk) + 1 : size;
        hr_bytes_append(dump->out, chunk, part);
        hr_bytes_append_text(dump->out, newline != NULL ? dump->indent : "");
        chunk += part;
        size -= part;
    }
    return dump->out->failed ? -1 : 0;
}

void hr_json_append_deeper(struct hr_bytes *out, json_t *value, size_t flags,
                           const char *indent)
{
    struct dump dump = {out, indent};
    if (value == NULL || json_dump_callback(value, append_chunk, &dump, flags) != 0) {
        out->failed = true;
    }
    json_decref(value);
}

void hr_json_append(struct hr_bytes *out, json_t *value, size_t flags)
{
    hr_json_append_deeper(out, value, flags, "");
}
