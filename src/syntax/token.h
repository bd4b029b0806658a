/*
 * The tokens of one logical line, and the recogniser's state (layer 1, inside
 * syntax).
 */
#ifndef HR_SYNTAX_TOKEN_H
#define HR_SYNTAX_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "syntax/cut.h"

enum hr_token_kind {
    HR_TOKEN_END, /* of the logical line */
    HR_TOKEN_NAME,
    HR_TOKEN_KEYWORD,
    HR_TOKEN_NUMBER,
    HR_TOKEN_STRING,
    HR_TOKEN_BYTES,
    HR_TOKEN_OPERATOR,
    HR_TOKEN_BAD,
};

enum hr_keyword {
    HR_KEYWORD_NONE,
#define HR_KEYWORD(name, text) HR_KEYWORD_##name,
#include "syntax/keywords.h"
#undef HR_KEYWORD
};

/* An operator's code: its bytes, the first one lowest. */
#define HR_OP1(a) ((uint32_t)(a))
#define HR_OP2(a, b) (HR_OP1(a) | (uint32_t)(b) << 8)
#define HR_OP3(a, b, c) (HR_OP2(a, b) | (uint32_t)(c) << 16)

struct hr_recogniser {
    const char *text;
    size_t end;   /* of what may be read: the logical line, or more */
    size_t start; /* of the current token */
    size_t at;    /* past it */
    size_t last;  /* past the token before it */
    size_t colon; /* past the ':' that ends a header; 0: none seen */
    enum hr_token_kind kind;
    enum hr_keyword keyword; /* HR_KEYWORD_NONE unless the kind is HR_TOKEN_KEYWORD */
    uint32_t op;             /* 0 unless the kind is HR_TOKEN_OPERATOR */
    unsigned depth;          /* of expressions in expressions */
    int brackets;            /* open ones; outside of all, a newline ends the line */
    bool broken;             /* more than one physical line was seen */
    bool off;                /* and a comment that is "# hr: off" */
    const struct hr_logical_line *line;
    struct hr_error *err; /* the first refusal fills it */
};

/* --- words.c --- */

#define HR_KEYWORD_SLOTS 128
#define HR_KEYWORD_SLOT(first, last, size)                                             \
    (((first) + (last)*11 + (size)) % HR_KEYWORD_SLOTS)

extern const unsigned char hr_keyword_slots[HR_KEYWORD_SLOTS]; /* enum hr_keyword */
extern const char hr_keyword_texts[][8]; /* padded with NULs, which no word holds */

/* `word`: the `size` bytes, padded as well. */
static inline enum hr_keyword hr_keyword_in_slot(const char *text, size_t size,
                                                 uint64_t word)
{
    unsigned first = (unsigned char)text[0];
    unsigned last = (unsigned char)text[size - 1];
    unsigned char slot = hr_keyword_slots[HR_KEYWORD_SLOT(first, last, (unsigned)size)];
    uint64_t keyword;
    memcpy(&keyword, hr_keyword_texts[slot], sizeof keyword);
    return word == keyword ? (enum hr_keyword)slot : HR_KEYWORD_NONE;
}

/* As hr_find_keyword, of at most eight bytes; nothing behind them is read. */
enum hr_keyword hr_find_last_keyword(const char *text, size_t size);

/* The reserved word that these `size` bytes (at least one, none of them NUL) are;
 * `left` may be read; HR_KEYWORD_NONE. */
