/*
 * Classes whose making may run their own methods, before their name is bound (layer
 * 2, inside defs): those with a metaclass or another keyword in the header,
 * enumerations, and what has such a class or one with an __init_subclass__ among
 * its bases in this file.
 */
#ifndef HR_DEFS_SUPEREARLY_H
#define HR_DEFS_SUPEREARLY_H

#include "defs/defs.h"

struct hr_named_class {
    uint32_t def; /* + 1, the last of a name; 0: free */
    uint32_t hash;
};

struct hr_early {
    const struct hr_defs *defs;
    unsigned char *early;         /* what is known, by definition */
    bool *hooks;                  /* has an __init_subclass__, by definition */
    struct hr_named_class *table; /* by name */
    size_t capacity;
};

/* Borrows `defs`; false without memory (finish it even so). */
bool hr_early_init(struct hr_early *table, const struct hr_defs *defs);
void hr_early_finish(struct hr_early *table);

/* Whether class `def` is one. */
bool hr_early_is(struct hr_early *table, uint32_t def);

#endif
