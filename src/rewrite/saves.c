#define _GNU_SOURCE /* memmem */
#include "rewrite/saves.h"

#include <string.h>

#include "base/block.h"

/* The class whose name mangles private names in this function; HR_NONE if none. */
static uint32_t mangling_class(const struct hr_defs *defs, uint32_t index)
{
    do {
        index = hr_defs_at(defs, index)->parent;
    } while (index != HR_NONE && hr_defs_at(defs, index)->kind != HR_DEF_CLASS);
    return index;
}

void hr_saves_append(const struct hr_defs *defs, uint32_t index, struct hr_span name,
                     struct hr_bytes *out)
{
    const char *text = defs->text + name.start;
    size_t size = hr_span_size(name);
    bool private_name = size > 2 && text[0] == '_' && text[1] == '_' &&
                        !(text[size - 1] == '_' && text[size - 2] == '_');
    uint32_t owner = private_name ? mangling_class(defs, index) : HR_NONE;
    if (owner != HR_NONE) {
        struct hr_span class_name = hr_defs_at(defs, owner)->name;
        while (class_name.start < class_name.end &&
               defs->text[class_name.start] == '_') {
            class_name.start++;
        }
        if (!hr_span_empty(class_name)) {
            hr_bytes_append_char(out, '_');
            hr_bytes_append(out, defs->text + class_name.start,
                            hr_span_size(class_name));
        }
    }
    hr_bytes_append(out, text, size);
}

static size_t skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    return at;
}

/* Whether `name()`, without an argument, stands somewhere in the text. */
static bool holds_call(const char *text, size_t size, const char *name)
{
    size_t length = strlen(name);
    size_t start = 0;
    const char *found;
    while ((found = memmem(text + start, size - start, name, length)) != NULL) {
        size_t at = (size_t)(found - text);
        bool whole = at == 0 ||
                     !(hr_is_word((unsigned char)text[at - 1]) || text[at - 1] == '.');
        start = at + length;
        at = skip_blanks(text, size, start);
        if (whole && at < size && text[at] == '(') {
            at = skip_blanks(text, size, at + 1);
            if (at < size && text[at] == ')') {
                return true;
            }
        }
    }
    return false;
}

bool hr_saves_show(const struct hr_defs *defs, const struct hr_def *def)
{
    const char *text = defs->text + def->body;
    size_t size = def->end - def->body;
    return holds_call(text, size, "locals") || holds_call(text, size, "vars") ||
           holds_call(text, size, "dir");
}

bool hr_saves_param(const struct hr_param *param)
{
    return param->rebound || (param->kind == HR_PARAM_VARKW && param->escapes);
}

bool hr_saves_any(const struct hr_defs *defs, const struct hr_def *def)
{
    for (uint32_t i = 0; i < def->params.count; i++) {
        if (hr_saves_param(hr_array_at(&defs->params, def->params.first + i))) {
            return !hr_saves_show(defs, def);
        }
    }
    return false;
}