static inline enum hr_keyword hr_find_keyword(const char *text, size_t size,
                                              size_t left)
{
    uint64_t word;
    if (size - 1 >= sizeof word) {
        return HR_KEYWORD_NONE;
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (left >= sizeof word) {
        memcpy(&word, text, sizeof word);
        return hr_keyword_in_slot(text, size, word & UINT64_MAX >> (64 - 8 * size));
    }
#endif
    (void)left;
    return hr_find_last_keyword(text, size);
}

/* Whether a statement that begins with it is a compound one (def and class, which are
 * definitions, aside; match and case are words that may be names). */
static inline bool hr_keyword_is_compound(enum hr_keyword keyword)
{
    return keyword == HR_KEYWORD_IF || keyword == HR_KEYWORD_WHILE ||
           keyword == HR_KEYWORD_FOR || keyword == HR_KEYWORD_TRY ||
           keyword == HR_KEYWORD_WITH || keyword == HR_KEYWORD_ASYNC;
}

/* Whether they hold a character that no name can hold, outside of ASCII. */
bool hr_is_bad_name(const char *text, size_t size);

/* --- token.c --- */

/* Starts on a logical line, of which `first` is known, and reads its first token;
 * nothing from `end` on is read. */
void hr_token_start(struct hr_recogniser *p, const struct hr_logical_line *line,
                    size_t end);

/* Reads the next token. */
void hr_token_next(struct hr_recogniser *p);

/* Refuses the current token. Always returns false. */
bool hr_refuse(struct hr_recogniser *p, const char *message);

static inline bool hr_is_op(const struct hr_recogniser *p, uint32_t op)
{
    return p->op == op;
}

static inline bool hr_is_keyword(const struct hr_recogniser *p, enum hr_keyword keyword)
{
    return p->keyword == keyword;
}

static inline bool hr_take_op(struct hr_recogniser *p, uint32_t op)
{
    if (!hr_is_op(p, op)) {
        return false;
    }
    hr_token_next(p);
    return true;
}

static inline bool hr_take_keyword(struct hr_recogniser *p, enum hr_keyword keyword)
{
    if (!hr_is_keyword(p, keyword)) {
        return false;
    }
    hr_token_next(p);
    return true;
}

/* Is the current token a name that reads so? (Soft keywords.) */
static inline bool hr_is_name(const struct hr_recogniser *p, const char *name)
{
    size_t size = strlen(name);
    return p->kind == HR_TOKEN_NAME && p->at - p->start == size &&
           memcmp(p->text + p->start, name, size) == 0;
}

/* Each of these takes what it is called after, or refuses and returns false. */
bool hr_expect_op(struct hr_recogniser *p, uint32_t op);
bool hr_expect_name(struct hr_recogniser *p);

/* --- expressions.c, operands.c and lists.c: false when refused --- */

enum hr_shape {                       /* what an expression may be used for; bits */
                HR_SHAPE_TARGET = 1,  /* assigned to */
                HR_SHAPE_SINGLE = 2,  /* a name, an attribute or a subscript */
                HR_SHAPE_NAME = 4,    /* a bare name */
                HR_SHAPE_STARRED = 8, /* *x, which needs a list around it */
};

/* a if b else c, lambda, ...; `shape` may be NULL. */
bool hr_expression(struct hr_recogniser *p, unsigned *shape);

/* Operands and what joins them: all but lambda and `if`. */
bool hr_disjunction(struct hr_recogniser *p, unsigned *shape);

/* Those that bind closer than comparisons: what a star may stand before in a list. */
bool hr_operands(struct hr_recogniser *p, unsigned *shape);

/* NAME := expression, or an expression. */
bool hr_named_expression(struct hr_recogniser *p);

/* Expressions between commas, stars allowed; one starred alone is refused. */
bool hr_star_expressions(struct hr_recogniser *p, unsigned *shape);

/* yield, or star expressions. */
bool hr_value(struct hr_recogniser *p, unsigned *shape);

/* Targets between commas, up to `in`. */
bool hr_for_targets(struct hr_recogniser *p);

/* A name, a literal, or what stands in brackets. */
bool hr_atom(struct hr_recogniser *p, unsigned *shape);

/* The attributes, calls and subscripts behind an atom, of which *shape is the shape. */
bool hr_trailers(struct hr_recogniser *p, unsigned *shape);

/* One expression deeper: counted in p->depth, which the caller takes back. */
bool hr_enter(struct hr_recogniser *p);

/* One name, attribute, subscript, or list of such in brackets, with its shape. */
bool hr_primary(struct hr_recogniser *p, unsigned *shape);

/* Parameters up to (not with) `close`, which is ')' or ':'. */
bool hr_parameters(struct hr_recogniser *p, bool annotated);

/* Arguments of a call or bases of a class, past the ')'; at the token past '('. */
bool hr_arguments(struct hr_recogniser *p);

/* --- simple.c --- */

/* Simple statements up to the end of the line. */
bool hr_simple_statements(struct hr_recogniser *p);

/* [T, *Ts = int], if it is there. */
bool hr_type_parameters(struct hr_recogniser *p);

/* `as NAME`, if it is there. */
bool hr_alias(struct hr_recogniser *p);

#endif
