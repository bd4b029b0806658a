#include "defs/handlers.h"

#include <string.h>

#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/tokenlist.h"

struct finder {
    const char *text;
    const struct hr_logical_line *lines; /* of one statement */
    size_t count;
    struct hr_array tokens; /* of the line that was read last */
    struct hr_array *handlers;
};

static const struct hr_token *token_at(const struct finder *finder, size_t index)
{
    return hr_array_at(&finder->tokens, index);
}

static bool starts_with(const struct finder *finder, size_t line, enum hr_keyword word)
{
    const char *first = finder->text + finder->lines[line].first;
    size_t size = finder->lines[line].end - finder->lines[line].first;
    size_t end = 0;
    while (end < size && first[end] >= 'a' && first[end] <= 'z') {
        end++;
    }
    return end > 0 && hr_find_keyword(first, end, end) == word;
}

/* The tokens of a line; false if there are none that Python has. */
static bool read_line(struct finder *finder, size_t line)
{
    return hr_token_list(&finder->tokens, finder->text, &finder->lines[line]);
}

static size_t find_colon(const struct finder *finder)
{
    return hr_token_find(&finder->tokens, 0, finder->tokens.count, ':', 0);
}

static struct hr_span span_of(const struct finder *finder, size_t from, size_t to)
{
    return from < to
               ? hr_span(token_at(finder, from)->start, token_at(finder, to - 1)->end)
               : hr_span(0, 0);
}

/* The `as` in [from, to) that stands in no brackets deeper than `depth`; `to`. */
static size_t find_as(const struct finder *finder, size_t from, size_t to,
                      uint32_t depth)
{
    while (from < to && (token_at(finder, from)->keyword != HR_KEYWORD_AS ||
                         token_at(finder, from)->depth > depth)) {
        from++;
    }
    return from;
}

static void add(struct finder *finder, enum hr_handler_kind kind, size_t statement,
                struct hr_span expression, bool reraises)
{
    struct hr_handler *handler = hr_array_push(finder->handlers);
    if (handler != NULL) {
        *handler = (struct hr_handler){.kind = kind,
                                       .statement = (uint32_t)statement,
                                       .expression = expression,
                                       .reraises = reraises};
    }
}

/* ---- except clauses ---- */

static bool same_text(const struct finder *finder, struct hr_span a, struct hr_span b)
{
    return !hr_span_empty(a) && hr_span_size(a) == hr_span_size(b) &&
           memcmp(finder->text + a.start, finder->text + b.start, hr_span_size(a)) == 0;
}

/* Whether the tokens from `from` on end in `raise`, or in `raise NAME` of that name. */
static bool end_in_raise(const struct finder *finder, size_t from, struct hr_span alias)
{
    size_t to = finder->tokens.count;
    while (to > from && token_at(finder, to - 1)->op == ';') {
        to--;
    }
    size_t last = to;
    while (last > from && token_at(finder, last - 1)->op != ';') {
        last--;
    }
    if (last == to || token_at(finder, last)->keyword != HR_KEYWORD_RAISE) {
        return false;
    }
    return to - last == 1 ||
           (to - last == 2 && same_text(finder, span_of(finder, last + 1, to), alias));
}

/* Whether the block below line `clause` ends so. */
static bool block_ends_in_raise(struct finder *finder, size_t clause,
                                struct hr_span alias)
{
    const struct hr_logical_line *lines = finder->lines;
    size_t last = clause;
    while (last + 1 < finder->count && lines[last + 1].depth > lines[clause].depth) {
        last++;
    }
    /* A deeper one is part of another statement, and so is what follows a ':'. */
    return last > clause && lines[last].depth == lines[clause + 1].depth &&
           read_line(finder, last) && find_colon(finder) == finder->tokens.count &&
           end_in_raise(finder, 0, alias);
}

