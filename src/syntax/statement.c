#include "syntax/cut.h"

#include <string.h>

#include "base/block.h"

#define AHEAD 65536 /* bytes behind a statement that are searched at once */

void hr_statement_init(struct hr_statement *statement)
{
    *statement = (struct hr_statement){0};
    hr_array_init(&statement->lines, sizeof(struct hr_logical_line));
}

void hr_statement_finish(struct hr_statement *statement)
{
    if (statement != NULL) {
        hr_array_finish(&statement->lines);
    }
}

static size_t find_super(const char *text, size_t from, size_t end)
{
    return hr_find_span(text, end, from, "super", 5);
}

static bool is_super(const struct hr_cut *cut, size_t at)
{
    return cut->size - at >= 5 && memcmp(cut->text + at, "super", 5) == 0;
}

static void note_super(struct hr_cut *cut, struct hr_statement *statement)
{
    struct hr_span span = statement->span;
    if (cut->next_super <= span.start ||
        (cut->next_super < span.end && !is_super(cut, cut->next_super))) {
        bool rest = cut->size - span.end <= AHEAD;
        size_t stop = rest ? cut->size : span.end + AHEAD;
        size_t hit = find_super(cut->text, span.start, stop);
        cut->next_super = hit < stop || rest ? hit : stop - strlen("super");
    }
    statement->has_super = cut->next_super < span.end;
    for (size_t i = 0; statement->has_super && i < statement->lines.count; i++) {
        struct hr_logical_line *line = hr_array_at(&statement->lines, i);
        line->has_super = find_super(cut->text, line->first, line->end) < line->end;
    }
}

bool hr_cut_statement(struct hr_cut *cut, struct hr_statement *statement,
                      struct hr_error *err)
{
    hr_array_shrink(&statement->lines, 0);
    statement->has_definition = statement->has_super = false;
    struct hr_logical_line *line = hr_array_add(&statement->lines);
    if (line == NULL) {
        return hr_error_memory(err);
    }
    if (cut->has_ahead) {
        *line = cut->ahead;
        cut->has_ahead = false;
    } else if (!hr_cut_line(cut, line, err)) {
        hr_array_shrink(&statement->lines, 0);
        return false;
    }
    statement->span = hr_span(line->start, line->next);
    bool decorated = false;
    for (;;) {
        statement->span.end = line->next;
        statement->has_definition = statement->has_definition ||
                                    line->kind == HR_LINE_FUNCTION ||
                                    line->kind == HR_LINE_CLASS;
        if (line->depth == 0) {
            decorated = line->kind == HR_LINE_DECORATOR;
        }
        line = hr_array_add(&statement->lines);
        if (line == NULL) {
            return hr_error_memory(err);
        }
        bool more = hr_cut_line(cut, line, err);
        if (!more && err->kind != HR_ERROR_NONE) {
            hr_array_shrink(&statement->lines, statement->lines.count - 1);
            return false;
        }
        if (more && line->depth == 0 && line->kind != HR_LINE_CLAUSE && !decorated) {
            cut->ahead = *line;
            cut->has_ahead = true;
            more = false;
        }
        if (!more) {
            hr_array_shrink(&statement->lines, statement->lines.count - 1);
            break;
        }
    }
    note_super(cut, statement);
    return true;
}
