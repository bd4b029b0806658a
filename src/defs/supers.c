#define _GNU_SOURCE /* memmem */
#include "defs/supers.h"

#include <stdlib.h>
#include <string.h>

const char *hr_super_reason_text(enum hr_super_reason reason)
{
    switch (reason) {
    case HR_SUPER_OK:
        return "it can be made explicit";
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
    case HR_SUPER_CLASS_LOCAL:
        return "the class cannot be reached by a name from here";
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

static const struct hr_def *def_at(const struct hr_defs *defs, uint32_t index)
{
    return hr_defs_at(defs, index);
}

static bool is_word(unsigned char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* Whether the word stands in the span, strings and comments included. */
static bool has_word(const char *text, struct hr_span span, const char *word,
                     size_t size)
{
    const char *p = text + span.start, *end = text + span.end;
    while (p < end && (p = memmem(p, (size_t)(end - p), word, size)) != NULL) {
        bool starts = p == text || !is_word((unsigned char)p[-1]);
        bool ends = p + size >= end || !is_word((unsigned char)p[size]);
        if (starts && ends) {
            return true;
        }
        p++;
    }
    return false;
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

/* The class's bases and keywords, as text: from its name to its ':'. */
static struct hr_span header_of(const struct hr_def *def)
{
    return hr_span(def->name.end, def->header_end);
}

static bool ends_in(const char *text, struct hr_span span, const char *word)
{
    size_t size = strlen(word);
    const char *p = text + span.start, *end = text + span.end;
    while (p < end && (p = memmem(p, (size_t)(end - p), word, size)) != NULL) {
        if (p + size >= end || !is_word((unsigned char)p[size])) {
            return true;
        }
        p++;
    }
    return false;
}

/* The innermost class around the function, through functions; HR_NONE. */
static uint32_t owner_of(const struct hr_defs *defs, uint32_t function)
{
    uint32_t i = function;
    do {
        i = def_at(defs, i)->parent;
    } while (i != HR_NONE && def_at(defs, i)->kind != HR_DEF_CLASS);
    return i;
}

/* The outermost class of the chain Outer.Inner that ends in `owner`. */
static uint32_t root_of(const struct hr_defs *defs, uint32_t owner)
{
    uint32_t parent = def_at(defs, owner)->parent;
    while (parent != HR_NONE && def_at(defs, parent)->kind == HR_DEF_CLASS) {
        owner = parent;
        parent = def_at(defs, owner)->parent;
    }
    return owner;
}

static enum hr_super_reason judge_parameter(const struct hr_defs *defs,
                                            uint32_t function)
{
    const struct hr_def *def = def_at(defs, function);
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
    struct hr_span name = def_at(defs, root)->name;
    uint32_t home = def_at(defs, root)->parent;
    for (uint32_t i = function; i != HR_NONE; i = def_at(defs, i)->parent) {
        const struct hr_def *def = def_at(defs, i);
        bool inside = i > root; /* between the call and the root's own scope */
        if (hr_scopes_find_word(scopes, i, "__class__") != NULL) {
            return HR_SUPER_CLASS_SHADOWED;
        }
        if (has_word(defs->text, def->type_params, defs->text + name.start,
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
    for (uint32_t i = owner;; i = def_at(defs, i)->parent) {
        const struct hr_def *def = def_at(defs, i);
        if (is_private(defs, def->name)) {
            return HR_SUPER_MANGLED;
        }
        if (is_decorated(defs, def)) {
            return HR_SUPER_DECORATED;
        }
        if (def->parent == HR_NONE || def_at(defs, def->parent)->kind != HR_DEF_CLASS) {
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
    if (!def_at(defs, call->function)->detailed) {
        return HR_SUPER_CLASS_LOCAL;
    }
    enum hr_super_reason reason = judge_parameter(defs, call->function);
    if (reason == HR_SUPER_OK) {
        reason = judge_classes(defs, scopes, call->owner);
    }
    if (reason == HR_SUPER_OK) {
        reason = judge_scopes(defs, scopes, call->function, root_of(defs, call->owner));
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

/* ---- the module's names ---- */

struct module_name {
    const char *text;
    size_t size;
    uint32_t count;
};

static size_t hash_of(const char *text, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static uint32_t *slot_of(const struct hr_supers_names *names, const char *text,
                         size_t size)
{
    size_t at = hash_of(text, size) & (names->capacity - 1);
    for (;; at = (at + 1) & (names->capacity - 1)) {
        uint32_t *slot = &names->table[at];
        if (*slot == 0) {
            return slot;
        }
        const struct module_name *name = hr_array_at(&names->names, *slot - 1);
        if (name->size == size && memcmp(name->text, text, size) == 0) {
            return slot;
        }
    }
}

static bool add_name(struct hr_supers_names *names, const char *text, size_t size)
{
    uint32_t *slot = slot_of(names, text, size);
    if (*slot != 0) {
        return true;
    }
    struct module_name *name = hr_array_push(&names->names);
    if (name == NULL) {
        return false;
    }
    *name = (struct module_name){.text = text, .size = size};
    *slot = (uint32_t)names->names.count;
    return true;
}

/* The module-level class whose name an explicit call would look up; HR_NONE. */
static uint32_t global_root(const struct hr_defs *defs, const struct hr_super *call)
{
    if (call->reason != HR_SUPER_OK) {
        return HR_NONE;
    }
    uint32_t root = root_of(defs, call->owner);
    return def_at(defs, root)->parent == HR_NONE ? root : HR_NONE;
}

bool hr_supers_names_init(struct hr_supers_names *names, const struct hr_defs *defs)
{
    *names = (struct hr_supers_names){.capacity = 64};
    hr_array_init(&names->names, sizeof(struct module_name));
    while (names->capacity < defs->supers.count * 2 + 2) {
        names->capacity *= 2;
    }
    names->table = calloc(names->capacity, sizeof *names->table);
    if (names->table == NULL || !add_name(names, "super", 5)) {
        return false;
    }
    for (size_t i = 0; i < defs->supers.count; i++) {
        uint32_t root = global_root(defs, hr_array_at(&defs->supers, i));
        if (root != HR_NONE) {
            struct hr_span name = def_at(defs, root)->name;
            if (!add_name(names, defs->text + name.start, hr_span_size(name))) {
                return false;
            }
        }
    }
    return true;
}

void hr_supers_names_finish(struct hr_supers_names *names)
{
    hr_array_finish(&names->names);
    free(names->table);
    names->table = NULL;
}

bool hr_supers_mentions(const struct hr_supers_names *names, const struct hr_defs *defs,
                        const struct hr_statement *statement)
{
    struct hr_span span = statement->span;
    const char *text = defs->text;
    const struct hr_logical_line *first = hr_array_at(&statement->lines, 0);
    bool definition = first->kind == HR_LINE_FUNCTION || first->kind == HR_LINE_CLASS ||
                      first->kind == HR_LINE_DECORATOR;
    if (definition && !has_word(text, span, "global", 6)) {
        return false; /* it binds its own name alone, and the outline knows that */
    }
    for (size_t i = span.start; i < span.end;) {
        size_t start = i;
        while (i < span.end && is_word((unsigned char)text[i])) {
            i++;
        }
        if (i == start) {
            i++;
            continue;
        }
        if (*slot_of(names, text + start, i - start) != 0 ||
            (i - start == 6 && memcmp(text + start, "import", 6) == 0 &&
             memchr(text + i, '*', span.end - i) != NULL)) {
            return true;
        }
    }
    return false;
}

static void count(struct hr_supers_names *names, const struct hr_defs *defs,
                  struct hr_span name)
{
    uint32_t slot = *slot_of(names, defs->text + name.start, hr_span_size(name));
    if (slot != 0) {
        ((struct module_name *)hr_array_at(&names->names, slot - 1))->count++;
    }
}

static enum hr_super_reason judge_module(const struct hr_defs *defs,
                                         const struct hr_supers_names *names,
                                         const struct hr_super *call)
{
    const struct module_name *name = hr_array_at(&names->names, 0); /* super */
    if (name->count > 0 || defs->imports_all) {
        return HR_SUPER_SHADOWED;
    }
    uint32_t root = global_root(defs, call);
    if (root == HR_NONE) {
        return HR_SUPER_OK;
    }
    struct hr_span span = def_at(defs, root)->name;
    uint32_t slot = *slot_of(names, defs->text + span.start, hr_span_size(span));
    name = hr_array_at(&names->names, slot - 1);
    return name->count == 1 ? HR_SUPER_OK : HR_SUPER_CLASS_REBOUND;
}

/* ---- classes whose making may run their own methods ---- */

enum early { EARLY_UNKNOWN, EARLY_NO, EARLY_YES };

struct early_table {
    const struct hr_defs *defs;
    unsigned char *early; /* enum early, by definition */
    bool *hooks;          /* has an __init_subclass__, by definition */
    uint32_t *table;      /* classes by name: index + 1, the last of a name; 0: free */
    size_t capacity;
};

static uint32_t *class_slot(const struct early_table *table, const char *text,
                            size_t size)
{
    size_t at = hash_of(text, size) & (table->capacity - 1);
    for (;; at = (at + 1) & (table->capacity - 1)) {
        uint32_t *slot = &table->table[at];
        if (*slot == 0) {
            return slot;
        }
        struct hr_span name = def_at(table->defs, *slot - 1)->name;
        if (hr_span_size(name) == size &&
            memcmp(table->defs->text + name.start, text, size) == 0) {
            return slot;
        }
    }
}

static bool early_init(struct early_table *table, const struct hr_defs *defs)
{
    *table = (struct early_table){.defs = defs, .capacity = 64};
    while (table->capacity < defs->defs.count * 2) {
        table->capacity *= 2;
    }
    table->early = calloc(defs->defs.count + 1, 1);
    table->table = calloc(table->capacity, sizeof *table->table);
    table->hooks = calloc(defs->defs.count + 1, sizeof *table->hooks);
    if (table->early == NULL || table->hooks == NULL || table->table == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = def_at(defs, i);
        const char *name = defs->text + def->name.start;
        if (def->kind == HR_DEF_CLASS) {
            *class_slot(table, name, hr_span_size(def->name)) = i + 1;
        } else if (def->parent != HR_NONE && hr_span_size(def->name) == 17 &&
                   memcmp(name, "__init_subclass__", 17) == 0) {
            table->hooks[def->parent] = true;
        }
    }
    return true;
}

static void early_finish(struct early_table *table)
{
    free(table->early);
    free(table->hooks);
    free(table->table);
}

/* A metaclass or another keyword in the header, an enumeration, or a base in this
 * file that is such a class. */
static bool is_early(struct early_table *table, uint32_t index, int depth)
{
    const char *text = table->defs->text;
    if (table->early[index] != EARLY_UNKNOWN) {
        return table->early[index] == EARLY_YES;
    }
    struct hr_span header = header_of(def_at(table->defs, index));
    bool early = depth > 16 || ends_in(text, header, "Enum") ||
                 ends_in(text, header, "Flag") ||
                 memchr(text + header.start, '=', hr_span_size(header)) != NULL;
    table->early[index] = EARLY_NO; /* a class that names itself ends here */
    for (size_t i = header.start; i < header.end && !early;) {
        size_t start = i;
        while (i < header.end && is_word((unsigned char)text[i])) {
            i++;
        }
        uint32_t base = i > start ? *class_slot(table, text + start, i - start) : 0;
        early = base != 0 &&
                (table->hooks[base - 1] || is_early(table, base - 1, depth + 1));
        i += i == start;
    }
    table->early[index] = early ? EARLY_YES : EARLY_NO;
    return early;
}

bool hr_supers_decide(struct hr_defs *defs, struct hr_supers_names *names)
{
    struct early_table early;
    bool ok = early_init(&early, defs);
    for (uint32_t i = 0; ok && i < defs->defs.count; i++) {
        if (def_at(defs, i)->parent == HR_NONE) {
            count(names, defs, def_at(defs, i)->name);
        }
    }
    for (size_t i = 0; i < defs->globals.count; i++) {
        count(names, defs, *(const struct hr_span *)hr_array_at(&defs->globals, i));
    }
    for (size_t i = 0; ok && i < defs->supers.count; i++) {
        struct hr_super *call = hr_array_at(&defs->supers, i);
        if (call->reason == HR_SUPER_OK && is_early(&early, call->owner, 0)) {
            call->reason = HR_SUPER_EARLY;
        } else if (call->reason == HR_SUPER_OK) {
            call->reason = judge_module(defs, names, call);
        }
    }
    early_finish(&early);
    return ok;
}
