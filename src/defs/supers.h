/*
 * Zero-argument super(): whether the explicit form means exactly the same (layer 2,
 * inside defs).  The tree's walk finds the calls; what can be known from their own
 * statement is decided with its scopes, what the rest of the module may do to a
 * class's name is decided once the whole text was seen.
 *
 * What no reader of one file can know stays unknown: another module that rebinds
 * the name, or a base class elsewhere that makes an instance while the class
 * statement still runs.
 */
#ifndef HR_DEFS_SUPERS_H
#define HR_DEFS_SUPERS_H

#include "defs/defs.h"
#include "defs/scopes.h"

/* Decides the calls from `first_super` on as far as their statement goes. */
void hr_supers_local(struct hr_defs *defs, size_t first_super,
                     struct hr_scopes *scopes);

struct hr_supers_names { /* the module's names that matter, and how often each is bound
                          */
    struct hr_array names; /* of struct module_name */
    struct hr_bytes pool;  /* their texts: the module's may not be in memory */
    uint32_t *table;
    size_t capacity;
    uint64_t sizes; /* a bit for each size that a name has; longer ones have the last */
    bool firsts[256]; /* the first bytes that they have */
};

/* Collects them from the calls decided so far; false without memory. */
bool hr_supers_names_init(struct hr_supers_names *names, const struct hr_defs *defs);
void hr_supers_names_finish(struct hr_supers_names *names);

/* Whether a statement may bind one of the names (or all, by `import *`) in the
 * module.  A definition starts with def, class or a decorator. */
bool hr_supers_may_bind(const struct hr_supers_names *names, const struct hr_defs *defs,
                        struct hr_span span, bool is_definition);

/* Decides the rest, once defs->globals is complete; false without memory. */
bool hr_supers_decide(struct hr_defs *defs, struct hr_supers_names *names);

#endif
