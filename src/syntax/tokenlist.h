/*
 * The tokens of one logical line as an array (layer 1), for who has to look ahead
 * and back.
 */
#ifndef HR_SYNTAX_TOKENLIST_H
#define HR_SYNTAX_TOKENLIST_H

#include "base/array.h"
#include "syntax/token.h"

struct hr_token {
    size_t start, end;
    uint32_t op;             /* as in struct hr_recogniser */
    uint32_t depth;          /* open brackets around it; a bracket is outside its own */
    enum hr_token_kind kind; /* never END */
    enum hr_keyword keyword;
};

/*
 * Fills `tokens` (init'ed, of struct hr_token; what it held is dropped) with those of
 * `line`.  False if a token is none of Python's or a bracket has no partner; where
 * there is no memory, tokens->failed is set and the list is short.
 */
bool hr_token_list(struct hr_array *tokens, const char *text,
                   const struct hr_logical_line *line);

/* The first token in [from, to) that is `op` and stands neither in brackets deeper than
 * `depth` nor among a lambda's parameters; `to` if there is none. */
size_t hr_token_find(const struct hr_array *tokens, size_t from, size_t to, uint32_t op,
                     uint32_t depth);

#endif
