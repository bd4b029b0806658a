#include "defs/bodies.h"

#define MAX_LAMBDAS 16 /* nested in one another; more are left to the tree */

/* ---- expressions ---- */

struct scan {
    const struct hr_body *body;
    size_t from, to;
    bool target;        /* the whole range is */
    uint32_t as_depth;  /* of what follows an `as`, + 1; 0: none is open */
    uint32_t for_depth; /* the same of a comprehension's targets */
    uint32_t value;     /* of a subscript or call in a target, + 1; 0: none is open */
    uint32_t lambdas[MAX_LAMBDAS]; /* the depths at which they stand */
    size_t lambda_count;
    bool in_parameters; /* of the innermost lambda */
};

static bool is_target(const struct scan *scan)
{
    return scan->target || scan->as_depth != 0 || scan->for_depth != 0;
}

/* Whether it can end what a '(' or '[' behind it would call or index. */
static bool ends_value(const struct hr_token *token)
{
    switch (token->kind) {
    case HR_TOKEN_NAME:
    case HR_TOKEN_NUMBER:
    case HR_TOKEN_STRING:
    case HR_TOKEN_BYTES:
        return true;
    case HR_TOKEN_KEYWORD:
        return token->keyword == HR_KEYWORD_TRUE ||
               token->keyword == HR_KEYWORD_FALSE ||
               token->keyword == HR_KEYWORD_NONE_VALUE;
    default:
        return token->op == ')' || token->op == ']' || token->op == '}';
    }
}

static void close_lambdas(struct scan *scan, const struct hr_token *token)
{
    while (scan->lambda_count > 0) {
        uint32_t depth = scan->lambdas[scan->lambda_count - 1];
        bool ends =
            token->op == ',' || token->op == ':' || token->op == '=' ||
            token->keyword == HR_KEYWORD_FOR || token->keyword == HR_KEYWORD_ASYNC ||
            token->keyword == HR_KEYWORD_FROM || token->keyword == HR_KEYWORD_AS;
        if (token->depth > depth ||
            (token->depth == depth && (scan->in_parameters || !ends))) {
            return;
        }
        scan->lambda_count--;
        scan->in_parameters = false;
    }
}

static bool in_lambda_parameters(const struct scan *scan, const struct hr_token *token)
{
    return scan->in_parameters && scan->lambda_count > 0 &&
           token->depth == scan->lambdas[scan->lambda_count - 1];
}

static bool in_lambda_body(const struct scan *scan)
{
    return scan->lambda_count > (scan->in_parameters ? 1U : 0U);
}

static void scan_keyword(struct hr_bodies *b, struct scan *scan,
                         const struct hr_token *token)
{
    switch (token->keyword) {
    case HR_KEYWORD_YIELD:
        if (scan->body->def != HR_NONE && !in_lambda_body(scan)) {
            hr_body_def(b, scan->body->def)->generator = true;
        }
        break;
    case HR_KEYWORD_LAMBDA:
        if (scan->lambda_count == MAX_LAMBDAS || scan->in_parameters) {
            b->unsure = true;
            break;
        }
        scan->lambdas[scan->lambda_count++] = token->depth;
        scan->in_parameters = true;
        break;
    case HR_KEYWORD_AS:
        scan->as_depth = token->depth + 1;
        break;
    case HR_KEYWORD_FOR:
        scan->for_depth = token->depth + 1;
        break;
    case HR_KEYWORD_IN:
        if (scan->for_depth == token->depth + 1) {
            scan->for_depth = 0;
        }
        break;
    default:
        break;
    }
}

static void scan_operator(struct hr_bodies *b, struct scan *scan, size_t index)
{
    const struct hr_token *token = hr_body_token(b, index);
    switch (token->op) {
    case ':':
        if (in_lambda_parameters(scan, token)) {
            scan->in_parameters = false;
        }
        if (scan->as_depth == token->depth + 1) {
            scan->as_depth = 0;
        }
        break;
    case ',':
        if (scan->as_depth == token->depth + 1) {
            scan->as_depth = 0;
        }
        break;
    case '(':
    case '[':
    case '{':
        /* f(x)[i] = 1; (x or y).z = 1: what stands in these brackets is read. */
        if (is_target(scan) && scan->value == 0 &&
            ((index > scan->from && ends_value(hr_body_token(b, index - 1))) ||
             hr_body_goes_on(b, hr_body_past(b, index, scan->to), scan->to))) {
            scan->value = token->depth + 1;
        }
        break;
    case ')':
    case ']':
    case '}':
        if (scan->value == token->depth + 1) {
            scan->value = 0;
        }
        if (scan->as_depth > token->depth + 1) {
            scan->as_depth = 0;
        }
        break;
    default:
        break;
    }
}

static void scan_name(struct hr_bodies *b, struct scan *scan, size_t index)
{
    const struct hr_token *token = hr_body_token(b, index);
    if (hr_body_is_op(b, index + 1, scan->to, HR_OP2(':', '='))) {
        if (!in_lambda_body(scan)) {
            hr_body_store(b, scan->body, index);
        }
        return;
    }
    bool target = is_target(scan);
    if (target && scan->value == 0 && !hr_body_goes_on(b, index + 1, scan->to)) {
        if (scan->for_depth == 0) { /* a comprehension's targets are its own */
            hr_body_store(b, scan->body, index);
        }
        return;
    }
    if (!scan->body->has_varkw) {
        return;
    }
    bool keyword = token->depth > 0 && hr_body_is_op(b, index + 1, scan->to, '=');
    bool parameter = in_lambda_parameters(scan, token) && index > 0 &&
                     (hr_body_is_keyword(b, index - 1, scan->to, HR_KEYWORD_LAMBDA) ||
                      hr_body_is_op(b, index - 1, scan->to, ',') ||
                      hr_body_is_op(b, index - 1, scan->to, '*') ||
                      hr_body_is_op(b, index - 1, scan->to, HR_OP2('*', '*')));
    if (!keyword && !parameter) {
        hr_body_use(b, scan->body, index, scan->from, scan->to,
                    target && scan->value == 0);
    }
}

