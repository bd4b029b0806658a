#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "cli/task.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/block.h"
#include "base/file.h"
#include "base/lines.h"
#include "cli/deliver.h"
#include "cli/question.h"
#include "cli/select.h"
#include "cli/source.h"
#include "defs/defs.h"
#include "rewrite/decorate.h"
#include "rewrite/edits.h"

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void count_time(struct hr_task *task, enum hr_phase phase, double *since)
{
    if (!task->settings->stats) {
        return;
    }
    double time = now();
    task->seconds[phase] += time - *since;
    *since = time;
}

const char *hr_task_shown_name(const struct hr_settings *settings,
                               const struct hr_input *input)
{
    if (strcmp(input->path, "-") == 0) {
        return settings->stdin_filename != NULL ? settings->stdin_filename : "<stdin>";
    }
    /* "./a.py" and "a.py" are one file to a person. */
    const char *path = input->path;
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        path += strspn(path, "/");
    }
    return *path != '\0' ? path : input->path;
}

void hr_task_init(struct hr_task *task, const struct hr_settings *settings,
                  const struct hr_inputs *inputs, size_t index, bool color)
{
    const struct hr_input *input = hr_array_at(&inputs->files, index);
    *task = (struct hr_task){.settings = settings,
                             .inputs = inputs,
                             .input = input,
                             .color = color,
                             .spool = -1};
    hr_report_init(&task->report, settings, hr_task_shown_name(settings, input));
}

void hr_task_finish(struct hr_task *task)
{
    hr_report_finish(&task->report);
    hr_bytes_finish(&task->out);
    if (task->spool >= 0) {
        close(task->spool);
    }
    free(task->replaced);
}

static bool is_stdin(const struct hr_task *task)
{
    return strcmp(task->input->path, "-") == 0;
}

void hr_task_fail(struct hr_task *task, const struct hr_error *err)
{
    hr_report_error(&task->report, err);
    task->failed = true;
}

/* Offsets of the text to the line and column of the file. */
static void report_at(struct hr_task *task, const struct hr_source_text *source,
                      const struct hr_lines *lines, enum hr_severity severity,
                      const char *id, size_t offset, const char *message,
                      const char *detail)
{
    size_t line = hr_lines_find(lines, offset);
    size_t column = offset - hr_lines_span(lines, line).start;
    hr_report_add(&task->report, severity, id, line + 1,
                  column + 1 + (line == 0 ? source->bom : 0), "%s%s", message, detail);
}

static bool has_super_call(struct hr_source_text *source)
{
    return hr_window_find(&source->window, source->text, source->size, 0, "super", 5) <
           source->size;
}

static void report_left(struct hr_task *task, const struct hr_source_text *source,
                        const struct hr_array *left)
{
    bool strip = task->settings->action == HR_ACTION_STRIP;
    struct hr_lines lines;
    struct hr_error ignored;
    if (left->count == 0 || (!strip && !task->settings->verbose) ||
        !hr_lines_init(&lines, source->text, source->size, &ignored)) {
        return;
    }
    for (size_t i = 0; i < left->count; i++) {
        const struct hr_left *one = hr_array_at(left, i);
        report_at(task, source, &lines, strip ? HR_SEVERITY_WARNING : HR_SEVERITY_NOTE,
                  strip ? "not-ours" : "super-kept", one->offset,
                  strip ? "" : "super() is kept: ", one->reason);
    }
    hr_lines_finish(&lines);
}

/* The text is Python, but tree-sitter's grammar does not know it all: definitions
 * come from the cut and stand, supers of such a statement stay. */
static void report_gaps(struct hr_task *task, const struct hr_defs *defs)
{
    for (size_t i = 0; i < defs->errors.count; i++) {
        const struct hr_error *err = hr_array_at(&defs->errors, i);
        hr_report_add(&task->report, HR_SEVERITY_WARNING, "grammar-gap", err->line,
                      err->column,
                      "tree-sitter's grammar lags behind here; super() calls of this "
                      "statement are kept");
    }
}

