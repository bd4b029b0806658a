#include "runtime/resume.h"

#include <string.h>

#include "syntax/cut.h"

struct piece { /* one top-level statement */
    struct hr_span span;
    uint32_t line;
};

struct pieces {
    const char *text;
    struct hr_array items;
};

static const struct piece *at(const struct pieces *pieces, size_t index)
{
    return hr_array_at(&pieces->items, index);
}

static bool cut(struct pieces *pieces, const char *text, size_t size,
                struct hr_error *err)
{
    struct hr_cut state;
    struct hr_statement statement;
    pieces->text = text;
    hr_array_init(&pieces->items, sizeof(struct piece));
    hr_statement_init(&statement);
    hr_cut_init(&state, text, size);
    while (hr_cut_statement(&state, &statement, err)) {
        const struct hr_logical_line *first = hr_array_at(&statement.lines, 0);
        const struct hr_logical_line *last =
            hr_array_at(&statement.lines, statement.lines.count - 1);
        struct piece *piece = hr_array_push(&pieces->items);
        if (piece == NULL) {
            hr_error_memory(err);
            break;
        }
        /* Comments and blank lines around it are no part of what it says. */
        piece->span = hr_span(first->start, last->end);
        piece->line = first->line;
    }
    hr_statement_finish(&statement);
    return err->kind == HR_ERROR_NONE;
}

static bool same(const struct pieces *one, size_t i, const struct pieces *other,
                 size_t j)
{
    struct hr_span a = at(one, i)->span;
    struct hr_span b = at(other, j)->span;
    return hr_span_size(a) == hr_span_size(b) &&
           memcmp(one->text + a.start, other->text + b.start, hr_span_size(a)) == 0;
}

static bool is_among(const struct pieces *pieces, size_t from, size_t to,
                     const struct pieces *other, size_t index, size_t *found)
{
    for (*found = from; *found < to; ++*found) {
        if (same(pieces, *found, other, index)) {
            return true;
        }
    }
    return false;
}

/*
 * What is the same above and below bounds the search.  Between: as many statements as
 * before correspond one to one; else the failed statement is where its text stands;
 * else it is the first or the last that differs, whichever it was.
 */
static size_t place_of(const struct pieces *old, size_t failed,
                       const struct pieces *now, size_t *first)
{
    size_t count = now->items.count;
    size_t old_end = old->items.count;
    size_t end = count;
    size_t start = 0;
    size_t found;
    while (start < failed && start < count && same(old, start, now, start)) {
        start++;
    }
    while (old_end > failed + 1 && end > start &&
           same(old, old_end - 1, now, end - 1)) {
        old_end--;
        end--;
    }
    *first = start;
    if (old_end - start == end - start || start == failed) {
        return failed;
    }
    if (is_among(now, start, end, old, failed, &found)) {
        return found;
    }
    if (old_end == failed + 1) {
        return end > start ? end - 1 : end;
    }
    return failed < end ? failed : end;
}

static bool list_changed(struct hr_resume *resume, const struct pieces *old,
                         const struct pieces *now, size_t first, size_t end)
{
    hr_array_init(&resume->changed, sizeof(uint32_t));
    for (size_t i = first; i < end; i++) {
        size_t found;
        if (!is_among(old, first, old->items.count, now, i, &found)) {
            uint32_t *line = hr_array_push(&resume->changed);
            if (line == NULL) {
                return false;
            }
            *line = at(now, i)->line;
        }
    }
    return true;
}

bool hr_resume_find(struct hr_resume *resume, const char *old_text, size_t old_size,
                    uint32_t line, const char *text, size_t size, struct hr_error *err)
{
    struct pieces old = {0};
    struct pieces now = {0};
    bool done = cut(&old, old_text, old_size, err) && cut(&now, text, size, err);
    if (done) {
        size_t failed = 0;
        size_t first = 0;
        while (failed + 1 < old.items.count && at(&old, failed + 1)->line <= line) {
            failed++;
        }
        size_t place = place_of(&old, failed, &now, &first);
        bool more = place < now.items.count;
        resume->offset = more ? at(&now, place)->span.start : size;
        resume->line = more ? at(&now, place)->line : 0;
        done = list_changed(resume, &old, &now, first, place) || hr_error_memory(err);
    }
    hr_array_finish(&old.items);
    hr_array_finish(&now.items);
    return done;
}

void hr_resume_finish(struct hr_resume *resume)
{
    if (resume->changed.item_size != 0) {
        hr_array_finish(&resume->changed);
    }
}
