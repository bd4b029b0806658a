#include "rewrite/decorate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "rewrite/marks.h"

enum action {
    ACTION_NONE,
    ACTION_WRAP,    /* a decorator of ours goes above it */
    ACTION_EXCLUDE, /* a method that a wrapped class would take along */
};

struct hr_decorating {
    const struct hr_defs *defs; /* those at hand */
    const struct hr_decorate_options *options;
    struct hr_edits *edits;
    struct hr_array *left;
    struct hr_marks marks;
    struct hr_array actions; /* of struct plan, one a definition */
    struct hr_array calls;   /* of uint32_t: supers to make explicit */
    size_t inserted;         /* definitions that get a line */
    size_t first;            /* start of the first of them, with its decorators */
    bool any;                /* one would be wrapped */
    bool instrumented;       /* the text has been here before */
};

struct plan {
    enum action action;
    bool untouched; /* off, or under no_wrap or ignore */
    bool inside;    /* somewhere in a function */
};

static bool is_wanted(const struct hr_decorating *job, uint32_t def)
{
    return job->options->wanted == NULL ||
           job->options->wanted(job->options->context, job->defs, def);
}

static const struct plan *plan_at(const struct hr_decorating *job, uint32_t def)
{
    return hr_array_at(&job->actions, def);
}

static enum action choose(const struct hr_decorating *job, uint32_t index,
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

/* Definition (or call) `i` has been looked at. */
static void passed(const struct hr_decorating *job, size_t i)
{
    if (i % 2048 == 2047) {
        hr_array_let_go(&job->actions);
        hr_defs_passed(job->defs, i);
    }
}

static bool plan_definitions(struct hr_decorating *job)
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
        job->any = job->any || plan->action == ACTION_WRAP;
        if (plan->action != ACTION_NONE) {
            job->inserted++;
            if (job->first == SIZE_MAX) {
                job->first = def->span.start;
            }
        }
        passed(job, i);
    }
    return true;
}