struct taker { /* of one statement after the other */
    struct hr_task *task;
    struct hr_decorating *job;
    struct hr_stripping *stripping;
};

static bool take(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    struct taker *taker = context;
    taker->task->definitions += defs->defs.count;
    return hr_decorating_take(taker->job, defs, err);
}

/* Definitions are needed all together only where a super() is decided about: else
 * there is no more of them at a time than one statement's. */
static bool decorate(struct hr_task *task, struct hr_source_text *source,
                     struct hr_defs *defs, struct hr_edits *edits,
                     struct hr_array *left, struct hr_error *err)
{
    const struct hr_settings *settings = task->settings;
    bool filtered = settings->include.count > 0 || settings->exclude.count > 0;
    struct hr_decorate_options options = {
        .style = settings->style,
        .wanted = filtered ? hr_select_wanted : NULL,
        .context = (void *)settings,
        .nested = settings->nested,
        .explicit_super = settings->explicit_super,
        .window = &source->window,
    };
    defs->window = &source->window;
    struct taker taker = {.task = task,
                          .job = hr_decorating_create(source->text, source->size,
                                                      &options, edits, left, err)};
    bool ok = taker.job != NULL;
    if (ok && settings->explicit_super && has_super_call(source)) {
        if (source->window.text != NULL) {
            hr_defs_spill(defs);
        }
        ok = hr_defs_collect_python(defs, source->text, source->size, HR_DEFS_SUPERS,
                                    err) &&
             take(&taker, defs, err);
    } else if (ok) {
        struct hr_defs_taking taking = {
            .depth = HR_DEFS_OUTLINE, .python = true, .take = take, .context = &taker};
        ok = hr_defs_take(defs, source->text, source->size, &taking, err);
    }
    ok = ok && hr_decorating_end(taker.job, defs, err);
    hr_decorating_destroy(taker.job);
    return ok;
}

static bool take_stripping(void *context, const struct hr_defs *defs,
                           struct hr_error *err)
{
    struct taker *taker = context;
    taker->task->definitions += defs->defs.count;
    return hr_stripping_take(taker->stripping, defs, err);
}

static bool strip(struct hr_task *task, struct hr_source_text *source,
                  struct hr_defs *defs, struct hr_edits *edits, struct hr_array *left,
                  struct hr_error *err)
{
    struct taker taker = {.task = task,
                          .stripping =
                              hr_stripping_create(source->text, source->size,
                                                  &source->window, edits, left, err)};
    struct hr_defs_taking taking = {.depth = HR_DEFS_OUTLINE,
                                    .python = true,
                                    .take = take_stripping,
                                    .context = &taker};
    defs->window = &source->window;
    bool ok = taker.stripping != NULL &&
              hr_defs_take(defs, source->text, source->size, &taking, err) &&
              hr_stripping_end(taker.stripping, err);
    hr_stripping_destroy(taker.stripping);
    return ok;
}

static bool add_edits(struct hr_task *task, struct hr_source_text *source,
                      struct hr_defs *defs, struct hr_edits *edits,
                      struct hr_error *err)
{
    struct hr_array left;
    hr_array_init(&left, sizeof(struct hr_left));
    bool ok;
    if (task->settings->action == HR_ACTION_STRIP) {
        ok = strip(task, source, defs, edits, &left, err);
    } else {
        ok = decorate(task, source, defs, edits, task->settings->verbose ? &left : NULL,
                      err);
    }
    if (ok) {
        report_gaps(task, defs);
        report_left(task, source, &left);
    } else {
        task->definitions = 0;
    }
    hr_array_finish(&left);
    return ok;
}

