#include "rewrite/marks.h"

#include <stdint.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "syntax/cut.h"
#include "syntax/scan.h"

static bool span_is(const char *text, struct hr_span span, const char *what)
{
    size_t size = strlen(what);
    return hr_span_size(span) == size && memcmp(text + span.start, what, size) == 0;
}

static bool same(const char *text, struct hr_span a, struct hr_span b)
{
    return hr_span_size(a) == hr_span_size(b) &&
           memcmp(text + a.start, text + b.start, hr_span_size(a)) == 0;
}

size_t hr_find_bytes(const char *text, size_t size, size_t from, const char *what)
{
    if (text == NULL || from >= size) {
        return SIZE_MAX;
    }
    size_t hit = hr_find_span(text, size, from, what, strlen(what));
    return hit < size ? hit : SIZE_MAX;
}

static const char *newline_of(const char *text, size_t end)
{
    if (end > 0 && text[end - 1] == '\n') {
        return end > 1 && text[end - 2] == '\r' ? "\r\n" : "\n";
    }
    return end > 0 && text[end - 1] == '\r' ? "\r" : NULL;
}

const char *hr_newline_at(const char *text, size_t size, size_t at)
{
    const char *here = at < size ? newline_of(text, hr_line_end(text, size, at)) : NULL;
    if (here == NULL) {
        here = newline_of(text, hr_line_start(text, at));
    }
    return here != NULL ? here : "\n";
}

/* --- tokens of one logical line, as far as an import needs them --- */

/* The next name or single byte in [*at, end); empty at the end. */
static struct hr_span next_token(const char *text, size_t *at, size_t end)
{
    size_t i = *at;
    while (i < end) {
        if (text[i] == '#') {
            i = hr_line_end(text, end, i);
        } else if (strchr(" \t\f\r\n\\", text[i]) != NULL && text[i] != '\0') {
            i++;
        } else {
            break;
        }
    }
    size_t start = i;
    while (i < end && hr_is_word((unsigned char)text[i])) {
        i++;
    }
    if (i == start && i < end) {
        i++;
    }
    *at = i;
    return hr_span(start, i);
}

static void add_alias(struct hr_marks *marks, struct hr_span name,
                      struct hr_span attribute)
{
    struct hr_alias *alias = hr_array_push(&marks->aliases);
    if (alias != NULL) {
        alias->name = name;
        alias->attribute = attribute;
    }
}

/* After `import`: returns the token that ends the statement. */
static struct hr_span read_import(struct hr_marks *marks, const char *text, size_t *at,
                                  const struct hr_logical_line *line)
{
    for (;;) {
        struct hr_span name = next_token(text, at, line->end);
        struct hr_span token = next_token(text, at, line->end);
        bool ours = span_is(text, name, HR_MODULE_NAME);
        while (span_is(text, token, ".")) {
            next_token(text, at, line->end);
            token = next_token(text, at, line->end);
        }
        if (span_is(text, token, "as")) {
            name = next_token(text, at, line->end);
            token = next_token(text, at, line->end);
        } else if (ours && line->depth == 0 && marks->bound == SIZE_MAX) {
            marks->bound = line->start;
        }
        if (ours) {
            add_alias(marks, name, hr_span(0, 0));
        }
        if (!span_is(text, token, ",")) {
            return token;
        }
    }
}

/* After `from`: returns the token that ends the statement. */
static struct hr_span read_from(struct hr_marks *marks, const char *text, size_t *at,
                                const struct hr_logical_line *line)
{
    struct hr_span module = next_token(text, at, line->end);
    struct hr_span token = next_token(text, at, line->end);
    if (!span_is(text, module, HR_MODULE_NAME) || !span_is(text, token, "import")) {
        return hr_span(0, 0);
    }
    token = next_token(text, at, line->end);
    if (span_is(text, token, "(")) {
        token = next_token(text, at, line->end);
    }
    for (;;) {
        struct hr_span attribute = token;
        struct hr_span name = token;
        token = next_token(text, at, line->end);
        if (span_is(text, token, "as")) {
            name = next_token(text, at, line->end);
            token = next_token(text, at, line->end);
        }
        if (!hr_span_empty(name)) {
            add_alias(marks, name, attribute);
        }
        if (span_is(text, token, ")")) {
            token = next_token(text, at, line->end);
        }
        if (!span_is(text, token, ",")) {
            return token;
        }
        token = next_token(text, at, line->end);
    }
}

