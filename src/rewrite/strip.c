#include "rewrite/decorate.h"

#include <stdint.h>
#include <string.h>

#include "base/lines.h"
#include "rewrite/marks.h"

struct job {
    const struct hr_defs *defs;
    struct hr_edits *edits;
    struct hr_array *left;
    struct hr_marks marks;
    size_t taken; /* times that what goes names hot_restart */
};

static void take(struct job *job, struct hr_span span)
{
    hr_edits_replace(job->edits, span, "", 0);
    size_t at = span.start;
    while ((at = hr_find_bytes(job->defs->text, span.end, at, HR_MODULE_NAME)) !=
           SIZE_MAX) {
        job->taken++;
        at++;
    }
}

static bool leave(struct job *job, size_t offset, const char *reason)
{
    struct hr_left *left = job->left != NULL ? hr_array_push(job->left) : NULL;
    if (left != NULL) {
        left->offset = offset;
        left->reason = reason;
    }
    return job->left == NULL || left != NULL;
}

static bool take_decorators(struct job *job, bool *instrumented)
{
    for (uint32_t i = 0; i < job->defs->defs.count; i++) {
        struct hr_span line = hr_marks_our_decorator(job->defs, i);
        if (!hr_span_empty(line)) {
            take(job, line);
            *instrumented = true;
            continue;
        }
        if (hr_marks_decoration(&job->marks, job->defs, i) != HR_DECORATION_NONE &&
            !leave(
                job, hr_defs_at(job->defs, i)->span.start,
                "this decorator is not in the form that hr-instrument writes; left")) {
            return false;
        }
    }
    return true;
}

/* A line that was put at the end of a text without a last newline brought the
 * newline before it along. */
static struct hr_span with_newline_before(const struct hr_defs *defs,
                                          struct hr_span line)
{
    const char *text = defs->text;
    bool ended = text[line.end - 1] == '\n' || text[line.end - 1] == '\r';
    if (line.end == defs->size && !ended) {
        if (line.start > 0 && text[line.start - 1] == '\n') {
            line.start--;
        }
        if (line.start > 0 && text[line.start - 1] == '\r') {
            line.start--;
        }
    }
    return line;
}

static void take_last_lines(struct job *job, bool *instrumented)
{
    struct hr_span call = job->marks.call;
    struct hr_span origin = job->marks.origin;
    if (!hr_span_empty(origin)) {
        origin = with_newline_before(job->defs, origin);
        take(job, origin);
    }
    if (hr_span_empty(call)) {
        return;
    }
    *instrumented = true;
    if (!hr_span_empty(origin) && call.end > origin.start) {
        /* Only the origin's own newline stood between the two. */
        call.end = origin.start;
        if (call.start > 0 && job->defs->text[call.start - 1] == '\n') {
            call.start--;
        }
        if (call.start > 0 && job->defs->text[call.start - 1] == '\r') {
            call.start--;
        }
        take(job, call);
        return;
    }
    take(job, with_newline_before(job->defs, call));
}

static size_t count_named(const struct hr_defs *defs)
{
    size_t count = 0;
    size_t at = 0;
    while ((at = hr_find_bytes(defs->text, defs->size, at, HR_MODULE_NAME)) !=
           SIZE_MAX) {
        count++;
        at++;
    }
    return count;
}

static bool take_import(struct job *job, bool instrumented)
{
    const struct hr_marks *marks = &job->marks;
    if (!marks->import_seen || !instrumented) {
        return true;
    }
    if (marks->own) {
        take(job, marks->record);
        return true;
    }
    bool alone = count_named(job->defs) == job->taken + 1;
    if (marks->record_seen || alone) {
        take(job, marks->import);
        return true;
    }
    return leave(job, marks->import.start,
                 "the import stays: hot_restart is still named elsewhere");
}

static bool take_supers(struct job *job, struct hr_error *err)
{
    struct hr_array found;
    struct hr_bytes names;
    hr_array_init(&found, sizeof(struct hr_own_super));
    hr_bytes_init(&names);
    const struct hr_defs *defs = job->defs;
    bool ok = hr_super_find_ours(defs->text, defs->size, &found, &names, err);
    for (size_t i = 0; ok && i < found.count; i++) {
        const struct hr_own_super *one = hr_array_at(&found, i);
        if (!hr_marks_lists(&job->marks, defs->text, names.data + one->name)) {
            take(job, one->inner);
        }
    }
    hr_bytes_finish(&names);
    hr_array_finish(&found);
    return ok;
}

bool hr_strip(const struct hr_defs *defs, struct hr_edits *edits, struct hr_array *left,
              struct hr_error *err)
{
    struct job job = {.defs = defs, .edits = edits, .left = left};
    bool instrumented = false;
    bool ok = hr_marks_init(&job.marks, defs->text, defs->size, err);
    if (!ok) {
        goto done;
    }
    if (!take_decorators(&job, &instrumented)) {
        ok = hr_error_memory(err);
        goto done;
    }
    take_last_lines(&job, &instrumented);
    instrumented = instrumented || job.marks.record_seen;
    if (instrumented && !job.marks.all_supers_own) {
        ok = take_supers(&job, err);
    }
    if (ok && !take_import(&job, instrumented)) {
        ok = hr_error_memory(err);
    }
done:
    hr_marks_finish(&job.marks);
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
