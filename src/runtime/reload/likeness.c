#include "runtime/reload/likeness.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "defs/members.h"

static bool same_text(const struct hr_defs *a, struct hr_span left,
                      const struct hr_defs *b, struct hr_span right)
{
    return hr_span_size(left) == hr_span_size(right) &&
           memcmp(a->text + left.start, b->text + right.start, hr_span_size(left)) == 0;
}

static bool is_candidate(const struct hr_defs *defs, uint32_t i, const char *qualname)
{
    return hr_defs_at(defs, i)->kind == HR_DEF_FUNCTION &&
           strcmp(hr_defs_qualname(defs, i), qualname) == 0;
}

static uint32_t count_candidates(const struct hr_defs *defs, const char *qualname)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < defs->defs.count; i++) {
        count += is_candidate(defs, i, qualname);
    }
    return count;
}

/* How much of the old text stands at the start and the end of the new one, of 1000. */
static int commonness(const struct hr_defs *now, uint32_t i,
                      const struct hr_defs *before, uint32_t def)
{
    struct hr_span a = hr_defs_at(now, i)->span;
    struct hr_span b = hr_defs_at(before, def)->span;
    size_t right = hr_span_size(b);
    size_t start, end;

    hr_text_common(now->text + a.start, hr_span_size(a), before->text + b.start, right,
                   &start, &end);
    return right == 0 ? 0 : (int)(1000 * (start + end) / right);
}

/* Whether it reads as another one did. */
static bool is_another(const struct hr_defs *now, uint32_t i,
                       const struct hr_defs *before, uint32_t def)
{
    const char *qualname = hr_defs_qualname(now, i);

    for (uint32_t j = 0; j < before->defs.count; j++) {
        if (j != def && is_candidate(before, j, qualname) &&
            same_text(now, hr_defs_at(now, i)->span, before,
                      hr_defs_at(before, j)->span)) {
            return true;
        }
    }
    return false;
}

/* The whole text weighs most, then the decorators (a property's getter, setter and
 * deleter differ in them), then the header, then how much of it is as it was, then the
 * order. */
static int likeness(const struct hr_defs *now, uint32_t i, const struct hr_defs *before,
                    uint32_t def)
{
    const struct hr_def *a = hr_defs_at(now, i);
    const struct hr_def *b = hr_defs_at(before, def);

    if (!same_text(now, a->span, before, b->span) && is_another(now, i, before, def)) {
        return 0;
    }
    return 32000 * same_text(now, a->span, before, b->span) +
           16000 * same_text(now, hr_span(a->span.start, a->keyword), before,
                             hr_span(b->span.start, b->keyword)) +
           8000 * same_text(now, hr_span(a->keyword, a->header_end), before,
                            hr_span(b->keyword, b->header_end)) +
           4 * commonness(now, i, before, def) + (a->ordinal == b->ordinal);
}

uint32_t hr_likeness_find(const struct hr_defs *now, const char *qualname,
                          const struct hr_defs *before, uint32_t def)
{
    uint32_t best = HR_NONE;
    int best_score = -1;
    bool by_order =
        before != NULL && def != HR_NONE &&
        count_candidates(now, qualname) == count_candidates(before, qualname);

    for (uint32_t i = 0; i < now->defs.count; i++) {
        int score = 0;

        if (!is_candidate(now, i, qualname)) {
            continue;
        }
        if (by_order) {
            score = hr_defs_at(now, i)->ordinal == hr_defs_at(before, def)->ordinal;
        } else if (before != NULL && def != HR_NONE) {
            score = likeness(now, i, before, def);
        }
        if (score > best_score) {
            best_score = score;
            best = i;
        }
    }
    return best;
}

#define LONGEST_NAME 100

static size_t distance(const char *a, const char *b)
{
    size_t row[LONGEST_NAME + 1];
    size_t width = strlen(b);

    if (width > LONGEST_NAME) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0]++;

        for (size_t j = 0; j < width; j++) {
            size_t best = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j + 1] = best < diagonal + 1 ? best : diagonal + 1;
        }
    }
    return row[width];
}

uint32_t hr_likeness_nearest(const struct hr_defs *now, const char *qualname)
{
    uint32_t nearest = HR_NONE;
    size_t least = strlen(qualname) / 2 + 1;

    for (uint32_t i = 0; i < now->defs.count; i++) {
        size_t d;

        if (hr_defs_at(now, i)->kind != HR_DEF_FUNCTION) {
            continue;
        }
        d = distance(qualname, hr_defs_qualname(now, i));
        if (d < least) {
            least = d;
            nearest = i;
        }
    }
    return nearest;
}

static bool same_line(const char *a, struct hr_span left, const char *b,
                      struct hr_span right)
{
    return hr_span_size(left) == hr_span_size(right) &&
           memcmp(a + left.start, b + right.start, hr_span_size(left)) == 0;
}

