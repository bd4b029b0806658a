#include "syntax/token.h"

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

static bool targets(struct hr_recogniser *p, bool deleted)
{
    size_t start = p->start;
    unsigned shape = 0;
    if (!hr_star_expressions(p, &shape)) {
        return false;
    }
    if (!(shape & HR_SHAPE_TARGET)) {
        p->start = start;
        return hr_refuse(p, deleted ? "cannot delete this expression"
                                    : "cannot assign to this expression");
    }
    return true;
}

static bool is_augmented(const struct hr_recogniser *p)
{
    if (p->kind != HR_TOKEN_OPERATOR) {
        return false;
    }
    uint32_t last = p->op >> 16 != 0 ? p->op >> 16 : p->op >> 8;
    char first = (char)(p->op & 0xff);
    if (last != '=' || first == ':' || first == '!' || first == '=') {
        return false;
    }
    return (first != '<' && first != '>') || p->op >> 16 != 0;
}

static bool expression_statement(struct hr_recogniser *p)
{
    unsigned shape = 0;
    size_t start = p->start;
    if (!hr_value(p, &shape)) {
        return false;
    }
    if (hr_is_op(p, ':') || is_augmented(p)) {
        bool annotated = hr_is_op(p, ':');
        if (!(shape & HR_SHAPE_SINGLE)) {
            p->start = annotated ? p->start : start;
            return hr_refuse(p, annotated ? "invalid syntax"
                                          : "cannot assign to this expression");
        }
        hr_token_next(p);
        if (!annotated) {
            return hr_value(p, NULL);
        }
        return hr_expression(p, NULL) && (!hr_take_op(p, '=') || hr_value(p, NULL));
    }
    while (hr_is_op(p, '=')) {
        if (!(shape & HR_SHAPE_TARGET)) {
            p->start = start;
            return hr_refuse(p, "cannot assign to this expression");
        }
        hr_token_next(p);
        start = p->start;
        if (!hr_value(p, &shape)) {
            return false;
        }
    }
    return true;
}

static bool dotted_name(struct hr_recogniser *p)
{
    do {
        if (!hr_expect_name(p)) {
            return false;
        }
    } while (hr_take_op(p, '.'));
    return true;
}

bool hr_alias(struct hr_recogniser *p)
{
    return !hr_take_keyword(p, HR_KEYWORD_AS) || hr_expect_name(p);
}

static bool import_statement(struct hr_recogniser *p)
{
    do {
        if (!dotted_name(p) || !hr_alias(p)) {
            return false;
        }
    } while (hr_take_op(p, ','));
    return true;
}

static bool from_statement(struct hr_recogniser *p)
{
    bool dots = false;
    while (hr_take_op(p, '.') || hr_take_op(p, HR_OP3('.', '.', '.'))) {
        dots = true;
    }
    if ((!dots || !hr_is_keyword(p, HR_KEYWORD_IMPORT)) && !dotted_name(p)) {
        return false;
    }
    if (!hr_take_keyword(p, HR_KEYWORD_IMPORT)) {
        return refuse(p);
    }
    if (hr_take_op(p, '*')) {
        return true;
    }
    bool brackets = hr_take_op(p, '(');
    do {
        if (!hr_expect_name(p) || !hr_alias(p)) {
            return false;
        }
    } while (hr_take_op(p, ',') && !(brackets && hr_is_op(p, ')')));
    return !brackets || hr_expect_op(p, ')');
}

static bool names(struct hr_recogniser *p)
{
    do {
        if (!hr_expect_name(p)) {
            return false;
        }
    } while (hr_take_op(p, ','));
    return true;
}

static bool at_end(const struct hr_recogniser *p)
{
    return p->kind == HR_TOKEN_END || hr_is_op(p, ';');
}

bool hr_type_parameters(struct hr_recogniser *p)
{
    if (!hr_take_op(p, '[')) {
        return true;
    }
    do {
        bool several = !hr_take_op(p, HR_OP2('*', '*')) && hr_take_op(p, '*');
        if (!hr_expect_name(p) || (hr_take_op(p, ':') && !hr_expression(p, NULL))) {
            return false;
        }
        if (hr_take_op(p, '=')) {
            if (several) {
                hr_take_op(p, '*');
            }
            if (!hr_expression(p, NULL)) {
                return false;
            }
        }
    } while (hr_take_op(p, ',') && !hr_is_op(p, ']'));
    return hr_expect_op(p, ']');
}

/* `type` is a name everywhere else: this tries, and puts the reading back. */
static bool type_statement(struct hr_recogniser *p, bool *taken)
{
    struct hr_recogniser before = *p;
    *taken = false;
    hr_token_next(p);
    if (p->kind != HR_TOKEN_NAME) {
        *p = before;
        return true;
    }
    *taken = true;
    hr_token_next(p);
    return hr_type_parameters(p) && hr_expect_op(p, '=') && hr_expression(p, NULL);
}

static bool keyword_statement(struct hr_recogniser *p)
{
    enum hr_keyword keyword = p->keyword;
    hr_token_next(p);
    switch (keyword) {
    case HR_KEYWORD_PASS:
    case HR_KEYWORD_BREAK:
    case HR_KEYWORD_CONTINUE:
        return true;
    case HR_KEYWORD_RETURN:
        return at_end(p) || hr_star_expressions(p, NULL);
    case HR_KEYWORD_RAISE:
        return at_end(p) ||
               (hr_expression(p, NULL) &&
                (!hr_take_keyword(p, HR_KEYWORD_FROM) || hr_expression(p, NULL)));
    case HR_KEYWORD_GLOBAL:
    case HR_KEYWORD_NONLOCAL:
        return names(p);
    case HR_KEYWORD_DEL:
        return targets(p, true);
    case HR_KEYWORD_ASSERT:
        return hr_expression(p, NULL) &&
               (!hr_take_op(p, ',') || hr_expression(p, NULL));
    case HR_KEYWORD_IMPORT:
        return import_statement(p);
    default:
        return from_statement(p);
    }
}

static bool simple_statement(struct hr_recogniser *p)
{
    if (p->kind == HR_TOKEN_KEYWORD) {
        switch (p->keyword) {
        case HR_KEYWORD_PASS:
        case HR_KEYWORD_BREAK:
        case HR_KEYWORD_CONTINUE:
        case HR_KEYWORD_RETURN:
        case HR_KEYWORD_RAISE:
        case HR_KEYWORD_GLOBAL:
        case HR_KEYWORD_NONLOCAL:
        case HR_KEYWORD_DEL:
        case HR_KEYWORD_ASSERT:
        case HR_KEYWORD_IMPORT:
        case HR_KEYWORD_FROM:
            return keyword_statement(p);
        default:
            break;
        }
    }
    if (hr_is_name(p, "type")) {
        bool taken;
        if (!type_statement(p, &taken) || taken) {
            return p->err->kind == HR_ERROR_NONE;
        }
    }
    return expression_statement(p);
}

bool hr_simple_statements(struct hr_recogniser *p)
{
    do {
        if (!simple_statement(p)) {
            return false;
        }
    } while (hr_take_op(p, ';') && p->kind != HR_TOKEN_END);
    return p->kind == HR_TOKEN_END || refuse(p);
}