void hr_body_scan(struct hr_bodies *b, const struct hr_body *body, size_t from,
                  size_t to, bool target)
{
    struct scan scan = {.body = body, .from = from, .to = to, .target = target};
    for (size_t i = from; i < to; i++) {
        const struct hr_token *token = hr_body_token(b, i);
        if (scan.lambda_count > 0) {
            close_lambdas(&scan, token);
        }
        switch (token->kind) {
        case HR_TOKEN_NAME:
            if (i == 0 || !hr_body_is_op(b, i - 1, to, '.')) {
                scan_name(b, &scan, i);
            }
            break;
        case HR_TOKEN_KEYWORD:
            scan_keyword(b, &scan, token);
            break;
        case HR_TOKEN_OPERATOR:
            scan_operator(b, &scan, i);
            break;
        case HR_TOKEN_STRING:
            hr_body_formatted(b, body, token);
            break;
        default:
            break;
        }
    }
}

void hr_body_pattern(struct hr_bodies *b, const struct hr_body *body, size_t from,
                     size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (!hr_body_is_name(b, i, to) || hr_body_is_op(b, i - 1, to, '.') ||
            hr_body_is_op(b, i + 1, to, '=')) {
            continue;
        }
        if (!hr_body_goes_on(b, i + 1, to)) {
            hr_body_store(b, body, i);
        } else if (body->has_varkw) {
            hr_body_use(b, body, i, from, to, false);
        }
    }
}

/* ---- simple statements ---- */

static bool is_augmented(const struct hr_token *token)
{
    uint32_t last = token->op >> 16 != 0 ? token->op >> 16 : token->op >> 8;
    char first = (char)(token->op & 0xff);
    return last == '=' && first != ':' && first != '!' && first != '=' &&
           ((first != '<' && first != '>') || token->op >> 16 != 0);
}

/* x = y = value; x: annotation = value; x += value; or an expression alone. */
static void expression(struct hr_bodies *b, const struct hr_body *body, size_t from,
                       size_t to)
{
    size_t lambdas = 0;
    size_t start = from;
    for (size_t i = from; i < to; i++) {
        const struct hr_token *token = hr_body_token(b, i);
        if (token->depth != 0) {
            continue;
        }
        bool colon = token->op == ':';
        if (token->keyword == HR_KEYWORD_LAMBDA) {
            lambdas++;
        } else if (lambdas > 0) {
            lambdas -= colon;
        } else if (colon || token->op == '=' || is_augmented(token)) {
            /* What follows a ':' is an annotation up to the '='. */
            bool annotation = start > from && hr_body_is_op(b, start - 1, to, ':');
            hr_body_scan(b, body, start, i, !annotation);
            if (i == start + 1 && is_augmented(token)) {
                hr_body_change(b, body, start);
            }
            start = i + 1;
        }
    }
    hr_body_scan(b, body, start, to, false);
}

/* Of `import a.b, c as d` and `from m import a, b as c`: an `as` is left to the
 * scan. */
static void import(struct hr_bodies *b, const struct hr_body *body, size_t from,
                   size_t to)
{
    for (size_t i = from; i < to; i++) {
        bool first = hr_body_is_keyword(b, i - 1, to, HR_KEYWORD_IMPORT) ||
                     hr_body_is_op(b, i - 1, to, ',') ||
                     hr_body_is_op(b, i - 1, to, '(');
        if (hr_body_is_keyword(b, i - 1, to, HR_KEYWORD_AS)) {
            hr_body_store(b, body, i);
        } else if (hr_body_is_name(b, i, to) && first) {
            size_t end = i + 1;
            while (hr_body_is_op(b, end, to, '.')) {
                end += 2;
            }
            if (!hr_body_is_keyword(b, end, to, HR_KEYWORD_AS)) {
                hr_body_store(b, body, i);
            }
        }
    }
}

void hr_body_simple(struct hr_bodies *b, const struct hr_body *body, size_t from,
                    size_t to)
{
    const struct hr_token *token = hr_body_token(b, from);
    switch (token->keyword) {
    case HR_KEYWORD_NONE:
        break;
    case HR_KEYWORD_DEL:
        hr_body_scan(b, body, from + 1, to, true);
        return;
    case HR_KEYWORD_IMPORT:
        import(b, body, from + 1, to);
        return;
    case HR_KEYWORD_FROM:
        while (from < to && !hr_body_is_keyword(b, from, to, HR_KEYWORD_IMPORT)) {
            from++;
        }
        import(b, body, from + 1, to);
        return;
    case HR_KEYWORD_NONLOCAL:
        for (size_t i = from + 1; i < to; i += 2) {
            hr_body_nonlocal(b, body, i);
        }
        return;
    case HR_KEYWORD_GLOBAL:
        return;
    default:
        hr_body_scan(b, body, from, to, false);
        return;
    }
    bool type = hr_body_is_name(b, from + 1, to) && hr_body_text_is(b, token, "type");
    if (type) {
        hr_body_store(b, body, from + 1);
        b->unsure = b->unsure || body->has_varkw; /* its parameters' defaults */
    } else {
        expression(b, body, from, to);
    }
}
