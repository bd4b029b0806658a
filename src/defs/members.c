#include "defs/members.h"

#include <ctype.h>
#include <string.h>

#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/plain.h"

struct collecting {
    struct hr_members *members;
    const struct hr_defs *defs;
    uint32_t next;         /* of the definitions that have not been met */
    size_t skip;           /* lines up to here belong to a definition */
    size_t decorators;     /* where the text of decorators starts ... */
    bool after_decorators; /* ... if the last line was one */
};

void hr_members_init(struct hr_members *members)
{
    hr_array_init(&members->items, sizeof(struct hr_member));
    hr_bytes_init(&members->texts);
}

void hr_members_finish(struct hr_members *members)
{
    if (members->items.item_size != 0) {
        hr_array_finish(&members->items);
    }
    hr_bytes_finish(&members->texts);
}

/* The name in `name: annotation`. */
static struct hr_span annotated_name(const char *text,
                                     const struct hr_logical_line *line)
{
    size_t end = line->first;
    size_t at;
    struct hr_span name;

    while (end < line->end && (isalnum((unsigned char)text[end]) || text[end] == '_' ||
                               (unsigned char)text[end] >= 0x80)) {
        end++;
    }
    name = hr_span(line->first, end);
    at = end;
    while (at < line->end && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    if (line->kind != HR_LINE_OTHER || at >= line->end || text[at] != ':' ||
        line->opens_block || hr_span_empty(name) ||
        (hr_span_size(name) == 3 && memcmp(text + name.start, "try", 3) == 0) ||
        (hr_span_size(name) == 6 && memcmp(text + name.start, "lambda", 6) == 0)) {
        return hr_span(0, 0);
    }
    return name;
}

/* A definition is told by its kind and name. */
static void add_definition(struct collecting *collecting,
                           const struct hr_logical_line *line)
{
    const struct hr_defs *defs = collecting->defs;
    struct hr_bytes *out = &collecting->members->texts;
    bool is_class = line->kind == HR_LINE_CLASS;

    while (collecting->next < defs->defs.count &&
           hr_defs_at(defs, collecting->next)->keyword < line->first) {
        collecting->next++;
    }
    if (collecting->next < defs->defs.count) {
        collecting->skip = hr_defs_at(defs, collecting->next)->span.end;
    }
    if (is_class && collecting->after_decorators) {
        out->size = collecting->decorators;
    }
    hr_bytes_append_text(out, is_class ? "class " : "def ");
    hr_bytes_append(out, defs->text + line->name.start, hr_span_size(line->name));
}

static void add_line(struct collecting *collecting, const struct hr_logical_line *line)
{
    struct hr_bytes *out = &collecting->members->texts;

    if (!collecting->after_decorators) {
        collecting->decorators = out->size;
    }
    if (line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS) {
        add_definition(collecting, line);
    } else {
        hr_plain_append(out, collecting->defs->text, hr_span(line->first, line->end));
    }
    collecting->after_decorators = line->kind == HR_LINE_DECORATOR;
    hr_bytes_printf(out, "\n%u ", (unsigned)line->depth);
}

static bool add(struct collecting *collecting, const struct hr_logical_line *line)
{
    struct hr_members *members = collecting->members;
    bool joins =
        members->items.count > 0 && (line->depth > 0 || line->kind == HR_LINE_CLAUSE ||
                                     collecting->after_decorators);
    struct hr_member *member;

    if (!joins) {
        member = hr_array_push(&members->items);
        if (member == NULL) {
            return false;
        }
        member->span = hr_span(line->first, line->end);
        member->first_line = line->line;
        member->text = members->texts.size;
        member->annotated = annotated_name(collecting->defs->text, line);
    } else {
        member = hr_array_at(&members->items, members->items.count - 1);
    }
    member->span.end = line->end;
    member->last_line = line->last_line;
    if (line->first >= collecting->skip) {
        add_line(collecting, line);
    }
    member->text_size = members->texts.size - member->text;
    return true;
}

/* `class A: x = 1; y = 2` is taken as one statement. */
static bool add_inline(struct collecting *collecting, const struct hr_def *def)
{
    struct hr_logical_line line = {.first = def->body,
                                   .end = def->span.end,
                                   .line = def->end_line,
                                   .last_line = def->end_line};

    return add(collecting, &line);
}

bool hr_members_collect(struct hr_members *members, const struct hr_defs *defs,
                        uint32_t index, struct hr_error *err)
{
    const struct hr_def *def = hr_defs_at(defs, index);
    struct collecting collecting = {
        .members = members, .defs = defs, .next = index + 1};
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error cut_error = {0};
    uint32_t number = def->line;
    bool ok = true;

    if (def->inline_body) {
        ok = add_inline(&collecting, def);
    } else {
        for (size_t at = def->keyword; at < def->body_start; number++) {
            at = hr_line_end(defs->text, def->body_start, at);
        }
        hr_cut_init_at(&cut, defs->text, def->end, def->body_start, number);
        while (ok && hr_cut_line(&cut, &line, &cut_error)) {
            ok = add(&collecting, &line);
        }
    }
    if (!ok || members->texts.failed) {
        return hr_error_memory(err);
    }
    *err = cut_error;
    return cut_error.kind == HR_ERROR_NONE;
}

bool hr_member_same(const struct hr_members *a, size_t i, const struct hr_members *b,
                    size_t j)
{
    const struct hr_member *left = hr_members_at(a, i);
    const struct hr_member *right = hr_members_at(b, j);

    return left->text_size == right->text_size &&
           memcmp(a->texts.data + left->text, b->texts.data + right->text,
                  left->text_size) == 0;
}

static bool is_pass(const struct hr_members *members, size_t i)
{
    const struct hr_member *member = hr_members_at(members, i);

    return member->text_size > 5 &&
           (memcmp(members->texts.data + member->text, "pass\n", 5) == 0 ||
            memcmp(members->texts.data + member->text, "...\n", 4) == 0);
}

static bool has_all_of(const struct hr_members *a, const struct hr_members *b)
{
    for (size_t i = 0; i < b->items.count; i++) {
        size_t j = 0;

        while (j < a->items.count && !hr_member_same(a, j, b, i)) {
            j++;
        }
        if (j == a->items.count && !is_pass(b, i)) {
            return false;
        }
    }
    return true;
}

bool hr_members_differ(const struct hr_members *a, const struct hr_members *b)
{
    return !has_all_of(a, b) || !has_all_of(b, a);
}

void hr_members_header(const struct hr_defs *defs, uint32_t index, struct hr_bytes *out)
{
    const struct hr_def *def = hr_defs_at(defs, index);

    hr_plain_append(out, defs->text, hr_span(def->name.end, def->header_end - 1));
    /* Empty brackets say nothing. */
    if (out->size >= 2 && out->data[out->size - 1] == ')' &&
        out->data[out->size - 2] == '(') {
        out->size -= 2;
    }
}

void hr_members_decorators(const struct hr_defs *defs, uint32_t index,
                           struct hr_bytes *out)
{
    const struct hr_def *def = hr_defs_at(defs, index);

    for (uint32_t i = 0; i < def->decorators.count; i++) {
        const struct hr_decorator *decorator =
            hr_array_at(&defs->decorators, def->decorators.first + i);

        hr_plain_append(out, defs->text, decorator->expression);
        hr_bytes_append_char(out, '\n');
    }
}
