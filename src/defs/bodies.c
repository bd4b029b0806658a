#include "defs/bodies.h"

#include <string.h>

void hr_bodies_init(struct hr_bodies *b, struct hr_defs *defs)
{
    *b = (struct hr_bodies){.defs = defs};
    hr_array_init(&b->tokens, sizeof(struct hr_token));
}

void hr_bodies_finish(struct hr_bodies *b)
{
    if (b != NULL) {
        hr_array_finish(&b->tokens);
    }
}

static enum hr_keyword keyword_at(const struct hr_bodies *b, size_t index)
{
    return index < b->tokens.count ? hr_body_token(b, index)->keyword : HR_KEYWORD_NONE;
}

static bool is_op(const struct hr_bodies *b, size_t index, uint32_t op)
{
    return index < b->tokens.count && hr_body_token(b, index)->op == op;
}

/* ---- parameters ---- */

/* Of the tokens at [from, to); empty if there are none. */
static struct hr_span span_of(const struct hr_bodies *b, size_t from, size_t to)
{
    return from < to
               ? hr_span(hr_body_token(b, from)->start, hr_body_token(b, to - 1)->end)
               : hr_span(0, 0);
}

/* The parameter whose name is token `name`, its default past token `value`; it ends
 * at `end`. */
static void add_param(struct hr_bodies *b, uint32_t def, enum hr_param_kind kind,
                      size_t name, size_t value, size_t end)
{
    struct hr_param *param = hr_array_push(&b->defs->params);
    if (param != NULL) {
        param->name = span_of(b, name, name + 1);
        param->kind = kind;
        param->default_value = span_of(b, value + 1, end);
        if (is_op(b, name + 1, ':')) {
            param->annotation = span_of(b, name + 2, value);
        }
        hr_body_def(b, def)->params.count++;
    }
}

static void make_positional_only(struct hr_bodies *b, uint32_t def)
{
    struct hr_range range = hr_body_def(b, def)->params;
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        ((struct hr_param *)hr_array_at(&b->defs->params, i))->kind =
            HR_PARAM_POSITIONAL_ONLY;
    }
}

/* What stands in brackets at [from, to), in the scope of `body`. */
static void read_params(struct hr_bodies *b, const struct hr_body *body, uint32_t def,
                        size_t from, size_t to)
{
    uint32_t depth = hr_body_token(b, from - 1)->depth + 1;
    enum hr_param_kind plain = HR_PARAM_POSITIONAL;
    hr_body_def(b, def)->params.first = (uint32_t)b->defs->params.count;
    while (from < to) {
        size_t end = hr_token_find(&b->tokens, from, to, ',', depth);
        enum hr_param_kind kind = plain;
        if (is_op(b, from, '/')) {
            make_positional_only(b, def);
        } else if (is_op(b, from, '*')) {
            kind = HR_PARAM_VARARGS;
            plain = HR_PARAM_KEYWORD_ONLY;
            from++;
        } else if (is_op(b, from, HR_OP2('*', '*'))) {
            kind = HR_PARAM_VARKW;
            from++;
        }
        if (from < end && hr_body_token(b, from)->kind == HR_TOKEN_NAME) {
            size_t value = hr_token_find(&b->tokens, from, end, '=', depth);
            add_param(b, def, kind, from, value, end);
            if (body->in_function) {
                hr_body_scan(b, body, from + 1, value, false);
            }
            if (value < end) {
                hr_body_scan(b, body, value + 1, end, false);
            }
        }
        from = end + 1;
    }
}

static bool has_varkw(const struct hr_bodies *b, uint32_t def)
{
    struct hr_range range = hr_body_def(b, def)->params;
    return range.count > 0 && ((const struct hr_param *)hr_array_at(
                                   &b->defs->params, range.first + range.count - 1))
                                      ->kind == HR_PARAM_VARKW;
}

/* ---- the statements of a body ---- */

/* A string that is a docstring where it comes first: joined, in brackets, plain. */
static bool is_docstring(const struct hr_bodies *b, size_t from, size_t to)
{
    bool any = false;
    for (size_t i = from; i < to; i++) {
        const struct hr_token *token = hr_body_token(b, i);
        if (token->op == '(' || token->op == ')') {
            continue;
        }
        if (token->kind != HR_TOKEN_STRING) {
            return false;
        }
        for (size_t at = token->start; strchr("'\"", b->defs->text[at]) == NULL; at++) {
            if (strchr("fFtT", b->defs->text[at]) != NULL) {
                return false;
            }
        }
        any = true;
    }
    return any;
}

