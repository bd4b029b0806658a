#include "defs/walk.h"

/* The first identifier in the subtree: a parameter's name under *, ** and types. */
static struct hr_span name_inside(const struct hr_walk *walk, uint32_t index)
{
    for (uint32_t i = index; i < hr_walk_node(walk, index)->after; i++) {
        if (hr_walk_node(walk, i)->kind == HR_NODE_IDENTIFIER) {
            return hr_node_span(hr_walk_node(walk, i));
        }
    }
    return hr_span(0, 0);
}

static void add_param(struct hr_walk *walk, uint32_t def, uint32_t index,
                      enum hr_param_kind kind)
{
    struct hr_param *param = hr_array_push(&walk->defs->params);
    if (param == NULL) {
        return;
    }
    const struct hr_node *node = hr_walk_node(walk, index);
    param->name = name_inside(walk, index);
    param->kind = kind;
    if (node->kind == HR_NODE_DEFAULT_PARAMETER ||
        node->kind == HR_NODE_TYPED_DEFAULT_PARAMETER) {
        uint32_t value = hr_tree_child(walk->tree, index, HR_FIELD_VALUE);
        param->default_value = hr_node_span(hr_walk_node(walk, value));
    }
    if (node->kind == HR_NODE_TYPED_PARAMETER ||
        node->kind == HR_NODE_TYPED_DEFAULT_PARAMETER) {
        uint32_t type = hr_tree_child(walk->tree, index, HR_FIELD_TYPE);
        param->annotation = hr_node_span(hr_walk_node(walk, type));
    }
    uint32_t number = (uint32_t)walk->defs->params.count - 1;
    struct hr_bound *bound = hr_scopes_bind(walk->scopes, def, param->name);
    if (bound != NULL) {
        bound->param = number;
        bound->count++;
    }
    hr_walk_def(walk, def)->params.count++;
}

static enum hr_param_kind param_kind(const struct hr_walk *walk, uint32_t index,
                                     bool keyword_only)
{
    uint16_t kind = hr_walk_node(walk, index)->kind;
    if (kind == HR_NODE_TYPED_PARAMETER) {
        kind = hr_walk_node(walk, index + 1)->kind;
    }
    if (kind == HR_NODE_LIST_SPLAT_PATTERN) {
        return HR_PARAM_VARARGS;
    }
    if (kind == HR_NODE_DICT_SPLAT_PATTERN) {
        return HR_PARAM_VARKW;
    }
    return keyword_only ? HR_PARAM_KEYWORD_ONLY : HR_PARAM_POSITIONAL;
}

void hr_walk_params(struct hr_walk *walk, uint32_t def, uint32_t list)
{
    struct hr_range *range = &hr_walk_def(walk, def)->params;
    range->first = (uint32_t)walk->defs->params.count;
    bool keyword_only = false;
    uint32_t end = hr_walk_node(walk, list)->after;
    for (uint32_t i = list + 1; i < end; i = hr_walk_node(walk, i)->after) {
        switch (hr_walk_node(walk, i)->kind) {
        case HR_NODE_IDENTIFIER:
        case HR_NODE_DEFAULT_PARAMETER:
        case HR_NODE_TYPED_PARAMETER:
        case HR_NODE_TYPED_DEFAULT_PARAMETER:
        case HR_NODE_LIST_SPLAT_PATTERN:
        case HR_NODE_DICT_SPLAT_PATTERN: {
            enum hr_param_kind kind = param_kind(walk, i, keyword_only);
            add_param(walk, def, i, kind);
            keyword_only = keyword_only || kind == HR_PARAM_VARARGS;
            break;
        }
        case HR_NODE_KEYWORD_SEPARATOR:
            keyword_only = true;
            break;
        case HR_NODE_POSITIONAL_SEPARATOR:
            for (uint32_t p = range->first; p < walk->defs->params.count; p++) {
                struct hr_param *param = hr_array_at(&walk->defs->params, p);
                param->kind = HR_PARAM_POSITIONAL_ONLY;
            }
            break;
        default:
            break;
        }
    }
}

/* ---- bodies ---- */

static bool is_plain_string(const struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    if (node->kind == HR_NODE_PARENTHESIZED || node->kind == HR_NODE_CONCATENATED) {
        bool any = false;
        for (uint32_t i = index + 1; i < node->after;
             i = hr_walk_node(walk, i)->after) {
            if (hr_walk_node(walk, i)->kind == HR_NODE_COMMENT) {
                continue;
            }
            if (!is_plain_string(walk, i)) {
                return false;
            }
            any = true;
        }
        return any;
    }
    if (node->kind != HR_NODE_STRING) {
        return false;
    }
    for (size_t i = node->start; i < node->end; i++) {
        char c = walk->defs->text[i];
        if (c == '\'' || c == '"') {
            return true;
        }
        if (strchr("bBfFtT", c) != NULL) {
            return false;
        }
    }
    return false;
}

void hr_walk_body(struct hr_walk *walk, uint32_t def_index, uint32_t body)
{
    struct hr_def *def = hr_walk_def(walk, def_index);
    bool first = true;
    def->trivial = true;
    uint32_t end = hr_walk_node(walk, body)->after;
    for (uint32_t i = body + 1; i < end; i = hr_walk_node(walk, i)->after) {
        const struct hr_node *node = hr_walk_node(walk, i);
        if (node->kind == HR_NODE_COMMENT) {
            continue;
        }
        uint32_t child = i + 1 < node->after ? i + 1 : 0;
        bool lone = node->kind == HR_NODE_EXPRESSION_STATEMENT && child != 0 &&
                    hr_walk_node(walk, child)->after == node->after;
        if (first && lone && is_plain_string(walk, child)) {
            def->docstring = hr_node_span(hr_walk_node(walk, child));
        } else if (node->kind != HR_NODE_PASS &&
                   !(lone && hr_walk_node(walk, child)->kind == HR_NODE_ELLIPSIS)) {
            def->trivial = false;
        }
        first = false;
    }
}
