#include "defs/supers.h"

#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "defs/superearly.h"
#include "defs/superwords.h"
#include "syntax/token.h"

/* Whether the word stands in the span, strings and comments included. */
bool hr_has_word(const char *text, struct hr_span span, const char *word, size_t size)
{
    size_t at = span.start;
    if (size == 0) { /* a class whose name is not typed yet */
        return false;
    }
    while ((at = hr_find_span(text, span.end, at, word, size)) < span.end) {
        bool starts = at == 0 || !hr_is_word((unsigned char)text[at - 1]);
        bool ends =
            at + size >= span.end || !hr_is_word((unsigned char)text[at + size]);
        if (starts && ends) {
            return true;
        }
        at++;
    }
    return false;
}

/* The outermost class of the chain Outer.Inner that ends in `owner`. */
uint32_t hr_super_root(const struct hr_defs *defs, uint32_t owner)
{
    uint32_t parent = hr_defs_at(defs, owner)->parent;
    while (parent != HR_NONE && hr_defs_at(defs, parent)->kind == HR_DEF_CLASS) {
        owner = parent;
        parent = hr_defs_at(defs, owner)->parent;
    }
    return owner;
}

struct module_name {
    uint32_t hash;
    uint32_t size;
    size_t text; /* offset in hr_supers_names.pool */
    uint32_t count;
};

static uint32_t *slot_of(const struct hr_supers_names *names, const char *text,
                         size_t size)
{
    uint32_t hash = (uint32_t)hr_hash_word(text, size);
    size_t at = hash & (names->capacity - 1);
    for (;; at = (at + 1) & (names->capacity - 1)) {
        uint32_t *slot = &names->table[at];
        if (*slot == 0) {
            return slot;
        }
        const struct module_name *name = hr_array_at(&names->names, *slot - 1);
        if (name->hash == hash && name->size == size &&
            memcmp(names->pool.data + name->text, text, size) == 0) {
            return slot;
        }
    }
}

static bool grow(struct hr_supers_names *names)
{
    size_t capacity = names->capacity * 2;
    uint32_t *table = calloc(capacity, sizeof *table);
    if (table == NULL) {
        return false;
    }
    free(names->table);
    names->table = table;
    names->capacity = capacity;
    for (uint32_t i = 0; i < names->names.count; i++) {
        const struct module_name *name = hr_array_at(&names->names, i);
        *slot_of(names, names->pool.data + name->text, name->size) = i + 1;
    }
    return true;
}

static uint64_t size_bit(size_t size)
{
    return UINT64_C(1) << (size < 63 ? size : 63);
}

static bool add_name(struct hr_supers_names *names, const char *text, size_t size)
{
    if (names->names.count * 2 >= names->capacity && !grow(names)) {
        return false;
    }
    uint32_t *slot = slot_of(names, text, size);
    if (*slot != 0) {
        return true;
    }
    struct module_name *name = hr_array_push(&names->names);
    if (name == NULL) {
        return false;
    }
    *name = (struct module_name){.hash = (uint32_t)hr_hash_word(text, size),
                                 .size = (uint32_t)size,
                                 .text = names->pool.size};
    hr_bytes_append(&names->pool, text, size);
    names->firsts[(unsigned char)text[0]] = true;
    names->sizes |= size_bit(size);
    *slot = (uint32_t)names->names.count;
    return !names->pool.failed;
}

/* The module-level class whose name an explicit call would look up; HR_NONE. */
static uint32_t global_root(const struct hr_defs *defs, const struct hr_super *call)
{
    if (call->reason != HR_SUPER_OK) {
        return HR_NONE;
    }
    uint32_t root = hr_super_root(defs, call->owner);
    return hr_defs_at(defs, root)->parent == HR_NONE ? root : HR_NONE;
}

static bool init_names(struct hr_supers_names *names)
{
    *names = (struct hr_supers_names){.capacity = 64};
    hr_array_init(&names->names, sizeof(struct module_name));
    names->table = calloc(names->capacity, sizeof *names->table);
    return names->table != NULL;
}

