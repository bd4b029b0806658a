/*
 * Ordinals where definitions come a statement at a time (layer 2, inside defs).  Kept
 * are the names at the top of the module, as places in its text; what stands in their
 * definitions is looked up again, and then kept, only where such a name comes back.
 */
#ifndef HR_DEFS_ORDINALS_H
#define HR_DEFS_ORDINALS_H

#include "defs/defs.h"
#include "syntax/cut.h"

struct hr_ordinals {
    const char *text;     /* borrowed */
    struct hr_array tops; /* of struct top: names at the top */
    uint32_t *table;      /* of those, by name: index + 1; 0: free */
    size_t capacity;
    struct hr_array counted; /* of struct counted: qualified names */
    uint32_t *counts;        /* of those, as above */
    size_t counts_capacity;
    struct hr_bytes names;
    struct hr_defs again; /* the outline of an earlier definition */
    struct hr_statement statement;
};

/* Borrows `text`; what is numbered has to be of it. */
void hr_ordinals_init(struct hr_ordinals *ordinals, const char *text);
void hr_ordinals_finish(struct hr_ordinals *ordinals);

/* Sets the ordinals of all definitions of `defs`, which are those of the next
 * statement; false without memory. */
bool hr_ordinals_number(struct hr_ordinals *ordinals, struct hr_defs *defs);

#endif