static void add_clause(struct finder *finder, size_t line, size_t statement)
{
    if (!starts_with(finder, line, HR_KEYWORD_EXCEPT) || !read_line(finder, line)) {
        return;
    }
    size_t count = finder->tokens.count;
    size_t colon = find_colon(finder);
    size_t from = 1;
    bool group = from < colon && token_at(finder, from)->op == '*';
    from += group;
    size_t as = find_as(finder, from, colon, 0);
    struct hr_span types = span_of(finder, from, as);
    struct hr_span alias = span_of(finder, as + 1, colon);
    bool reraises = colon + 1 < count ? end_in_raise(finder, colon + 1, alias)
                                      : block_ends_in_raise(finder, line, alias);
    add(finder, group ? HR_HANDLER_EXCEPT_GROUP : HR_HANDLER_EXCEPT, statement, types,
        reraises);
}

/* The clause that follows the clause or statement `at`, of the same try; finder->count:
 * there is none. */
static size_t next_clause(const struct finder *finder, size_t at)
{
    const struct hr_logical_line *lines = finder->lines;
    size_t next = at + 1;
    while (next < finder->count && lines[next].depth > lines[at].depth) {
        next++;
    }
    return next < finder->count && lines[next].depth == lines[at].depth &&
                   lines[next].kind == HR_LINE_CLAUSE
               ? next
               : finder->count;
}

static void add_clauses(struct finder *finder, size_t line)
{
    for (size_t i = next_clause(finder, line); i < finder->count;
         i = next_clause(finder, i)) {
        add_clause(finder, i, finder->lines[line].first);
    }
}

/* ---- finally ---- */

static bool is_leaving(enum hr_keyword word)
{
    return word == HR_KEYWORD_RETURN || word == HR_KEYWORD_BREAK ||
           word == HR_KEYWORD_CONTINUE;
}

static bool tokens_raise(const struct finder *finder)
{
    bool raise = false;
    for (size_t i = 0; !raise && i < finder->tokens.count; i++) {
        raise = token_at(finder, i)->keyword == HR_KEYWORD_RAISE;
    }
    return raise;
}

/* Whether a statement of the tokens from `from` on, which stands in no other, leaves.
 */
static bool tokens_leave(const struct finder *finder, size_t from)
{
    bool leave = false;
    for (size_t i = from; !leave && i < finder->tokens.count; i++) {
        leave = is_leaving(token_at(finder, i)->keyword) &&
                (i == from || token_at(finder, i - 1)->op == ';');
    }
    return leave;
}

/* Whether the block of the `finally` at `line` is left by its last statement, whatever
 * was on its way, and nothing in it raises. */
static bool finally_leaves(struct finder *finder, size_t line)
{
    const struct hr_logical_line *lines = finder->lines;
    size_t colon;
    bool leaves = false;
    if (!read_line(finder, line)) {
        return false;
    }
    colon = find_colon(finder);
    if (colon + 1 < finder->tokens.count) {
        return !tokens_raise(finder) && tokens_leave(finder, colon + 1);
    }
    for (size_t i = line + 1; i < finder->count && lines[i].depth > lines[line].depth;
         i++) {
        if (!read_line(finder, i) || tokens_raise(finder)) {
            return false;
        }
        /* What follows a ':' may not run, or leave a loop of that line's. */
        leaves = lines[i].depth == lines[line + 1].depth &&
                 find_colon(finder) == finder->tokens.count && tokens_leave(finder, 0);
    }
    return leaves;
}

/* Of the try that the line is a clause or the start of. */
static void add_finally(struct finder *finder, size_t line)
{
    for (size_t i = next_clause(finder, line); i < finder->count;
         i = next_clause(finder, i)) {
        if (starts_with(finder, i, HR_KEYWORD_FINALLY) && finally_leaves(finder, i)) {
            add(finder, HR_HANDLER_FINALLY, finder->lines[i].first, hr_span(0, 0),
                false);
        }
    }
}

/* ---- with items ---- */

/* Each item is a statement of its own: the later ones stand inside the earlier.  Those
 * that end above offset `at`. */
