/*
 * A folder of cache entries (layer 4b, without Python).  An entry is one file, written
 * beside and renamed, so that readers see the old one or the new one, whole; a digest
 * shows damage.  A folder or an entry that somebody else owns or may write to is as
 * good as none.  Nothing here fails: a cache that cannot be used finds and keeps
 * nothing.
 */
#ifndef HR_RUNTIME_STORE_H
#define HR_RUNTIME_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/digest.h"

struct hr_store {
    char *folder; /* owned; NULL: no cache */
    size_t limit; /* bytes that all entries together may take */
    size_t total; /* what they took when counted, and what was written since */
    bool counted;
};

/* The folder "hot-restart" in $XDG_CACHE_HOME or ~/.cache.  It is made at the first
 * write.  A limit of 0: no cache.  No descriptor stays open between calls. */
void hr_store_init(struct hr_store *store, size_t limit);

/* Takes a zeroed struct. */
void hr_store_finish(struct hr_store *store);

/* Appends to `out` what was written for `key` with the same `content`, from *start on
 * (what stands before is the store's own); false if there is nothing of the kind. */
bool hr_store_read(const struct hr_store *store, const struct hr_digest *key,
                   const struct hr_digest *content, struct hr_bytes *out,
                   size_t *start);

/* Takes the place of what was written for `key`.  When the limit is passed, the entries
 * that were not used for longest go. */
void hr_store_write(struct hr_store *store, const struct hr_digest *key,
                    const struct hr_digest *content, const char *data, size_t size);

#endif
