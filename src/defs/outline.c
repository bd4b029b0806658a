#include "defs/outline.h"

#include <string.h>

#include "base/lines.h"

/* ---- qualified names: who bore each last, by an open-addressed table ---- */

struct seen {
    uint32_t def; /* the last one that bears the name, from 1 on; 0: free */
    uint32_t hash;
};

static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    }
    return hash;
}

/* Number the definitions that share a qualified name, in order. */
bool hr_outline_number(struct hr_defs *defs)
{
    size_t capacity = 16;
    while (capacity * 3 < defs->defs.count * 4) {
        capacity *= 2;
    }
    struct hr_array table;
    hr_array_init(&table, sizeof(struct seen));
    if (!hr_array_extend(&table, capacity)) {
        return false;
    }
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        struct hr_def *def = hr_array_at(&defs->defs, i);
        const char *name = hr_defs_qualname(defs, i);
        uint32_t hash = hash_text(name);
        size_t at = hash & (capacity - 1);
        struct seen *slot = hr_array_at(&table, at);
        while (slot->def != 0 &&
               (slot->hash != hash ||
                strcmp(hr_defs_qualname(defs, slot->def - 1), name) != 0)) {
            at = (at + 1) & (capacity - 1);
            slot = hr_array_at(&table, at);
        }
        def->ordinal =
            slot->def != 0 ? hr_defs_at(defs, slot->def - 1)->ordinal + 1 : 0;
        *slot = (struct seen){.def = i + 1, .hash = hash};
        hr_defs_passed(defs, i);
    }
    hr_array_finish(&table);
    return true;
}

/* ---- the outline of one statement ---- */

static struct hr_def *def_at(struct hr_defs *defs, uint32_t index)
{
    return hr_array_at(&defs->defs, index);
}

static size_t add_qualname(struct hr_defs *defs, uint32_t parent, struct hr_span name)
{
    size_t offset = defs->names.size;
    if (parent != HR_NONE) {
        size_t outer = def_at(defs, parent)->qualname;
        size_t size = strlen(defs->names.data + outer);
        /* The pool may move while it grows: reserve first. */
        if (hr_bytes_reserve(&defs->names, size + 1)) {
            hr_bytes_append(&defs->names, defs->names.data + outer, size);
        }
        hr_bytes_append_char(&defs->names, '.');
    }
    hr_bytes_append(&defs->names, defs->text + name.start, hr_span_size(name));
    hr_bytes_append_char(&defs->names, '\0');
    return offset;
}

static void add_decorator(struct hr_defs *defs, const struct hr_logical_line *line)
{
    struct hr_decorator *decorator = hr_array_push(&defs->decorators);
    if (decorator != NULL) {
        size_t start = line->first + 1;
        while (start < line->end &&
               (defs->text[start] == ' ' || defs->text[start] == '\t')) {
            start++;
        }
        decorator->span = hr_span(line->first, line->end);
        decorator->expression = hr_span(start, line->end);
        decorator->next = line->next;
    }
}

static void open_def(struct hr_defs *defs, struct hr_outline *outline,
                     const struct hr_logical_line *line)
{
    struct hr_def *def = hr_array_push(&defs->defs);
    if (def == NULL) {
        return;
    }
    uint32_t index = (uint32_t)defs->defs.count - 1;
    def->kind = line->kind == HR_LINE_FUNCTION ? HR_DEF_FUNCTION : HR_DEF_CLASS;
    def->is_async = line->is_async;
    def->parent =
        outline->open_count > 0 ? outline->open[outline->open_count - 1] : HR_NONE;
    def->name = line->name;
    def->indent = hr_line_indent(defs->text, line->start, line->first);
    def->keyword = line->first;
    def->header_end = line->colon != 0 ? line->colon : line->end;
    def->line = def->first_line = line->line;
    def->span.start = line->first;
    def->off = line->has_off;
    def->has_super = line->has_super;
    uint32_t depth_of_parent =
        outline->open_count > 0 ? outline->depths[outline->open_count - 1] + 1 : 0;
    def->conditional = line->depth != depth_of_parent;
    def->decorators.first = outline->first_decorator;
    def->decorators.count = (uint32_t)defs->decorators.count - outline->first_decorator;
    if (def->decorators.count > 0) {
        def->span.start = outline->decorator_start;
        def->first_line = outline->decorator_line;
    }
    def->inline_body = !line->opens_block;
    if (def->inline_body) {
        size_t body = def->header_end;
        while (body < line->end && strchr(" \t\f\\\r\n", defs->text[body]) != NULL) {
            body++;
        }
        def->body = body;
        def->body_start = hr_line_start(defs->text, body);
    }
    def->qualname = add_qualname(defs, def->parent, line->name);
    outline->depths[outline->open_count] = line->depth;
    outline->open[outline->open_count++] = index;
}

static void close_def(struct hr_defs *defs, struct hr_outline *outline)
{
    struct hr_def *def = def_at(defs, outline->open[--outline->open_count]);
    def->span.end = outline->last->end;
    def->end = outline->last->next;
    def->end_line = outline->last->last_line;
    def->after = (uint32_t)defs->defs.count;
    if (def->has_super && def->parent != HR_NONE) {
        def_at(defs, def->parent)->has_super = true;
    }
}

bool hr_outline_statement(struct hr_defs *defs, const struct hr_statement *statement)
{
    struct hr_outline outline; /* its arrays are filled as they are used */
    outline.open_count = outline.first_decorator = outline.decorator_line = 0;
    outline.decorator_start = 0;
    outline.last = NULL;
    bool decorated = false;
    for (size_t i = 0; i < statement->lines.count && !defs->defs.failed; i++) {
        const struct hr_logical_line *line = hr_array_at(&statement->lines, i);
        while (outline.open_count > 0 &&
               outline.depths[outline.open_count - 1] >= line->depth) {
            close_def(defs, &outline);
        }
        if (outline.open_count > 0) {
            struct hr_def *open = def_at(defs, outline.open[outline.open_count - 1]);
            if (open->body == 0) {
                open->body = line->first;
                open->body_start = line->start;
            }
            open->has_super = open->has_super || line->has_super;
        }
        if (line->kind == HR_LINE_DECORATOR) {
            if (!decorated) {
                outline.first_decorator = (uint32_t)defs->decorators.count;
                outline.decorator_start = line->first;
                outline.decorator_line = line->line;
            }
            decorated = true;
            add_decorator(defs, line);
        } else {
            if (!decorated) {
                outline.first_decorator = (uint32_t)defs->decorators.count;
            }
            if (line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS) {
                open_def(defs, &outline, line);
            }
            decorated = false;
        }
        outline.last = line;
    }
    while (outline.open_count > 0 && !defs->defs.failed) {
        close_def(defs, &outline);
    }
    return !defs->defs.failed && !defs->decorators.failed && !defs->names.failed;
}
