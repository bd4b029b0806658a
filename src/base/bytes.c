#include "base/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hr_bytes_init(struct hr_bytes *bytes)
{
    *bytes = (struct hr_bytes){0};
}

void hr_bytes_finish(struct hr_bytes *bytes)
{
    if (bytes != NULL) {
        hr_spill_free(&bytes->spill, bytes->data, bytes->capacity);
        *bytes = (struct hr_bytes){0};
    }
}

void hr_bytes_spill(struct hr_bytes *bytes)
{
    bytes->spill.may_map = true;
}

void hr_bytes_let_go(const struct hr_bytes *bytes)
{
    hr_spill_let_go(&bytes->spill, bytes->data, bytes->capacity);
}

bool hr_bytes_reserve(struct hr_bytes *bytes, size_t more)
{
    if (bytes->failed || more > SIZE_MAX / 2 - bytes->size - 1) {
        bytes->failed = true;
        return false;
    }
    size_t need = bytes->size + more + 1;
    if (need <= bytes->capacity) {
        return true;
    }
    size_t capacity = bytes->capacity + bytes->capacity / 2;
    if (capacity < need) {
        capacity = need < 64 ? 64 : need;
    }
    char *data = hr_spill_grow(&bytes->spill, bytes->data, bytes->capacity, capacity);
    if (data == NULL) {
        bytes->failed = true;
        return false;
    }
    data[bytes->size] = '\0';
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

void hr_bytes_append(struct hr_bytes *bytes, const char *data, size_t size)
{
    if (size == 0 || !hr_bytes_reserve(bytes, size)) {
        return;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

void hr_bytes_append_text(struct hr_bytes *bytes, const char *text)
{
    hr_bytes_append(bytes, text, strlen(text));
}

void hr_bytes_append_char(struct hr_bytes *bytes, char c)
{
    hr_bytes_append(bytes, &c, 1);
}

void hr_bytes_append_repeat(struct hr_bytes *bytes, char c, size_t count)
{
    if (count == 0 || !hr_bytes_reserve(bytes, count)) {
        return;
    }
    memset(bytes->data + bytes->size, c, count);
    bytes->size += count;
    bytes->data[bytes->size] = '\0';
}

void hr_bytes_printf(struct hr_bytes *bytes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0 || !hr_bytes_reserve(bytes, (size_t)need)) {
        bytes->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(bytes->data + bytes->size, (size_t)need + 1, format, args);
    va_end(args);
    bytes->size += (size_t)need;
}

bool hr_bytes_equal(const struct hr_bytes *a, const struct hr_bytes *b)
{
    return a->size == b->size &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

void hr_text_common(const char *a, size_t left, const char *b, size_t right,
                    size_t *prefix, size_t *suffix)
{
    size_t most = left < right ? left : right;
    *prefix = *suffix = 0;
    while (*prefix < most && a[*prefix] == b[*prefix]) {
        ++*prefix;
    }
    while (*suffix < most - *prefix &&
           a[left - 1 - *suffix] == b[right - 1 - *suffix]) {
        ++*suffix;
    }
}

void hr_bytes_common(const struct hr_bytes *a, const struct hr_bytes *b, size_t *prefix,
                     size_t *suffix)
{
    hr_text_common(a->data, a->size, b->data, b->size, prefix, suffix);
}

void hr_bytes_clear(struct hr_bytes *bytes)
{
    bytes->size = 0;
    if (bytes->data != NULL) {
        bytes->data[0] = '\0';
    }
}

char *hr_bytes_steal(struct hr_bytes *bytes)
{
    hr_bytes_reserve(bytes, 0);
    if (bytes->failed) {
        hr_bytes_finish(bytes);
        return NULL;
    }
    char *data = bytes->data;
    if (bytes->spill.mapped) { /* nobody could free that */
        data = malloc(bytes->size + 1);
        if (data != NULL) {
            memcpy(data, bytes->data, bytes->size + 1);
        }
        hr_bytes_finish(bytes);
        return data;
    }
    *bytes = (struct hr_bytes){0};
    return data;
}
