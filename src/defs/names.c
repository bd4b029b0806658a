#include "defs/walk.h"

/* A function that declares a parameter of one around it nonlocal may rebind it. */
static void mark_outer(struct hr_walk *walk, uint32_t def, struct hr_span name)
{
    for (uint32_t outer = hr_walk_def(walk, def)->parent; outer != HR_NONE;
         outer = hr_walk_def(walk, outer)->parent) {
        struct hr_bound *bound = hr_scopes_find(walk->scopes, outer, name);
        if (bound != NULL && bound->param != HR_NONE) {
            struct hr_param *param = hr_array_at(&walk->defs->params, bound->param);
            param->rebound = true;
            param->escapes = true;
        }
    }
}

static void bind_global(struct hr_walk *walk, struct hr_span name)
{
    struct hr_span *item = hr_array_push(&walk->defs->globals);
    if (item != NULL) {
        *item = name;
    }
}

static void store(struct hr_walk *walk, const struct hr_scope *scope, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    uint16_t parent = hr_walk_node(walk, node->parent)->kind;
    if (scope->kind == HR_SCOPE_MODULE) {
        /* The outline knows the definitions. */
        if (parent != HR_NODE_FUNCTION && parent != HR_NODE_CLASS) {
            bind_global(walk, hr_node_span(node));
        }
        return;
    }
    if (scope->def == HR_NONE) {
        return;
    }
    struct hr_bound *bound =
        hr_scopes_bind(walk->scopes, scope->def, hr_node_span(node));
    if (bound == NULL) {
        return;
    }
    bound->count++;
    if (bound->binding.kind == HR_BINDING_GLOBAL) {
        bind_global(walk, hr_node_span(node));
    } else if (bound->param != HR_NONE) {
        struct hr_param *param = hr_array_at(&walk->defs->params, bound->param);
        param->rebound = true;
        param->escapes = param->escapes || parent == HR_NODE_AUGMENTED; /* in place */
    }
}

static void declare(struct hr_walk *walk, const struct hr_scope *scope,
                    struct hr_span name, enum hr_binding_kind kind)
{
    if (scope->def == HR_NONE) {
        return;
    }
    struct hr_bound *bound = hr_scopes_bind(walk->scopes, scope->def, name);
    if (bound != NULL) {
        bound->binding.kind = kind;
    }
    if (kind == HR_BINDING_NONLOCAL) {
        mark_outer(walk, scope->def, name);
    }
}

/* Whether the use of **opts at `index` can neither change the dict nor let it out. */
static bool is_harmless_use(const struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    const struct hr_node *parent = hr_walk_node(walk, node->parent);
    const struct hr_node *above = hr_walk_node(walk, parent->parent);
    if (parent->kind == HR_NODE_DICT_SPLAT) {
        return true;
    }
    if (parent->kind == HR_NODE_SUBSCRIPT && node->field == HR_FIELD_VALUE) {
        return !hr_scopes_is_store(walk->tree, node->parent);
    }
    if (parent->kind == HR_NODE_ATTRIBUTE && node->field == HR_FIELD_OBJECT &&
        above->kind == HR_NODE_CALL && parent->field == HR_FIELD_FUNCTION) {
        uint32_t attribute =
            hr_tree_child(walk->tree, node->parent, HR_FIELD_ATTRIBUTE);
        struct hr_span name = hr_node_span(hr_walk_node(walk, attribute));
        return hr_walk_text_is(walk, name, "get") ||
               hr_walk_text_is(walk, name, "items") ||
               hr_walk_text_is(walk, name, "keys") ||
               hr_walk_text_is(walk, name, "values") ||
               hr_walk_text_is(walk, name, "copy");
    }
    return false;
}

