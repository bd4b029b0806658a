#include "defs/detail.h"

#include <string.h>

#include "base/lines.h"
#include "defs/supers.h"

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

struct walk {
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

static const struct hr_node *node_at(const struct walk *walk, uint32_t index)
{
    return hr_tree_node(walk->tree, index);
}

static struct hr_span span_of(const struct hr_node *node)
{
    return hr_span(node->start, node->end);
}

static struct hr_def *def_at(const struct walk *walk, uint32_t index)
{
    return hr_array_at(&walk->defs->defs, index);
}

static bool text_is(const struct walk *walk, struct hr_span span, const char *word)
{
    size_t size = strlen(word);
    return hr_span_size(span) == size &&
           memcmp(walk->defs->text + span.start, word, size) == 0;
}

/* ---- parameters ---- */

/* The first identifier in the subtree: a parameter's name under *, ** and types. */
static struct hr_span name_inside(const struct walk *walk, uint32_t index)
{
    for (uint32_t i = index; i < node_at(walk, index)->after; i++) {
        if (node_at(walk, i)->kind == HR_NODE_IDENTIFIER) {
            return span_of(node_at(walk, i));
        }
    }
    return hr_span(0, 0);
}

static void add_param(struct walk *walk, uint32_t def, uint32_t index,
                      enum hr_param_kind kind)
{
    struct hr_param *param = hr_array_push(&walk->defs->params);
    if (param == NULL) {
        return;
    }
    const struct hr_node *node = node_at(walk, index);
    param->name = name_inside(walk, index);
    param->kind = kind;
    if (node->kind == HR_NODE_DEFAULT_PARAMETER ||
        node->kind == HR_NODE_TYPED_DEFAULT_PARAMETER) {
        uint32_t value = hr_tree_child(walk->tree, index, HR_FIELD_VALUE);
        param->default_value = span_of(node_at(walk, value));
    }
    if (node->kind == HR_NODE_TYPED_PARAMETER ||
        node->kind == HR_NODE_TYPED_DEFAULT_PARAMETER) {
        uint32_t type = hr_tree_child(walk->tree, index, HR_FIELD_TYPE);
        param->annotation = span_of(node_at(walk, type));
    }
    uint32_t number = (uint32_t)walk->defs->params.count - 1;
    struct hr_bound *bound = hr_scopes_bind(walk->scopes, def, param->name);
    if (bound != NULL) {
        bound->param = number;
        bound->count++;
    }
    def_at(walk, def)->params.count++;
}

static enum hr_param_kind param_kind(const struct walk *walk, uint32_t index,
                                     bool keyword_only)
{
    uint16_t kind = node_at(walk, index)->kind;
    if (kind == HR_NODE_TYPED_PARAMETER) {
        kind = node_at(walk, index + 1)->kind;
    }
    if (kind == HR_NODE_LIST_SPLAT_PATTERN) {
        return HR_PARAM_VARARGS;
    }
    if (kind == HR_NODE_DICT_SPLAT_PATTERN) {
        return HR_PARAM_VARKW;
    }
    return keyword_only ? HR_PARAM_KEYWORD_ONLY : HR_PARAM_POSITIONAL;
}

static void read_params(struct walk *walk, uint32_t def, uint32_t list)
{
    struct hr_range *range = &def_at(walk, def)->params;
    range->first = (uint32_t)walk->defs->params.count;
    bool keyword_only = false;
    uint32_t end = node_at(walk, list)->after;
    for (uint32_t i = list + 1; i < end; i = node_at(walk, i)->after) {
        switch (node_at(walk, i)->kind) {
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

static bool is_plain_string(const struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    if (node->kind == HR_NODE_PARENTHESIZED || node->kind == HR_NODE_CONCATENATED) {
        bool any = false;
        for (uint32_t i = index + 1; i < node->after; i = node_at(walk, i)->after) {
            if (node_at(walk, i)->kind == HR_NODE_COMMENT) {
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

static void read_body(struct walk *walk, uint32_t def_index, uint32_t body)
{
    struct hr_def *def = def_at(walk, def_index);
    bool first = true;
    def->trivial = true;
    uint32_t end = node_at(walk, body)->after;
    for (uint32_t i = body + 1; i < end; i = node_at(walk, i)->after) {
        const struct hr_node *node = node_at(walk, i);
        if (node->kind == HR_NODE_COMMENT) {
            continue;
        }
        uint32_t child = i + 1 < node->after ? i + 1 : 0;
        bool lone = node->kind == HR_NODE_EXPRESSION_STATEMENT && child != 0 &&
                    node_at(walk, child)->after == node->after;
        if (first && lone && is_plain_string(walk, child)) {
            def->docstring = span_of(node_at(walk, child));
        } else if (node->kind != HR_NODE_PASS &&
                   !(lone && node_at(walk, child)->kind == HR_NODE_ELLIPSIS)) {
            def->trivial = false;
        }
        first = false;
    }
}

/* ---- the walk ---- */

static void note_error(struct walk *walk, uint32_t index)
{
    for (size_t i = 0; i < walk->open.count; i++) {
        ((struct open_def *)hr_array_at(&walk->open, i))->broken = true;
    }
    if (walk->errors++ >= MAX_ERRORS) {
        return;
    }
    const struct hr_node *node = node_at(walk, index);
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

static void open_definition(struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    size_t count = walk->last_def;
    while (walk->next_def < count &&
           def_at(walk, walk->next_def)->keyword < node->start) {
        walk->next_def++;
    }
    uint32_t body = hr_tree_child(walk->tree, index, HR_FIELD_BODY);
    if (walk->next_def >= count ||
        def_at(walk, walk->next_def)->keyword != node->start || body == 0) {
        return;
    }
    uint32_t number = walk->next_def++;
    struct hr_def *def = def_at(walk, number);
    struct open_def *open = hr_array_push(&walk->open);
    if (open == NULL) {
        return;
    }
    *open = (struct open_def){.def = number, .after = node->after, .end = node->end};
    uint32_t types = hr_tree_child(walk->tree, index, HR_FIELD_TYPE_PARAMETERS);
    if (types != 0) {
        def->type_params = span_of(node_at(walk, types));
    }
    read_body(walk, number, body);
    if (node->kind == HR_NODE_FUNCTION) {
        uint32_t list = hr_tree_child(walk->tree, index, HR_FIELD_PARAMETERS);
        uint32_t returns = hr_tree_child(walk->tree, index, HR_FIELD_RETURN_TYPE);
        if (list != 0) {
            def->param_list = span_of(node_at(walk, list));
            read_params(walk, number, list);
        }
        if (returns != 0) {
            def->returns = span_of(node_at(walk, returns));
        }
    }
}

/* A definition's scope opens at its body: what stands in its header belongs to the
 * scope around it. */
static void open_body(struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    const struct hr_node *parent = node_at(walk, node->parent);
    if (node->field != HR_FIELD_BODY || walk->open.count == 0) {
        return;
    }
    if (parent->kind != HR_NODE_FUNCTION && parent->kind != HR_NODE_CLASS) {
        return;
    }
    const struct open_def *open = hr_array_at(&walk->open, walk->open.count - 1);
    struct hr_def *def = def_at(walk, open->def);
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

static void close_definitions(struct walk *walk, uint32_t index)
{
    while (walk->open.count > 0) {
        struct open_def *open = hr_array_at(&walk->open, walk->open.count - 1);
        if (open->after > index) {
            return;
        }
        struct hr_def *def = def_at(walk, open->def);
        def->detailed = !open->broken && open->end >= def->span.end;
        if (walk->varkws.count > 0 &&
            *(uint32_t *)hr_array_at(&walk->varkws, walk->varkws.count - 1) ==
                open->def) {
            hr_array_shrink(&walk->varkws, walk->varkws.count - 1);
        }
        hr_array_shrink(&walk->open, walk->open.count - 1);
    }
}

static void open_block(struct walk *walk, uint32_t index, uint32_t weight)
{
    struct hr_scope *scope = hr_scopes_top(walk->scopes);
    struct block *block = hr_array_push(&walk->blocks);
    if (block == NULL) {
        return;
    }
    *block = (struct block){.after = node_at(walk, index)->after,
                            .scope = (uint32_t)walk->scopes->stack.count - 1,
                            .weight = weight};
    scope->blocks += weight;
    if (scope->def != HR_NONE) {
        struct hr_def *def = def_at(walk, scope->def);
        if (scope->blocks > def->block_depth) {
            def->block_depth = scope->blocks;
        }
    }
}

static void close_blocks(struct walk *walk, uint32_t index)
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

static uint32_t with_items(const struct walk *walk, uint32_t index)
{
    uint32_t count = 0;
    for (uint32_t i = index + 1; i < node_at(walk, index)->after; i++) {
        if (node_at(walk, i)->kind == HR_NODE_BLOCK) {
            break;
        }
        count += node_at(walk, i)->kind == HR_NODE_WITH_ITEM;
    }
    return count;
}

/* ---- names ---- */

/* A function that declares a parameter of one around it nonlocal may rebind it. */
static void mark_outer(struct walk *walk, uint32_t def, struct hr_span name)
{
    for (uint32_t outer = def_at(walk, def)->parent; outer != HR_NONE;
         outer = def_at(walk, outer)->parent) {
        struct hr_bound *bound = hr_scopes_find(walk->scopes, outer, name);
        if (bound != NULL && bound->param != HR_NONE) {
            struct hr_param *param = hr_array_at(&walk->defs->params, bound->param);
            param->rebound = true;
            param->escapes = true;
        }
    }
}

static void bind_global(struct walk *walk, struct hr_span name)
{
    struct hr_span *item = hr_array_push(&walk->defs->globals);
    if (item != NULL) {
        *item = name;
    }
}

static void store(struct walk *walk, const struct hr_scope *scope, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    uint16_t parent = node_at(walk, node->parent)->kind;
    if (scope->kind == HR_SCOPE_MODULE) {
        /* The outline knows the definitions. */
        if (parent != HR_NODE_FUNCTION && parent != HR_NODE_CLASS) {
            bind_global(walk, span_of(node));
        }
        return;
    }
    if (scope->def == HR_NONE) {
        return;
    }
    struct hr_bound *bound = hr_scopes_bind(walk->scopes, scope->def, span_of(node));
    if (bound == NULL) {
        return;
    }
    bound->count++;
    if (bound->binding.kind == HR_BINDING_GLOBAL) {
        bind_global(walk, span_of(node));
    } else if (bound->param != HR_NONE) {
        ((struct hr_param *)hr_array_at(&walk->defs->params, bound->param))->rebound =
            true;
    }
}

static void declare(struct walk *walk, const struct hr_scope *scope,
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
static bool is_harmless_use(const struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    const struct hr_node *parent = node_at(walk, node->parent);
    const struct hr_node *above = node_at(walk, parent->parent);
    if (parent->kind == HR_NODE_DICT_SPLAT) {
        return true;
    }
    if (parent->kind == HR_NODE_SUBSCRIPT && node->field == HR_FIELD_VALUE) {
        return above->kind != HR_NODE_DELETE && parent->field != HR_FIELD_LEFT &&
               !hr_scopes_is_store(walk->tree, node->parent);
    }
    if (parent->kind == HR_NODE_ATTRIBUTE && node->field == HR_FIELD_OBJECT &&
        above->kind == HR_NODE_CALL && parent->field == HR_FIELD_FUNCTION) {
        uint32_t attribute =
            hr_tree_child(walk->tree, node->parent, HR_FIELD_ATTRIBUTE);
        struct hr_span name = span_of(node_at(walk, attribute));
        return text_is(walk, name, "get") || text_is(walk, name, "items") ||
               text_is(walk, name, "keys") || text_is(walk, name, "values") ||
               text_is(walk, name, "copy");
    }
    return false;
}

static void use(struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    const struct hr_node *parent = node_at(walk, node->parent);
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
        const struct hr_range *range = &def_at(walk, def)->params;
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

static void visit_name(struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
    uint16_t parent = node_at(walk, node->parent)->kind;
    struct hr_scope *scope = hr_scopes_top(walk->scopes);
    struct hr_span name = span_of(node);
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

static bool is_super_call(const struct walk *walk, uint32_t index, uint32_t *arguments)
{
    uint32_t function = hr_tree_child(walk->tree, index, HR_FIELD_FUNCTION);
    *arguments = hr_tree_child(walk->tree, index, HR_FIELD_ARGUMENTS);
    if (function == 0 || *arguments == 0 ||
        node_at(walk, function)->kind != HR_NODE_IDENTIFIER ||
        !text_is(walk, span_of(node_at(walk, function)), "super") ||
        node_at(walk, *arguments)->kind != HR_NODE_ARGUMENT_LIST) {
        return false;
    }
    for (uint32_t i = *arguments + 1; i < node_at(walk, *arguments)->after; i++) {
        if (node_at(walk, i)->kind != HR_NODE_COMMENT) {
            return false;
        }
    }
    return true;
}

static void visit_call(struct walk *walk, uint32_t index)
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
    call->call = span_of(node_at(walk, index));
    call->parens = span_of(node_at(walk, arguments));
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

static void visit(struct walk *walk, uint32_t index)
{
    const struct hr_node *node = node_at(walk, index);
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
    case HR_NODE_EXCEPT_GROUP:
        open_block(walk, index, 2);
        break;
    case HR_NODE_CASE_PATTERN:
        walk->case_after = node->after;
        break;
    case HR_NODE_YIELD: {
        /* In a comprehension only its first iterable may yield, and that runs outside.
         */
        const struct hr_scope *scope =
            hr_array_at(&walk->scopes->stack, hr_scopes_top(walk->scopes)->home);
        if (scope->kind == HR_SCOPE_FUNCTION) {
            def_at(walk, scope->def)->generator = true;
        }
        break;
    }
    case HR_NODE_IDENTIFIER:
        visit_name(walk, index);
        break;
    case HR_NODE_CALL:
        visit_call(walk, index);
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
    struct walk walk = {.defs = defs,
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
