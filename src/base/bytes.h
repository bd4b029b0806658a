/*
 * A growing byte buffer (layer 0), one of the two things that allocate.
 *
 * Out of memory is sticky: after it `failed` is set, further appends do
 * nothing, and the caller checks once at the end.  `data` is NUL-terminated
 * whenever it is not NULL; the NUL is not counted in `size`.
 */
#ifndef HR_BASE_BYTES_H
#define HR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/spill.h"

struct hr_bytes {
    char *data; /* NULL while nothing was appended */
    size_t size;
    size_t capacity;
    bool failed;
    struct hr_spill spill;
};

/* A zeroed struct is an empty buffer as well. */
void hr_bytes_init(struct hr_bytes *bytes);

/* Frees the data; takes NULL and a zeroed struct.  The buffer is empty after it. */
void hr_bytes_finish(struct hr_bytes *bytes);

/* Makes room for `more` bytes past size; false (and failed) if there is none. */
bool hr_bytes_reserve(struct hr_bytes *bytes, size_t more);

void hr_bytes_append(struct hr_bytes *bytes, const char *data, size_t size);
void hr_bytes_append_text(struct hr_bytes *bytes, const char *text);
void hr_bytes_append_char(struct hr_bytes *bytes, char c);
void hr_bytes_append_repeat(struct hr_bytes *bytes, char c, size_t count);
void hr_bytes_printf(struct hr_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As hr_array_spill and hr_array_let_go. */
void hr_bytes_spill(struct hr_bytes *bytes);
void hr_bytes_let_go(const struct hr_bytes *bytes);

bool hr_bytes_equal(const struct hr_bytes *a, const struct hr_bytes *b);

/* How many bytes both texts begin with, and how many of the rest both end with. */
void hr_text_common(const char *a, size_t left, const char *b, size_t right,
                    size_t *prefix, size_t *suffix);
void hr_bytes_common(const struct hr_bytes *a, const struct hr_bytes *b, size_t *prefix,
                     size_t *suffix);

/* Empties the buffer and keeps its memory and its failed flag. */
void hr_bytes_clear(struct hr_bytes *bytes);

/* The data (the caller frees it with free()), and leaves the buffer empty.
 * "" is returned as an allocated string; NULL if failed. */
char *hr_bytes_steal(struct hr_bytes *bytes);

#endif