static void read_imports(struct hr_marks *marks, const char *text,
                         const struct hr_logical_line *line)
{
    size_t at = line->first;
    struct hr_span token;
    do {
        token = next_token(text, &at, line->end);
        if (span_is(text, token, "import")) {
            token = read_import(marks, text, &at, line);
        } else if (span_is(text, token, "from")) {
            token = read_from(marks, text, &at, line);
        } else {
            return;
        }
    } while (span_is(text, token, ";"));
}

/* --- the lines that are ours --- */

static bool is_newline_only(const char *text, size_t start, size_t end)
{
    while (start < end && (text[start] == '\r' || text[start] == '\n')) {
        start++;
    }
    return start == end;
}

static void read_record(struct hr_marks *marks, const char *text, size_t end)
{
    size_t at = marks->record.start + strlen(HR_RECORD_START);
    static const char supers[] = "own super in ";
    while (at < end) {
        const char *stop = memchr(text + at, ';', end - at);
        struct hr_span item = hr_span(at, stop != NULL ? (size_t)(stop - text) : end);
        size_t prefix = sizeof supers - 1;
        if (span_is(text, item, "added")) {
            marks->added = true;
        } else if (span_is(text, item, "own")) {
            marks->own = true;
        } else if (span_is(text, item, "own supers")) {
            marks->all_supers_own = true;
        } else if (hr_span_size(item) > prefix &&
                   memcmp(text + item.start, supers, prefix) == 0) {
            marks->own_supers = hr_span(item.start + prefix, item.end);
        }
        at = item.end + 1;
        while (at < end && text[at] == ' ') {
            at++;
        }
    }
}

static void read_import_line(struct hr_marks *marks, const char *text,
                             const struct hr_logical_line *line)
{
    size_t end = line->next;
    while (end > line->end && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
        end--;
    }
    size_t start = strlen(HR_RECORD_START);
    bool record = end - line->end > start &&
                  memcmp(text + line->end, HR_RECORD_START, start) == 0;
    if (!record && end != line->end) {
        return;
    }
    marks->import_seen = true;
    marks->import = hr_span(line->start, line->next);
    marks->import_end = line->end;
    if (record) {
        marks->record_seen = true;
        marks->record = hr_span(line->end, end);
        read_record(marks, text, end);
    }
}

static void read_named_line(struct hr_marks *marks, const char *text,
                            const struct hr_logical_line *line)
{
    struct hr_span code = hr_span(line->first, line->end);
    if (hr_find_bytes(text, line->end, line->first, HR_MODULE_NAME) == SIZE_MAX) {
        return;
    }
    if (line->depth == 0 && line->start == line->first) {
        if (span_is(text, code, HR_IMPORT_LINE) && !marks->record_seen) {
            bool seen = marks->import_seen;
            struct hr_marks before = *marks;
            read_import_line(marks, text, line);
            if (seen && !marks->record_seen) {
                *marks = before; /* the first plain one counts */
            }
        } else if (span_is(text, code, HR_CALL_LINE) && hr_span_empty(marks->call) &&
                   is_newline_only(text, line->end, line->next)) {
            marks->call = hr_span(line->start, line->next);
        }
    }
    read_imports(marks, text, line);
}

static bool is_main_guard(const char *text, const struct hr_logical_line *line)
{
    size_t at = line->first;
    return line->depth == 0 && line->kind == HR_LINE_OTHER &&
           span_is(text, next_token(text, &at, line->end), "if") &&
           hr_find_bytes(text, line->end, at, "__name__") != SIZE_MAX &&
           hr_find_bytes(text, line->end, at, "__main__") != SIZE_MAX;
}

