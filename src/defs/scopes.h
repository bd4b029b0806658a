/*
 * Who binds which name, while the tree of one statement is walked (layer 2, inside
 * defs): a stack of open scopes and a table of (scope's definition, name).
 */
#ifndef HR_DEFS_SCOPES_H
#define HR_DEFS_SCOPES_H

#include "defs/defs.h"
#include "syntax/tree.h"

enum hr_scope_kind {
    HR_SCOPE_MODULE,
    HR_SCOPE_CLASS,
    HR_SCOPE_FUNCTION,
    HR_SCOPE_LAMBDA,
    HR_SCOPE_COMPREHENSION,
};

struct hr_scope {
    enum hr_scope_kind kind;
    uint32_t def;    /* of a class or function; HR_NONE */
    uint32_t after;  /* the node past its end */
    uint32_t home;   /* index of the scope that a walrus here binds in */
    uint32_t blocks; /* open blocks of its own */
};

struct hr_bound { /* one name that a function's or class's scope binds or declares */
    uint32_t def;
    uint32_t param; /* index in hr_defs.params, or HR_NONE */
    uint32_t count; /* at how many places it is bound (a parameter counts) */
    struct hr_binding binding;
};

struct hr_scopes {
    struct hr_defs *defs;
    struct hr_array stack; /* of struct hr_scope; [0] is the module */
    struct hr_array bound; /* of struct hr_bound */
    uint32_t *table;       /* hash table of indices into bound, + 1; 0: free */
    size_t capacity;
    bool failed;
};

void hr_scopes_init(struct hr_scopes *scopes, struct hr_defs *defs);
void hr_scopes_finish(struct hr_scopes *scopes);

/* Forgets all but the module's scope. */
void hr_scopes_reset(struct hr_scopes *scopes);

void hr_scopes_push(struct hr_scopes *scopes, enum hr_scope_kind kind, uint32_t def,
                    uint32_t after);

/* Closes what ends before node `index`. */
void hr_scopes_leave(struct hr_scopes *scopes, uint32_t index);

struct hr_scope *hr_scopes_top(struct hr_scopes *scopes);

/* The entry of `name` in the scope of function `def`, made if it is new. NULL
 * (and failed) without memory. */
struct hr_bound *hr_scopes_bind(struct hr_scopes *scopes, uint32_t def,
                                struct hr_span name);

/* The entry, or NULL if there is none. */
struct hr_bound *hr_scopes_find(struct hr_scopes *scopes, uint32_t def,
                                struct hr_span name);

/* The same for a name that is not in the text. */
struct hr_bound *hr_scopes_find_word(struct hr_scopes *scopes, uint32_t def,
                                     const char *word);

/* Whether the identifier node `index` is one that its statement binds, deletes or
 * imports.  A superset in match patterns. */
bool hr_scopes_is_store(const struct hr_tree *tree, uint32_t index);

/* Hands the bindings of definitions [first, last) over to defs->bindings. */
void hr_scopes_flush(struct hr_scopes *scopes, uint32_t first, uint32_t last);

#endif
