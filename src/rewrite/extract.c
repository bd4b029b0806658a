#include "rewrite/extract.h"

#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "syntax/cut.h"

struct opener { /* the line that opened the block at one depth */
    struct hr_logical_line line;
    uint32_t def; /* the definition that it heads, or HR_NONE */
};

struct extractor {
    const struct hr_defs *defs;
    uint32_t target;
    struct hr_bytes *out;
    uint32_t line; /* 0-based, of the end of `out` */
};

static void go_to_line(struct extractor *extractor, uint32_t line)
{
    if (line > extractor->line) {
        hr_bytes_append_repeat(extractor->out, '\n', line - extractor->line);
        extractor->line = line;
    }
}

static bool same_name(const struct hr_defs *defs, struct hr_span a, struct hr_span b)
{
    return hr_span_size(a) == hr_span_size(b) &&
           memcmp(defs->text + a.start, defs->text + b.start, hr_span_size(a)) == 0;
}

/* Whether a function between `def` and the target says that the name is global: then
 * what `def` binds is not what is meant further in. */
static bool declared_global_inside(const struct extractor *extractor, uint32_t def,
                                   struct hr_span name)
{
    const struct hr_defs *defs = extractor->defs;
    for (uint32_t i = hr_defs_at(defs, extractor->target)->parent; i != def;
         i = hr_defs_at(defs, i)->parent) {
        struct hr_range range = hr_defs_at(defs, i)->bindings;
        for (uint32_t b = range.first; b < range.first + range.count; b++) {
            const struct hr_binding *binding = hr_array_at(&defs->bindings, b);
            if (binding->kind == HR_BINDING_GLOBAL &&
                same_name(defs, binding->name, name)) {
                return true;
            }
        }
    }
    return false;
}

/* def NAME(every, name, that, it, binds): */
static void add_function_header(struct extractor *extractor, uint32_t index)
{
    const struct hr_defs *defs = extractor->defs;
    const struct hr_def *def = hr_defs_at(defs, index);
    hr_bytes_append_char(extractor->out, '(');
    bool first = true;
    for (uint32_t i = 0; i < def->bindings.count; i++) {
        const struct hr_binding *binding =
            hr_array_at(&defs->bindings, def->bindings.first + i);
        if (binding->kind != HR_BINDING_LOCAL ||
            declared_global_inside(extractor, index, binding->name)) {
            continue;
        }
        if (!first) {
            hr_bytes_append_char(extractor->out, ',');
        }
        first = false;
        hr_bytes_append(extractor->out, defs->text + binding->name.start,
                        hr_span_size(binding->name));
    }
    hr_bytes_append_char(extractor->out, ')');
}

/* The name and type parameters, which may take several lines. */
static void add_name(struct extractor *extractor, const struct hr_def *def)
{
    const char *text = extractor->defs->text;
    hr_bytes_append_text(extractor->out, def->kind == HR_DEF_CLASS ? "class " : "def ");
    hr_bytes_append(extractor->out, text + def->name.start, hr_span_size(def->name));
    struct hr_span types = def->type_params;
    hr_bytes_append(extractor->out, text + types.start, hr_span_size(types));
    for (size_t i = types.start; i < types.end;) {
        i = hr_line_end(text, types.end, i);
        extractor->line += text[i - 1] == '\n' || text[i - 1] == '\r';
    }
}

/* At its first token's line, which continuations may have put below its start. */
static void add_indent(struct extractor *extractor, const struct hr_logical_line *line)
{
    const char *text = extractor->defs->text;
    struct hr_span indent = hr_line_indent(text, line->start, line->first);
    go_to_line(extractor, line->line);
    hr_bytes_append(extractor->out, text + indent.start, hr_span_size(indent));
}

static void add_opener(struct extractor *extractor, const struct opener *opener)
{
    add_indent(extractor, &opener->line);
    if (opener->def == HR_NONE) {
        hr_bytes_append_text(extractor->out, "if 1:");
        return;
    }
    const struct hr_def *def = hr_defs_at(extractor->defs, opener->def);
    add_name(extractor, def);
    if (def->kind == HR_DEF_FUNCTION) {
        add_function_header(extractor, opener->def);
    }
    hr_bytes_append_char(extractor->out, ':');
}

/* Fills `openers` (of struct opener, by depth) with what stands around the target;
 * *start is the target's first logical line. */
static bool find_openers(const struct hr_defs *defs, uint32_t target,
                         struct hr_array *openers, struct hr_logical_line *start,
                         struct hr_error *err)
{
    const struct hr_def *def = hr_defs_at(defs, target);
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error cut_error = {0};
    uint32_t next = 0;
    hr_cut_init(&cut, defs->text, defs->size);
    while (hr_cut_line(&cut, &line, &cut_error)) {
        hr_array_shrink(openers, line.depth);
        if (line.first >= def->span.start) {
            *start = line;
            return true;
        }
        struct opener *opener = hr_array_push(openers);
        if (opener == NULL) {
            return hr_error_memory(err);
        }
        opener->line = line;
        opener->def = HR_NONE;
        if (line.kind == HR_LINE_FUNCTION || line.kind == HR_LINE_CLASS) {
            while (next < target && hr_defs_at(defs, next)->keyword < line.first) {
                next++;
            }
            opener->def = next;
        }
    }
    *err = cut_error;
    return false;
}

static bool unknown_syntax(const struct hr_defs *defs, const struct hr_def *def,
                           struct hr_error *err)
{
    if (!hr_defs_check(defs, err)) {
        return false;
    }
    return hr_error_at(err, HR_ERROR_SYNTAX, def->line + 1, 1,
                       "the parser does not know the syntax of this definition");
}

bool hr_extract(const struct hr_defs *defs, uint32_t target, struct hr_bytes *out,
                struct hr_error *err)
{
    for (uint32_t i = target; i != HR_NONE; i = hr_defs_at(defs, i)->parent) {
        const struct hr_def *def = hr_defs_at(defs, i);
        bool needed = i == target || def->kind == HR_DEF_FUNCTION;
        if (needed && !def->detailed) {
            return unknown_syntax(defs, def, err);
        }
    }
    struct hr_array openers;
    hr_array_init(&openers, sizeof(struct opener));
    struct extractor extractor = {.defs = defs, .target = target, .out = out};
    struct hr_logical_line start = {0};
    bool ok = find_openers(defs, target, &openers, &start, err);
    if (ok) {
        const struct hr_def *def = hr_defs_at(defs, target);
        for (size_t i = 0; i < openers.count; i++) {
            add_opener(&extractor, hr_array_at(&openers, i));
        }
        add_indent(&extractor, &start);
        hr_bytes_append(out, defs->text + start.first, def->end - start.first);
        ok = !out->failed || hr_error_memory(err);
    }
    hr_array_finish(&openers);
    return ok;
}
