/*
 * A concrete syntax tree as a flat array, and the only user of tree-sitter
 * (layer 1).  Callers never see the parser's own types.
 *
 * Nodes stand in pre-order; `after` is the index of the first node that is not
 * inside a node, so the children of i are i + 1, nodes[i + 1].after, ... while
 * below nodes[i].after, and no walk needs recursion.  Only the grammar's named
 * nodes are kept (and MISSING ones, as errors): tokens such as "async" or "*" are
 * read from the text where they matter.
 */
#ifndef HR_SYNTAX_TREE_H
#define HR_SYNTAX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/span.h"

enum hr_node_kind {
    HR_NODE_OTHER = 0,
    HR_NODE_ERROR, /* an ERROR or a MISSING node */
#define HR_NODE(name, symbol) HR_NODE_##name,
#include "syntax/nodes.h"
#undef HR_NODE
    HR_NODE_COUNT
};

enum hr_field {
    HR_FIELD_NONE = 0,
#define HR_FIELD(name, field) HR_FIELD_##name,
#include "syntax/fields.h"
#undef HR_FIELD
    HR_FIELD_COUNT
};

struct hr_node {
    uint16_t kind;   /* enum hr_node_kind */
    uint16_t field;  /* enum hr_field: what it is to its parent */
    uint32_t parent; /* index; the root is its own parent */
    uint32_t after;
    uint32_t start; /* byte offsets in the whole text */
    uint32_t end;
};

struct hr_tree {
    struct hr_array nodes; /* of struct hr_node; nodes[0] is the root */
    bool has_error;
};

struct hr_parser; /* one thread at a time; its memory is reused */

/* NULL with err filled when there is no memory. */
struct hr_parser *hr_parser_create(struct hr_error *err);
void hr_parser_destroy(struct hr_parser *parser);

void hr_tree_init(struct hr_tree *tree);
void hr_tree_finish(struct hr_tree *tree);

/*
 * Parses the bytes `span` of `text` as a module into `tree` (init'ed; its old
 * nodes are dropped).  Offsets are those of `text`.  A text with syntax errors
 * still gives a tree, with has_error set.  Fails with HR_ERROR_LIMIT when the
 * deadline of 2 s + 1 s a MB of this thread's CPU time passes or its lines have more
 * than 400 different indentations, HR_ERROR_MEMORY.
 */
bool hr_parser_parse(struct hr_parser *parser, const char *text, struct hr_span span,
                     struct hr_tree *tree, struct hr_error *err);

static inline const struct hr_node *hr_tree_node(const struct hr_tree *tree, uint32_t i)
{
    return (const struct hr_node *)tree->nodes.items + i;
}

/* The first child of `parent` that has the field; 0 if there is none. */
uint32_t hr_tree_child(const struct hr_tree *tree, uint32_t parent,
                       enum hr_field field);

#endif