static bool add_origin(struct hr_task *task, const struct hr_source_text *source,
                       struct hr_edits *edits, struct hr_error *err)
{
    if (!task->inputs->mirror || task->settings->action != HR_ACTION_INSTRUMENT ||
        task->definitions == 0 || is_stdin(task)) {
        return true;
    }
    char *path = hr_input_real_path(task->input);
    bool ok =
        path == NULL || hr_add_origin(source->text, source->size, path, edits, err);
    free(path);
    return ok;
}

static bool convert_back(struct hr_result *result, struct hr_error *err)
{
    struct hr_bytes text;
    hr_bytes_init(&text);
    bool ok = hr_edits_apply(&result->edits, result->source->text, result->source->size,
                             &text, NULL, err) &&
              hr_source_text_close(result->source, text.data, text.size,
                                   &result->converted, err);
    hr_bytes_finish(&text);
    return ok;
}

/* Fills in the edits; false with err filled. */
static bool rewrite(struct hr_task *task, struct hr_result *result,
                    struct hr_error *err, double *clock)
{
    struct hr_source_text *source = result->source;
    struct hr_defs defs;
    hr_defs_init(&defs);
    bool ok = add_edits(task, source, &defs, &result->edits, err);
    count_time(task, HR_PHASE_PARSE, clock);
    hr_defs_finish(&defs);
    ok = ok && add_origin(task, source, &result->edits, err) &&
         hr_edits_sort(&result->edits, source->size, err) &&
         (!source->is_converted || convert_back(result, err));
    count_time(task, HR_PHASE_WORK, clock);
    return ok;
}

/* What cannot be rewritten is delivered as it was: a copy is complete, and a filter
 * loses nothing. */
static void run_rewrite(struct hr_task *task, struct hr_source_text *source,
                        const struct hr_error *unreadable, double *clock)
{
    struct hr_result result = {.source = source};
    struct hr_error err = {0};
    hr_edits_init(&result.edits);
    if (source->window.text != NULL) {
        hr_edits_spill(&result.edits);
    }
    if (unreadable != NULL) {
        hr_task_fail(task, unreadable);
    } else if (rewrite(task, &result, &err, clock)) {
        task->changed = result.edits.edits.count > 0;
    } else {
        hr_task_fail(task, &err);
    }
    hr_deliver(task, &result);
    hr_bytes_finish(&result.converted);
    hr_edits_finish(&result.edits);
    count_time(task, HR_PHASE_WRITE, clock);
}

static void run_question(struct hr_task *task, struct hr_source_text *source,
                         double *clock)
{
    struct hr_error err = {0};
    if (!hr_question_answer(task, source, &err)) {
        hr_task_fail(task, &err);
        hr_deliver_nothing(task);
    }
    count_time(task, HR_PHASE_PARSE, clock);
}

void hr_task_run(struct hr_task *task)
{
    struct hr_error err = {0};
    struct hr_source_text source;
    double clock = task->settings->stats ? now() : 0;
    hr_source_text_init(&source);
    bool rewrites = task->settings->action == HR_ACTION_INSTRUMENT ||
                    task->settings->action == HR_ACTION_STRIP;
    if (task->settings->in_place) {
        task->as_read = hr_file_stamp(task->input->path);
    }
    if (!(is_stdin(task)
              ? hr_file_read_fd(0, &source.raw, &err)
              : hr_file_read_noting(task->input->path, &source.raw, &source.window,
                                    &task->executable, &err))) {
        hr_task_fail(task, &err);
        goto done;
    }
    bool text = hr_source_text_open(&source, &err);
    task->bytes = source.raw.size;
    count_time(task, HR_PHASE_READ, &clock);
    if (rewrites && (text || err.kind != HR_ERROR_MEMORY)) {
        run_rewrite(task, &source, text ? NULL : &err, &clock);
    } else if (!text) {
        hr_task_fail(task, &err);
    } else {
        run_question(task, &source, &clock);
    }
done:
    hr_source_text_finish(&source);
}
