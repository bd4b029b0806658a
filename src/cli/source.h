/*
 * A Python file's bytes as text that can be worked on, and back (layer 4a):
 * BOM, PEP 263 cookie, encodings.
 */
#ifndef HR_CLI_SOURCE_H
#define HR_CLI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/window.h"

struct hr_source_text {
    struct hr_bytes raw;       /* the file, byte for byte */
    struct hr_window window;   /* where a large file's stand, and raw borrows them */
    struct hr_bytes converted; /* the text as UTF-8, if it had to be converted */
    const char *text;          /* what to work on: without the BOM */
    size_t size;
    size_t bom; /* bytes of the BOM: 0 or 3 */
    bool is_converted;
    char encoding[64]; /* as declared, lower case; "utf-8" if not */
};

void hr_source_text_init(struct hr_source_text *source);
void hr_source_text_finish(struct hr_source_text *source);

/*
 * Makes text of source->raw, or source->window, which the caller has filled.  Bytes
 * that are UTF-8 (or plain ASCII) stay as they are; else the declared encoding is
 * converted, if it comes back to the same bytes.  Fails with HR_ERROR_ENCODING
 * (position filled: no such encoding, bytes that it does not know, a BOM with another
 * encoding), HR_ERROR_SYNTAX (NUL bytes), HR_ERROR_MEMORY.
 */
bool hr_source_text_open(struct hr_source_text *source, struct hr_error *err);

/* Appends to `out` the file that `text` makes, encoded as the original was.
 * HR_ERROR_ENCODING, HR_ERROR_MEMORY. */
bool hr_source_text_close(const struct hr_source_text *source, const char *text,
                          size_t size, struct hr_bytes *out, struct hr_error *err);

/* How many leading bytes are well-formed UTF-8; `size` if all are. */
size_t hr_utf8_valid(const char *text, size_t size);

#endif
