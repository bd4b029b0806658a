#include "defs/handlers.h"

#include <string.h>

#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/tree.h"

struct finder {
    const char *text;
    struct hr_tree tree;
    size_t at; /* the first token of the line */
    struct hr_array *handlers;
};

static const struct hr_node *node_at(const struct finder *finder, uint32_t index)
{
    return hr_tree_node(&finder->tree, index);
}

static bool holds(const struct finder *finder, uint32_t index)
{
    const struct hr_node *node = node_at(finder, index);
    return node->start <= finder->at && finder->at < node->end;
}

static void add(struct finder *finder, enum hr_handler_kind kind, uint32_t statement,
                struct hr_span expression, bool reraises)
{
    struct hr_handler *handler = hr_array_push(finder->handlers);
    if (handler != NULL) {
        *handler = (struct hr_handler){.kind = kind,
                                       .statement = statement,
                                       .expression = expression,
                                       .reraises = reraises};
    }
}

static struct hr_span span_of(const struct finder *finder, uint32_t index)
{
    return hr_span(node_at(finder, index)->start, node_at(finder, index)->end);
}

static bool same_text(const struct finder *finder, struct hr_span a, struct hr_span b)
{
    return !hr_span_empty(a) && hr_span_size(a) == hr_span_size(b) &&
           memcmp(finder->text + a.start, finder->text + b.start, hr_span_size(a)) == 0;
}

/* Whether a clause's body ends in `raise`, or in `raise NAME` of its own name. */
static bool ends_in_raise(const struct finder *finder, uint32_t block,
                          struct hr_span alias)
{
    uint32_t last = 0;
    uint32_t end = node_at(finder, block)->after;
    for (uint32_t i = block + 1; i < end; i = node_at(finder, i)->after) {
        if (node_at(finder, i)->kind != HR_NODE_COMMENT) {
            last = i;
        }
    }
    if (last == 0 || node_at(finder, last)->kind != HR_NODE_RAISE) {
        return false;
    }
    bool bare = node_at(finder, last)->after == last + 1;
    return bare || (node_at(finder, last)->after == last + 2 &&
                    same_text(finder, span_of(finder, last + 1), alias));
}

/* except*: the grammar has one kind of node for both. */
static bool is_group(const struct finder *finder, uint32_t clause)
{
    size_t at = node_at(finder, clause)->start + strlen("except");
    while (at < node_at(finder, clause)->end &&
           strchr(" \t\f", finder->text[at]) != NULL) {
        at++;
    }
    return finder->text[at] == '*';
}

static void add_clause(struct finder *finder, uint32_t clause, uint32_t statement)
{
    struct hr_span types = {0, 0}, alias = {0, 0};
    bool reraises = false;
    uint32_t end = node_at(finder, clause)->after;
    for (uint32_t i = clause + 1; i < end; i = node_at(finder, i)->after) {
        switch (node_at(finder, i)->kind) {
        case HR_NODE_COMMENT:
            break;
        case HR_NODE_BLOCK:
            reraises = ends_in_raise(finder, i, alias);
            break;
        case HR_NODE_AS_PATTERN:
            types = span_of(finder, i + 1);
            for (uint32_t j = i + 1; j < node_at(finder, i)->after; j++) {
                if (node_at(finder, j)->kind == HR_NODE_AS_PATTERN_TARGET) {
                    alias = span_of(finder, j);
                }
            }
            break;
        default:
            if (node_at(finder, i)->field == HR_FIELD_ALIAS) {
                alias = span_of(finder, i);
            } else if (hr_span_empty(types)) {
                types = span_of(finder, i);
            } else {
                types.end = node_at(finder, i)->end; /* except A, B: (3.14) */
            }
        }
    }
    add(finder, is_group(finder, clause) ? HR_HANDLER_EXCEPT_GROUP : HR_HANDLER_EXCEPT,
        statement, types, reraises);
}

