#include "syntax/grammar.h"
#include "syntax/token.h"

static bool refuse(struct hr_recogniser *p)
{
    return hr_refuse(p, "invalid syntax");
}

bool hr_enter(struct hr_recogniser *p)
{
    if (++p->depth <= HR_MAX_EXPRESSION_DEPTH) {
        return true;
    }
    hr_refuse(p, "expressions are nested too deeply");
    p->err->kind = p->err->kind == HR_ERROR_SYNTAX ? HR_ERROR_LIMIT : p->err->kind;
    return false;
}

/* --- operands --- */

/* How close what stands between two operands binds. */
enum joint { JOINT_NONE, JOINT_ARITHMETIC, JOINT_COMPARISON, JOINT_BOOLEAN };

static enum joint word_joint(enum hr_keyword keyword)
{
    switch (keyword) {
    case HR_KEYWORD_AND:
    case HR_KEYWORD_OR:
        return JOINT_BOOLEAN;
    case HR_KEYWORD_IN:
    case HR_KEYWORD_IS:
    case HR_KEYWORD_NOT:
        return JOINT_COMPARISON;
    default:
        return JOINT_NONE;
    }
}

static enum joint operator_joint(uint32_t op)
{
    switch (op) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '@':
    case '&':
    case '|':
    case '^':
    case HR_OP2('*', '*'):
    case HR_OP2('/', '/'):
    case HR_OP2('<', '<'):
    case HR_OP2('>', '>'):
        return JOINT_ARITHMETIC;
    case '<':
    case '>':
    case HR_OP2('=', '='):
    case HR_OP2('!', '='):
    case HR_OP2('<', '='):
    case HR_OP2('>', '='):
        return JOINT_COMPARISON;
    default:
        return JOINT_NONE;
    }
}

/* Takes what may stand between two operands, if it binds as close as `loosest`. */
static enum joint take_joint(struct hr_recogniser *p, enum joint loosest)
{
    enum joint joint = p->kind == HR_TOKEN_KEYWORD    ? word_joint(p->keyword)
                       : p->kind == HR_TOKEN_OPERATOR ? operator_joint(p->op)
                                                      : JOINT_NONE;
    if (joint == JOINT_NONE || joint > loosest) {
        return JOINT_NONE;
    }
    enum hr_keyword keyword = p->keyword;
    hr_token_next(p);
    if (keyword == HR_KEYWORD_IS) {
        hr_take_keyword(p, HR_KEYWORD_NOT);
    } else if (keyword == HR_KEYWORD_NOT && !hr_take_keyword(p, HR_KEYWORD_IN)) {
        refuse(p);
    }
    return joint;
}

/* `not` (if it may stand here), signs and `await`: whether there are any. */
static bool take_prefixes(struct hr_recogniser *p, bool boolean)
{
    bool any = false;
    while (boolean && hr_take_keyword(p, HR_KEYWORD_NOT)) {
        any = true;
    }
    while (hr_is_op(p, '-') || hr_is_op(p, '+') || hr_is_op(p, '~')) {
        hr_token_next(p);
        any = true;
    }
    return hr_take_keyword(p, HR_KEYWORD_AWAIT) || any;
}

/* Operands and what joins them.  Precedence decides little here: how far it goes, and
 * that `not` cannot follow an operator that binds closer.  `begun`: the first atom is
 * taken, and *shape is its shape. */
static bool operands(struct hr_recogniser *p, enum joint loosest, bool begun,
                     unsigned *shape)
{
    unsigned one = *shape;
    bool boolean = loosest == JOINT_BOOLEAN;
    bool plain = true;
    for (;; begun = false) {
        if (!begun && (p->kind == HR_TOKEN_OPERATOR || p->kind == HR_TOKEN_KEYWORD) &&
            take_prefixes(p, boolean)) {
            plain = false;
        }
        if (!hr_enter(p) || (!begun && !hr_atom(p, &one)) || !hr_trailers(p, &one)) {
            return false;
        }
        p->depth--;
        enum joint joint = take_joint(p, loosest);
        if (p->err->kind != HR_ERROR_NONE) {
            return false;
        }
        if (joint == JOINT_NONE) {
            break;
        }
        boolean = joint == JOINT_BOOLEAN;
        plain = false;
    }
    *shape = plain ? one : 0;
    return true;
}

bool hr_disjunction(struct hr_recogniser *p, unsigned *shape)
{
    unsigned ignored = 0;
    return operands(p, JOINT_BOOLEAN, false, shape != NULL ? shape : &ignored);
}

bool hr_operands(struct hr_recogniser *p, unsigned *shape)
{
    unsigned ignored = 0;
    return operands(p, JOINT_ARITHMETIC, false, shape != NULL ? shape : &ignored);
}

/* --- whole expressions --- */

/* A name or a literal, outside of all brackets. */
static bool at_simple_atom(const struct hr_recogniser *p)
{
    return p->kind == HR_TOKEN_NAME || p->kind == HR_TOKEN_NUMBER ||
           p->kind == HR_TOKEN_STRING || p->kind == HR_TOKEN_BYTES;
}

/* Nothing that goes on with an expression. */
static bool at_end(const struct hr_recogniser *p)
{
    return p->kind == HR_TOKEN_END || p->op == ',' || p->op == ')' || p->op == '=' ||
           p->op == ':' || p->op == ']';
}

bool hr_expression(struct hr_recogniser *p, unsigned *shape)
{
    unsigned ignored = 0;
    shape = shape != NULL ? shape : &ignored;
    bool begun = p->depth + 2 <= HR_MAX_EXPRESSION_DEPTH && at_simple_atom(p);
    if (begun) { /* which is all of most expressions */
        if (!hr_atom(p, shape)) {
            return false;
        }
        if (at_end(p)) {
            return true;
        }
    }
    if (!hr_enter(p)) {
        return false;
    }
    bool plain = true;
    for (;; begun = false) {
        if (!begun && hr_take_keyword(p, HR_KEYWORD_LAMBDA)) {
            plain = false;
            if (!hr_parameters(p, false) || !hr_expect_op(p, ':')) {
                return false;
            }
            continue;
        }
        if (!operands(p, JOINT_BOOLEAN, begun, shape)) {
            return false;
        }
        if (!hr_take_keyword(p, HR_KEYWORD_IF)) {
            break;
        }
        plain = false;
        if (!hr_disjunction(p, NULL)) {
            return false;
        }
        if (!hr_take_keyword(p, HR_KEYWORD_ELSE)) {
            return hr_refuse(p, "expected 'else' after 'if' expression");
        }
    }
    *shape = plain ? *shape : 0;
    p->depth--;
    return true;
}

bool hr_named_expression(struct hr_recogniser *p)
{
    unsigned shape = 0;
    if (!hr_expression(p, &shape)) {
        return false;
    }
    if ((shape & HR_SHAPE_NAME) && hr_take_op(p, HR_OP2(':', '='))) {
        return hr_expression(p, NULL);
    }
    return true;
}
