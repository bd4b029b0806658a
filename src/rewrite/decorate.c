#include "rewrite/decorate.h"

#include <stdint.h>
#include <string.h>

#include "base/lines.h"
#include "rewrite/marks.h"

enum action {
    ACTION_NONE,
    ACTION_WRAP,    /* a decorator of ours goes above it */
    ACTION_EXCLUDE, /* a method that a wrapped class would take along */
};

struct job {
    const struct hr_defs *defs;
    const struct hr_decorate_options *options;
    struct hr_edits *edits;
    struct hr_array *left;
    struct hr_marks marks;
    struct hr_array actions; /* of struct plan, one a definition */
    struct hr_array calls;   /* of uint32_t: supers to make explicit */
    size_t inserted;         /* definitions that get a line */
    size_t first;            /* start of the first of them, with its decorators */
    bool instrumented;       /* the text has been here before */
};

struct plan {
    enum action action;
    bool untouched; /* off, or under no_wrap or ignore */
    bool inside;    /* somewhere in a function */
};

static bool is_wanted(const struct job *job, uint32_t def)
{
    return job->options->wanted == NULL ||
           job->options->wanted(job->options->context, job->defs, def);
}

static const struct plan *plan_at(const struct job *job, uint32_t def)
{
    return hr_array_at(&job->actions, def);
}

static enum action choose(const struct job *job, uint32_t index,
                          enum hr_decoration decoration, const struct plan *plan)
{
    const struct hr_def *def = hr_defs_at(job->defs, index);
    if (plan->untouched || decoration != HR_DECORATION_NONE ||
        (plan->inside && !job->options->nested)) {
        return ACTION_NONE;
    }
    bool method = def->kind == HR_DEF_FUNCTION && def->parent != HR_NONE &&
                  hr_defs_at(job->defs, def->parent)->kind == HR_DEF_CLASS;
    if (!method) {
        return is_wanted(job, index) ? ACTION_WRAP : ACTION_NONE;
    }
    return plan_at(job, def->parent)->action == ACTION_WRAP && !is_wanted(job, index)
               ? ACTION_EXCLUDE
               : ACTION_NONE;
}

static bool plan_definitions(struct job *job)
{
    const struct hr_defs *defs = job->defs;
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        struct plan *plan = hr_array_push(&job->actions);
        if (plan == NULL) {
            return false;
        }
        enum hr_decoration decoration = hr_marks_decoration(&job->marks, defs, i);
        plan->untouched = def->off || decoration == HR_DECORATION_NO_WRAP;
        if (def->parent != HR_NONE) {
            const struct plan *outer = plan_at(job, def->parent);
            plan->untouched = plan->untouched || outer->untouched;
            plan->inside =
                outer->inside || hr_defs_at(defs, def->parent)->kind == HR_DEF_FUNCTION;
        }
        if (decoration != HR_DECORATION_NONE &&
            !hr_span_empty(hr_marks_our_decorator(defs, i))) {
            job->instrumented = true;
        }
        plan->action = choose(job, i, decoration, plan);
        if (plan->action != ACTION_NONE) {
            job->inserted++;
            if (job->first == SIZE_MAX) {
                job->first = def->span.start;
            }
        }
    }
    return true;
}

static bool leave(struct job *job, const struct hr_super *call, const char *reason)
{
    struct hr_left *left = job->left != NULL ? hr_array_push(job->left) : NULL;
    if (left != NULL) {
        left->offset = call->call.start;
        left->reason = reason;
    }
    return job->left == NULL || left != NULL;
}

/* The explicit supers that the text has of itself. */
struct own_supers {
    struct hr_array found; /* of struct hr_own_super, where calls are made explicit */
    struct hr_bytes names;
    bool all; /* none is made explicit: whatever reads like one is the text's own */
};

/* Why this call stays whatever else the text holds, or NULL. */
static const char *reason_of_itself(const struct job *job, const struct hr_super *call)
{
    if (call->reason != HR_SUPER_OK) {
        return hr_super_reason_text(call->reason);
    }
    const char *text = job->defs->text;
    if (hr_span_size(call->call) != strlen("super()") ||
        memcmp(text + call->call.start, "super()", strlen("super()")) != 0) {
        return "it is not spelled `super()`, so --strip could not tell its bytes";
    }
    if (plan_at(job, call->function)->untouched) {
        return "its function is not to be touched";
    }
    if (!is_wanted(job, call->function) ||
        (plan_at(job, call->function)->inside && !job->options->nested)) {
        return "its function was not selected";
    }
    return job->marks.all_supers_own
               ? "the import's record says that all explicit supers are the text's own"
               : NULL;
}