static bool leave(struct hr_decorating *job, const struct hr_super *call,
                  const char *reason)
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
static const char *reason_of_itself(const struct hr_decorating *job,
                                    const struct hr_super *call)
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
static const char *reason_to_stay(const struct hr_decorating *job,
                                  const struct hr_super *call,
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
static bool find_own_supers(const struct hr_decorating *job, struct own_supers *own,
                            struct hr_error *err)
{
    const struct hr_defs *defs = job->defs;
    bool any = false;
    for (uint32_t i = 0; job->options->explicit_super && i < defs->supers.count; i++) {
        any = any || reason_of_itself(job, hr_array_at(&defs->supers, i)) == NULL;
        passed(job, i);
    }
    if (any) {
        return hr_super_find_ours(defs->text, defs->size, job->options->window,
                                  &own->found, &own->names, err);
    }
    own->all = hr_super_may_be_ours(defs->text, defs->size, job->options->window);
    return true;
}

static bool plan_supers(struct hr_decorating *job, const struct own_supers *own)
{
    if (!job->options->explicit_super) {
        return true;
    }
    for (uint32_t i = 0; i < job->defs->supers.count; i++) {
        const struct hr_super *call = hr_array_at(&job->defs->supers, i);
        passed(job, i);
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
static bool named_once(const struct hr_decorating *job)
{
    const struct hr_defs *defs = job->defs;
    size_t hit = hr_find_bytes(defs->text, defs->size, 0, HR_MODULE_NAME);
    return hit != SIZE_MAX &&
           hr_find_bytes(defs->text, defs->size, hit + 1, HR_MODULE_NAME) == SIZE_MAX;
}

static bool add_import(struct hr_decorating *job, const struct own_supers *own)
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
    if (line.size > 0) {
        hr_edits_put_first(job->edits); /* a decorator may go to the same place */
    }
    bool ok = !line.failed;
    hr_bytes_finish(&line);
    return ok;
}

static bool add_decorators(struct hr_decorating *job)
{
    const struct hr_defs *defs = job->defs;
    struct hr_bytes line;
    hr_bytes_init(&line);
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        enum action action = plan_at(job, i)->action;
        passed(job, i);
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

static bool add_supers(struct hr_decorating *job)
{
    struct hr_bytes arguments;
    hr_bytes_init(&arguments);
    for (size_t i = 0; i < job->calls.count && !arguments.failed; i++) {
        uint32_t index = *(uint32_t *)hr_array_at(&job->calls, i);
        const struct hr_super *call = hr_array_at(&job->defs->supers, index);
        hr_bytes_clear(&arguments);
        hr_super_arguments(job->defs, call, &arguments);
        passed(job, i);
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
static bool add_module_call(struct hr_decorating *job)
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
static bool plan_module(struct hr_decorating *job)
{
    job->inserted = 0;
    job->first =
        hr_marks_find_guard(job->defs->text, job->defs->size, job->options->window);
    job->instrumented = job->instrumented || !hr_span_empty(job->marks.call);
    return job->any && hr_span_empty(job->marks.call);
}

struct hr_decorating *hr_decorating_create(const char *text, size_t size,
                                           const struct hr_decorate_options *options,
                                           struct hr_edits *edits,
                                           struct hr_array *left, struct hr_error *err)
{
    struct hr_decorating *job = calloc(1, sizeof *job);
    if (job == NULL) {
        hr_error_memory(err);
        return NULL;
    }
    job->options = options;
    job->edits = edits;
    job->left = left;
    job->first = SIZE_MAX;
    hr_array_init(&job->actions, sizeof(struct plan));
    hr_array_init(&job->calls, sizeof(uint32_t));
    if (!hr_marks_init(&job->marks, text, size, options->window, err)) {
        hr_decorating_destroy(job);
        return NULL;
    }
    return job;
}

void hr_decorating_destroy(struct hr_decorating *job)
{
    if (job != NULL) {
        hr_marks_finish(&job->marks);
        hr_array_finish(&job->calls);
        hr_array_finish(&job->actions);
        free(job);
    }
}

bool hr_decorating_take(struct hr_decorating *job, const struct hr_defs *defs,
                        struct hr_error *err)
{
    job->defs = defs;
    if (defs->defs.spill.mapped) {
        hr_array_spill(&job->actions);
    }
    hr_array_shrink(&job->actions, 0);
    return (plan_definitions(job) &&
            (job->options->style == HR_STYLE_MODULE || add_decorators(job))) ||
           hr_error_memory(err);
}

bool hr_decorating_end(struct hr_decorating *job, const struct hr_defs *defs,
                       struct hr_error *err)
{
    struct own_supers own = {.all = false};
    bool ok = false;
    bool module = false;
    job->defs = defs;
    hr_array_init(&own.found, sizeof(struct hr_own_super));
    hr_bytes_init(&own.names);
    if (job->options->style == HR_STYLE_MODULE) {
        module = plan_module(job);
    }
    job->instrumented = job->instrumented || job->marks.record_seen;
    if (!job->instrumented && !find_own_supers(job, &own, err)) {
        goto done;
    }
    ok = plan_supers(job, &own);
    if (ok && (job->inserted > 0 || job->calls.count > 0 || module)) {
        ok = add_supers(job) && (!module || add_module_call(job)) &&
             add_import(job, &own);
    }
    if (!ok) {
        hr_error_memory(err);
    }
done:
    hr_bytes_finish(&own.names);
    hr_array_finish(&own.found);
    return ok;
}

bool hr_decorate(const struct hr_defs *defs, const struct hr_decorate_options *options,
                 struct hr_edits *edits, struct hr_array *left, struct hr_error *err)
{
    struct hr_decorating *job =
        hr_decorating_create(defs->text, defs->size, options, edits, left, err);
    bool ok = job != NULL && hr_decorating_take(job, defs, err) &&
              hr_decorating_end(job, defs, err);
    hr_decorating_destroy(job);
    return ok;
}
