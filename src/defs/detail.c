#include "defs/detail.h"

#include "base/lines.h"
#include "defs/supers.h"
#include "defs/walk.h"

#define MAX_ERRORS 16 /* noted in a statement; the first is what a person needs */

struct block { /* an open for, while, with, try or except */
    uint32_t after;
    uint32_t scope;
    uint32_t weight;
};

struct open_def {
    uint32_t def;
    uint32_t after;
    uint32_t end; /* of its node, in the text */
    bool broken;
};

/* ---- the walk ---- */

static void note_error(struct hr_walk *walk, uint32_t index)
{
    for (size_t i = 0; i < walk->open.count; i++) {
        ((struct open_def *)hr_array_at(&walk->open, i))->broken = true;
    }
    if (walk->errors++ >= MAX_ERRORS) {
        return;
    }
    const struct hr_node *node = hr_walk_node(walk, index);
    const char *text = walk->defs->text;
    size_t at = walk->statement.start;
    uint32_t line = walk->line;
    for (;;) {
        size_t end = hr_line_end(text, walk->statement.end, at);
        if (end > node->start || end == at || end >= walk->statement.end) {
            break;
        }
        at = end;
        line++;
    }
    struct hr_error *error = hr_array_push(&walk->defs->errors);
    if (error != NULL) {
        hr_error_at(error, HR_ERROR_SYNTAX, line + 1, (uint32_t)(node->start - at) + 1,
                    "invalid syntax");
    }
}

static void open_definition(struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    size_t count = walk->last_def;
    while (walk->next_def < count &&
           hr_walk_def(walk, walk->next_def)->keyword < node->start) {
        walk->next_def++;
    }
    uint32_t body = hr_tree_child(walk->tree, index, HR_FIELD_BODY);
    if (walk->next_def >= count ||
        hr_walk_def(walk, walk->next_def)->keyword != node->start || body == 0) {
        return;
    }
    uint32_t number = walk->next_def++;
    struct hr_def *def = hr_walk_def(walk, number);
    struct open_def *open = hr_array_push(&walk->open);
    if (open == NULL) {
        return;
    }
    *open = (struct open_def){.def = number, .after = node->after, .end = node->end};
    uint32_t types = hr_tree_child(walk->tree, index, HR_FIELD_TYPE_PARAMETERS);
    if (types != 0) {
        def->type_params = hr_node_span(hr_walk_node(walk, types));
    }
    hr_walk_body(walk, number, body);
    if (node->kind == HR_NODE_FUNCTION) {
        uint32_t list = hr_tree_child(walk->tree, index, HR_FIELD_PARAMETERS);
        uint32_t returns = hr_tree_child(walk->tree, index, HR_FIELD_RETURN_TYPE);
        if (list != 0) {
            def->param_list = hr_node_span(hr_walk_node(walk, list));
            hr_walk_params(walk, number, list);
        }
        if (returns != 0) {
            def->returns = hr_node_span(hr_walk_node(walk, returns));
        }
    }
}

/* A definition's scope opens at its body: what stands in its header belongs to the
 * scope around it. */
static void open_body(struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    const struct hr_node *parent = hr_walk_node(walk, node->parent);
    if (node->field != HR_FIELD_BODY || walk->open.count == 0) {
        return;
    }
    if (parent->kind != HR_NODE_FUNCTION && parent->kind != HR_NODE_CLASS) {
        return;
    }
    const struct open_def *open = hr_array_at(&walk->open, walk->open.count - 1);
    struct hr_def *def = hr_walk_def(walk, open->def);
    if (def->keyword != parent->start) {
        return;
    }
    bool function = parent->kind == HR_NODE_FUNCTION;
    hr_scopes_push(walk->scopes, function ? HR_SCOPE_FUNCTION : HR_SCOPE_CLASS,
                   open->def, node->after);
    if (function && def->params.count > 0) {
        const struct hr_param *last =
            hr_array_at(&walk->defs->params, def->params.first + def->params.count - 1);
        uint32_t *item =
            last->kind == HR_PARAM_VARKW ? hr_array_push(&walk->varkws) : NULL;
        if (item != NULL) {
            *item = open->def;
        }
    }
}

static void close_definitions(struct hr_walk *walk, uint32_t index)
{
    while (walk->open.count > 0) {
        struct open_def *open = hr_array_at(&walk->open, walk->open.count - 1);
        if (open->after > index) {
            return;
        }
        struct hr_def *def = hr_walk_def(walk, open->def);
        def->detailed = !open->broken && open->end >= def->span.end;
        if (walk->varkws.count > 0 &&
            *(uint32_t *)hr_array_at(&walk->varkws, walk->varkws.count - 1) ==
                open->def) {
            hr_array_shrink(&walk->varkws, walk->varkws.count - 1);
        }
        hr_array_shrink(&walk->open, walk->open.count - 1);
    }
}

static void open_block(struct hr_walk *walk, uint32_t index, uint32_t weight)
{
    struct hr_scope *scope = hr_scopes_top(walk->scopes);
    struct block *block = hr_array_push(&walk->blocks);
    if (block == NULL) {
        return;
    }
    *block = (struct block){.after = hr_walk_node(walk, index)->after,
                            .scope = (uint32_t)walk->scopes->stack.count - 1,
                            .weight = weight};
    scope->blocks += weight;
    if (scope->def != HR_NONE) {
        struct hr_def *def = hr_walk_def(walk, scope->def);
        if (scope->blocks > def->block_depth) {
            def->block_depth = scope->blocks;
        }
    }
}

