#include "syntax/grammar.h"

#include "syntax/patterns.h"
#include "syntax/token.h"

/* What the last statement of a block was, for the clauses that may follow it. */
enum last {
    LAST_OTHER,
    LAST_IF,
    LAST_LOOP,
    LAST_TRY, /* needs except or finally */
    LAST_EXCEPT,
    LAST_TRY_ELSE,
    LAST_DECORATOR, /* needs def or class */
    LAST_MATCH,     /* its block holds case clauses and nothing else */
};

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

/* --- headers --- */

static bool function_header(struct hr_recogniser *p)
{
    return hr_expect_name(p) && hr_type_parameters(p) && hr_expect_op(p, '(') &&
           hr_parameters(p, true) && hr_expect_op(p, ')') &&
           (!hr_take_op(p, HR_OP2('-', '>')) || hr_star_expressions(p, NULL));
}

static bool class_header(struct hr_recogniser *p)
{
    return hr_expect_name(p) && hr_type_parameters(p) &&
           (!hr_take_op(p, '(') || hr_arguments(p));
}

static bool for_header(struct hr_recogniser *p)
{
    if (!hr_for_targets(p)) {
        return false;
    }
    if (!hr_take_keyword(p, HR_KEYWORD_IN)) {
        return refuse(p);
    }
    return hr_star_expressions(p, NULL);
}

static bool with_item(struct hr_recogniser *p)
{
    if (!hr_expression(p, NULL)) {
        return false;
    }
    if (!hr_take_keyword(p, HR_KEYWORD_AS)) {
        return true;
    }
    unsigned shape = 0;
    if (!hr_primary(p, &shape)) {
        return false;
    }
    return (shape & HR_SHAPE_TARGET) != 0 ||
           hr_refuse(p, "cannot assign to this expression");
}

/* "(a as b, c)" and an expression in brackets start alike: try the first. */
static bool with_in_brackets(struct hr_recogniser *p)
{
    struct hr_recogniser before = *p;
    struct hr_error err = {0};
    p->err = &err;
    hr_token_next(p);
    bool ok;
    do {
        ok = with_item(p);
    } while (ok && hr_take_op(p, ',') && !hr_is_op(p, ')'));
    ok = ok && hr_take_op(p, ')') && hr_is_op(p, ':');
    if (!ok) {
        *p = before;
    }
    p->err = before.err;
    return ok;
}

static bool with_header(struct hr_recogniser *p)
{
    if (hr_is_op(p, '(') && with_in_brackets(p)) {
        return true;
    }
    do {
        if (!with_item(p)) {
            return false;
        }
    } while (hr_take_op(p, ','));
    return true;
}

static bool except_header(struct hr_recogniser *p)
{
    bool group = hr_take_op(p, '*');
    if (hr_is_op(p, ':')) {
        return !group || refuse(p);
    }
    if (!hr_expression(p, NULL)) {
        return false;
    }
    if (hr_is_op(p, ',')) { /* several without brackets: 3.14 */
        while (hr_take_op(p, ',')) {
            if (!hr_expression(p, NULL)) {
                return false;
            }
        }
        return true;
    }
    return hr_alias(p);
}

/* The ':' of a header, and what stands behind it. */
static bool finish_header(struct hr_recogniser *p, bool *opens)
{
    size_t colon = p->at;
    if (!hr_take_op(p, ':')) {
        return hr_refuse(p, "expected ':'");
    }
    p->colon = colon;
    *opens = p->kind == HR_TOKEN_END;
    return *opens || hr_simple_statements(p);
}

/* What is matched: an expression, or a list of such, stars allowed. */
static bool match_subject(struct hr_recogniser *p)
{
    for (bool first = true;; first = false) {
        bool star = hr_take_op(p, '*');
        if (star ? !hr_operands(p, NULL) : !hr_named_expression(p)) {
            return false;
        }
        bool comma = hr_take_op(p, ',');
        if (!comma || hr_is_op(p, ':')) {
            return comma || !(first && star);
        }
    }
}

/* `match` is a name everywhere else: this tries, and puts the reading back. */
static bool match_header(struct hr_recogniser *p, bool *opens)
{
    struct hr_recogniser before = *p;
    struct hr_error err = {0};
    p->err = &err;
    hr_token_next(p);
    bool ok = p->kind != HR_TOKEN_END && match_subject(p) && hr_take_op(p, ':') &&
              p->kind == HR_TOKEN_END;
    if (!ok) {
        *p = before;
    }
    p->err = before.err;
    *opens = ok;
    return ok;
}

