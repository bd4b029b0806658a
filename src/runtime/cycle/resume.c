#include "runtime/cycle/resume.h"

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

/* What stands before its first bracket, sign or colon: a name that is assigned to, a
 * function that is called, `def` and a name. */
static struct hr_span head_of(const struct pieces *pieces, size_t index)
{
    struct hr_span head = at(pieces, index)->span;
    size_t end = head.start;
    while (end < head.end && strchr("([{=:\n", pieces->text[end]) == NULL) {
        end++;
    }
    head.end = end;
    return head;
}

static bool same_head(const struct pieces *one, size_t i, const struct pieces *other,
                      size_t j)
{
    struct hr_span a = head_of(one, i);
    struct hr_span b = head_of(other, j);
    return !hr_span_empty(a) && hr_span_size(a) == hr_span_size(b) &&
           memcmp(one->text + a.start, other->text + b.start, hr_span_size(a)) == 0;
}

typedef bool alike_function(const struct pieces *one, size_t i,
                            const struct pieces *other, size_t j);

static size_t count(alike_function *alike, const struct pieces *pieces, size_t from,
                    size_t to, const struct pieces *other, size_t index, size_t *last)
{
    size_t found = 0;
    for (size_t i = from; i < to; i++) {
        if (alike(pieces, i, other, index)) {
            found++;
            *last = i;
        }
    }
    return found;
}

/* What is not yet told apart: these of the old statements, the failed one among them,
 * became those of the new ones. */
struct gap {
    const struct pieces *old;
    const struct pieces *now;
    size_t failed;
    size_t old_start, old_end;
    size_t start, end;
};

/* The only new statement in the gap that is like that old one, if no other old one
 * is. */
static bool counterpart(const struct gap *gap, alike_function *alike, size_t index,
                        size_t *found)
{
    size_t ignored;
    return count(alike, gap->now, gap->start, gap->end, gap->old, index, found) == 1 &&
           count(alike, gap->old, gap->old_start, gap->old_end, gap->old, index,
                 &ignored) == 1;
}

/* To what stands between the next statements above and below that are known again. */
static void narrow(struct gap *gap, alike_function *alike)
{
    size_t found;
    for (size_t i = gap->failed; i > gap->old_start; i--) {
        if (counterpart(gap, alike, i - 1, &found)) {
            gap->old_start = i;
            gap->start = found + 1;
            break;
        }
    }
    for (size_t i = gap->failed + 1; i < gap->old_end; i++) {
        if (counterpart(gap, alike, i, &found)) {
            gap->old_end = i;
            gap->end = found;
            break;
        }
    }
}

static void trim(struct gap *gap)
{
    const struct pieces *old = gap->old, *now = gap->now;
    while (gap->start < gap->failed && gap->start < gap->end &&
           same(old, gap->start, now, gap->start)) {
        gap->start++;
    }
    gap->old_start = gap->start;
    while (gap->old_end > gap->failed + 1 && gap->end > gap->start &&
           same(old, gap->old_end - 1, now, gap->end - 1)) {
        gap->old_end--;
        gap->end--;
    }
}

/* As many as before correspond one to one. */
static bool by_order(const struct gap *gap, size_t *found)
{
    *found = gap->start + (gap->failed - gap->old_start);
    return gap->old_end - gap->old_start == gap->end - gap->start;
}

/*
 * The failed statement is known again by its text, by its head or by its place between
 * others that are.  What was put in right above it is run too.  False: it may be one
 * of several, and going on with one could leave out what is to run.
 */
static bool find_place(struct gap *gap, size_t *place)
{
    size_t failed = gap->failed;
    bool by_text = counterpart(gap, same, failed, place);
    narrow(gap, same);
    bool found = by_text || counterpart(gap, same, failed, place) ||
                 counterpart(gap, same_head, failed, place) || by_order(gap, place);
    if (!found) {
        narrow(gap, same_head);
        found = counterpart(gap, same_head, failed, place) || by_order(gap, place);
    }
    if (gap->start == gap->end && !found) {
        *place = gap->end; /* taken out */
        return true;
    }
    if (gap->old_start == failed && (!found || gap->start < *place)) {
        *place = gap->start;
        return true;
    }
    return found;
}

static bool list_changed(struct hr_resume *resume, const struct pieces *old,
                         const struct pieces *now, size_t first, size_t end)
{
    hr_array_init(&resume->changed, sizeof(struct hr_resume_change));
    for (size_t i = first; i < end; i++) {
        size_t ignored;
        if (count(same, old, first, old->items.count, now, i, &ignored) == 0) {
            struct hr_resume_change *change = hr_array_push(&resume->changed);
            if (change == NULL) {
                return false;
            }
            *change = (struct hr_resume_change){.span = at(now, i)->span,
                                                .line = at(now, i)->line};
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
        struct gap gap = {.old = &old,
                          .now = &now,
                          .old_end = old.items.count,
                          .end = now.items.count};
        size_t place = 0;
        while (gap.failed + 1 < old.items.count &&
               at(&old, gap.failed + 1)->line <= line) {
            gap.failed++;
        }
        trim(&gap);
        size_t first = gap.start;
        resume->told = find_place(&gap, &place);
        bool more = resume->told && place < now.items.count;
        resume->offset = more ? at(&now, place)->span.start : size;
        resume->end = more ? at(&now, place)->span.end : size;
        resume->failed = old.items.count > 0 ? at(&old, gap.failed)->span.start : 0;
        resume->same = more && same(&old, gap.failed, &now, place);
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
