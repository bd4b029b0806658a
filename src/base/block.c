#include "base/block.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
struct needle {          /* what is searched */
    __m128i first, last; /* byte of it, sixteen times */
    size_t length;
};

/* Where it may start in the block: the two together are rare in text. */
static inline __m128i candidates(const struct needle *needle, const char *p)
{
    return _mm_and_si128(
        _mm_cmpeq_epi8(hr_block_load(p), needle->first),
        _mm_cmpeq_epi8(hr_block_load(p + needle->length - 1), needle->last));
}

/* A bit for each in *hits, which becomes the place of the first that is one. */
static bool find_candidate(const struct needle *needle, const char *text,
                           const char *what, unsigned *hits)
{
    for (unsigned left = *hits; left != 0; left &= left - 1) {
        *hits = (unsigned)__builtin_ctz(left);
        if (memcmp(text + *hits, what, needle->length) == 0) {
            return true;
        }
    }
    return false;
}
#endif

size_t hr_find_span(const char *text, size_t size, size_t at, const char *what,
                    size_t length)
{
    if (length > size) {
        return size;
    }
    size_t stop = size - length + 1; /* past the last place where it may start */
#ifdef __SSE2__
    struct needle needle = {_mm_set1_epi8(what[0]), _mm_set1_epi8(what[length - 1]),
                            length};
    while (at < stop && stop - at >= 2 * HR_BLOCK) {
        __m128i left = candidates(&needle, text + at);
        __m128i right = candidates(&needle, text + at + HR_BLOCK);
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_or_si128(left, right));
        if (hits != 0) { /* rare */
            hits = (unsigned)_mm_movemask_epi8(left) |
                   (unsigned)_mm_movemask_epi8(right) << HR_BLOCK;
        }
        if (hits != 0 && find_candidate(&needle, text + at, what, &hits)) {
            return at + hits;
        }
        at += 2 * HR_BLOCK;
    }
    if (at < stop && stop - at >= HR_BLOCK) {
        unsigned hits = (unsigned)_mm_movemask_epi8(candidates(&needle, text + at));
        if (find_candidate(&needle, text + at, what, &hits)) {
            return at + hits;
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
