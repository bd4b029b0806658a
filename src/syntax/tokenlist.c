#include "syntax/tokenlist.h"

static bool is_open(uint32_t op)
{
    return op == '(' || op == '[' || op == '{';
}

static bool is_close(uint32_t op)
{
    return op == ')' || op == ']' || op == '}';
}

bool hr_token_list(struct hr_array *tokens, const char *text,
                   const struct hr_logical_line *line)
{
    struct hr_error err = {0};
    struct hr_recogniser p = {.text = text, .err = &err};
    uint32_t depth = 0;
    hr_array_shrink(tokens, 0);
    for (hr_token_start(&p, line, line->end); p.kind != HR_TOKEN_END;
         hr_token_next(&p)) {
        bool close = is_close(p.op);
        if (p.kind == HR_TOKEN_BAD || (close && depth == 0)) {
            return false;
        }
        depth -= close;
        struct hr_token *token = hr_array_push(tokens);
        if (token == NULL) {
            return true;
        }
        *token = (struct hr_token){.start = p.start,
                                   .end = p.at,
                                   .op = p.op,
                                   .depth = depth,
                                   .kind = p.kind,
                                   .keyword = p.keyword};
        depth += is_open(p.op);
    }
    return depth == 0 && tokens->count > 0;
}

size_t hr_token_find(const struct hr_array *tokens, size_t from, size_t to, uint32_t op,
                     uint32_t depth)
{
    size_t lambdas = 0;
    for (size_t i = from; i < to; i++) {
        const struct hr_token *token = hr_array_at(tokens, i);
        if (token->depth != depth) {
            continue;
        }
        if (token->keyword == HR_KEYWORD_LAMBDA) {
            lambdas++;
        } else if (lambdas > 0 && token->op == ':') {
            lambdas--;
        } else if (lambdas == 0 && token->op == op) {
            return i;
        }
    }
    return to;
}