static void use(struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    const struct hr_node *parent = hr_walk_node(walk, node->parent);
    bool attribute =
        parent->kind == HR_NODE_ATTRIBUTE && node->field == HR_FIELD_ATTRIBUTE;
    bool keyword =
        parent->kind == HR_NODE_KEYWORD_ARGUMENT && node->field == HR_FIELD_NAME;
    if (attribute || keyword) {
        return;
    }
    const char *text = walk->defs->text;
    for (size_t i = 0; i < walk->varkws.count; i++) {
        uint32_t def = *(uint32_t *)hr_array_at(&walk->varkws, i);
        const struct hr_range *range = &hr_walk_def(walk, def)->params;
        struct hr_param *param =
            hr_array_at(&walk->defs->params, range->first + range->count - 1);
        if (hr_span_size(param->name) == node->end - node->start &&
            memcmp(text + param->name.start, text + node->start,
                   node->end - node->start) == 0 &&
            !is_harmless_use(walk, index)) {
            param->escapes = true;
        }
    }
}

void hr_walk_name(struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    uint16_t parent = hr_walk_node(walk, node->parent)->kind;
    struct hr_scope *scope = hr_scopes_top(walk->scopes);
    struct hr_span name = hr_node_span(node);
    if (parent == HR_NODE_GLOBAL || parent == HR_NODE_NONLOCAL) {
        declare(walk, scope, name,
                parent == HR_NODE_GLOBAL ? HR_BINDING_GLOBAL : HR_BINDING_NONLOCAL);
    } else if (index < walk->case_after || hr_scopes_is_store(walk->tree, index)) {
        if (parent == HR_NODE_NAMED_EXPRESSION) {
            scope = hr_array_at(&walk->scopes->stack, scope->home);
        }
        store(walk, scope, index);
    } else if (walk->varkws.count > 0) {
        use(walk, index);
    }
}

/* ---- super() ---- */

static bool is_super_call(const struct hr_walk *walk, uint32_t index,
                          uint32_t *arguments)
{
    uint32_t function = hr_tree_child(walk->tree, index, HR_FIELD_FUNCTION);
    *arguments = hr_tree_child(walk->tree, index, HR_FIELD_ARGUMENTS);
    if (function == 0 || *arguments == 0 ||
        hr_walk_node(walk, function)->kind != HR_NODE_IDENTIFIER ||
        !hr_walk_text_is(walk, hr_node_span(hr_walk_node(walk, function)), "super") ||
        hr_walk_node(walk, *arguments)->kind != HR_NODE_ARGUMENT_LIST) {
        return false;
    }
    for (uint32_t i = *arguments + 1; i < hr_walk_node(walk, *arguments)->after; i++) {
        if (hr_walk_node(walk, i)->kind != HR_NODE_COMMENT) {
            return false;
        }
    }
    return true;
}

void hr_walk_call(struct hr_walk *walk, uint32_t index)
{
    uint32_t arguments;
    if (!is_super_call(walk, index, &arguments)) {
        return;
    }
    struct hr_super *call = hr_array_push(&walk->defs->supers);
    if (call == NULL) {
        return;
    }
    const struct hr_scope *scope = hr_scopes_top(walk->scopes);
    call->call = hr_node_span(hr_walk_node(walk, index));
    call->parens = hr_node_span(hr_walk_node(walk, arguments));
    call->function = call->owner = HR_NONE;
    call->reason = HR_SUPER_OK;
    switch (scope->kind) {
    case HR_SCOPE_FUNCTION:
        call->function = scope->def;
        break;
    case HR_SCOPE_LAMBDA:
    case HR_SCOPE_COMPREHENSION:
        call->reason = HR_SUPER_NESTED_SCOPE;
        break;
    default:
        call->reason = HR_SUPER_NO_CLASS;
    }
    if (call->reason == HR_SUPER_OK && index < walk->formatted) {
        call->reason = HR_SUPER_FORMATTED;
    } else if (call->reason == HR_SUPER_OK && hr_span_size(call->parens) != 2) {
        call->reason = HR_SUPER_SPACED;
    }
}
