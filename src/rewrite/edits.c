#include "rewrite/edits.h"

#include <stdlib.h>
#include <string.h>

void hr_edits_init(struct hr_edits *edits)
{
    hr_array_init(&edits->edits, sizeof(struct hr_edit));
    hr_bytes_init(&edits->pool);
}

void hr_edits_spill(struct hr_edits *edits)
{
    hr_array_spill(&edits->edits);
    hr_bytes_spill(&edits->pool);
}

/* Edit `i` of many has been looked at. */
static void passed(const struct hr_edits *edits, size_t i)
{
    if (i % 4096 == 4095) {
        hr_array_let_go(&edits->edits);
        hr_bytes_let_go(&edits->pool);
    }
}

void hr_edits_clear(struct hr_edits *edits)
{
    hr_array_shrink(&edits->edits, 0);
    hr_bytes_clear(&edits->pool);
}

void hr_edits_finish(struct hr_edits *edits)
{
    if (edits != NULL) {
        hr_array_finish(&edits->edits);
        hr_bytes_finish(&edits->pool);
    }
}

/* Where the pool holds the text: many edits in a row insert the same. */
static size_t find_text(const struct hr_edits *edits, const char *text, size_t size)
{
    size_t count = edits->edits.count;
    for (size_t i = 1; i <= 4 && i <= count; i++) {
        const struct hr_edit *edit = hr_array_at(&edits->edits, count - i);
        if (edit->size == size && size > 0 && !edits->pool.failed &&
            memcmp(edits->pool.data + edit->text, text, size) == 0) {
            return edit->text;
        }
    }
    return edits->pool.size;
}

static void add(struct hr_edits *edits, struct hr_span span, const char *text,
                size_t size, enum hr_origin origin, size_t origin_line)
{
    size_t at = find_text(edits, text, size);
    struct hr_edit *edit = hr_array_push(&edits->edits);
    if (edit == NULL || at > UINT32_MAX) {
        edits->edits.failed = true;
        return;
    }
    edit->start = (uint32_t)span.start;
    edit->end = (uint32_t)span.end;
    edit->text = (uint32_t)at;
    edit->size = (uint32_t)size;
    edit->order = (uint32_t)edits->edits.count;
    edit->origin = origin;
    edit->origin_line = (uint32_t)origin_line;
    if (at == edits->pool.size) {
        hr_bytes_append(&edits->pool, text, size);
    }
    passed(edits, edits->edits.count);
}

void hr_edits_put_first(struct hr_edits *edits)
{
    if (edits->edits.count > 0) {
        struct hr_edit *last = hr_array_at(&edits->edits, edits->edits.count - 1);
        last->order = 0;
    }
}

void hr_edits_insert(struct hr_edits *edits, size_t at, const char *text, size_t size)
{
    add(edits, hr_span(at, at), text, size, HR_ORIGIN_NONE, 0);
}

void hr_edits_insert_text(struct hr_edits *edits, size_t at, const char *text)
{
    hr_edits_insert(edits, at, text, strlen(text));
}

void hr_edits_replace(struct hr_edits *edits, struct hr_span span, const char *text,
                      size_t size)
{
    add(edits, span, text, size, HR_ORIGIN_NONE, 0);
}

void hr_edits_insert_lines(struct hr_edits *edits, size_t at, const char *text,
                           size_t size, enum hr_origin origin, size_t origin_line)
{
    add(edits, hr_span(at, at), text, size, origin, origin_line);
}

