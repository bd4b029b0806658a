#include "syntax/patterns.h"

/* Recursion ends at the bracket limit of the cut: each level opens one. */
static bool pattern(struct hr_recogniser *p);

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

static bool is_imaginary(const struct hr_recogniser *p)
{
    return p->text[p->at - 1] == 'j' || p->text[p->at - 1] == 'J';
}

/* -1, or the complex -1 + 2j: the one real, the other imaginary. */
static bool number(struct hr_recogniser *p)
{
    hr_take_op(p, '-');
    if (p->kind != HR_TOKEN_NUMBER) {
        return refuse(p);
    }
    bool imaginary = is_imaginary(p);
    hr_token_next(p);
    if (hr_is_op(p, '+') || hr_is_op(p, '-')) {
        if (imaginary) {
            return refuse(p);
        }
        hr_token_next(p);
        if (p->kind != HR_TOKEN_NUMBER || !is_imaginary(p)) {
            return refuse(p);
        }
        hr_token_next(p);
    }
    return true;
}

/* A name that is bound, which the wildcard cannot be. */
static bool capture(struct hr_recogniser *p)
{
    return !hr_is_name(p, "_") ? hr_expect_name(p) : refuse(p);
}

/* Patterns up to `close`; in round brackets a star needs a comma behind it. */
static bool sequence(struct hr_recogniser *p, uint32_t close)
{
    bool comma = false;
    bool lonely = false;
    for (bool first = true; !hr_take_op(p, close); first = false) {
        bool star = hr_take_op(p, '*');
        bool ok = star ? hr_expect_name(p) : pattern(p);
        comma = ok && hr_take_op(p, ',');
        if (!ok || (!comma && !hr_is_op(p, close))) {
            return refuse(p);
        }
        lonely = first && star && !comma;
    }
    return !lonely || close != ')' || refuse(p);
}

/* A name, or a dotted one: a value. */
static bool dotted(struct hr_recogniser *p, bool *plain)
{
    bool wildcard = hr_is_name(p, "_");
    if (!hr_expect_name(p)) {
        return false;
    }
    *plain = !hr_is_op(p, '.');
    if (wildcard && (!*plain || hr_is_op(p, '('))) {
        return refuse(p);
    }
    while (hr_take_op(p, '.')) {
        if (!hr_expect_name(p)) {
            return false;
        }
    }
    return true;
}

/* A capture, a value, or a class with patterns, those with names last. */
static bool named(struct hr_recogniser *p)
{
    bool plain;
    if (!dotted(p, &plain)) {
        return false;
    }
    bool keywords = false;
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
        if (keywords && !keyword) {
            return hr_refuse(p, "positional pattern follows keyword pattern");
        }
        keywords = keyword;
        if (!pattern(p) || (!hr_take_op(p, ',') && !hr_is_op(p, ')'))) {
            return refuse(p);
        }
    }
    return true;
}

static bool closed(struct hr_recogniser *p);

/* A literal or a dotted name. */
static bool key(struct hr_recogniser *p)
{
    bool plain;
    if (p->kind == HR_TOKEN_NAME) {
        return dotted(p, &plain) && (!plain || refuse(p));
    }
    return p->kind == HR_TOKEN_OPERATOR && !hr_is_op(p, '-') ? refuse(p) : closed(p);
}

static bool mapping(struct hr_recogniser *p)
{
    while (!hr_take_op(p, '}')) {
        bool rest = hr_take_op(p, HR_OP2('*', '*'));
        bool ok = rest ? capture(p) : key(p) && hr_expect_op(p, ':') && pattern(p);
        bool comma = ok && hr_take_op(p, ',');
        if (!ok || ((rest || !comma) && !hr_is_op(p, '}'))) {
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
    return !hr_take_keyword(p, HR_KEYWORD_AS) || capture(p);
}

bool hr_patterns(struct hr_recogniser *p)
{
    bool star = false;
    bool comma = false;
    for (bool first = true;; first = false) {
        star = hr_take_op(p, '*');
        if (star ? !hr_expect_name(p) : !pattern(p)) {
            return false;
        }
        comma = hr_take_op(p, ',');
        if (first && star && !comma) {
            return hr_refuse(p, "a starred pattern needs a list around it");
        }
        if (!comma || hr_is_op(p, ':') || hr_is_keyword(p, HR_KEYWORD_IF)) {
            return true;
        }
    }
}
