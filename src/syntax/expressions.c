#include "syntax/token.h"

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

/* --- comprehensions --- */

static bool at_comprehension(const struct hr_recogniser *p)
{
    return hr_is_keyword(p, HR_KEYWORD_FOR) || hr_is_keyword(p, HR_KEYWORD_ASYNC);
}

static bool comprehension(struct hr_recogniser *p)
{
    while (at_comprehension(p)) {
        hr_take_keyword(p, HR_KEYWORD_ASYNC);
        if (!hr_take_keyword(p, HR_KEYWORD_FOR)) {
            return refuse(p);
        }
        if (!hr_for_targets(p)) {
            return false;
        }
        if (!hr_take_keyword(p, HR_KEYWORD_IN)) {
            return refuse(p);
        }
        if (!hr_disjunction(p, NULL)) {
            return false;
        }
        while (hr_take_keyword(p, HR_KEYWORD_IF)) {
            if (!hr_disjunction(p, NULL)) {
                return false;
            }
        }
    }
    return true;
}

/* --- what stands in brackets --- */

/* One member of a list; 3.15 lets a comprehension unpack, so a star before `for`
 * is refused here as it is up to 3.14. */
static bool member(struct hr_recogniser *p, unsigned *shape, bool *starred)
{
    *starred = hr_take_op(p, '*');
    if (*starred) {
        unsigned inner = 0;
        if (!hr_operands(p, &inner)) {
            return false;
        }
        *shape = inner & HR_SHAPE_TARGET;
        return true;
    }
    if (!hr_expression(p, shape)) {
        return false;
    }
    if (hr_is_op(p, HR_OP2(':', '='))) {
        if (!(*shape & HR_SHAPE_NAME)) {
            return refuse(p);
        }
        hr_token_next(p);
        *shape = 0;
        return hr_expression(p, NULL);
    }
    return true;
}

/* Past '(' or '['; `close` ends it. */
static bool list_or_group(struct hr_recogniser *p, char close, unsigned *shape)
{
    bool group = close == ')';
    *shape = HR_SHAPE_TARGET;
    if (hr_take_op(p, (uint32_t)close)) {
        return true;
    }
    if (group && hr_is_keyword(p, HR_KEYWORD_YIELD)) {
        *shape = 0;
        return hr_value(p, NULL) && hr_expect_op(p, ')');
    }
    unsigned all = HR_SHAPE_TARGET;
    for (bool first = true;; first = false) {
        unsigned one = 0;
        bool starred;
        if (!member(p, &one, &starred)) {
            return false;
        }
        if (first && !starred && at_comprehension(p)) {
            *shape = 0;
            return comprehension(p) && hr_expect_op(p, (uint32_t)close);
        }
        all &= one;
        bool comma = hr_take_op(p, ',');
        if (first && group && !comma) {
            if (starred) {
                return hr_refuse(p, "a starred expression needs a list around it");
            }
            /* (x) is x, but for what asks for a bare name: `(x): int` is fine. */
            *shape = one & ~(unsigned)HR_SHAPE_NAME;
            return hr_expect_op(p, ')');
        }
        if (!comma || hr_is_op(p, (uint32_t)close)) {
            *shape = all;
            return hr_expect_op(p, (uint32_t)close);
        }
    }
}

static bool set_or_dict(struct hr_recogniser *p)
{
    if (hr_take_op(p, '}')) {
        return true;
    }
    int dict = -1; /* not known yet */
    for (bool first = true;; first = false) {
        bool unpacks = false;
        int now;
        if (hr_take_op(p, HR_OP2('*', '*'))) {
            now = 1;
            unpacks = true;
            if (!hr_operands(p, NULL)) {
                return false;
            }
        } else {
            unsigned shape = 0;
            if (!member(p, &shape, &unpacks)) {
                return false;
            }
            if (dict == 0 && hr_is_op(p, ':')) {
                return refuse(p);
            }
            now = !unpacks && hr_take_op(p, ':');
            if (now && !hr_expression(p, NULL)) {
                return false;
            }
        }
        if (dict >= 0 && now != dict) {
            return refuse(p);
        }
        dict = now;
        if (first && !unpacks && at_comprehension(p)) {
            return comprehension(p) && hr_expect_op(p, '}');
        }
        if (!hr_take_op(p, ',') || hr_is_op(p, '}')) {
            return hr_expect_op(p, '}');
        }
    }
}

