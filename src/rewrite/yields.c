#include "rewrite/yields.h"

#include <string.h>

#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/scan.h"
#include "syntax/tokenlist.h"

struct place {       /* where the lines at one depth stand */
    bool branches;   /* in a loop, or in one of several ways */
    bool interrupts; /* in a with or try: what fails there may be caught behind it */
    bool fresh;      /* ... of which nothing has run that may fail */
};

struct finder {
    const struct hr_defs *defs;
    const struct hr_def *def;
    struct hr_array *yields;
    struct hr_array *tokens;
    struct place places[HR_MAX_INDENT + 3];
    bool unsure;  /* a yield stands where it cannot be counted */
    bool counted; /* one has to be */
};

static const struct hr_token *token_at(const struct finder *f, size_t index)
{
    return (const struct hr_token *)f->tokens->items + index;
}

static bool is_keyword(const struct finder *f, size_t index, enum hr_keyword keyword)
{
    return index < f->tokens->count && token_at(f, index)->keyword == keyword;
}

/* ---- f-strings: one token, whatever stands in them ---- */

static bool is_formatted(const char *text, const struct hr_token *token)
{
    for (size_t at = token->start; at < token->end; at++) {
        if (text[at] == '\'' || text[at] == '"') {
            return false;
        }
        if (text[at] == 'f' || text[at] == 'F') {
            return true;
        }
    }
    return false;
}

/* Whether the word stands within braces. */
static bool yields_within(const char *text, const struct hr_token *token)
{
    static const char word[] = "yield";
    size_t size = sizeof word - 1;
    unsigned braces = 0;
    if (!is_formatted(text, token)) {
        return false;
    }
    for (size_t at = token->start; at < token->end; at++) {
        if (text[at] == '{') {
            braces++;
        } else if (text[at] == '}') {
            braces -= braces > 0;
        } else if (braces > 0 && token->end - at > size &&
                   memcmp(text + at, word, size) == 0 &&
                   !hr_is_word((unsigned char)text[at - 1]) &&
                   !hr_is_word((unsigned char)text[at + size])) {
            return true;
        }
    }
    return false;
}

/* ---- one yield ---- */

/* Past the last token of what the one at `index` yields. */
static size_t value_end(const struct finder *f, size_t index)
{
    uint32_t depth = token_at(f, index)->depth;
    size_t end = index + 1;
    while (end < f->tokens->count && token_at(f, end)->depth >= depth &&
           !(depth == 0 && token_at(f, end)->op == ';')) {
        end++;
    }
    return end;
}

/* Whether it is no expression of those that may be yielded, but would be one or more of
 * them between brackets. */
static bool is_ambiguous(const struct finder *f, size_t from, size_t end,
                         bool delegates)
{
    uint32_t depth = from < end ? token_at(f, from)->depth : 0;
    bool listed = false;
    if (from >= end) {
        return delegates;
    }
    for (size_t i = from; i < end; i++) {
        const struct hr_token *token = token_at(f, i);
        bool forbidden = token->keyword == HR_KEYWORD_FOR ||
                         token->keyword == HR_KEYWORD_YIELD ||
                         token->op == HR_OP2(':', '=');
        if (token->depth == depth && forbidden) {
            return true;
        }
        listed = listed || (token->depth == depth && token->op == ',');
    }
    return (delegates && listed) || (token_at(f, from)->op == '*' && !listed) ||
           hr_token_find(f->tokens, from, end, ':', depth) < end;
}

/* A name or a constant: the load of it does not fail. */
static bool is_quiet(const struct finder *f, size_t from, size_t end)
{
    enum hr_token_kind kind = from < end ? token_at(f, from)->kind : HR_TOKEN_NAME;
    return end - from <= 1 && kind != HR_TOKEN_OPERATOR;
}