/* Why this call stays, or NULL. */
static const char *reason_to_stay(const struct job *job, const struct hr_super *call,
                                  const struct own_supers *own)
{
    const char *reason = reason_of_itself(job, call);
    if (reason != NULL) {
        return reason;
    }
    struct hr_bytes name;
    hr_bytes_init(&name);
    hr_marks_pick_name(job->defs, call->function, &name);
    bool found =
        !name.failed && hr_marks_lists(&job->marks, job->defs->text, name.data);
    for (size_t i = 0; !found && !name.failed && i < own->found.count; i++) {
        const struct hr_own_super *one = hr_array_at(&own->found, i);
        found = strcmp(own->names.data + one->name, name.data) == 0;
    }
    hr_bytes_finish(&name);
    return found ? "its function has an explicit super of its own that --strip has to "
                   "keep"
                 : NULL;
}

/* Only where calls are made explicit does it matter which of those that are there
 * could be told from them. */
static bool find_own_supers(const struct job *job, struct own_supers *own,
                            struct hr_error *err)
{
    const struct hr_defs *defs = job->defs;
    bool any = false;
    for (uint32_t i = 0; job->options->explicit_super && i < defs->supers.count; i++) {
        any = any || reason_of_itself(job, hr_array_at(&defs->supers, i)) == NULL;
    }
    if (any) {
        return hr_super_find_ours(defs->text, defs->size, &own->found, &own->names,
                                  err);
    }
    own->all = hr_super_may_be_ours(defs->text, defs->size);
    return true;
}

static bool plan_supers(struct job *job, const struct own_supers *own)
{
    if (!job->options->explicit_super) {
        return true;
    }
    for (uint32_t i = 0; i < job->defs->supers.count; i++) {
        const struct hr_super *call = hr_array_at(&job->defs->supers, i);
        const char *reason = reason_to_stay(job, call, own);
        if (reason != NULL) {
            if (!leave(job, call, reason)) {
                return false;
            }
            continue;
        }
        uint32_t *item = hr_array_push(&job->calls);
        if (item == NULL) {
            return false;
        }
        *item = i;
    }
    return true;
}

static void append_own(struct hr_bytes *record, const struct own_supers *own)
{
    if (own->all) {
        hr_bytes_append_text(record, "; own supers");
    }
    const char *last = "";
    for (size_t i = 0; i < own->found.count; i++) {
        const struct hr_own_super *one = hr_array_at(&own->found, i);
        const char *name = own->names.data + one->name;
        if (strcmp(name, last) == 0) {
            continue;
        }
        hr_bytes_append_text(record, i == 0 ? "; own super in " : ", ");
        hr_bytes_append_text(record, name);
        last = name;
    }
}

/* Is the import line of the text the only place that names hot_restart? */
static bool named_once(const struct job *job)
{
    const struct hr_defs *defs = job->defs;
    size_t hit = hr_find_bytes(defs->text, defs->size, 0, HR_MODULE_NAME);
    return hit != SIZE_MAX &&
           hr_find_bytes(defs->text, defs->size, hit + 1, HR_MODULE_NAME) == SIZE_MAX;
}