static void note_direct(struct hr_bodies *b, struct hr_body *body, size_t from,
                        size_t to)
{
    struct hr_def *def = hr_body_def(b, body->def);
    bool lone = to - from == 1;
    if (!body->begun && is_docstring(b, from, to)) {
        def->docstring = span_of(b, from, to);
    } else if (!lone || (keyword_at(b, from) != HR_KEYWORD_PASS &&
                         !is_op(b, from, HR_OP3('.', '.', '.')))) {
        def->trivial = false;
    }
    body->begun = true;
}

/* Simple statements between ';'. */
static void read_statements(struct hr_bodies *b, struct hr_body *body, size_t from)
{
    size_t to = b->tokens.count;
    while (from < to) {
        size_t end = hr_token_find(&b->tokens, from, to, ';', 0);
        if (from < end) {
            if (body->direct) {
                note_direct(b, body, from, end);
            }
            hr_body_simple(b, body, from, end);
        }
        from = end + 1;
    }
}

/* The first statement of a class, of which nothing but a docstring matters. */
static void read_first(struct hr_bodies *b, struct hr_body *body, size_t from)
{
    note_direct(b, body, from,
                hr_token_find(&b->tokens, from, b->tokens.count, ';', 0));
}

static bool may_be_docstring(const struct hr_bodies *b,
                             const struct hr_logical_line *line)
{
    return strchr("\"'(rRuU", b->defs->text[line->first]) != NULL;
}

/* A line that stands in no function. */
static void read_class_line(struct hr_bodies *b, struct hr_body *body,
                            const struct hr_logical_line *line)
{
    if (body->direct && !body->begun) {
        body->begun = !may_be_docstring(b, line);
        if (!body->begun && hr_token_list(&b->tokens, b->defs->text, line)) {
            read_first(b, body, 0);
        }
    }
    if (line->opens_block) {
        body[1] = *body;
        body[1].direct = false;
    }
}

/* ---- headers ---- */

static void open_body(struct hr_bodies *b, const struct hr_logical_line *line,
                      const struct hr_body *outer, uint32_t def, size_t body_token)
{
    struct hr_body *body = &b->bodies[line->depth + 1];
    bool function = hr_body_def(b, def)->kind == HR_DEF_FUNCTION;
    *body = (struct hr_body){.def = def,
                             .in_function = function || outer->in_function,
                             .has_varkw =
                                 outer->has_varkw || (function && has_varkw(b, def)),
                             .direct = true};
    if (!line->opens_block && body->in_function) {
        read_statements(b, body, body_token);
    } else if (!line->opens_block) {
        read_first(b, body, body_token);
    }
}

/* At a def or class: what stands in its header belongs to the scope around it. */
static void read_definition(struct hr_bodies *b, const struct hr_logical_line *line,
                            const struct hr_body *outer)
{
    uint32_t index = b->next_def++;
    struct hr_def *def = hr_body_def(b, index);
    size_t name = line->is_async ? 2 : 1;
    size_t open = name + 1;
    size_t colon = 0;
    while (colon < b->tokens.count && hr_body_token(b, colon)->end < def->header_end) {
        colon++;
    }
    if (!hr_body_is_name(b, name, b->tokens.count)) {
        b->unsure = true;
        return;
    }
    hr_body_store(b, outer, name);
    if (is_op(b, open, '[')) {
        /* Its scope is one of its own. */
        b->unsure = b->unsure || outer->has_varkw;
        open = hr_token_find(&b->tokens, open + 1, colon, ']', 0) + 1;
    }
    size_t close = hr_token_find(&b->tokens, open + 1, colon, ')', 0);
    if (def->kind == HR_DEF_FUNCTION && is_op(b, open, '(') && close < colon) {
        def->trivial = true;
        read_params(b, outer, index, open + 1, close);
        open = close + 1;
    } else if (def->kind == HR_DEF_FUNCTION) {
        b->unsure = true;
    }
    if (outer->in_function) {
        hr_body_scan(b, outer, open, colon, false);
    }
    def->detailed = true;
    open_body(b, line, outer, index, colon + 1);
}

/* The weight of a with: CPython nests one block an item. */
static uint32_t count_items(const struct hr_bodies *b, size_t from, size_t to)
{
    uint32_t count = 1;
    bool bracketed =
        is_op(b, from, '(') && hr_token_find(&b->tokens, from, to, ')', 0) + 1 == to;
    uint32_t depth = bracketed;
    for (size_t i = from; i < to; i++) {
        count += is_op(b, i, ',') && hr_body_token(b, i)->depth == depth;
    }
    return count - (bracketed && to - from > 1 && is_op(b, to - 2, ','));
}

