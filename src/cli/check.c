#include "cli/check.h"

#include <stdint.h>

#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/tree.h"

/* The first error node that holds no other: the place to point at. */
static uint32_t find_error(const struct hr_tree *tree)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < tree->nodes.count; i++) {
        if (hr_tree_node(tree, i)->kind == HR_NODE_ERROR) {
            found = i;
            break;
        }
    }
    return found;
}

static bool refuse(const char *text, const struct hr_statement *statement, size_t offset,
                   struct hr_error *err)
{
    const struct hr_logical_line *first = hr_array_at(&statement->lines, 0);
    size_t at = statement->span.start;
    uint32_t line = first->line;
    /* `line` is that of the first token, which may stand below the span's start. */
    for (size_t i = at; i < first->first;) {
        size_t end = hr_line_end(text, first->first, i);
        if (end >= first->first && text[first->first - 1] != '\n') {
            break;
        }
        i = end;
        line--;
    }
    while (at < offset) {
        size_t end = hr_line_end(text, statement->span.end, at);
        if (end > offset) {
            break;
        }
        at = end;
        line++;
    }
    return hr_error_at(err, HR_ERROR_SYNTAX, line + 1, (uint32_t)(offset - at + 1),
                       "invalid syntax");
}

bool hr_check_syntax(const char *text, size_t size, struct hr_error *err)
{
    struct hr_parser *parser = hr_parser_create(err);
    if (parser == NULL) {
        return false;
    }
    struct hr_cut cut;
    struct hr_statement statement;
    struct hr_tree tree;
    struct hr_error stop = {0};
    bool ok = true;
    hr_cut_init(&cut, text, size);
    hr_statement_init(&statement);
    hr_tree_init(&tree);
    while (ok && hr_cut_statement(&cut, &statement, &stop)) {
        ok = hr_parser_parse(parser, text, statement.span, &tree, err);
        if (ok && tree.has_error) {
            const struct hr_node *node = hr_tree_node(&tree, find_error(&tree));
            ok = refuse(text, &statement, node->start, err);
        }
    }
    if (ok && stop.kind != HR_ERROR_NONE) {
        *err = stop;
        ok = false;
    }
    hr_tree_finish(&tree);
    hr_statement_finish(&statement);
    hr_parser_destroy(parser);
    return ok;
}
