/*
 * Searches that look at sixteen bytes of text at a time (layer 0).  All of them
 * read [at, size) only, and return `size` where they find nothing.
 */
#ifndef HR_BASE_BLOCK_H
#define HR_BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __SSE2__
#include <emmintrin.h>

#define HR_BLOCK ((size_t)16)

static inline __m128i hr_block_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* A bit for each byte of the block that equals `c`. */
static inline unsigned hr_block_equal(__m128i block, char c)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
}

/* All bits of each byte in [first, last], unsigned. */
static inline __m128i hr_block_range(__m128i block, unsigned char first,
                                     unsigned char last)
{
    __m128i moved = _mm_sub_epi8(block, _mm_set1_epi8((char)first));
    __m128i width = _mm_set1_epi8((char)(last - first));
    return _mm_cmpeq_epi8(_mm_min_epu8(moved, width), moved);
}
#endif

/* Whether the byte may stand in a name (any byte of a non-ASCII character does). */
static inline bool hr_is_word(unsigned char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* The first byte that stands in no name; *other: whether a byte of another character
 * than ASCII's was passed. */
static inline size_t hr_word_end(const char *text, size_t size, size_t at, bool *other)
{
    *other = false;
#ifdef __SSE2__
    while (size - at >= HR_BLOCK) {
        __m128i block = hr_block_load(text + at);
        __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
        unsigned others = (unsigned)_mm_movemask_epi8(block);
        __m128i words = _mm_or_si128(
            _mm_or_si128(hr_block_range(lower, 'a', 'z'),
                         hr_block_range(block, '0', '9')),
            _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('_')), block));
        unsigned ends = (unsigned)_mm_movemask_epi8(words) ^ 0xffff;
        if (ends != 0) {
            int count = __builtin_ctz(ends);
            *other = *other || (others & ((1u << count) - 1)) != 0;
            return at + (size_t)count;
        }
        *other = *other || others != 0;
        at += HR_BLOCK;
    }
#endif
    while (at < size && hr_is_word((unsigned char)text[at])) {
        *other = *other || (unsigned char)text[at] >= 0x80;
        at++;
    }
    return at;
}

/* The first byte that is no ' '. */
static inline size_t hr_space_end(const char *text, size_t size, size_t at)
{
#ifdef __SSE2__
    while (size - at >= HR_BLOCK) {
        unsigned spaces = hr_block_equal(hr_block_load(text + at), ' ');
        if (spaces != 0xffff) {
            return at + (size_t)__builtin_ctz(~spaces);
        }
        at += HR_BLOCK;
    }
#endif
    while (at < size && text[at] == ' ') {
        at++;
    }
    return at;
}

/* The first CR or LF. */
static inline size_t hr_find_newline(const char *text, size_t size, size_t at)
{
#ifdef __SSE2__
    while (size - at >= HR_BLOCK) {
        __m128i block = hr_block_load(text + at);
        unsigned hits = hr_block_equal(block, '\n') | hr_block_equal(block, '\r');
        if (hits != 0) {
            return at + (size_t)__builtin_ctz(hits);
        }
        at += HR_BLOCK;
    }
#endif
    while (at < size && text[at] != '\n' && text[at] != '\r') {
        at++;
    }
    return at;
}

/* The first `quote`, backslash, CR or LF. */
static inline size_t hr_find_string_stop(const char *text, size_t size, size_t at,
                                         char quote)
{
#ifdef __SSE2__
    while (size - at >= HR_BLOCK) {
        __m128i block = hr_block_load(text + at);
        unsigned hits = hr_block_equal(block, quote) | hr_block_equal(block, '\\') |
                        hr_block_equal(block, '\n') | hr_block_equal(block, '\r');
        if (hits != 0) {
            return at + (size_t)__builtin_ctz(hits);
        }
        at += HR_BLOCK;
    }
#endif
    while (at < size && text[at] != quote && text[at] != '\\' && text[at] != '\n' &&
           text[at] != '\r') {
        at++;
    }
    return at;
}

/* The first `quote` or backslash. */
static inline size_t hr_find_quote(const char *text, size_t size, size_t at, char quote)
{
#ifdef __SSE2__
    while (size - at >= HR_BLOCK) {
        __m128i block = hr_block_load(text + at);
        unsigned hits = hr_block_equal(block, quote) | hr_block_equal(block, '\\');
        if (hits != 0) {
            return at + (size_t)__builtin_ctz(hits);
        }
        at += HR_BLOCK;
    }
#endif
    while (at < size && text[at] != quote && text[at] != '\\') {
        at++;
    }
    return at;
}

/* The first byte that is none of ASCII's. */
static inline size_t hr_ascii_end(const char *text, size_t size, size_t at)
{
#ifdef __SSE2__
    while (size - at >= 4 * HR_BLOCK) {
        const char *p = text + at;
        __m128i left = _mm_or_si128(hr_block_load(p), hr_block_load(p + HR_BLOCK));
        __m128i right = _mm_or_si128(hr_block_load(p + 2 * HR_BLOCK),
                                     hr_block_load(p + 3 * HR_BLOCK));
        if (_mm_movemask_epi8(_mm_or_si128(left, right)) != 0) {
            break;
        }
        at += 4 * HR_BLOCK;
    }
    while (size - at >= HR_BLOCK) {
        unsigned others = (unsigned)_mm_movemask_epi8(hr_block_load(text + at));
        if (others != 0) {
            return at + (size_t)__builtin_ctz(others);
        }
        at += HR_BLOCK;
    }
#endif
    while (at < size && (unsigned char)text[at] < 0x80) {
        at++;
    }
    return at;
}

/* The first occurrence of the `length` bytes at `what` (at least one); see also
 * hr_find_bytes. */
size_t hr_find_span(const char *text, size_t size, size_t at, const char *what,
                    size_t length);

/* How many lines end in [at, size): LF, CRLF and a lone CR each end one.  A CR that
 * ends the range is taken for a lone one. */
size_t hr_count_newlines(const char *text, size_t size, size_t at);

#endif
