#include "base/digest.h"

#include <string.h>

static void mix(struct hr_digest *digest, uint64_t word)
{
    digest->a = (digest->a ^ word) * 0x9E3779B97F4A7C15u;
    digest->a ^= digest->a >> 32;
    digest->b = (digest->b + word + 1) * 0xD1342543DE82EF95u;
    digest->b ^= digest->b >> 29;
}

#define LANES 4

/* Four words at a time: none of them waits for another's product. */
static size_t mix_lanes(struct hr_digest *digest, const unsigned char *bytes,
                        size_t size)
{
    uint64_t lanes[LANES] = {digest->a, digest->b, ~digest->a, ~digest->b};
    uint64_t words[LANES];
    size_t at = 0;
    for (; size - at >= sizeof words; at += sizeof words) {
        memcpy(words, bytes + at, sizeof words);
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = (lanes[i] ^ words[i]) * 0x9E3779B97F4A7C15u;
            lanes[i] ^= lanes[i] >> 32;
        }
    }
    for (size_t i = 0; i < LANES; i++) {
        mix(digest, lanes[i]);
    }
    return at;
}

void hr_digest_add(struct hr_digest *digest, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t word;
    mix(digest, size);
    size_t at = size >= LANES * sizeof word ? mix_lanes(digest, bytes, size) : 0;
    for (; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        mix(digest, word);
    }
    if (at < size) {
        word = 0;
        memcpy(&word, bytes + at, size - at);
        mix(digest, word);
    }
    /* The last word has to reach the low bits too. */
    mix(digest, digest->a ^ digest->b);
}

bool hr_digest_equal(const struct hr_digest *one, const struct hr_digest *other)
{
    return one->a == other->a && one->b == other->b;
}
