#include "defs/scopes.h"

#include <stdlib.h>
#include <string.h>

#define SMALL_TABLE 4096

void hr_scopes_init(struct hr_scopes *scopes, struct hr_defs *defs)
{
    *scopes = (struct hr_scopes){.defs = defs};
    hr_array_init(&scopes->stack, sizeof(struct hr_scope));
    hr_array_init(&scopes->bound, sizeof(struct hr_bound));
}

void hr_scopes_finish(struct hr_scopes *scopes)
{
    hr_array_finish(&scopes->stack);
    hr_array_finish(&scopes->bound);
    free(scopes->table);
    scopes->table = NULL;
}

void hr_scopes_reset(struct hr_scopes *scopes)
{
    hr_array_shrink(&scopes->stack, 0);
    hr_array_shrink(&scopes->bound, 0);
    if (scopes->capacity > SMALL_TABLE) {
        free(scopes->table);
        scopes->table = NULL;
        scopes->capacity = 0;
    } else if (scopes->table != NULL) {
        memset(scopes->table, 0, scopes->capacity * sizeof *scopes->table);
    }
    hr_scopes_push(scopes, HR_SCOPE_MODULE, HR_NONE, UINT32_MAX);
}

struct hr_scope *hr_scopes_top(struct hr_scopes *scopes)
{
    return hr_array_at(&scopes->stack, scopes->stack.count - 1);
}

void hr_scopes_push(struct hr_scopes *scopes, enum hr_scope_kind kind, uint32_t def,
                    uint32_t after)
{
    uint32_t home = (uint32_t)scopes->stack.count;
    if (kind == HR_SCOPE_COMPREHENSION) {
        home = hr_scopes_top(scopes)->home;
    }
    struct hr_scope *scope = hr_array_push(&scopes->stack);
    if (scope == NULL) {
        scopes->failed = true;
        return;
    }
    scope->kind = kind;
    scope->def = def;
    scope->after = after;
    scope->home = home;
}

void hr_scopes_leave(struct hr_scopes *scopes, uint32_t index)
{
    while (scopes->stack.count > 1 && hr_scopes_top(scopes)->after <= index) {
        hr_array_shrink(&scopes->stack, scopes->stack.count - 1);
    }
}

/* ---- the table ---- */

