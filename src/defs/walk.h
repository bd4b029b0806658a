/*
 * One walk over the tree of one statement (layer 2, inside defs): what detail.c,
 * signature.c and names.c share.
 */
#ifndef HR_DEFS_WALK_H
#define HR_DEFS_WALK_H

#include <string.h>

#include "defs/defs.h"
#include "defs/scopes.h"
#include "syntax/tree.h"

struct hr_walk {
    struct hr_defs *defs;
    const struct hr_tree *tree;
    struct hr_scopes *scopes;
    uint32_t next_def;
    uint32_t last_def;
    uint32_t formatted;     /* inside an f-string's field before this node */
    uint32_t case_after;    /* inside a case pattern before this node */
    struct hr_array blocks; /* of struct block */
    struct hr_array open;   /* of struct open_def */
    struct hr_array varkws; /* of uint32_t: functions with **opts that are open */
    struct hr_span statement;
    uint32_t line;
    uint32_t errors;
};

static inline const struct hr_node *hr_walk_node(const struct hr_walk *walk,
                                                 uint32_t index)
{
    return hr_tree_node(walk->tree, index);
}

static inline struct hr_span hr_node_span(const struct hr_node *node)
{
    return hr_span(node->start, node->end);
}

static inline struct hr_def *hr_walk_def(const struct hr_walk *walk, uint32_t index)
{
    return hr_array_at(&walk->defs->defs, index);
}

static inline bool hr_walk_text_is(const struct hr_walk *walk, struct hr_span span,
                                   const char *word)
{
    size_t size = strlen(word);
    return hr_span_size(span) == size &&
           memcmp(walk->defs->text + span.start, word, size) == 0;
}

/* Reads the parameter list at node `list` into definition `def`. */
void hr_walk_params(struct hr_walk *walk, uint32_t def, uint32_t list);

/* Reads what the body at node `body` tells of definition `def`: its docstring and
 * whether it can fail at all. */
void hr_walk_body(struct hr_walk *walk, uint32_t def, uint32_t body);

/* At an identifier: what it binds, declares or lets out. */
void hr_walk_name(struct hr_walk *walk, uint32_t index);

/* At a call: notes it if it is super(). */
void hr_walk_call(struct hr_walk *walk, uint32_t index);

#endif
