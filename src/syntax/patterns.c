#include "syntax/patterns.h"

/* Recursion ends at the bracket limit of the cut: each level opens one. */
static bool pattern(struct hr_recogniser *p);

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

static bool number(struct hr_recogniser *p)
{
    hr_take_op(p, '-');
    if (p->kind != HR_TOKEN_NUMBER) {
        return refuse(p);
    }
    hr_token_next(p);
    if (hr_take_op(p, '+') || hr_take_op(p, '-')) {
        if (p->kind != HR_TOKEN_NUMBER) {
            return refuse(p);
        }
        hr_token_next(p);
    }
    return true;
}

static bool sequence(struct hr_recogniser *p, uint32_t close)
{
    while (!hr_take_op(p, close)) {
        bool ok = hr_take_op(p, '*') ? hr_expect_name(p) : pattern(p);
        if (!ok || (!hr_take_op(p, ',') && !hr_is_op(p, close))) {
            return refuse(p);
        }
    }
    return true;
}

static bool named(struct hr_recogniser *p)
{
    do {
        if (!hr_expect_name(p)) {
            return false;
        }
    } while (hr_take_op(p, '.'));
    if (!hr_take_op(p, '(')) {
        return true;
    }
    while (!hr_take_op(p, ')')) {
        struct hr_recogniser before = *p;
        bool keyword = p->kind == HR_TOKEN_NAME;
        if (keyword) {
            hr_token_next(p);
            keyword = hr_take_op(p, '=');
        }
        if (!keyword) {
            *p = before;
        }
        if (!pattern(p) || (!hr_take_op(p, ',') && !hr_is_op(p, ')'))) {
            return refuse(p);
        }
    }
    return true;
}

static bool closed(struct hr_recogniser *p);

static bool mapping(struct hr_recogniser *p)
{
    while (!hr_take_op(p, '}')) {
        bool ok = hr_take_op(p, HR_OP2('*', '*'))
                      ? hr_expect_name(p)
                      : closed(p) && hr_expect_op(p, ':') && pattern(p);
        if (!ok || (!hr_take_op(p, ',') && !hr_is_op(p, '}'))) {
            return refuse(p);
        }
    }
    return true;
}

static bool closed(struct hr_recogniser *p)
{
    switch (p->kind) {
    case HR_TOKEN_NAME:
        return named(p);
    case HR_TOKEN_STRING:
    case HR_TOKEN_BYTES:
        while (p->kind == HR_TOKEN_STRING || p->kind == HR_TOKEN_BYTES) {
            hr_token_next(p);
        }
        return true;
    case HR_TOKEN_KEYWORD:
        if (p->keyword > HR_KEYWORD_TRUE) {
            return refuse(p);
        }
        hr_token_next(p);
        return true;
    case HR_TOKEN_OPERATOR:
        if (hr_take_op(p, '(')) {
            return sequence(p, ')');
        }
        if (hr_take_op(p, '[')) {
            return sequence(p, ']');
        }
        if (hr_take_op(p, '{')) {
            return mapping(p);
        }
        return number(p);
    case HR_TOKEN_NUMBER:
        return number(p);
    default:
        return refuse(p);
    }
}

static bool pattern(struct hr_recogniser *p)
{
    do {
        if (!closed(p)) {
            return false;
        }
    } while (hr_take_op(p, '|'));
    return !hr_take_keyword(p, HR_KEYWORD_AS) || hr_expect_name(p);
}

bool hr_patterns(struct hr_recogniser *p)
{
    do {
        bool ok = hr_take_op(p, '*') ? hr_expect_name(p) : pattern(p);
        if (!ok) {
            return false;
        }
    } while (hr_take_op(p, ',') && !hr_is_op(p, ':') &&
             !hr_is_keyword(p, HR_KEYWORD_IF));
    return true;
}
