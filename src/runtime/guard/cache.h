/*
 * Guarded code kept from one run to the next (layer 4b).
 */
#ifndef HR_RUNTIME_CACHE_H
#define HR_RUNTIME_CACHE_H

#include "runtime/guard/load.h"

/* The cache of the current user, with the limit in HR_CACHE_SIZE (bytes, 0: none).
 * NULL, without an exception: it is not to be used. */
struct hr_cache *hr_cache_new(void);

/* Takes NULL. */
void hr_cache_free(struct hr_cache *cache);

/* As hr_load_module with the interpreter's own flags, through state->cache. */
PyObject *hr_cache_load(struct hr_state *state, hr_source *source,
                        struct hr_load_notes *notes);

#endif