static bool case_line(struct hr_recogniser *p, bool *opens)
{
    if (!hr_is_name(p, "case")) {
        return hr_refuse(p, "expected 'case'");
    }
    hr_token_next(p);
    return hr_patterns(p) &&
           (!hr_take_keyword(p, HR_KEYWORD_IF) || hr_named_expression(p)) &&
           finish_header(p, opens);
}

/* --- lines --- */

static bool may_follow(enum hr_keyword clause, enum last last)
{
    switch (clause) {
    case HR_KEYWORD_ELIF:
        return last == LAST_IF;
    case HR_KEYWORD_ELSE:
        return last == LAST_IF || last == LAST_LOOP || last == LAST_EXCEPT;
    case HR_KEYWORD_EXCEPT:
        return last == LAST_TRY || last == LAST_EXCEPT;
    default:
        return last == LAST_TRY || last == LAST_EXCEPT || last == LAST_TRY_ELSE;
    }
}

static bool clause_line(struct hr_recogniser *p, unsigned char *last, bool *opens)
{
    enum hr_keyword keyword = p->keyword;
    enum last before = (enum last) * last;
    if (!may_follow(keyword, before)) {
        return refuse(p);
    }
    hr_token_next(p);
    *last = keyword == HR_KEYWORD_ELIF                            ? LAST_IF
            : keyword == HR_KEYWORD_EXCEPT                        ? LAST_EXCEPT
            : keyword == HR_KEYWORD_ELSE && before == LAST_EXCEPT ? LAST_TRY_ELSE
                                                                  : LAST_OTHER;
    if ((keyword == HR_KEYWORD_ELIF && !hr_named_expression(p)) ||
        (keyword == HR_KEYWORD_EXCEPT && !except_header(p))) {
        return false;
    }
    return finish_header(p, opens);
}

static bool compound_line(struct hr_recogniser *p, unsigned char *last, bool *opens)
{
    bool is_async = hr_take_keyword(p, HR_KEYWORD_ASYNC);
    enum hr_keyword keyword =
        p->kind == HR_TOKEN_KEYWORD ? p->keyword : HR_KEYWORD_NONE;
    if (is_async && keyword != HR_KEYWORD_DEF && keyword != HR_KEYWORD_FOR &&
        keyword != HR_KEYWORD_WITH) {
        return refuse(p);
    }
    hr_token_next(p);
    bool ok = true;
    switch (keyword) {
    case HR_KEYWORD_IF:
        *last = LAST_IF;
        ok = hr_named_expression(p);
        break;
    case HR_KEYWORD_WHILE:
        *last = LAST_LOOP;
        ok = hr_named_expression(p);
        break;
    case HR_KEYWORD_FOR:
        *last = LAST_LOOP;
        ok = for_header(p);
        break;
    case HR_KEYWORD_TRY:
        *last = LAST_TRY;
        break;
    case HR_KEYWORD_WITH:
        ok = with_header(p);
        break;
    case HR_KEYWORD_DEF:
        ok = function_header(p);
        break;
    default:
        ok = class_header(p);
        break;
    }
    return ok && finish_header(p, opens);
}

static bool is_clause(const struct hr_recogniser *p)
{
    return hr_is_keyword(p, HR_KEYWORD_ELIF) || hr_is_keyword(p, HR_KEYWORD_ELSE) ||
           hr_is_keyword(p, HR_KEYWORD_EXCEPT) || hr_is_keyword(p, HR_KEYWORD_FINALLY);
}

static bool is_compound(const struct hr_recogniser *p)
{
    if (p->kind != HR_TOKEN_KEYWORD) {
        return false;
    }
    switch (p->keyword) {
    case HR_KEYWORD_IF:
    case HR_KEYWORD_WHILE:
    case HR_KEYWORD_FOR:
    case HR_KEYWORD_TRY:
    case HR_KEYWORD_WITH:
    case HR_KEYWORD_DEF:
    case HR_KEYWORD_CLASS:
    case HR_KEYWORD_ASYNC:
        return true;
    default:
        return false;
    }
}

static bool is_definition(const struct hr_recogniser *p)
{
    return hr_is_keyword(p, HR_KEYWORD_DEF) || hr_is_keyword(p, HR_KEYWORD_CLASS) ||
           hr_is_keyword(p, HR_KEYWORD_ASYNC);
}