static bool add_import(struct job *job, const struct own_supers *own)
{
    const struct hr_marks *marks = &job->marks;
    const char *text = job->defs->text;
    size_t size = job->defs->size;
    struct hr_bytes line;
    hr_bytes_init(&line);
    bool lines = job->inserted > 0 || job->options->style == HR_STYLE_MODULE;
    bool owns = own->all || own->found.count > 0;
    bool usable = marks->bound < job->first;
    bool mine = usable && marks->import_seen && marks->import.start == marks->bound;
    if (marks->record_seen || (job->instrumented && usable)) {
        /* Ours already: what the record says of the original stays true. */
    } else if (mine) {
        if (owns || !lines || named_once(job)) {
            hr_bytes_append_text(&line, HR_RECORD_START "own");
            append_own(&line, own);
            if (!line.failed) {
                hr_edits_insert(job->edits, marks->import_end, line.data, line.size);
            }
        }
    } else if (!usable || owns || !lines) {
        hr_bytes_append_text(&line, HR_IMPORT_LINE);
        if (marks->named || owns) {
            hr_bytes_append_text(&line, HR_RECORD_START "added");
            append_own(&line, own);
        }
        hr_bytes_append_text(&line, hr_newline_at(text, size, marks->place));
        if (!line.failed) {
            hr_edits_insert_lines(job->edits, marks->place, line.data, line.size,
                                  HR_ORIGIN_NONE, 0);
        }
    }
    bool ok = !line.failed;
    hr_bytes_finish(&line);
    return ok;
}

static bool add_decorators(struct job *job)
{
    const struct hr_defs *defs = job->defs;
    struct hr_bytes line;
    hr_bytes_init(&line);
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        enum action action = plan_at(job, i)->action;
        if (action == ACTION_NONE) {
            continue;
        }
        hr_bytes_clear(&line);
        hr_bytes_append(&line, defs->text + def->indent.start,
                        hr_span_size(def->indent));
        hr_bytes_append_text(&line, action == ACTION_EXCLUDE ? HR_EXCLUDED_LINE
                                    : def->kind == HR_DEF_CLASS
                                        ? "@" HR_MODULE_NAME ".wrap_class"
                                        : "@" HR_MODULE_NAME ".wrap");
        hr_bytes_append_text(&line,
                             hr_newline_at(defs->text, defs->size, def->indent.start));
        if (line.failed) {
            break;
        }
        hr_edits_insert_lines(job->edits, def->indent.start, line.data, line.size,
                              HR_ORIGIN_NONE, 0);
    }
    bool ok = !line.failed;
    hr_bytes_finish(&line);
    return ok;
}

static bool add_supers(struct job *job)
{
    struct hr_bytes arguments;
    hr_bytes_init(&arguments);
    for (size_t i = 0; i < job->calls.count && !arguments.failed; i++) {
        uint32_t index = *(uint32_t *)hr_array_at(&job->calls, i);
        const struct hr_super *call = hr_array_at(&job->defs->supers, index);
        hr_bytes_clear(&arguments);
        hr_super_arguments(job->defs, call, &arguments);
        if (!arguments.failed) {
            hr_edits_insert(job->edits, call->parens.start + 1, arguments.data,
                            arguments.size);
        }
    }
    bool ok = !arguments.failed;
    hr_bytes_finish(&arguments);
    return ok;
}

/* The call goes on a line of its own: above the main guard, else at the end. */
static bool add_module_call(struct job *job)
{
    const char *text = job->defs->text;
    size_t size = job->defs->size;
    size_t at = job->first;
    struct hr_bytes line;
    hr_bytes_init(&line);
    const char *newline = hr_newline_at(text, size, at);
    bool open =
        at == size && size > 0 && text[size - 1] != '\n' && text[size - 1] != '\r';
    hr_bytes_append_text(&line, open ? newline : "");
    hr_bytes_append_text(&line, HR_CALL_LINE);
    hr_bytes_append_text(&line, open ? "" : newline);
    if (!line.failed && open) {
        hr_edits_insert(job->edits, at, line.data, line.size);
    } else if (!line.failed) {
        hr_edits_insert_lines(job->edits, at, line.data, line.size, HR_ORIGIN_NONE, 0);
    }
    bool ok = !line.failed;
    hr_bytes_finish(&line);
    return ok;
}

/* What the style comes to when nothing but the module call is put in. */
static bool plan_module(struct job *job)
{
    bool any = false;
    for (uint32_t i = 0; i < job->actions.count; i++) {
        struct plan *plan = hr_array_at(&job->actions, i);
        any = any || plan->action == ACTION_WRAP;
        plan->action = ACTION_NONE;
    }
    job->inserted = 0;
    job->first = hr_marks_find_guard(job->defs->text, job->defs->size);
    job->instrumented = job->instrumented || !hr_span_empty(job->marks.call);
    return any && hr_span_empty(job->marks.call);
}

