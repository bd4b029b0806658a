/*
 * The statements of a class's body, for telling what an edit changed (layer 2).
 */
#ifndef HR_DEFS_MEMBERS_H
#define HR_DEFS_MEMBERS_H

#include "defs/defs.h"

struct hr_member {       /* one statement, its clauses and decorators included */
    struct hr_span span; /* from its first token to past its last */
    uint32_t first_line; /* 0-based */
    uint32_t last_line;
    size_t text; /* offset into hr_members.texts: what the statement says, layout aside.
                  * Of a definition inside it that is its name, and a function's
                  * decorators: definitions are compared by themselves */
    size_t text_size;
    struct hr_span annotated; /* the name in `name: annotation`; else empty */
};

struct hr_members {
    struct hr_array items; /* of struct hr_member, by position */
    struct hr_bytes texts;
};

/* `members` is zeroed by init and freed by finish, which takes a zeroed struct. */
void hr_members_init(struct hr_members *members);
void hr_members_finish(struct hr_members *members);

/* Fills `members` from the body of class `def`.  Fails with HR_ERROR_MEMORY, or as
 * hr_cut_line does. */
bool hr_members_collect(struct hr_members *members, const struct hr_defs *defs,
                        uint32_t def, struct hr_error *err);

static inline const struct hr_member *hr_members_at(const struct hr_members *members,
                                                    size_t i)
{
    return (const struct hr_member *)members->items.items + i;
}

/* Whether two statements say the same. */
bool hr_member_same(const struct hr_members *a, size_t i, const struct hr_members *b,
                    size_t j);

/* Whether each body has a statement that the other has not; pass does not count. */
bool hr_members_differ(const struct hr_members *a, const struct hr_members *b);

/* Appends what the header of a class says: its type parameters, bases and keywords. */
void hr_members_header(const struct hr_defs *defs, uint32_t def, struct hr_bytes *out);

/* Appends what the decorators of a definition say, each with a newline after it. */
void hr_members_decorators(const struct hr_defs *defs, uint32_t def,
                           struct hr_bytes *out);

#endif
