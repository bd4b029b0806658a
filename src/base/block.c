#include "base/block.h"

#include <stdint.h>
#include <string.h>

size_t hr_find_span(const char *text, size_t size, size_t at, const char *what,
                    size_t length)
{
    if (length > size) {
        return size;
    }
    size_t stop = size - length + 1; /* past the last place where it may start */
#ifdef __SSE2__
    /* The first, the last and the one in the middle together are rare in text. */
    size_t middle = length / 2;
    __m128i a = _mm_set1_epi8(what[0]);
    __m128i b = _mm_set1_epi8(what[middle]);
    __m128i c = _mm_set1_epi8(what[length - 1]);
    while (at < stop && stop - at >= HR_BLOCK) {
        const char *p = text + at;
        __m128i same =
            _mm_and_si128(_mm_and_si128(_mm_cmpeq_epi8(hr_block_load(p), a),
                                        _mm_cmpeq_epi8(hr_block_load(p + middle), b)),
                          _mm_cmpeq_epi8(hr_block_load(p + length - 1), c));
        unsigned hits = (unsigned)_mm_movemask_epi8(same);
        for (; hits != 0; hits &= hits - 1) {
            size_t hit = at + (size_t)__builtin_ctz(hits);
            if (memcmp(text + hit, what, length) == 0) {
                return hit;
            }
        }
        at += HR_BLOCK;
    }
#endif
    for (; at < stop; at++) {
        if (text[at] == what[0] && memcmp(text + at, what, length) == 0) {
            return at;
        }
    }
    return size;
}

static size_t count_slowly(const char *text, size_t size, size_t at)
{
    size_t count = 0;
    for (; at < size; at++) {
        count += text[at] == '\n' ||
                 (text[at] == '\r' && !(at + 1 < size && text[at + 1] == '\n'));
    }
    return count;
}

size_t hr_count_newlines(const char *text, size_t size, size_t at)
{
    size_t count = 0;
#ifdef __SSE2__
    __m128i sums = _mm_setzero_si128();
    while (at < size && size - at >= HR_BLOCK) {
        __m128i block = hr_block_load(text + at);
        if (hr_block_equal(block, '\r') != 0) {
            break;
        }
        __m128i hits = _mm_cmpeq_epi8(block, _mm_set1_epi8('\n'));
        __m128i ones = _mm_sub_epi8(_mm_setzero_si128(), hits);
        sums = _mm_add_epi64(sums, _mm_sad_epu8(ones, _mm_setzero_si128()));
        at += HR_BLOCK;
    }
    uint64_t halves[2];
    memcpy(halves, &sums, sizeof halves);
    count = (size_t)(halves[0] + halves[1]);
#endif
    return count + count_slowly(text, size, at);
}
