#include "syntax/token.h"

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

static bool at_list_end(const struct hr_recogniser *p)
{
    if (p->kind == HR_TOKEN_END) {
        return true;
    }
    return p->kind == HR_TOKEN_OPERATOR &&
           (p->op == '=' || p->op == ':' || p->op == ';' || p->op == ')' ||
            p->op == ']' || p->op == '}' || (p->op >> 8 & 0xff) == '=' ||
            (p->op >> 16 & 0xff) == '=');
}

bool hr_star_expressions(struct hr_recogniser *p, unsigned *shape)
{
    unsigned all = HR_SHAPE_TARGET;
    unsigned one = 0;
    bool starred = false;
    for (bool first = true;; first = false) {
        starred = hr_take_op(p, '*');
        if (starred ? !hr_operands(p, &one) : !hr_expression(p, &one)) {
            return false;
        }
        all &= one;
        bool comma = hr_take_op(p, ',');
        if (first && !comma) {
            if (starred) {
                return hr_refuse(p, "a starred expression needs a list around it");
            }
            break;
        }
        if (!comma || at_list_end(p)) {
            one = all;
            break;
        }
    }
    if (shape != NULL) {
        *shape = one;
    }
    return true;
}

bool hr_value(struct hr_recogniser *p, unsigned *shape)
{
    if (!hr_take_keyword(p, HR_KEYWORD_YIELD)) {
        return hr_star_expressions(p, shape);
    }
    if (shape != NULL) {
        *shape = 0;
    }
    if (hr_take_keyword(p, HR_KEYWORD_FROM)) {
        return hr_expression(p, NULL);
    }
    return at_list_end(p) || hr_star_expressions(p, NULL);
}

bool hr_for_targets(struct hr_recogniser *p)
{
    do {
        unsigned shape = 0;
        size_t start = p->start;
        hr_take_op(p, '*');
        if (!hr_primary(p, &shape)) {
            return false;
        }
        if (!(shape & HR_SHAPE_TARGET)) {
            p->start = start;
            return hr_refuse(p, "cannot assign to this expression");
        }
    } while (hr_take_op(p, ',') && !hr_is_keyword(p, HR_KEYWORD_IN));
    return true;
}

/* --- parameters --- */

static bool annotation(struct hr_recogniser *p, bool star)
{
    if (!hr_take_op(p, ':')) {
        return true;
    }
    if (star) {
        hr_take_op(p, '*');
    }
    return hr_expression(p, NULL);
}

bool hr_parameters(struct hr_recogniser *p, bool annotated)
{
    uint32_t close = annotated ? ')' : ':';
    bool star = false;
    bool slash = false;
    bool defaults = false;
    for (bool first = true; !hr_is_op(p, close); first = false) {
        if (hr_take_op(p, HR_OP2('*', '*'))) {
            if (!hr_expect_name(p) || (annotated && !annotation(p, false))) {
                return false;
            }
            hr_take_op(p, ',');
            return hr_is_op(p, close) || refuse(p);
        }
        if (hr_take_op(p, '*')) {
            bool bare = hr_is_op(p, ',');
            if (star || (!bare &&
                         (!hr_expect_name(p) || (annotated && !annotation(p, true))))) {
                return refuse(p);
            }
            star = true;
            if (bare) {
                hr_token_next(p);
                if (p->kind != HR_TOKEN_NAME) {
                    return hr_refuse(p, "named parameters must follow bare *");
                }
                continue;
            }
        } else if (hr_is_op(p, '/')) {
            if (first || slash || star) {
                return refuse(p);
            }
            slash = true;
            hr_token_next(p);
        } else {
            size_t start = p->start;
            if (!hr_expect_name(p) || (annotated && !annotation(p, false))) {
                return false;
            }
            bool has_default = hr_take_op(p, '=');
            if (has_default && !hr_expression(p, NULL)) {
                return false;
            }
            if (!has_default && defaults && !star) {
                p->start = start;
                return hr_refuse(p, "parameter without a default follows one with");
            }
            defaults = defaults || has_default;
        }
        if (!hr_take_op(p, ',')) {
            break;
        }
    }
    return hr_is_op(p, close) || refuse(p);
}