static void close_blocks(struct hr_walk *walk, uint32_t index)
{
    while (walk->blocks.count > 0) {
        struct block *block = hr_array_at(&walk->blocks, walk->blocks.count - 1);
        if (block->after > index) {
            return;
        }
        if (block->scope < walk->scopes->stack.count) {
            struct hr_scope *scope = hr_array_at(&walk->scopes->stack, block->scope);
            scope->blocks -= block->weight;
        }
        hr_array_shrink(&walk->blocks, walk->blocks.count - 1);
    }
}

static uint32_t with_items(const struct hr_walk *walk, uint32_t index)
{
    uint32_t count = 0;
    for (uint32_t i = index + 1; i < hr_walk_node(walk, index)->after; i++) {
        if (hr_walk_node(walk, i)->kind == HR_NODE_BLOCK) {
            break;
        }
        count += hr_walk_node(walk, i)->kind == HR_NODE_WITH_ITEM;
    }
    return count;
}

/* In a comprehension only its first iterable may yield, and that runs outside. */
static void note_yield(struct hr_walk *walk)
{
    const struct hr_scope *scope =
        hr_array_at(&walk->scopes->stack, hr_scopes_top(walk->scopes)->home);
    if (scope->kind == HR_SCOPE_FUNCTION) {
        hr_walk_def(walk, scope->def)->generator = true;
    }
}

static void visit(struct hr_walk *walk, uint32_t index)
{
    const struct hr_node *node = hr_walk_node(walk, index);
    switch (node->kind) {
    case HR_NODE_ERROR:
        note_error(walk, index);
        break;
    case HR_NODE_FUNCTION:
    case HR_NODE_CLASS:
        open_definition(walk, index);
        break;
    case HR_NODE_BLOCK:
        open_body(walk, index);
        break;
    case HR_NODE_LAMBDA:
        hr_scopes_push(walk->scopes, HR_SCOPE_LAMBDA, HR_NONE, node->after);
        break;
    case HR_NODE_LIST_COMPREHENSION:
    case HR_NODE_SET_COMPREHENSION:
    case HR_NODE_DICT_COMPREHENSION:
    case HR_NODE_GENERATOR:
        hr_scopes_push(walk->scopes, HR_SCOPE_COMPREHENSION, HR_NONE, node->after);
        break;
    case HR_NODE_FOR:
    case HR_NODE_WHILE:
        open_block(walk, index, 1);
        break;
    case HR_NODE_WITH:
        open_block(walk, index, with_items(walk, index));
        break;
    case HR_NODE_TRY:
    case HR_NODE_EXCEPT:
        open_block(walk, index, 2);
        break;
    case HR_NODE_CASE_PATTERN:
        if (node->after > walk->case_after) {
            walk->case_after = node->after;
        }
        break;
    case HR_NODE_YIELD:
        note_yield(walk);
        break;
    case HR_NODE_IDENTIFIER:
        hr_walk_name(walk, index);
        break;
    case HR_NODE_CALL:
        hr_walk_call(walk, index);
        break;
    case HR_NODE_INTERPOLATION:
        if (node->after > walk->formatted) {
            walk->formatted = node->after;
        }
        break;
    case HR_NODE_WILDCARD_IMPORT:
        walk->defs->imports_all = true;
        break;
    default:
        break;
    }
}

bool hr_detail_statement(struct hr_defs *defs, uint32_t first, uint32_t last,
                         const struct hr_tree *tree, struct hr_scopes *scopes,
                         struct hr_span statement, uint32_t line)
{
    struct hr_walk walk = {.defs = defs,
                           .tree = tree,
                           .scopes = scopes,
                           .next_def = first,
                           .last_def = last,
                           .statement = statement,
                           .line = line};
    hr_array_init(&walk.blocks, sizeof(struct block));
    hr_array_init(&walk.open, sizeof(struct open_def));
    hr_array_init(&walk.varkws, sizeof(uint32_t));
    hr_scopes_reset(scopes);
    uint32_t count = (uint32_t)tree->nodes.count;
    size_t first_super = defs->supers.count;
    for (uint32_t i = 0; i < count && !scopes->failed && !walk.blocks.failed; i++) {
        close_blocks(&walk, i);
        close_definitions(&walk, i);
        hr_scopes_leave(scopes, i);
        visit(&walk, i);
    }
    close_blocks(&walk, UINT32_MAX);
    close_definitions(&walk, UINT32_MAX);
    if (!scopes->failed) {
        hr_supers_local(defs, first_super, scopes);
        hr_scopes_flush(scopes, first, last);
    }
    bool ok = !defs->supers.failed && !defs->globals.failed && !scopes->failed &&
              !walk.blocks.failed && !walk.open.failed && !walk.varkws.failed &&
              !defs->params.failed && !defs->bindings.failed;
    hr_array_finish(&walk.blocks);
    hr_array_finish(&walk.open);
    hr_array_finish(&walk.varkws);
    return ok;
}