bool hr_decorate(const struct hr_defs *defs, const struct hr_decorate_options *options,
                 struct hr_edits *edits, struct hr_array *left, struct hr_error *err)
{
    struct job job = {.defs = defs,
                      .options = options,
                      .edits = edits,
                      .left = left,
                      .first = SIZE_MAX};
    struct own_supers own = {.all = false};
    bool ok = false;
    bool module = false;
    hr_array_init(&job.actions, sizeof(struct plan));
    hr_array_init(&job.calls, sizeof(uint32_t));
    hr_array_init(&own.found, sizeof(struct hr_own_super));
    hr_bytes_init(&own.names);
    if (!hr_marks_init(&job.marks, defs->text, defs->size, err)) {
        goto done;
    }
    if (!plan_definitions(&job)) {
        hr_error_memory(err);
        goto done;
    }
    if (options->style == HR_STYLE_MODULE) {
        module = plan_module(&job);
    }
    job.instrumented = job.instrumented || job.marks.record_seen;
    if (!job.instrumented && !find_own_supers(&job, &own, err)) {
        goto done;
    }
    ok = plan_supers(&job, &own);
    if (ok && (job.inserted > 0 || job.calls.count > 0 || module)) {
        /* The import first: its line may go to the same place as a decorator's. */
        ok = add_import(&job, &own) && add_decorators(&job) && add_supers(&job) &&
             (!module || add_module_call(&job));
    }
    if (!ok) {
        hr_error_memory(err);
    }
done:
    hr_marks_finish(&job.marks);
    hr_bytes_finish(&own.names);
    hr_array_finish(&own.found);
    hr_array_finish(&job.calls);
    hr_array_finish(&job.actions);
    return ok;
}

/* --- the origin --- */

static void encode_path(const char *path, struct hr_bytes *out)
{
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
        if (*p <= ' ' || *p == '%' || *p >= 0x7f) {
            hr_bytes_printf(out, "%%%02X", *p);
        } else {
            hr_bytes_append_char(out, (char)*p);
        }
    }
}

/* The line that holds an origin, past everything else; empty: none. */
static struct hr_span origin_line(const char *text, size_t size)
{
    struct hr_marks marks;
    struct hr_error ignored = {0};
    struct hr_span line = hr_span(0, 0);
    if (!hr_span_empty(hr_marks_find_origin(text, size))) {
        hr_marks_init(&marks, text, size, &ignored);
        line = marks.origin;
        hr_marks_finish(&marks);
    }
    return line;
}

bool hr_add_origin(const char *text, size_t size, const char *path,
                   struct hr_edits *edits, struct hr_error *err)
{
    if (!hr_span_empty(origin_line(text, size))) {
        return true; /* a copy of a copy: the person edits the first */
    }
    struct hr_bytes line;
    hr_bytes_init(&line);
    const char *newline = hr_newline_at(text, size, size);
    bool open = size > 0 && text[size - 1] != '\n' && text[size - 1] != '\r';
    hr_bytes_append_text(&line, open ? newline : "");
    hr_bytes_append_text(&line, HR_ORIGIN_START);
    encode_path(path, &line);
    hr_bytes_append_text(&line, open ? "" : newline);
    bool ok = !line.failed;
    if (ok) {
        hr_edits_insert(edits, size, line.data, line.size);
    }
    hr_bytes_finish(&line);
    return ok || hr_error_memory(err);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hr_find_origin(const char *text, size_t size, struct hr_bytes *path)
{
    struct hr_span line = origin_line(text, size);
    if (hr_span_empty(line)) {
        return false;
    }
    size_t at = line.start + strlen(HR_ORIGIN_START);
    while (at < line.end && text[at] != '\r' && text[at] != '\n') {
        int high = text[at] == '%' && at + 2 < size ? hex_digit(text[at + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
        if (low >= 0) {
            hr_bytes_append_char(path, (char)(high * 16 + low));
            at += 3;
        } else {
            hr_bytes_append_char(path, text[at++]);
        }
    }
    /* What is no path, or another one from another folder, names nothing. */
    bool is_path = path->size > 0 && path->data[0] == '/' &&
                   memchr(path->data, '\0', path->size) == NULL;
    if (!is_path) {
        hr_bytes_clear(path);
    }
    return is_path && !path->failed;
}