static int compare_edits(const void *a, const void *b)
{
    const struct hr_edit *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    /* An insertion comes before a replacement that starts where it stands. */
    bool x_empty = x->start == x->end, y_empty = y->start == y->end;
    if (x_empty != y_empty) {
        return x_empty ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Follows both texts line by line while one is made from the other. */
struct applier {
    struct hr_bytes *out;
    struct hr_line_map *map; /* NULL: not wanted */
    size_t new_line_start;   /* in out */
    size_t old_line;
    size_t old_line_start; /* in the original */
    bool has_original;     /* the new line holds bytes of the original */
    struct hr_line_origin current;
};

static void end_new_line(struct applier *applier)
{
    const struct hr_line_origin *current = &applier->current;
    if (applier->map != NULL &&
        hr_line_map_add(applier->map, current->origin, current->line, current->shift)) {
        struct hr_array *lines = &applier->map->lines;
        struct hr_line_origin *added = hr_array_at(lines, lines->count - 1);
        added->made_up = current->made_up;
    }
    applier->new_line_start = applier->out->size;
    applier->has_original = false;
}

static bool ends_line(const char *text, size_t size, size_t i)
{
    return text[i] == '\n' ||
           (text[i] == '\r' && !(i + 1 < size && text[i + 1] == '\n'));
}

static void copy_original(struct applier *applier, const char *text, size_t size,
                          struct hr_span span)
{
    if (applier->map == NULL) {
        hr_bytes_append(applier->out, text + span.start, hr_span_size(span));
        return;
    }
    size_t at = span.start;
    while (at < span.end) {
        size_t end = at;
        while (end < span.end && !ends_line(text, size, end)) {
            end++;
        }
        bool newline = end < span.end;
        end += newline;
        applier->current = (struct hr_line_origin){
            .origin = HR_ORIGIN_EXACT,
            .line = (uint32_t)applier->old_line,
            .shift = (int)((long)(applier->out->size - applier->new_line_start) -
                           (long)(at - applier->old_line_start))};
        /* A bare newline after made-up text belongs to that text's line. */
        applier->has_original = true;
        hr_bytes_append(applier->out, text + at, end - at);
        if (newline) {
            end_new_line(applier);
            applier->old_line++;
            applier->old_line_start = end;
        }
        at = end;
    }
}

static void skip_original(struct applier *applier, const char *text, size_t size,
                          struct hr_span span)
{
    for (size_t i = span.start; i < span.end; i++) {
        if (ends_line(text, size, i)) {
            applier->old_line++;
            applier->old_line_start = i + 1;
        }
    }
}

static void add_new(struct applier *applier, const struct hr_edit *edit,
                    const char *text)
{
    if (applier->map == NULL) {
        hr_bytes_append(applier->out, text, edit->size);
        return;
    }
    size_t at = 0;
    while (at < edit->size) {
        const char *newline = memchr(text + at, '\n', edit->size - at);
        size_t end = newline == NULL ? edit->size : (size_t)(newline - text) + 1;
        bool starts = applier->out->size == applier->new_line_start;
        if (!applier->has_original && starts) {
            applier->current = (struct hr_line_origin){
                .origin = edit->origin, .line = (uint32_t)edit->origin_line};
        } else if (applier->has_original) {
            applier->current.made_up =
                (uint32_t)(applier->out->size - applier->new_line_start);
        }
        hr_bytes_append(applier->out, text + at, end - at);
        if (newline != NULL) {
            end_new_line(applier);
        }
        at = end;
    }
}

/* The first that does not come after the one before it; `count` if none is. */
static size_t run_end(const struct hr_edits *edits, size_t i, size_t count)
{
    const struct hr_edit *all = edits->edits.items;
    for (i++; i < count && compare_edits(&all[i - 1], &all[i]) < 0; i++) {
        passed(edits, i);
    }
    return i < count ? i : count;
}

/* Puts the last one in its place among the others, which are sorted. */
static void insert_last(struct hr_edits *edits)
{
    struct hr_edit *all = edits->edits.items;
    size_t count = edits->edits.count;
    struct hr_edit last = all[count - 1];
    size_t at = count - 1;
    for (; at > 0 && compare_edits(&all[at - 1], &last) > 0; at--) {
        all[at] = all[at - 1];
        passed(edits, at);
    }
    all[at] = last;
}

/* Merges the sorted edits before `middle` with those from there to `count`. */
static bool merge(struct hr_edits *edits, size_t middle, size_t count)
{
    struct hr_array merged;
    hr_array_init(&merged, sizeof(struct hr_edit));
    merged.spill = (struct hr_spill){.may_map = edits->edits.spill.may_map};
    const struct hr_edit *all = edits->edits.items;
    size_t left = 0, right = middle;
    for (size_t i = 0; i < edits->edits.count; i++) {
        bool first = i >= count || right == count ||
                     (left < middle && compare_edits(&all[left], &all[right]) < 0);
        struct hr_edit *edit = hr_array_add(&merged);
        if (edit == NULL) {
            hr_array_finish(&merged);
            return false;
        }
        *edit = i >= count ? all[i] : first ? all[left++] : all[right++];
        passed(edits, i);
        if (i % 4096 == 0) {
            hr_array_let_go(&merged);
        }
    }
    hr_array_finish(&edits->edits);
    edits->edits = merged;
    return true;
}

/* Most lists are made in one or two passes over the text, but for their last edit. */
static bool sort(struct hr_edits *edits)
{
    size_t count = edits->edits.count;
    size_t first = run_end(edits, 0, count);
    if (first == count) {
        return true;
    }
    size_t second = run_end(edits, first, count);
    if (second + 1 < count) {
        qsort(edits->edits.items, count, sizeof(struct hr_edit), compare_edits);
        return true;
    }
    if (first + 1 < count && !merge(edits, first, second)) {
        return false;
    }
    if (second < count || first + 1 == count) {
        insert_last(edits);
    }
    return true;
}

bool hr_edits_sort(struct hr_edits *edits, size_t size, struct hr_error *err)
{
    if (edits->edits.failed || edits->pool.failed || !sort(edits)) {
        return hr_error_memory(err);
    }
    size_t at = 0;
    for (size_t i = 0; i < edits->edits.count; i++) {
        const struct hr_edit *edit = hr_array_at(&edits->edits, i);
        if (edit->start < at || edit->end > size) {
            return hr_error_set(err, HR_ERROR_UNSUPPORTED,
                                "two edits overlap at byte %u", edit->start);
        }
        at = edit->end;
        passed(edits, i);
    }
    return true;
}

bool hr_edits_pieces(const struct hr_edits *edits, const char *text,
                     struct hr_span span,
                     bool (*put)(void *context, const char *data, size_t size),
                     void *context)
{
    size_t at = span.start;
    for (size_t i = 0; i < edits->edits.count; i++) {
        const struct hr_edit *edit = hr_array_at(&edits->edits, i);
        size_t start = edit->start;
        if ((start > at && !put(context, text + at, start - at)) ||
            (edit->size > 0 &&
             !put(context, edits->pool.data + edit->text, edit->size))) {
            return false;
        }
        at = edit->end;
        passed(edits, i);
    }
    return at == span.end || put(context, text + at, span.end - at);
}

bool hr_edits_apply(struct hr_edits *edits, const char *text, size_t size,
                    struct hr_bytes *out, struct hr_line_map *map, struct hr_error *err)
{
    if (!hr_edits_sort(edits, size, err)) {
        return false;
    }
    hr_bytes_reserve(out, size + edits->pool.size);
    struct applier applier = {.out = out, .map = map, .new_line_start = out->size};
    size_t at = 0;
    for (size_t i = 0; i < edits->edits.count; i++) {
        const struct hr_edit *edit = hr_array_at(&edits->edits, i);
        copy_original(&applier, text, size, hr_span(at, edit->start));
        if (edit->size > 0) { /* of deletions alone there is no pool */
            add_new(&applier, edit, edits->pool.data + edit->text);
        }
        if (map != NULL) {
            skip_original(&applier, text, size, hr_span(edit->start, edit->end));
        }
        at = edit->end;
    }
    copy_original(&applier, text, size, hr_span(at, size));
    if (map != NULL && (out->size > applier.new_line_start)) {
        end_new_line(&applier);
    }
    if (out->failed || (map != NULL && map->lines.failed)) {
        return hr_error_memory(err);
    }
    return true;
}
