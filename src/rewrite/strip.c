#include "rewrite/decorate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "rewrite/marks.h"

struct hr_stripping {
    const char *text;
    size_t size;
    struct hr_window *window;
    struct hr_edits *edits;
    struct hr_array *left;
    struct hr_marks marks;
    size_t taken;      /* times that what goes names hot_restart */
    bool instrumented; /* something of ours was found */
};

static void take(struct hr_stripping *job, struct hr_span span)
{
    hr_edits_replace(job->edits, span, "", 0);
    size_t at = span.start;
    while ((at = hr_find_bytes(job->text, span.end, at, HR_MODULE_NAME)) != SIZE_MAX) {
        job->taken++;
        at++;
    }
}

static bool leave(struct hr_stripping *job, size_t offset, const char *reason)
{
    struct hr_left *left = job->left != NULL ? hr_array_push(job->left) : NULL;
    if (left != NULL) {
        left->offset = offset;
        left->reason = reason;
    }
    return job->left == NULL || left != NULL;
}

static bool take_decorators(struct hr_stripping *job, const struct hr_defs *defs)
{
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        struct hr_span line = hr_marks_our_decorator(defs, i);
        if (!hr_span_empty(line)) {
            take(job, line);
            job->instrumented = true;
            continue;
        }
        if (hr_marks_decoration(&job->marks, defs, i) != HR_DECORATION_NONE &&
            !leave(
                job, hr_defs_at(defs, i)->span.start,
                "this decorator is not in the form that hr-instrument writes; left")) {
            return false;
        }
    }
    return true;
}

/* A line that was put at the end of a text without a last newline brought the
 * newline before it along. */
static struct hr_span with_newline_before(const struct hr_stripping *job,
                                          struct hr_span line)
{
    const char *text = job->text;
    bool ended = text[line.end - 1] == '\n' || text[line.end - 1] == '\r';
    if (line.end == job->size && !ended) {
        if (line.start > 0 && text[line.start - 1] == '\n') {
            line.start--;
        }
        if (line.start > 0 && text[line.start - 1] == '\r') {
            line.start--;
        }
    }
    return line;
}

static void take_last_lines(struct hr_stripping *job)
{
    struct hr_span call = job->marks.call;
    struct hr_span origin = job->marks.origin;
    if (!hr_span_empty(origin)) {
        origin = with_newline_before(job, origin);
        take(job, origin);
    }
    if (hr_span_empty(call)) {
        return;
    }
    job->instrumented = true;
    if (!hr_span_empty(origin) && call.end > origin.start) {
        /* Only the origin's own newline stood between the two. */
        call.end = origin.start;
        if (call.start > 0 && job->text[call.start - 1] == '\n') {
            call.start--;
        }
        if (call.start > 0 && job->text[call.start - 1] == '\r') {
            call.start--;
        }
        take(job, call);
        return;
    }
    take(job, with_newline_before(job, call));
}

static size_t count_named(const struct hr_stripping *job)
{
    size_t count = 0;
    size_t at = 0;
    while ((at = hr_window_find(job->window, job->text, job->size, at, HR_MODULE_NAME,
                                strlen(HR_MODULE_NAME))) < job->size) {
        count++;
        at++;
    }
    return count;
}

static bool take_import(struct hr_stripping *job)
{
    const struct hr_marks *marks = &job->marks;
    if (!marks->import_seen || !job->instrumented) {
        return true;
    }
    if (marks->own) {
        take(job, marks->record);
        return true;
    }
    bool alone = count_named(job) == job->taken + 1;
    if (marks->record_seen || alone) {
        take(job, marks->import);
        return true;
    }
    return leave(job, marks->import.start,
                 "the import stays: hot_restart is still named elsewhere");
}

static bool take_supers(struct hr_stripping *job, struct hr_error *err)
{
    struct hr_array found;
    struct hr_bytes names;
    hr_array_init(&found, sizeof(struct hr_own_super));
    hr_bytes_init(&names);
    bool ok =
        hr_super_find_ours(job->text, job->size, job->window, &found, &names, err);
    for (size_t i = 0; ok && i < found.count; i++) {
        const struct hr_own_super *one = hr_array_at(&found, i);
        if (!hr_marks_lists(&job->marks, job->text, names.data + one->name)) {
            take(job, one->inner);
        }
    }
    hr_bytes_finish(&names);
    hr_array_finish(&found);
    return ok;
}

struct hr_stripping *hr_stripping_create(const char *text, size_t size,
                                         struct hr_window *window,
                                         struct hr_edits *edits, struct hr_array *left,
                                         struct hr_error *err)
{
    struct hr_stripping *job = calloc(1, sizeof *job);
    if (job == NULL) {
        hr_error_memory(err);
        return NULL;
    }
    job->text = text;
    job->size = size;
    job->window = window;
    job->edits = edits;
    job->left = left;
    if (!hr_marks_init(&job->marks, text, size, window, err)) {
        hr_stripping_destroy(job);
        return NULL;
    }
    return job;
}

void hr_stripping_destroy(struct hr_stripping *job)
{
    if (job != NULL) {
        hr_marks_finish(&job->marks);
        free(job);
    }
}

bool hr_stripping_take(struct hr_stripping *job, const struct hr_defs *defs,
                       struct hr_error *err)
{
    return take_decorators(job, defs) || hr_error_memory(err);
}

bool hr_stripping_end(struct hr_stripping *job, struct hr_error *err)
{
    take_last_lines(job);
    job->instrumented = job->instrumented || job->marks.record_seen;
    if (job->instrumented && !job->marks.all_supers_own && !take_supers(job, err)) {
        return false;
    }
    return take_import(job) || hr_error_memory(err);
}

bool hr_strip(const struct hr_defs *defs, struct hr_edits *edits, struct hr_array *left,
              struct hr_error *err)
{
    struct hr_stripping *job =
        hr_stripping_create(defs->text, defs->size, defs->window, edits, left, err);
    bool ok =
        job != NULL && hr_stripping_take(job, defs, err) && hr_stripping_end(job, err);
    hr_stripping_destroy(job);
    return ok;
}

bool hr_was_wanted(const struct hr_defs *defs, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(defs, index);
    bool ours = !hr_span_empty(hr_marks_our_decorator(defs, index));
    bool method = def->kind == HR_DEF_FUNCTION && def->parent != HR_NONE &&
                  hr_defs_at(defs, def->parent)->kind == HR_DEF_CLASS;
    return method ? !ours && !hr_span_empty(hr_marks_our_decorator(defs, def->parent))
                  : ours;
}