bool hr_arguments(struct hr_recogniser *p)
{
    bool keywords = false;
    bool unpacked = false;
    for (bool first = true; !hr_is_op(p, ')'); first = false) {
        if (hr_take_op(p, HR_OP2('*', '*'))) {
            keywords = unpacked = true;
            if (!hr_expression(p, NULL)) {
                return false;
            }
        } else if (hr_take_op(p, '*')) {
            if (unpacked) {
                return hr_refuse(p, "iterable unpacking follows keyword unpacking");
            }
            if (!hr_expression(p, NULL)) {
                return false;
            }
        } else {
            unsigned shape = 0;
            size_t start = p->start;
            if (!hr_expression(p, &shape)) {
                return false;
            }
            bool name = (shape & HR_SHAPE_NAME) != 0;
            if (name && hr_take_op(p, '=')) {
                keywords = true;
                if (!hr_expression(p, NULL)) {
                    return false;
                }
            } else if (keywords) {
                p->start = start;
                return hr_refuse(p, "positional argument follows keyword argument");
            } else if (name && hr_take_op(p, HR_OP2(':', '='))) {
                if (!hr_expression(p, NULL)) {
                    return false;
                }
            }
            if (at_comprehension(p)) {
                /* Alone, but for a comma that older versions let pass. */
                if (!first || !comprehension(p)) {
                    return refuse(p);
                }
                hr_take_op(p, ',');
                return hr_expect_op(p, ')');
            }
        }
        if (!hr_take_op(p, ',')) {
            break;
        }
    }
    return hr_expect_op(p, ')');
}

static bool at_slice_end(const struct hr_recogniser *p)
{
    return hr_is_op(p, ':') || hr_is_op(p, ',') || hr_is_op(p, ']');
}

/* Past '['. */
static bool subscript(struct hr_recogniser *p)
{
    do {
        if (hr_take_op(p, '*')) {
            if (!hr_expression(p, NULL)) {
                return false;
            }
            continue;
        }
        if (!hr_is_op(p, ':') && !hr_named_expression(p)) {
            return false;
        }
        for (int colons = 0; colons < 2 && hr_take_op(p, ':'); colons++) {
            if (!at_slice_end(p) && !hr_expression(p, NULL)) {
                return false;
            }
        }
    } while (hr_take_op(p, ',') && !hr_is_op(p, ']'));
    return hr_expect_op(p, ']');
}

/* --- operands --- */

static bool strings(struct hr_recogniser *p)
{
    enum hr_token_kind kind = p->kind;
    while (p->kind == HR_TOKEN_STRING || p->kind == HR_TOKEN_BYTES) {
        if (p->kind != kind) {
            return hr_refuse(p, "bytes and text cannot be joined");
        }
        hr_token_next(p);
    }
    return true;
}

bool hr_atom(struct hr_recogniser *p, unsigned *shape)
{
    *shape = 0;
    switch (p->kind) {
    case HR_TOKEN_NAME:
        *shape = HR_SHAPE_TARGET | HR_SHAPE_SINGLE | HR_SHAPE_NAME;
        hr_token_next(p);
        return true;
    case HR_TOKEN_NUMBER:
        hr_token_next(p);
        return true;
    case HR_TOKEN_STRING:
    case HR_TOKEN_BYTES:
        return strings(p);
    case HR_TOKEN_KEYWORD:
        if (p->keyword > HR_KEYWORD_TRUE) {
            return refuse(p);
        }
        hr_token_next(p);
        return true;
    case HR_TOKEN_OPERATOR:
        break;
    default:
        return refuse(p);
    }
    if (hr_take_op(p, '(')) {
        return list_or_group(p, ')', shape);
    }
    if (hr_take_op(p, '[')) {
        return list_or_group(p, ']', shape);
    }
    if (hr_take_op(p, '{')) {
        return set_or_dict(p);
    }
    return hr_take_op(p, HR_OP3('.', '.', '.')) || refuse(p);
}

bool hr_trailers(struct hr_recogniser *p, unsigned *shape)
{
    for (;;) {
        if (hr_take_op(p, '.')) {
            if (!hr_expect_name(p)) {
                return false;
            }
            *shape = HR_SHAPE_TARGET | HR_SHAPE_SINGLE;
        } else if (hr_take_op(p, '(')) {
            if (!hr_arguments(p)) {
                return false;
            }
            *shape = 0;
        } else if (hr_take_op(p, '[')) {
            if (!subscript(p)) {
                return false;
            }
            *shape = HR_SHAPE_TARGET | HR_SHAPE_SINGLE;
        } else {
            return true;
        }
    }
}

bool hr_primary(struct hr_recogniser *p, unsigned *shape)
{
    if (!hr_enter(p) || !hr_atom(p, shape) || !hr_trailers(p, shape)) {
        return false;
    }
    p->depth--;
    return true;
}
