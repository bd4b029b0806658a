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

static int append_chunk(const char *chunk, size_t size, void *data)
{
    struct hr_bytes *out = data;
    hr_bytes_append(out, chunk, size);
    return out->failed ? -1 : 0;
}

void hr_json_append(struct hr_bytes *out, json_t *value, size_t flags)
{
    if (value == NULL || json_dump_callback(value, append_chunk, out, flags) != 0) {
        out->failed = true;
    }
    json_decref(value);
}
