/*
 * What the guard has to know of functions, from their tokens alone (layer 2, inside
 * defs): parameters, which of them the body may rebind or let out, docstrings, kinds,
 * nested blocks.  It takes a text for Python; where it is none, what is said here is
 * of no use and the compiler says the rest.
 */
#ifndef HR_DEFS_BODIES_H
#define HR_DEFS_BODIES_H

#include <string.h>

#include "base/array.h"
#include "defs/defs.h"
#include "syntax/cut.h"
#include "syntax/tokenlist.h"

struct hr_body {      /* what the lines at one depth stand in */
    uint32_t def;     /* the innermost definition, or HR_NONE */
    uint32_t blocks;  /* open ones of its own scope */
    uint32_t weight;  /* of the last statement at this depth, while clauses follow */
    bool in_function; /* a function is around them, however far */
    bool has_varkw;   /* one of those functions has **opts */
    bool direct;      /* they are statements of the definition itself */
    bool begun;       /* and one of them was seen */
    bool cases;       /* they are the clauses of a match */
};

struct hr_bodies {
    struct hr_defs *defs;
    struct hr_array tokens; /* of struct hr_token: the line's */
    struct hr_body bodies[HR_MAX_INDENT + 3];
    uint32_t next_def;
    bool unsure; /* tokens do not tell: the tree has to */
};

void hr_bodies_init(struct hr_bodies *bodies, struct hr_defs *defs);
void hr_bodies_finish(struct hr_bodies *bodies);

/*
 * Details the definitions from `first` on, which are those of `statement`, as far as
 * depth GUARD goes.  False without memory.  Where *unsure is set, nothing was
 * detailed.
 */
bool hr_bodies_statement(struct hr_bodies *bodies, const struct hr_statement *statement,
                         uint32_t first, bool *unsure);

/* --- token indices, half-open ranges of them --- */

static inline const struct hr_token *hr_body_token(const struct hr_bodies *b,
                                                   size_t index)
{
    return (const struct hr_token *)b->tokens.items + index;
}

static inline struct hr_def *hr_body_def(const struct hr_bodies *b, uint32_t index)
{
    return hr_array_at(&b->defs->defs, index);
}

static inline bool hr_body_is_op(const struct hr_bodies *b, size_t index, size_t to,
                                 uint32_t op)
{
    return index < to && hr_body_token(b, index)->op == op;
}

static inline bool hr_body_is_name(const struct hr_bodies *b, size_t index, size_t to)
{
    return index < to && hr_body_token(b, index)->kind == HR_TOKEN_NAME;
}

static inline bool hr_body_is_keyword(const struct hr_bodies *b, size_t index,
                                      size_t to, enum hr_keyword keyword)
{
    return index < to && hr_body_token(b, index)->keyword == keyword;
}

static inline bool hr_body_text_is(const struct hr_bodies *b,
                                   const struct hr_token *token, const char *word)
{
    size_t size = strlen(word);
    return token->end - token->start == size &&
           memcmp(b->defs->text + token->start, word, size) == 0;
}

/* --- bodyuses.c: which parameter a name is, and what becomes of it --- */

/* The name at token `index` is bound in `body`; declared nonlocal there; changed in
 * place. */
void hr_body_store(struct hr_bodies *b, const struct hr_body *body, size_t index);
void hr_body_nonlocal(struct hr_bodies *b, const struct hr_body *body, size_t index);
void hr_body_change(struct hr_bodies *b, const struct hr_body *body, size_t index);

/* It is read, in a statement or part of one at [from, to); `target`: to assign to an
 * item or attribute of it. */
void hr_body_use(struct hr_bodies *b, const struct hr_body *body, size_t index,
                 size_t from, size_t to, bool target);

/* What stands in an f-string is no token: where it may matter, the tree decides. */
void hr_body_formatted(struct hr_bodies *b, const struct hr_body *body,
                       const struct hr_token *token);

/* The token past the bracket that closes the one at `index`. */
size_t hr_body_past(const struct hr_bodies *b, size_t index, size_t to);

/* Whether token `index` goes on with what stands before it: '.', '[' or '('. */
bool hr_body_goes_on(const struct hr_bodies *b, size_t index, size_t to);

/* --- bodynames.c --- */

/* Notes what expressions at [from, to) bind, use and yield; `target`: they are what is
 * assigned to or deleted. */
void hr_body_scan(struct hr_bodies *b, const struct hr_body *body, size_t from,
                  size_t to, bool target);

/* The same for a case's pattern. */
void hr_body_pattern(struct hr_bodies *b, const struct hr_body *body, size_t from,
                     size_t to);

/* The same for one simple statement. */
void hr_body_simple(struct hr_bodies *b, const struct hr_body *body, size_t from,
                    size_t to);

#endif