/* May the statement that ended here stand so? */
static bool close_statement(struct hr_recogniser *p, enum last last)
{
    if (last == LAST_TRY) {
        return hr_refuse(p, "expected 'except' or 'finally' block");
    }
    return last != LAST_DECORATOR || hr_refuse(p, "expected a definition to decorate");
}

static bool enter_depth(struct hr_recogniser *p, struct hr_judge *judge)
{
    uint32_t depth = p->line->depth;
    if (judge->opened && depth <= judge->depth) {
        return hr_refuse(p, "expected an indented block");
    }
    if (!judge->opened && depth > judge->depth) {
        return hr_refuse(p, "unexpected indent");
    }
    if (depth > judge->depth) {
        judge->last[depth] = LAST_OTHER;
    }
    while (judge->depth > depth) {
        if (!close_statement(p, (enum last)judge->last[judge->depth--])) {
            return false;
        }
    }
    judge->depth = depth;
    return true;
}

static bool check_line(struct hr_recogniser *p, struct hr_judge *judge)
{
    if (!enter_depth(p, judge)) {
        return false;
    }
    unsigned char *last = &judge->last[judge->depth];
    judge->opened = false;
    if (judge->depth > 0 && judge->last[judge->depth - 1] == LAST_MATCH) {
        return case_line(p, &judge->opened);
    }
    if (is_clause(p)) {
        return clause_line(p, last, &judge->opened);
    }
    if (*last == LAST_DECORATOR ? !is_definition(p) && !hr_is_op(p, '@')
                                : !close_statement(p, (enum last) * last)) {
        return refuse(p);
    }
    *last = LAST_OTHER;
    if (hr_take_op(p, '@')) {
        *last = LAST_DECORATOR;
        return hr_named_expression(p) && (p->kind == HR_TOKEN_END || refuse(p));
    }
    if (is_compound(p)) {
        return compound_line(p, last, &judge->opened);
    }
    if (hr_is_name(p, "match") && match_header(p, &judge->opened)) {
        *last = LAST_MATCH;
        return true;
    }
    return hr_simple_statements(p);
}

bool hr_judge_line(struct hr_judge *judge, const char *text, size_t size,
                   struct hr_logical_line *line, size_t *after, bool *broken,
                   struct hr_error *err)
{
    struct hr_recogniser p = {.text = text, .err = err};
    hr_token_start(&p, line, size);
    if (!check_line(&p, judge)) {
        return false;
    }
    line->end = p.last;
    line->colon = p.colon;
    line->has_off = p.off;
    *after = p.start;
    *broken = p.broken;
    return true;
}

bool hr_judge_end(struct hr_judge *judge, const char *text,
                  const struct hr_logical_line *line, struct hr_error *err)
{
    struct hr_recogniser p = {
        .text = text, .err = err, .line = line, .start = line->end, .end = line->end};
    if (judge->opened) {
        return hr_refuse(&p, "expected an indented block");
    }
    for (uint32_t i = 0; i <= judge->depth; i++) {
        if (!close_statement(&p, (enum last)judge->last[i])) {
            return false;
        }
    }
    return true;
}

/* In two steps, each line being cut before it is judged: what is wrong with its
 * strings and brackets is said first, and in its own words. */
static bool explain(const char *text, size_t size, struct hr_error *err)
{
    struct hr_cut cut;
    struct hr_logical_line next = {0};
    struct hr_logical_line line = {0}; /* the last one, which errors at the end name */
    struct hr_recogniser p = {.text = text, .err = err};
    struct hr_judge judge = {.depth = 0};
    hr_cut_init(&cut, text, size);
    while (hr_cut_line(&cut, &next, err)) {
        line = next;
        hr_token_start(&p, &line, line.end);
        if (!check_line(&p, &judge)) {
            return false;
        }
    }
    return err->kind == HR_ERROR_NONE &&
           (p.line == NULL || hr_judge_end(&judge, text, &line, err));
}

bool hr_grammar_check(const char *text, size_t size, struct hr_error *err)
{
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_judge judge = {.depth = 0};
    struct hr_error found = {0};
    hr_cut_init(&cut, text, size);
    cut.judge = &judge;
    while (hr_cut_line(&cut, &line, &found)) {
    }
    if (found.kind == HR_ERROR_NONE) {
        return true;
    }
    struct hr_error explained = {0};
    *err = explain(text, size, &explained) ? found : explained;
    return false;
}