bool hr_supers_names_init(struct hr_supers_names *names, const struct hr_defs *defs)
{
    if (!init_names(names) || !add_name(names, "super", 5)) {
        return false;
    }
    for (size_t i = 0; i < defs->supers.count; i++) {
        uint32_t root = global_root(defs, hr_array_at(&defs->supers, i));
        if (root != HR_NONE) {
            struct hr_span name = hr_defs_at(defs, root)->name;
            if (!add_name(names, defs->text + name.start, hr_span_size(name))) {
                return false;
            }
        }
        hr_defs_passed(defs, i);
    }
    return true;
}

void hr_supers_names_finish(struct hr_supers_names *names)
{
    hr_array_finish(&names->names);
    hr_bytes_finish(&names->pool);
    free(names->table);
    names->table = NULL;
}

static bool has_name(const struct hr_supers_names *names, const char *text, size_t size)
{
    return names->firsts[(unsigned char)text[0]] &&
           (names->sizes & size_bit(size)) != 0 && *slot_of(names, text, size) != 0;
}

/* Whether one of the names, or "import" with a star behind it, stands in the span;
 * be it in a string. */
static bool mentions(const struct hr_supers_names *names, const char *text,
                     struct hr_span span)
{
    for (size_t i = span.start; i < span.end;) {
        size_t start = i;
        bool other;
        i = hr_word_end(text, span.end, i, &other);
        if (i == start) {
            i++;
        } else if (has_name(names, text + start, i - start) ||
                   (i - start == 6 && memcmp(text + start, "import", 6) == 0 &&
                    memchr(text + i, '*', span.end - i) != NULL)) {
            return true;
        }
    }
    return false;
}

/* Whether the line binds one of the names if it stands in it. */
static bool is_binding_keyword(const struct hr_recogniser *p)
{
    switch (p->keyword) {
    case HR_KEYWORD_IMPORT:
    case HR_KEYWORD_DEL:
    case HR_KEYWORD_GLOBAL:
    case HR_KEYWORD_AS:
        return true;
    case HR_KEYWORD_FOR:
        return p->brackets == 0;
    default:
        return false;
    }
}

static bool is_assignment(const struct hr_recogniser *p)
{
    char first = (char)p->op,
         last = (char)(p->op >> 16 != 0 ? p->op >> 16 : p->op >> 8);
    if (p->op == HR_OP2(':', '=')) {
        return true;
    }
    bool compares = p->op >> 16 == 0 && strchr("=!<>", first) != NULL;
    return p->brackets == 0 &&
           (p->op == '=' || p->op == ':' || (last == '=' && !compares));
}

/* Reads one logical line, from its first token.  What a `case` captures has no mark
 * of its own. */
static bool line_may_bind(const struct hr_supers_names *names, struct hr_recogniser *p)
{
    bool seen = false;
    bool binds = hr_is_name(p, "case");
    for (; p->kind != HR_TOKEN_END; hr_token_next(p)) {
        seen = seen || (p->kind == HR_TOKEN_NAME &&
                        has_name(names, p->text + p->start, p->at - p->start));
        binds = binds || is_binding_keyword(p) || (seen && is_assignment(p));
        if (p->kind == HR_TOKEN_BAD || (binds && (seen || p->op == '*'))) {
            return true;
        }
    }
    return false;
}

/* The same of a line of a definition, where only `global` reaches the module. */
static bool line_declares(const struct hr_supers_names *names, struct hr_recogniser *p)
{
    bool global = false;
    for (; p->kind != HR_TOKEN_END; hr_token_next(p)) {
        global = (global || p->keyword == HR_KEYWORD_GLOBAL) && p->op != ';';
        if (p->kind == HR_TOKEN_BAD ||
            (global && p->kind == HR_TOKEN_NAME &&
             has_name(names, p->text + p->start, p->at - p->start))) {
            return true;
        }
    }
    return false;
}