/* --- where an import belongs --- */

/* Past the string literal at `at`; 0 if there is none, or one that is no constant
 * text (b'', f'', t''). */
static size_t skip_string(const char *text, size_t at, size_t end)
{
    while (at < end && strchr("rRuU", text[at]) != NULL && text[at] != '\0') {
        at++;
    }
    if (at >= end || (text[at] != '"' && text[at] != '\'')) {
        return 0;
    }
    char quote = text[at];
    size_t width =
        end - at >= 3 && text[at + 1] == quote && text[at + 2] == quote ? 3 : 1;
    at += width;
    while (at < end) {
        if (text[at] == '\\') {
            at += 2;
            continue;
        }
        size_t run = 0;
        while (run < width && at + run < end && text[at + run] == quote) {
            run++;
        }
        if (run == width) {
            return at + width;
        }
        at += run > 0 ? run : 1;
    }
    return 0;
}

/* Is the line's first statement nothing but string literals? */
static bool is_docstring(const char *text, const struct hr_logical_line *line)
{
    size_t at = line->first;
    bool seen = false;
    while (at < line->end && text[at] != ';') {
        size_t after = skip_string(text, at, line->end);
        if (after != 0) {
            seen = true;
            at = after;
        } else if (text[at] == '#') {
            at = hr_line_end(text, line->end, at);
        } else if (text[at] != '\0' && strchr(" \t\f\r\n\\()", text[at]) != NULL) {
            at++;
        } else {
            return false;
        }
    }
    return seen;
}

static bool is_future_import(const char *text, const struct hr_logical_line *line)
{
    size_t at = line->first;
    return span_is(text, next_token(text, &at, line->end), "from") &&
           span_is(text, next_token(text, &at, line->end), "__future__");
}

struct hr_span hr_marks_find_origin(const char *text, size_t size)
{
    size_t end = size;
    if (end > 0 && text[end - 1] == '\n') {
        end--;
    }
    if (end > 0 && text[end - 1] == '\r') {
        end--;
    }
    size_t start = hr_line_start(text, end);
    size_t mark = strlen(HR_ORIGIN_START);
    return end - start > mark && memcmp(text + start, HR_ORIGIN_START, mark) == 0
               ? hr_span(start, size)
               : hr_span(0, 0);
}

bool hr_marks_init(struct hr_marks *marks, const char *text, size_t size,
                   struct hr_window *window, struct hr_error *err)
{
    *marks = (struct hr_marks){.place = size, .bound = SIZE_MAX};
    hr_array_init(&marks->aliases, sizeof(struct hr_alias));
    marks->named = hr_window_find(window, text, size, 0, HR_MODULE_NAME,
                                  strlen(HR_MODULE_NAME)) < size;
    struct hr_span origin = hr_marks_find_origin(text, size);
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error ignored = {0};
    hr_cut_init(&cut, text, size);
    bool first = true;
    bool prefix = true;
    size_t after = 0;
    while (hr_cut_line(&cut, &line, &ignored)) {
        after = line.next;
        hr_window_passed(window, text + line.start);
        if (prefix) {
            prefix =
                (first && is_docstring(text, &line)) || is_future_import(text, &line);
            marks->place = prefix ? line.next : marks->place;
            if (!prefix && first) {
                marks->place = line.start;
            }
            first = false;
        }
        if (marks->named) {
            read_named_line(marks, text, &line);
        }
        if (!prefix && !marks->named && hr_span_empty(origin)) {
            break;
        }
    }
    if (origin.start >= after) { /* and stands in no string */
        marks->origin = origin;
    }
    return !marks->aliases.failed || hr_error_memory(err);
}

