#define _GNU_SOURCE /* memmem */
#include "defs/supers.h"

#include <string.h>

#include "defs/superwords.h"

const char *hr_super_reason_text(enum hr_super_reason reason)
{
    switch (reason) {
    case HR_SUPER_OK:
        return "none";
    case HR_SUPER_NO_CLASS:
        return "it does not stand in a method of a class";
    case HR_SUPER_NO_PARAMETER:
        return "its function has no first parameter";
    case HR_SUPER_STARRED:
        return "the first parameter is starred";
    case HR_SUPER_REBOUND:
        return "the first parameter may be bound to something else";
    case HR_SUPER_CLASS_REBOUND:
        return "the name of the class may be bound to something else";
    case HR_SUPER_CLASS_SHADOWED:
        return "the name of the class means something else here";
    case HR_SUPER_UNREAD:
        return "its function holds syntax that the parser does not know";
    case HR_SUPER_DECORATED:
        return "a decorator may replace the class";
    case HR_SUPER_SHADOWED:
        return "super may not be the builtin here";
    case HR_SUPER_NESTED_SCOPE:
        return "it stands in a lambda or a comprehension";
    case HR_SUPER_MANGLED:
        return "the name of the class would be mangled here";
    case HR_SUPER_EARLY:
        return "it may run before the class has its name";
    case HR_SUPER_SPACED:
        return "something stands between its parentheses";
    case HR_SUPER_FORMATTED:
        return "it stands in an f-string, which may show its text";
    }
    return "unknown";
}

static bool is_private(const struct hr_defs *defs, struct hr_span name)
{
    const char *text = defs->text;
    return hr_span_size(name) > 2 && text[name.start] == '_' &&
           text[name.start + 1] == '_' &&
           !(text[name.end - 1] == '_' && text[name.end - 2] == '_');
}

static bool is_our_decorator(const struct hr_defs *defs,
                             const struct hr_decorator *decorator)
{
    static const char ours[] = "hot_restart.wrap_class";
    size_t size = hr_span_size(decorator->expression);
    return size == sizeof ours - 1 &&
           memcmp(defs->text + decorator->expression.start, ours, size) == 0;
}

static bool is_decorated(const struct hr_defs *defs, const struct hr_def *def)
{
    for (uint32_t i = 0; i < def->decorators.count; i++) {
        if (!is_our_decorator(
                defs, hr_array_at(&defs->decorators, def->decorators.first + i))) {
            return true;
        }
    }
    return false;
}

/* The innermost class around the function, through functions; HR_NONE. */
static uint32_t owner_of(const struct hr_defs *defs, uint32_t function)
{
    uint32_t i = function;
    do {
        i = hr_defs_at(defs, i)->parent;
    } while (i != HR_NONE && hr_defs_at(defs, i)->kind != HR_DEF_CLASS);
    return i;
}

static enum hr_super_reason judge_parameter(const struct hr_defs *defs,
                                            uint32_t function)
{
    const struct hr_def *def = hr_defs_at(defs, function);
    if (def->params.count == 0) {
        return HR_SUPER_NO_PARAMETER;
    }
    const struct hr_param *param = hr_array_at(&defs->params, def->params.first);
    if (param->kind == HR_PARAM_VARARGS) {
        return HR_SUPER_STARRED;
    }
    if (param->kind != HR_PARAM_POSITIONAL && param->kind != HR_PARAM_POSITIONAL_ONLY) {
        return HR_SUPER_NO_PARAMETER;
    }
    return param->rebound ? HR_SUPER_REBOUND : HR_SUPER_OK;
}

/* The functions from the call outwards: none may make `super`, `__class__` or the
 * root's name mean something else. */
static enum hr_super_reason judge_scopes(const struct hr_defs *defs,
                                         struct hr_scopes *scopes, uint32_t function,
                                         uint32_t root)
{
    struct hr_span name = hr_defs_at(defs, root)->name;
    uint32_t home = hr_defs_at(defs, root)->parent;
    for (uint32_t i = function; i != HR_NONE; i = hr_defs_at(defs, i)->parent) {
        const struct hr_def *def = hr_defs_at(defs, i);
        bool inside = i > root; /* between the call and the root's own scope */
        if (hr_scopes_find_word(scopes, i, "__class__") != NULL) {
            return HR_SUPER_CLASS_SHADOWED;
        }
        if (hr_has_word(defs->text, def->type_params, defs->text + name.start,
                        hr_span_size(name))) {
            return HR_SUPER_CLASS_SHADOWED;
        }
        if (def->kind != HR_DEF_FUNCTION) {
            continue;
        }
        if (hr_scopes_find_word(scopes, i, "super") != NULL) {
            return HR_SUPER_SHADOWED;
        }
        const struct hr_bound *bound = hr_scopes_find(scopes, i, name);
        if (bound == NULL) {
            continue;
        }
        if (inside && !(home == HR_NONE && bound->binding.kind == HR_BINDING_GLOBAL)) {
            return HR_SUPER_CLASS_SHADOWED;
        }
        if (i == home &&
            (bound->binding.kind != HR_BINDING_LOCAL || bound->count != 1)) {
            return HR_SUPER_CLASS_REBOUND;
        }
    }
    return HR_SUPER_OK;
}

static enum hr_super_reason judge_classes(const struct hr_defs *defs,
                                          struct hr_scopes *scopes, uint32_t owner)
{
    for (uint32_t i = owner;; i = hr_defs_at(defs, i)->parent) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (is_private(defs, def->name)) {
            return HR_SUPER_MANGLED;
        }
        if (is_decorated(defs, def)) {
            return HR_SUPER_DECORATED;
        }
        if (def->parent == HR_NONE ||
            hr_defs_at(defs, def->parent)->kind != HR_DEF_CLASS) {
            return HR_SUPER_OK;
        }
        const struct hr_bound *bound = hr_scopes_find(scopes, def->parent, def->name);
        if (bound != NULL &&
            (bound->count != 1 || bound->binding.kind != HR_BINDING_LOCAL)) {
            return HR_SUPER_CLASS_REBOUND;
        }
    }
}

static enum hr_super_reason judge(const struct hr_defs *defs, struct hr_scopes *scopes,
                                  struct hr_super *call)
{
    call->owner = owner_of(defs, call->function);
    if (call->owner == HR_NONE) {
        return HR_SUPER_NO_CLASS;
    }
    if (call->reason != HR_SUPER_OK) {
        return call->reason;
    }
    if (!hr_defs_at(defs, call->function)->detailed) {
        return HR_SUPER_UNREAD;
    }
    enum hr_super_reason reason = judge_parameter(defs, call->function);
    if (reason == HR_SUPER_OK) {
        reason = judge_classes(defs, scopes, call->owner);
    }
    if (reason == HR_SUPER_OK) {
        reason = judge_scopes(defs, scopes, call->function,
                              hr_super_root(defs, call->owner));
    }
    return reason;
}

void hr_supers_local(struct hr_defs *defs, size_t first_super, struct hr_scopes *scopes)
{
    for (size_t i = first_super; i < defs->supers.count; i++) {
        struct hr_super *call = hr_array_at(&defs->supers, i);
        if (call->function != HR_NONE) {
            call->reason = judge(defs, scopes, call);
        }
    }
}