/* A statement with a block and its clauses: what it weighs, and what stands in its
 * header. */
static void read_compound(struct hr_bodies *b, const struct hr_logical_line *line,
                          struct hr_body *body)
{
    size_t from = keyword_at(b, 0) == HR_KEYWORD_ASYNC ? 1 : 0;
    enum hr_keyword keyword = keyword_at(b, from++);
    size_t colon = hr_token_find(&b->tokens, from, b->tokens.count, ':', 0);
    uint32_t weight = 0;
    if (line->kind != HR_LINE_CLAUSE) {
        body->weight = keyword == HR_KEYWORD_FOR || keyword == HR_KEYWORD_WHILE ? 1
                       : keyword == HR_KEYWORD_TRY                              ? 2
                       : keyword == HR_KEYWORD_WITH ? count_items(b, from, colon)
                                                    : 0;
    } else if (keyword == HR_KEYWORD_EXCEPT) {
        weight = 2;
    }
    weight += body->blocks + body->weight;
    if (body->def != HR_NONE && hr_body_def(b, body->def)->block_depth < weight) {
        hr_body_def(b, body->def)->block_depth = weight;
    }
    if (body->direct) {
        hr_body_def(b, body->def)->trivial = false;
        body->begun = true;
    }
    if (keyword == HR_KEYWORD_FOR) {
        size_t in = from;
        while (in < colon && (keyword_at(b, in) != HR_KEYWORD_IN ||
                              hr_body_token(b, in)->depth > 0)) {
            in++;
        }
        hr_body_scan(b, body, from, in, true);
        from = in;
    } else if (body->cases) {
        size_t guard = from;
        while (guard < colon && (keyword_at(b, guard) != HR_KEYWORD_IF ||
                                 hr_body_token(b, guard)->depth > 0)) {
            guard++;
        }
        hr_body_pattern(b, body, from, guard);
        from = guard;
    }
    hr_body_scan(b, body, from, colon, false);
    struct hr_body *inner = body + 1;
    *inner = *body;
    inner->blocks = weight;
    inner->weight = 0;
    inner->direct = false;
    inner->cases =
        keyword == HR_KEYWORD_NONE && !body->cases; /* then it can be a match alone */
    read_statements(b, inner, colon + 1);
}

static bool is_compound(const struct hr_bodies *b, const struct hr_logical_line *line,
                        const struct hr_body *body)
{
    return hr_keyword_is_compound(keyword_at(b, 0)) || line->kind == HR_LINE_CLAUSE ||
           line->opens_block || body->cases;
}

static void read_line(struct hr_bodies *b, const struct hr_logical_line *line)
{
    struct hr_body *body = &b->bodies[line->depth];
    bool definition = line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS;
    if (!definition && !body->in_function) {
        read_class_line(b, body, line);
        return;
    }
    if (!hr_token_list(&b->tokens, b->defs->text, line)) {
        b->unsure = true;
        return;
    }
    if (definition || line->kind == HR_LINE_DECORATOR) {
        if (body->direct) {
            hr_body_def(b, body->def)->trivial = false;
            body->begun = true;
        }
        if (definition) {
            read_definition(b, line, body);
        } else {
            hr_body_scan(b, body, 1, b->tokens.count, false);
        }
    } else if (is_compound(b, line, body)) {
        read_compound(b, line, body);
    } else {
        read_statements(b, body, 0);
    }
}

/* As the outline left them. */
static void forget(struct hr_defs *defs, uint32_t first, size_t params)
{
    hr_array_shrink(&defs->params, params);
    for (uint32_t i = first; i < defs->defs.count; i++) {
        struct hr_def *def = hr_array_at(&defs->defs, i);
        def->detailed = def->generator = def->trivial = false;
        def->docstring = hr_span(0, 0);
        def->params = (struct hr_range){0};
        def->block_depth = 0;
    }
}

bool hr_bodies_statement(struct hr_bodies *b, const struct hr_statement *statement,
                         uint32_t first, bool *unsure)
{
    size_t params = b->defs->params.count;
    b->next_def = first;
    b->unsure = false;
    b->bodies[0] = (struct hr_body){.def = HR_NONE};
    for (size_t i = 0; i < statement->lines.count && !b->unsure; i++) {
        read_line(b, hr_array_at(&statement->lines, i));
        if (b->tokens.failed || b->defs->params.failed) {
            return false;
        }
    }
    *unsure = b->unsure;
    if (b->unsure) {
        forget(b->defs, first, params);
    }
    return true;
}