static void visit_try(struct finder *finder, uint32_t index)
{
    uint32_t body = hr_tree_child(&finder->tree, index, HR_FIELD_BODY);
    if (body == 0 || !holds(finder, body)) {
        return; /* in a clause: only what stands around the try counts */
    }
    uint32_t end = node_at(finder, index)->after;
    for (uint32_t i = index + 1; i < end; i = node_at(finder, i)->after) {
        uint16_t kind = node_at(finder, i)->kind;
        if (kind == HR_NODE_EXCEPT) {
            add_clause(finder, i, index);
        }
    }
}

static void visit_with(struct finder *finder, uint32_t index)
{
    uint32_t body = hr_tree_child(&finder->tree, index, HR_FIELD_BODY);
    if (body == 0 || !holds(finder, body)) {
        return;
    }
    for (uint32_t i = index + 1; i < body; i++) {
        if (node_at(finder, i)->kind != HR_NODE_WITH_ITEM) {
            continue;
        }
        uint32_t value = i + 1;
        if (node_at(finder, value)->kind == HR_NODE_AS_PATTERN) {
            value++;
        }
        add(finder, HR_HANDLER_WITH, index, span_of(finder, value), false);
    }
}

static void walk(struct finder *finder)
{
    uint32_t i = 0;
    while (i < finder->tree.nodes.count) {
        const struct hr_node *node = node_at(finder, i);
        if (i != 0 && !holds(finder, i)) {
            i = node->after;
            continue;
        }
        uint16_t parent = node_at(finder, node->parent)->kind;
        if (node->kind == HR_NODE_TRY) {
            visit_try(finder, i);
        } else if (node->kind == HR_NODE_WITH) {
            visit_with(finder, i);
        } else if (node->kind == HR_NODE_BLOCK && node->field == HR_FIELD_BODY &&
                   (parent == HR_NODE_FUNCTION || parent == HR_NODE_CLASS)) {
            hr_array_shrink(finder->handlers, 0); /* another frame */
        }
        i++;
    }
}

static size_t offset_of(const char *text, size_t size,
                        const struct hr_logical_line *logical, uint32_t line,
                        size_t column)
{
    if (column == SIZE_MAX) {
        return logical->first;
    }
    size_t at = hr_line_start(text, logical->first);
    at = hr_line_skip(text, size, at, line > logical->line ? line - logical->line : 0);
    return at + column < logical->end ? at + column : logical->first;
}

/* The top-level statement that holds the line; *at is the place in it. */
static bool find_statement(const char *text, size_t size, uint32_t line, size_t column,
                           struct hr_statement *statement, size_t *at)
{
    struct hr_cut cut;
    struct hr_error ignored = {0};
    hr_cut_init(&cut, text, size);
    while (hr_cut_statement(&cut, statement, &ignored)) {
        for (size_t i = 0; i < statement->lines.count; i++) {
            const struct hr_logical_line *logical = hr_array_at(&statement->lines, i);
            if (line >= logical->line && line <= logical->last_line) {
                *at = offset_of(text, size, logical, line, column);
                return true;
            }
        }
    }
    return false;
}

bool hr_handlers_find(const char *text, size_t size, uint32_t line, size_t column,
                      struct hr_array *handlers, struct hr_error *err)
{
    struct finder finder = {.text = text, .handlers = handlers};
    struct hr_statement statement;
    struct hr_error ignored = {0};
    struct hr_parser *parser = NULL;
    hr_statement_init(&statement);
    hr_tree_init(&finder.tree);
    bool ok = true;
    if (find_statement(text, size, line, column, &statement, &finder.at)) {
        parser = hr_parser_create(err);
        ok = parser != NULL;
    }
    if (parser != NULL &&
        hr_parser_parse(parser, text, statement.span, &finder.tree, &ignored)) {
        walk(&finder);
    }
    if (handlers->failed || ignored.kind == HR_ERROR_MEMORY) {
        ok = hr_error_memory(err);
    }
    hr_parser_destroy(parser);
    hr_tree_finish(&finder.tree);
    hr_statement_finish(&statement);
    return ok;
}
