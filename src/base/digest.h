/*
 * A 128-bit digest of bytes, fast and not cryptographic (layer 0): for telling two
 * contents of one's own apart, and for noticing damage.
 */
#ifndef HR_BASE_DIGEST_H
#define HR_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hr_digest { /* zeroed: of nothing */
    uint64_t a;
    uint64_t b;
};

/* Adds one piece, its size included: ("ab", "c") is another digest than ("a", "bc").
 * `data` may be NULL if size is 0. */
void hr_digest_add(struct hr_digest *digest, const void *data, size_t size);

bool hr_digest_equal(const struct hr_digest *one, const struct hr_digest *other);

#endif