static void add_items(struct finder *finder, size_t line, size_t at)
{
    if (!read_line(finder, line)) {
        return;
    }
    const struct hr_array *tokens = &finder->tokens;
    size_t from = token_at(finder, 0)->keyword == HR_KEYWORD_ASYNC ? 2 : 1;
    size_t to = find_colon(finder);
    bool bracketed = from < to && token_at(finder, from)->op == '(' &&
                     hr_token_find(tokens, from, to, ')', 0) + 1 == to;
    from += bracketed;
    to -= bracketed;
    while (from < to) {
        size_t end = hr_token_find(tokens, from, to, ',', bracketed);
        size_t as = find_as(finder, from, end, bracketed);
        if (from < as && token_at(finder, end - 1)->end <= at) {
            add(finder, HR_HANDLER_WITH, token_at(finder, from)->start,
                span_of(finder, from, as), false);
        }
        from = end + 1;
    }
}

/* ---- around a place ---- */

static void add_handlers(struct finder *finder, size_t line)
{
    if (starts_with(finder, line, HR_KEYWORD_TRY)) {
        add_finally(finder, line);
        add_clauses(finder, line);
    } else if (starts_with(finder, line, HR_KEYWORD_EXCEPT) ||
               starts_with(finder, line, HR_KEYWORD_ELSE)) {
        add_finally(finder, line);
    } else if (starts_with(finder, line, HR_KEYWORD_WITH) ||
               starts_with(finder, line, HR_KEYWORD_ASYNC)) {
        add_items(finder, line, SIZE_MAX);
    }
}

static bool is_definition(const struct hr_logical_line *line)
{
    return line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS;
}

/* Around offset `at`, which stands in line `line`. */
static void find_around(struct finder *finder, size_t line, size_t at)
{
    size_t headers[HR_MAX_INDENT + 2]; /* from the inside out */
    size_t count = 0;
    uint32_t depth = finder->lines[line].depth;
    bool behind = at > finder->lines[line].first && read_line(finder, line);
    size_t colon = behind ? find_colon(finder) : 0;
    behind =
        behind && colon < finder->tokens.count && token_at(finder, colon)->end <= at;
    if (behind && is_definition(&finder->lines[line])) {
        return; /* a body on its header's line: nothing is around it */
    }
    if (behind) {
        headers[count++] = line;
    }
    bool item = !behind && (starts_with(finder, line, HR_KEYWORD_WITH) ||
                            starts_with(finder, line, HR_KEYWORD_ASYNC));
    for (size_t i = line; i-- > 0 && depth > 0;) {
        if (finder->lines[i].depth < depth) {
            if (is_definition(&finder->lines[i])) {
                break; /* another frame */
            }
            depth = finder->lines[i].depth;
            headers[count++] = i;
        }
    }
    while (count-- > 0) {
        add_handlers(finder, headers[count]);
    }
    if (item) {
        add_items(finder, line, at);
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

/* The line of `statement` that holds physical line `line`; SIZE_MAX. */
static size_t find_line(const struct hr_statement *statement, uint32_t line)
{
    for (size_t i = 0; i < statement->lines.count; i++) {
        const struct hr_logical_line *logical = hr_array_at(&statement->lines, i);
        if (line >= logical->line && line <= logical->last_line) {
            return i;
        }
    }
    return SIZE_MAX;
}

bool hr_handlers_find(const char *text, size_t size, uint32_t from, uint32_t line,
                      size_t column, struct hr_array *handlers, struct hr_error *err)
{
    struct finder finder = {.text = text, .handlers = handlers};
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error ignored = {0};
    hr_statement_init(&statement);
    hr_array_init(&finder.tokens, sizeof(struct hr_token));
    hr_cut_init(&cut, text, size);
    if (from > 0) {
        hr_cut_init_at(&cut, text, size, hr_line_skip(text, size, 0, from), from);
    }
    bool more = true;
    while (more) {
        /* A line left of `from` fails it, when all of the function has been read. */
        more = hr_cut_statement(&cut, &statement, &ignored);
        size_t index = find_line(&statement, line);
        if (index != SIZE_MAX) {
            finder.lines = statement.lines.items;
            finder.count = statement.lines.count;
            find_around(&finder, index,
                        offset_of(text, size, &finder.lines[index], line, column));
            break;
        }
    }
    bool failed =
        handlers->failed || finder.tokens.failed || ignored.kind == HR_ERROR_MEMORY;
    hr_array_finish(&finder.tokens);
    hr_statement_finish(&statement);
    return !failed || hr_error_memory(err);
}