static void add_yield(struct finder *f, size_t index, const struct place *place,
                      bool compound)
{
    bool delegates = is_keyword(f, index + 1, HR_KEYWORD_FROM);
    size_t from = index + 1 + delegates;
    size_t end = value_end(f, index);
    const struct hr_token *word = token_at(f, index);
    const struct hr_token *last = token_at(f, end - 1);
    struct hr_yield *yield = hr_array_push(f->yields);
    if (yield == NULL) {
        return;
    }
    yield->word = hr_span(word->start, token_at(f, from - 1)->end);
    yield->value = from < end ? hr_span(token_at(f, from)->start, last->end)
                              : hr_span(yield->word.end, yield->word.end);
    yield->delegates = delegates;
    f->unsure = f->unsure || is_ambiguous(f, from, end, delegates);
    if (delegates || compound || word->depth > 0 || place->branches ||
        (place->interrupts &&
         (!place->fresh || index > 0 || !is_quiet(f, from, end)))) {
        f->counted = true;
    }
}

/* Whether the body of the lambda at `lambda` goes on up to the token at `to`. */
static bool reaches(const struct finder *f, size_t lambda, size_t to)
{
    uint32_t depth = token_at(f, lambda)->depth;
    size_t i = lambda + 1;
    while (i < to && !(token_at(f, i)->op == ':' && token_at(f, i)->depth == depth)) {
        i++;
    }
    for (i++; i < to; i++) {
        const struct hr_token *token = token_at(f, i);
        bool ends = token->op == ',' || token->op == ':' || token->op == '=' ||
                    token->op == ';' || token->keyword == HR_KEYWORD_FOR ||
                    token->keyword == HR_KEYWORD_ASYNC;
        if (token->depth < depth || (token->depth == depth && ends)) {
            return false;
        }
    }
    return true;
}

/* A lambda's yield is the lambda's. */
static bool is_in_lambda(const struct finder *f, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_keyword(f, i, HR_KEYWORD_LAMBDA) && reaches(f, i, index)) {
            return true;
        }
    }
    return false;
}

/* ---- lines ---- */

/* What the block that the line opens is. */
static struct place opened(const struct finder *f, const struct place *outer,
                           const struct hr_logical_line *line)
{
    struct place inner = *outer;
    bool is_try = is_keyword(f, 0, HR_KEYWORD_TRY);
    bool is_with =
        is_keyword(f, 0, HR_KEYWORD_WITH) ||
        (is_keyword(f, 0, HR_KEYWORD_ASYNC) && is_keyword(f, 1, HR_KEYWORD_WITH));
    inner.fresh =
        is_try ? !outer->interrupts || outer->fresh : is_with && !outer->interrupts;
    inner.interrupts = true;
    inner.branches =
        outer->branches || line->kind == HR_LINE_CLAUSE || !(is_try || is_with);
    return inner;
}

static bool is_compound(const struct finder *f, const struct hr_logical_line *line)
{
    return (f->tokens->count > 0 && hr_keyword_is_compound(token_at(f, 0)->keyword)) ||
           line->kind == HR_LINE_CLAUSE || line->opens_block ||
           /* `case 1: yield` */
           hr_token_find(f->tokens, 0, f->tokens->count, ':', 0) < f->tokens->count;
}

/* Of the tokens from offset `start` on, which are of the function's own scope. */
static void read_line(struct finder *f, const struct hr_logical_line *line,
                      size_t start)
{
    struct place *place = &f->places[line->depth];
    if (!hr_token_list(f->tokens, f->defs->text, line)) {
        f->unsure = true;
        return;
    }
    bool compound = is_compound(f, line) && start == 0;
    for (size_t i = 0; i < f->tokens->count; i++) {
        const struct hr_token *token = token_at(f, i);
        if (token->start < start) {
            continue;
        }
        if (token->keyword == HR_KEYWORD_YIELD && !is_in_lambda(f, i)) {
            add_yield(f, i, place, compound);
        } else if (token->kind == HR_TOKEN_STRING) {
            f->unsure = f->unsure || yields_within(f->defs->text, token);
        }
    }
    if (line->opens_block) {
        place[1] = opened(f, place, line);
    }
    place->fresh = false;
}