static size_t hash_of(uint32_t def, const char *name, size_t size)
{
    uint32_t hash = 2166136261u ^ def;
    hash *= 16777619u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static uint32_t *slot_of(const struct hr_scopes *scopes, uint32_t def, const char *name,
                         size_t size)
{
    size_t at = hash_of(def, name, size) & (scopes->capacity - 1);
    for (;; at = (at + 1) & (scopes->capacity - 1)) {
        uint32_t *slot = &scopes->table[at];
        if (*slot == 0) {
            return slot;
        }
        const struct hr_bound *bound = hr_array_at(&scopes->bound, *slot - 1);
        struct hr_span other = bound->binding.name;
        if (bound->def == def && hr_span_size(other) == size &&
            memcmp(scopes->defs->text + other.start, name, size) == 0) {
            return slot;
        }
    }
}

static uint32_t *slot_of_span(const struct hr_scopes *scopes, uint32_t def,
                              struct hr_span name)
{
    return slot_of(scopes, def, scopes->defs->text + name.start, hr_span_size(name));
}

static bool grow(struct hr_scopes *scopes)
{
    if (scopes->bound.count * 2 < scopes->capacity) {
        return true;
    }
    size_t capacity = scopes->capacity == 0 ? 256 : scopes->capacity * 2;
    uint32_t *table = calloc(capacity, sizeof *table);
    if (table == NULL) {
        scopes->failed = true;
        return false;
    }
    free(scopes->table);
    scopes->table = table;
    scopes->capacity = capacity;
    for (uint32_t i = 0; i < scopes->bound.count; i++) {
        const struct hr_bound *bound = hr_array_at(&scopes->bound, i);
        *slot_of_span(scopes, bound->def, bound->binding.name) = i + 1;
    }
    return true;
}

struct hr_bound *hr_scopes_find(struct hr_scopes *scopes, uint32_t def,
                                struct hr_span name)
{
    if (scopes->capacity == 0) {
        return NULL;
    }
    uint32_t slot = *slot_of_span(scopes, def, name);
    return slot == 0 ? NULL : hr_array_at(&scopes->bound, slot - 1);
}

struct hr_bound *hr_scopes_find_word(struct hr_scopes *scopes, uint32_t def,
                                     const char *word)
{
    if (scopes->capacity == 0) {
        return NULL;
    }
    uint32_t slot = *slot_of(scopes, def, word, strlen(word));
    return slot == 0 ? NULL : hr_array_at(&scopes->bound, slot - 1);
}

struct hr_bound *hr_scopes_bind(struct hr_scopes *scopes, uint32_t def,
                                struct hr_span name)
{
    if (!grow(scopes)) {
        return NULL;
    }
    uint32_t *slot = slot_of_span(scopes, def, name);
    if (*slot != 0) {
        return hr_array_at(&scopes->bound, *slot - 1);
    }
    struct hr_bound *bound = hr_array_push(&scopes->bound);
    if (bound == NULL) {
        scopes->failed = true;
        return NULL;
    }
    bound->def = def;
    bound->param = HR_NONE;
    bound->binding = (struct hr_binding){.name = name, .kind = HR_BINDING_LOCAL};
    *slot = (uint32_t)scopes->bound.count;
    return bound;
}

void hr_scopes_flush(struct hr_scopes *scopes, uint32_t first, uint32_t last)
{
    struct hr_defs *defs = scopes->defs;
    size_t base = defs->bindings.count;
    for (size_t i = 0; i < scopes->bound.count; i++) {
        const struct hr_bound *bound = hr_array_at(&scopes->bound, i);
        ((struct hr_def *)hr_array_at(&defs->defs, bound->def))->bindings.count++;
        if (hr_array_push(&defs->bindings) == NULL) {
            scopes->failed = true;
            return;
        }
    }
    for (uint32_t i = first; i < last; i++) {
        struct hr_def *def = hr_array_at(&defs->defs, i);
        def->bindings.first = (uint32_t)base;
        base += def->bindings.count;
        def->bindings.count = 0;
    }
    for (size_t i = 0; i < scopes->bound.count; i++) {
        const struct hr_bound *bound = hr_array_at(&scopes->bound, i);
        struct hr_range *range =
            &((struct hr_def *)hr_array_at(&defs->defs, bound->def))->bindings;
        struct hr_binding *binding =
            hr_array_at(&defs->bindings, range->first + range->count++);
        *binding = bound->binding;
    }
}

/* ---- what binds ---- */

static bool is_container(uint16_t kind)
{
    switch (kind) {
    case HR_NODE_PATTERN_LIST:
    case HR_NODE_TUPLE_PATTERN:
    case HR_NODE_LIST_PATTERN:
    case HR_NODE_LIST_SPLAT_PATTERN:
    case HR_NODE_TUPLE:
    case HR_NODE_LIST:
    case HR_NODE_LIST_SPLAT:
    case HR_NODE_PARENTHESIZED:
    case HR_NODE_EXPRESSION_LIST:
    case HR_NODE_TYPE:
        return true;
    default:
        return false;
    }
}

static bool imports(const struct hr_tree *tree, uint32_t index)
{
    const struct hr_node *node = hr_tree_node(tree, index);
    const struct hr_node *parent = hr_tree_node(tree, node->parent);
    if (parent->kind == HR_NODE_ALIASED_IMPORT) {
        return node->field == HR_FIELD_ALIAS;
    }
    if (parent->kind != HR_NODE_DOTTED_NAME || parent->field != HR_FIELD_NAME) {
        return false;
    }
    uint16_t statement = hr_tree_node(tree, parent->parent)->kind;
    /* import a.b.c binds a */
    return (statement == HR_NODE_IMPORT || statement == HR_NODE_IMPORT_FROM) &&
           index == node->parent + 1;
}

bool hr_scopes_is_store(const struct hr_tree *tree, uint32_t index)
{
    const struct hr_node *node = hr_tree_node(tree, index);
    uint16_t parent_kind = hr_tree_node(tree, node->parent)->kind;
    if (parent_kind == HR_NODE_DOTTED_NAME || parent_kind == HR_NODE_ALIASED_IMPORT) {
        return imports(tree, index);
    }
    while (node->parent != index &&
           is_container(hr_tree_node(tree, node->parent)->kind)) {
        index = node->parent;
        node = hr_tree_node(tree, index);
    }
    switch (hr_tree_node(tree, node->parent)->kind) {
    case HR_NODE_ASSIGNMENT:
    case HR_NODE_AUGMENTED:
    case HR_NODE_FOR:
    case HR_NODE_FOR_IN:
    case HR_NODE_TYPE_ALIAS:
        return node->field == HR_FIELD_LEFT;
    case HR_NODE_FUNCTION:
    case HR_NODE_CLASS:
    case HR_NODE_NAMED_EXPRESSION:
        return node->field == HR_FIELD_NAME;
    case HR_NODE_EXCEPT:
        return node->field == HR_FIELD_ALIAS;
    case HR_NODE_AS_PATTERN_TARGET:
    case HR_NODE_DELETE:
        return true;
    default:
        return false;
    }
}