size_t hr_marks_find_guard(const char *text, size_t size, struct hr_window *window)
{
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error ignored = {0};
    if (hr_window_find(window, text, size, 0, "__main__", strlen("__main__")) == size) {
        return size;
    }
    hr_cut_init(&cut, text, size);
    while (hr_cut_line(&cut, &line, &ignored)) {
        hr_window_passed(window, text + line.start);
        if (is_main_guard(text, &line)) {
            return line.start;
        }
    }
    return size;
}

void hr_marks_finish(struct hr_marks *marks)
{
    if (marks != NULL) {
        hr_array_finish(&marks->aliases);
    }
}

/* --- definitions --- */

/* The attribute of hot_restart that an expression names; empty: none. */
static struct hr_span named_attribute(const struct hr_marks *marks, const char *text,
                                      struct hr_span expression)
{
    size_t at = expression.start;
    struct hr_span none = hr_span(0, 0);
    struct hr_span name = next_token(text, &at, expression.end);
    struct hr_span token = next_token(text, &at, expression.end);
    struct hr_span attribute = none;
    if (span_is(text, token, ".")) {
        attribute = next_token(text, &at, expression.end);
        token = next_token(text, &at, expression.end);
    }
    if (!hr_span_empty(token) && !span_is(text, token, "(")) {
        return none;
    }
    if (!hr_span_empty(attribute) && span_is(text, name, HR_MODULE_NAME)) {
        return attribute;
    }
    for (size_t i = 0; i < marks->aliases.count; i++) {
        const struct hr_alias *alias = hr_array_at(&marks->aliases, i);
        if (same(text, alias->name, name) &&
            hr_span_empty(alias->attribute) != hr_span_empty(attribute)) {
            return hr_span_empty(attribute) ? alias->attribute : attribute;
        }
    }
    return none;
}

enum hr_decoration hr_marks_decoration(const struct hr_marks *marks,
                                       const struct hr_defs *defs, uint32_t def)
{
    enum hr_decoration found = HR_DECORATION_NONE;
    if (!marks->named) {
        return found;
    }
    struct hr_range range = hr_defs_at(defs, def)->decorators;
    for (uint32_t i = 0; i < range.count; i++) {
        const struct hr_decorator *decorator =
            hr_array_at(&defs->decorators, range.first + i);
        struct hr_span attribute =
            named_attribute(marks, defs->text, decorator->expression);
        if (span_is(defs->text, attribute, "no_wrap") ||
            span_is(defs->text, attribute, "ignore")) {
            return HR_DECORATION_NO_WRAP;
        }
        if (!hr_span_empty(attribute)) {
            found = HR_DECORATION_OTHER;
        }
    }
    return found;
}

struct hr_span hr_marks_our_decorator(const struct hr_defs *defs, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(defs, index);
    struct hr_span none = hr_span(0, 0);
    if (def->decorators.count == 0) {
        return none;
    }
    const struct hr_decorator *last = hr_array_at(
        &defs->decorators, def->decorators.first + def->decorators.count - 1);
    const char *text = defs->text;
    size_t indent = hr_span_size(def->indent);
    if (last->next != def->indent.start || last->span.start < indent) {
        return none;
    }
    struct hr_span line = hr_span(last->span.start - indent, last->next);
    /* A form feed starts the indentation anew, so it may stand before ours. */
    bool begins = line.start == 0 || strchr("\n\r\f", text[line.start - 1]) != NULL;
    if (!begins || memcmp(text + line.start, text + def->indent.start, indent) != 0) {
        return none;
    }
    size_t end = line.end;
    while (end > last->span.start && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
        end--;
    }
    struct hr_span code = hr_span(last->span.start, end);
    bool method = def->kind == HR_DEF_FUNCTION && def->parent != HR_NONE &&
                  hr_defs_at(defs, def->parent)->kind == HR_DEF_CLASS;
    const char *ours = def->kind == HR_DEF_CLASS ? "@" HR_MODULE_NAME ".wrap_class"
                       : method                  ? HR_EXCLUDED_LINE
                                                 : "@" HR_MODULE_NAME ".wrap";
    return span_is(text, code, ours) ? line : none;
}
