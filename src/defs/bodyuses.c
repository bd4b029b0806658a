#include <string.h>

#include "base/block.h"
#include "defs/bodies.h"

/* ---- parameters ---- */

static struct hr_param *find_param(const struct hr_bodies *b, uint32_t def,
                                   const struct hr_token *name)
{
    const char *text = b->defs->text;
    size_t size = name->end - name->start;
    struct hr_range range = hr_body_def(b, def)->params;
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        struct hr_param *param = hr_array_at(&b->defs->params, i);
        if (hr_span_size(param->name) == size &&
            memcmp(text + param->name.start, text + name->start, size) == 0) {
            return param;
        }
    }
    return NULL;
}

static struct hr_param *own_param(const struct hr_bodies *b, const struct hr_body *body,
                                  size_t index)
{
    /* A class has no parameters. */
    return body->def != HR_NONE ? find_param(b, body->def, hr_body_token(b, index))
                                : NULL;
}

void hr_body_store(struct hr_bodies *b, const struct hr_body *body, size_t index)
{
    struct hr_param *param = own_param(b, body, index);
    if (param != NULL) {
        param->rebound = true;
    }
}

/* A function that declares a parameter of one around it nonlocal may rebind it. */
void hr_body_nonlocal(struct hr_bodies *b, const struct hr_body *body, size_t index)
{
    uint32_t outer = body->def != HR_NONE ? hr_body_def(b, body->def)->parent : HR_NONE;
    for (; outer != HR_NONE; outer = hr_body_def(b, outer)->parent) {
        struct hr_param *param = find_param(b, outer, hr_body_token(b, index));
        if (param != NULL) {
            param->rebound = param->escapes = true;
        }
    }
}

void hr_body_change(struct hr_bodies *b, const struct hr_body *body, size_t index)
{
    struct hr_param *param = own_param(b, body, index);
    if (param != NULL) {
        param->escapes = true;
    }
}

/* ---- uses of **opts ---- */

/* The token past the bracket that closes the one at `index`. */
size_t hr_body_past(const struct hr_bodies *b, size_t index, size_t to)
{
    uint32_t depth = hr_body_token(b, index++)->depth;
    while (index < to && hr_body_token(b, index)->depth > depth) {
        index++;
    }
    return index + 1;
}

bool hr_body_goes_on(const struct hr_bodies *b, size_t index, size_t to)
{
    return hr_body_is_op(b, index, to, '.') || hr_body_is_op(b, index, to, '[') ||
           hr_body_is_op(b, index, to, '(');
}

static bool is_reader(const struct hr_bodies *b, size_t index, size_t to)
{
    static const char *const readers[] = {"get", "items", "keys", "values", "copy"};
    for (size_t i = 0; index < to && i < sizeof readers / sizeof *readers; i++) {
        if (hr_body_text_is(b, hr_body_token(b, index), readers[i])) {
            return hr_body_is_op(b, index + 1, to, '(');
        }
    }
    return false;
}

/* Whether the use of **opts at `index` can neither change the dict nor let it out. */
static bool is_harmless(const struct hr_bodies *b, size_t index, size_t from, size_t to,
                        bool target)
{
    if (hr_body_is_op(b, index + 1, to, '[')) {
        return !target || hr_body_goes_on(b, hr_body_past(b, index + 1, to), to);
    }
    if (hr_body_is_op(b, index + 1, to, '.')) {
        return is_reader(b, index + 2, to);
    }
    if (index < from + 2 || !hr_body_is_op(b, index - 1, to, HR_OP2('*', '*'))) {
        return false;
    }
    /* f(**opts), {**opts} */
    bool opened = hr_body_is_op(b, index - 2, to, '(') ||
                  hr_body_is_op(b, index - 2, to, ',') ||
                  hr_body_is_op(b, index - 2, to, '{');
    return opened && (hr_body_is_op(b, index + 1, to, ')') ||
                      hr_body_is_op(b, index + 1, to, ',') ||
                      hr_body_is_op(b, index + 1, to, '}'));
}

/* The innermost function that has such a parameter is the one it belongs to. */
void hr_body_use(struct hr_bodies *b, const struct hr_body *body, size_t index,
                 size_t from, size_t to, bool target)
{
    for (uint32_t def = body->def; def != HR_NONE; def = hr_body_def(b, def)->parent) {
        struct hr_param *param = find_param(b, def, hr_body_token(b, index));
        if (param == NULL) {
            continue;
        }
        if (param->kind == HR_PARAM_VARKW && !is_harmless(b, index, from, to, target)) {
            param->escapes = true;
        }
        return;
    }
}

/* ---- strings ---- */

static bool is_formatted(const struct hr_bodies *b, const struct hr_token *token)
{
    for (size_t i = token->start; i < token->end; i++) {
        char c = b->defs->text[i];
        if (c == '"' || c == '\'') {
            return false;
        }
        if ((c | 0x20) == 'f' || (c | 0x20) == 't') {
            return true;
        }
    }
    return false;
}

static bool holds(const struct hr_bodies *b, const struct hr_token *token,
                  const char *word, size_t size)
{
    return hr_find_span(b->defs->text, token->end, token->start, word, size) <
           token->end;
}

/* Whether the ":=" at `at` binds: in brackets it does, else a format follows it. */
static bool may_bind(const char *text, size_t start, size_t at)
{
    size_t closed = 0;
    for (; at > start; at--) {
        switch (text[at - 1]) {
        case ')':
        case ']':
            closed++;
            break;
        case '(':
        case '[':
            if (closed-- == 0) {
                return true;
            }
            break;
        case '{':
            for (at--; at > start && text[at - 1] == ' '; at--) {
            }
            return at > start && text[at - 1] == '{';
        default:
            break;
        }
    }
    return false;
}

static bool binds(const struct hr_bodies *b, const struct hr_token *token)
{
    size_t at = token->start;
    for (;;) {
        at = hr_find_span(b->defs->text, token->end, at, ":=", 2);
        if (at >= token->end) {
            return false;
        }
        if (may_bind(b->defs->text, token->start, at)) {
            return true;
        }
        at += 2;
    }
}

/* What stands in the fields of an f-string is no token: where it may matter, the tree
 * decides. */
void hr_body_formatted(struct hr_bodies *b, const struct hr_body *body,
                       const struct hr_token *token)
{
    if (!is_formatted(b, token) || !holds(b, token, "{", 1)) {
        return;
    }
    bool matters = binds(b, token) || holds(b, token, "yield", 5);
    for (uint32_t def = body->has_varkw ? body->def : HR_NONE;
         !matters && def != HR_NONE; def = hr_body_def(b, def)->parent) {
        struct hr_range range = hr_body_def(b, def)->params;
        const struct hr_param *last =
            range.count > 0
                ? hr_array_at(&b->defs->params, range.first + range.count - 1)
                : NULL;
        matters =
            last != NULL && last->kind == HR_PARAM_VARKW &&
            holds(b, token, b->defs->text + last->name.start, hr_span_size(last->name));
    }
    b->unsure = b->unsure || matters;
}