/* What stands before the body of a definition inside belongs to this scope. */
static void read_header(struct finder *f, const struct hr_logical_line *line,
                        const struct hr_def *inner)
{
    if (!hr_token_list(f->tokens, f->defs->text, line)) {
        f->unsure = true;
        return;
    }
    for (size_t i = 0; i < f->tokens->count; i++) {
        f->unsure = f->unsure || (token_at(f, i)->start < inner->header_end &&
                                  is_keyword(f, i, HR_KEYWORD_YIELD));
    }
}

static void read_lines(struct finder *f, uint32_t index)
{
    const struct hr_def *def = f->def;
    const char *text = f->defs->text;
    uint32_t child = index + 1;
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error err = {0};
    size_t start =
        def->inline_body ? hr_line_start(text, def->keyword) : def->body_start;
    hr_cut_init_at(&cut, text, def->end, start, def->line);
    while (hr_cut_line(&cut, &line, &err) && !f->yields->failed && !f->tokens->failed) {
        while (child < def->after && hr_defs_at(f->defs, child)->end <= line.start) {
            child = hr_defs_at(f->defs, child)->after;
        }
        const struct hr_def *inner =
            child < def->after ? hr_defs_at(f->defs, child) : NULL;
        if (inner == NULL || line.first < inner->span.start) {
            read_line(f, &line, def->inline_body ? def->body : 0);
        } else if (line.first < inner->header_end) {
            read_header(f, &line, inner);
            f->places[line.depth].fresh = false;
        }
    }
    f->unsure = f->unsure || err.kind != HR_ERROR_NONE;
}

void hr_yields_find(const struct hr_defs *defs, uint32_t index, struct hr_array *yields,
                    struct hr_array *tokens)
{
    struct finder finder = {.defs = defs,
                            .def = hr_defs_at(defs, index),
                            .yields = yields,
                            .tokens = tokens};
    size_t before = yields->count;
    finder.places[0] = (struct place){false, false, true};
    read_lines(&finder, index);
    if (finder.unsure || !finder.counted) {
        hr_array_shrink(yields, before);
    }
}

/* ---- edits ---- */

static void append_to_column(const struct hr_defs *defs, size_t at, size_t width,
                             struct hr_bytes *text)
{
    size_t column = at - hr_line_start(defs->text, at);
    hr_bytes_append_char(text, '\n');
    hr_bytes_append_repeat(text, ' ', column - width);
}

/* What was written stands at its own column, in a line of its own, and the last bracket
 * ends where it ended. */
static void count_one(const struct hr_defs *defs, const struct hr_yield *yield,
                      const char *name, struct hr_bytes *text, struct hr_edits *edits)
{
    bool bare = hr_span_empty(yield->value);
    /* Nothing need stand between the word and a bracket or a string. */
    bool close = !bare && yield->value.start > 0 &&
                 hr_is_word((unsigned char)defs->text[yield->value.start - 1]);
    hr_bytes_clear(text);
    hr_bytes_append_text(text, bare || close ? " " : "");
    hr_bytes_append_text(text, name);
    hr_bytes_append_text(text, bare ? "[None" : yield->delegates ? "@(" : "[");
    if (!bare) {
        append_to_column(defs, yield->value.start, 0, text);
        hr_edits_insert(edits, yield->value.start, text->data, text->size);
        hr_bytes_clear(text);
    }
    append_to_column(defs, yield->value.end, 1, text);
    hr_bytes_append_char(text, yield->delegates ? ')' : ']');
    /* At the end of the text no byte of the original says which line that is. */
    size_t line = defs->size == yield->value.end
                      ? hr_defs_at(defs, (uint32_t)defs->defs.count - 1)->end_line
                      : 0;
    hr_edits_insert_lines(edits, yield->value.end, text->data, text->size,
                          HR_ORIGIN_EXACT, line);
}

void hr_yields_count(const struct hr_defs *defs, const struct hr_array *yields,
                     const char *name, struct hr_edits *edits)
{
    struct hr_bytes text;
    hr_bytes_init(&text);
    for (size_t i = 0; i < yields->count && !text.failed; i++) {
        count_one(defs, hr_array_at(yields, i), name, &text, edits);
    }
    edits->pool.failed = edits->pool.failed || text.failed;
    hr_bytes_finish(&text);
}