bool hr_supers_may_bind(const struct hr_supers_names *names, const struct hr_defs *defs,
                        struct hr_span span, bool is_definition)
{
    const char *text = defs->text;
    if ((is_definition && !hr_has_word(text, span, "global", 6)) ||
        !mentions(names, text, span)) {
        return false; /* a definition binds its own name, and the outline knows that */
    }
    struct hr_logical_line line = {.first = span.start};
    struct hr_error err = {0};
    struct hr_recogniser p = {.text = text, .err = &err};
    hr_token_start(&p, &line, span.end);
    while (p.start < span.end) {
        if (is_definition ? line_declares(names, &p) : line_may_bind(names, &p)) {
            return true;
        }
        p.at = hr_line_end(text, span.end, p.start);
        hr_token_next(&p);
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
    struct hr_span span = hr_defs_at(defs, root)->name;
    uint32_t slot = *slot_of(names, defs->text + span.start, hr_span_size(span));
    name = hr_array_at(&names->names, slot - 1);
    return name->count == 1 ? HR_SUPER_OK : HR_SUPER_CLASS_REBOUND;
}

/* ---- attributes: A.Inner = X, setattr(A, "Inner", X) ---- */

#define MAX_TARGET 2000 /* bytes that are looked at before and after */

static int bracket(char c)
{
    bool opens = c == '(' || c == '[' || c == '{';
    bool closes = c == ')' || c == ']' || c == '}';
    return opens - closes;
}

static bool is_in(const char *text, size_t size, size_t at)
{
    return text[at] == 'i' && size - at > 2 && text[at + 1] == 'n' &&
           !hr_is_word((unsigned char)text[at - 1]) &&
           !hr_is_word((unsigned char)text[at + 2]);
}

/* Whether the attribute [start, end) may be the target of an assignment, a loop or a
 * with; `line` is the start of its line.  Too often rather than too seldom. */
static bool is_target(const char *text, size_t size, size_t line, struct hr_span name)
{
    int depth = 0; /* as if the line started outside of brackets */
    size_t at = name.end;
    if (name.start - line > MAX_TARGET) {
        return true;
    }
    for (size_t i = line; i < name.start; i++) {
        depth += bracket(text[i]);
    }
    int own_depth = depth;
    while (at < size && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    if (at < size && (text[at] == '.' || text[at] == '(')) {
        return false; /* of something that hangs on it */
    }
    size_t stop = size - at > MAX_TARGET ? at + MAX_TARGET : size;
    for (; at < stop; at++) {
        char c = text[at];
        depth += bracket(c);
        if ((c == '\n' || c == '\r' || c == '#' || c == ';') && depth <= 0) {
            return false;
        }
        if (c == '=' && at + 1 < size && text[at + 1] == '=') {
            at++;
        } else if (c == '=' && depth <= 0) {
            return strchr("!<>", text[at - 1]) == NULL;
        } else if ((c == ':' && depth <= 0) ||
                   (depth <= own_depth && is_in(text, size, at))) {
            return true; /* an annotation, with ... as A.Inner:, for A.Inner in */
        }
    }
    return stop < size; /* not seen to the end */
}

/* Whether the word stands in the text. */
static bool text_has_word(const struct hr_defs *defs, const char *word)
{
    size_t size = strlen(word);
    size_t at = 0;
    while ((at = hr_window_find(defs->window, defs->text, defs->size, at, word, size)) <
           defs->size) {
        /* With what stands around it. */
        size_t end = at + size < defs->size ? at + size + 1 : defs->size;
        if (hr_has_word(defs->text, hr_span(at, end), word, size)) {
            return true;
        }
        at++;
    }
    return false;
}

/* Counts in `names` where the text may set an attribute of that name. */
static void count_attributes(struct hr_supers_names *names, const struct hr_defs *defs)
{
    const char *text = defs->text;
    size_t size = defs->size;
    bool by_name = text_has_word(defs, "setattr") || text_has_word(defs, "delattr") ||
                   text_has_word(defs, "__dict__") ||
                   text_has_word(defs, "__setattr__");
    struct hr_span line = hr_span(0, 0);
    bool deletes = false;
    for (size_t i = 0; i < size; i++) {
        if (i >= line.end) {
            line = hr_span(i, hr_line_end(text, size, i));
            deletes = hr_has_word(text, line, "del", 3);
            hr_window_passed(defs->window, text + i);
        }
        bool quote = by_name && (text[i] == '\'' || text[i] == '"');
        if (text[i] != '.' && !quote) {
            continue;
        }
        size_t start = i + 1;
        while (start < size && !quote && (text[start] == ' ' || text[start] == '\t')) {
            start++;
        }
        size_t end = start;
        while (end < size && hr_is_word((unsigned char)text[end])) {
            end++;
        }
        uint32_t slot = end > start ? *slot_of(names, text + start, end - start) : 0;
        if (slot == 0 || (!quote && !deletes &&
                          !is_target(text, size, line.start, hr_span(start, end)))) {
            continue;
        }
        ((struct module_name *)hr_array_at(&names->names, slot - 1))->count++;
    }
}

/* The names of nested classes that explicit calls would reach as attributes. */
static bool add_attributes(struct hr_supers_names *names, const struct hr_defs *defs)
{
    for (size_t i = 0; i < defs->supers.count; i++) {
        const struct hr_super *call = hr_array_at(&defs->supers, i);
        hr_defs_passed(defs, i);
        if (call->reason != HR_SUPER_OK) {
            continue;
        }
        uint32_t root = hr_super_root(defs, call->owner);
        for (uint32_t k = call->owner; k != root; k = hr_defs_at(defs, k)->parent) {
            struct hr_span name = hr_defs_at(defs, k)->name;
            if (!add_name(names, defs->text + name.start, hr_span_size(name))) {
                return false;
            }
        }
    }
    return true;
}

static void leave_attributes(struct hr_defs *defs, const struct hr_supers_names *names)
{
    for (size_t i = 0; i < defs->supers.count; i++) {
        struct hr_super *call = hr_array_at(&defs->supers, i);
        hr_defs_passed(defs, i);
        if (call->reason != HR_SUPER_OK) {
            continue;
        }
        uint32_t root = hr_super_root(defs, call->owner);
        for (uint32_t k = call->owner; k != root; k = hr_defs_at(defs, k)->parent) {
            struct hr_span name = hr_defs_at(defs, k)->name;
            uint32_t slot =
                *slot_of(names, defs->text + name.start, hr_span_size(name));
            const struct module_name *found = hr_array_at(&names->names, slot - 1);
            if (found->count > 0) {
                call->reason = HR_SUPER_CLASS_REBOUND;
            }
        }
    }
}

/* Decides about nested classes; false without memory. */
static bool decide_attributes(struct hr_defs *defs)
{
    struct hr_supers_names names;
    bool ok = init_names(&names) && add_attributes(&names, defs);
    if (ok && names.names.count > 0) {
        count_attributes(&names, defs);
        leave_attributes(defs, &names);
    }
    hr_supers_names_finish(&names);
    return ok;
}

bool hr_supers_decide(struct hr_defs *defs, struct hr_supers_names *names)
{
    struct hr_early early;
    bool ok = hr_early_init(&early, defs);
    for (uint32_t i = 0; ok && i < defs->defs.count; i++) {
        if (hr_defs_at(defs, i)->parent == HR_NONE) {
            count(names, defs, hr_defs_at(defs, i)->name);
        }
        hr_defs_passed(defs, i);
    }
    for (size_t i = 0; i < defs->globals.count; i++) {
        count(names, defs, *(const struct hr_span *)hr_array_at(&defs->globals, i));
        hr_defs_passed(defs, i);
    }
    for (size_t i = 0; ok && i < defs->supers.count; i++) {
        struct hr_super *call = hr_array_at(&defs->supers, i);
        if (call->reason == HR_SUPER_OK && hr_early_is(&early, call->owner)) {
            call->reason = HR_SUPER_EARLY;
        } else if (call->reason == HR_SUPER_OK) {
            call->reason = judge_module(defs, names, call);
        }
        hr_defs_passed(defs, i * 16 + 15); /* classes that it names stand elsewhere */
    }
    hr_early_finish(&early);
    return ok && decide_attributes(defs);
}