/* Longest common subsequence of the lines between the equal ends. */
static long common_lines(const char *a, const struct hr_lines *left, const char *b,
                         const struct hr_lines *right, size_t skip, size_t rows,
                         size_t columns)
{
    long *row = calloc(columns + 1, sizeof *row);
    long common;

    if (row == NULL) {
        return 0;
    }
    for (size_t i = 0; i < rows; i++) {
        long diagonal = 0;

        for (size_t j = 0; j < columns; j++) {
            long above = row[j + 1];

            if (same_line(a, hr_lines_span(left, skip + i), b,
                          hr_lines_span(right, skip + j))) {
                row[j + 1] = diagonal + 1;
            } else if (row[j] > above) {
                row[j + 1] = row[j];
            }
            diagonal = above;
        }
    }
    common = row[columns];
    free(row);
    return common;
}

/* More than this many lines in the middle are not compared line by line. */
#define MANY_LINES 2000

long hr_likeness_changes(const char *old_text, size_t old_size, const char *new_text,
                         size_t new_size)
{
    struct hr_lines left = {0};
    struct hr_lines right = {0};
    struct hr_error err = {0};
    size_t skip = 0;
    size_t rows = 0;
    size_t columns = 0;
    long common = 0;

    if (hr_lines_init(&left, old_text, old_size, &err) &&
        hr_lines_init(&right, new_text, new_size, &err)) {
        rows = hr_lines_count(&left);
        columns = hr_lines_count(&right);
        while (skip < rows && skip < columns &&
               same_line(old_text, hr_lines_span(&left, skip), new_text,
                         hr_lines_span(&right, skip))) {
            skip++;
        }
        while (rows > skip && columns > skip &&
               same_line(old_text, hr_lines_span(&left, rows - 1), new_text,
                         hr_lines_span(&right, columns - 1))) {
            rows--;
            columns--;
        }
        rows -= skip;
        columns -= skip;
        if (rows < MANY_LINES && columns < MANY_LINES) {
            common =
                common_lines(old_text, &left, new_text, &right, skip, rows, columns);
        }
    }
    hr_lines_finish(&left);
    hr_lines_finish(&right);
    return (long)(rows > columns ? rows : columns) - common;
}

/* ---- classes ---- */

uint32_t hr_likeness_count_classes(const struct hr_defs *defs, const char *name)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < defs->defs.count; i++) {
        count += hr_defs_at(defs, i)->kind == HR_DEF_CLASS &&
                 strcmp(hr_defs_qualname(defs, i), name) == 0;
    }
    return count;
}

uint32_t hr_likeness_find_class(const struct hr_defs *now, const struct hr_defs *before,
                                uint32_t def)
{
    const char *name = hr_defs_qualname(before, def);

    if (hr_likeness_count_classes(now, name) !=
        hr_likeness_count_classes(before, name)) {
        return HR_NONE;
    }
    for (uint32_t i = 0; i < now->defs.count; i++) {
        if (hr_defs_at(now, i)->kind == HR_DEF_CLASS &&
            hr_defs_at(now, i)->ordinal == hr_defs_at(before, def)->ordinal &&
            strcmp(hr_defs_qualname(now, i), name) == 0) {
            return i;
        }
    }
    return HR_NONE;
}

static bool heads_differ(const struct hr_defs *before, uint32_t old,
                         const struct hr_defs *now, uint32_t def)
{
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    bool differ;

    hr_members_decorators(before, old, &left);
    hr_members_header(before, old, &left);
    hr_members_decorators(now, def, &right);
    hr_members_header(now, def, &right);
    differ = left.size != right.size ||
             (left.size > 0 && memcmp(left.data, right.data, left.size) != 0);
    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return differ;
}

static bool bodies_differ(const struct hr_defs *before, uint32_t old,
                          const struct hr_defs *now, uint32_t def)
{
    struct hr_members left, right;
    struct hr_error err = {0};
    bool differ;

    hr_members_init(&left);
    hr_members_init(&right);
    differ = hr_members_collect(&left, before, old, &err) &&
             hr_members_collect(&right, now, def, &err) &&
             hr_members_differ(&left, &right);
    hr_members_finish(&left);
    hr_members_finish(&right);
    return differ;
}

bool hr_likeness_classes_differ(const struct hr_defs *before, uint32_t old,
                                const struct hr_defs *now, uint32_t def)
{
    struct hr_span a = hr_defs_at(before, old)->span;
    struct hr_span b = hr_defs_at(now, def)->span;

    if (hr_span_size(a) == hr_span_size(b) &&
        memcmp(before->text + a.start, now->text + b.start, hr_span_size(a)) == 0) {
        return false;
    }
    return heads_differ(before, old, now, def) || bodies_differ(before, old, now, def);
}

static bool is_decorated(const struct hr_defs *defs, const struct hr_def *def,
                         const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < def->decorators.count; i++) {
        const struct hr_decorator *decorator =
            hr_array_at(&defs->decorators, def->decorators.first + i);
        if (hr_span_size(decorator->expression) == size &&
            memcmp(defs->text + decorator->expression.start, name, size) == 0) {
            return true;
        }
    }
    return false;
}

const char *hr_likeness_binding(const struct hr_defs *defs, uint32_t def)
{
    const struct hr_def *function = hr_defs_at(defs, def);
    if (function->parent == HR_NONE ||
        hr_defs_at(defs, function->parent)->kind != HR_DEF_CLASS) {
        return NULL;
    }
    return is_decorated(defs, function, "staticmethod")  ? "a static method"
           : is_decorated(defs, function, "classmethod") ? "a class method"
                                                         : "a method";
}
