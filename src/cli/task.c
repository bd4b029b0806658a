#define _GNU_SOURCE /* realpath with NULL */
#include "cli/task.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/block.h"
#include "base/file.h"
#include "base/lines.h"
#include "cli/diff.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/select.h"
#include "cli/source.h"
#include "defs/defs.h"
#include "rewrite/decorate.h"
#include "rewrite/edits.h"
#include "rewrite/extract.h"
#include "rewrite/guard.h"

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void count_time(struct hr_task *task, enum hr_phase phase, double *since)
{
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
                  const struct hr_input *input, bool mirror, bool color)
{
    *task = (struct hr_task){
        .settings = settings, .input = input, .mirror = mirror, .color = color};
    hr_report_init(&task->report, settings, hr_task_shown_name(settings, input));
}

void hr_task_finish(struct hr_task *task)
{
    hr_report_finish(&task->report);
    hr_bytes_finish(&task->out);
}

static bool is_stdin(const struct hr_task *task)
{
    return strcmp(task->input->path, "-") == 0;
}

static void fail(struct hr_task *task, const struct hr_error *err)
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

static bool has_super_call(const struct hr_source_text *source)
{
    return hr_find_span(source->text, source->size, 0, "super", 5) < source->size;
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

static bool add_edits(struct hr_task *task, const struct hr_source_text *source,
                      const struct hr_defs *defs, struct hr_edits *edits,
                      struct hr_error *err)
{
    const struct hr_settings *settings = task->settings;
    struct hr_array left;
    hr_array_init(&left, sizeof(struct hr_left));
    bool ok;
    if (settings->action == HR_ACTION_STRIP) {
        ok = hr_strip(defs, edits, &left, err);
    } else {
        bool filtered = settings->include.count > 0 || settings->exclude.count > 0;
        struct hr_decorate_options options = {
            .style = settings->style,
            .wanted = filtered ? hr_select_wanted : NULL,
            .context = (void *)settings,
            .nested = settings->nested,
            .explicit_super = settings->explicit_super,
        };
        ok = hr_decorate(defs, &options, edits, &left, err);
    }
    if (ok) {
        report_left(task, source, &left);
    }
    hr_array_finish(&left);
    return ok;
}

static bool add_origin(struct hr_task *task, const struct hr_source_text *source,
                       const struct hr_defs *defs, struct hr_edits *edits,
                       struct hr_error *err)
{
    if (!task->mirror || task->settings->action != HR_ACTION_INSTRUMENT ||
        defs->defs.count == 0 || is_stdin(task)) {
        return true;
    }
    char *path = realpath(task->input->path, NULL);
    bool ok =
        path == NULL || hr_add_origin(source->text, source->size, path, edits, err);
    free(path);
    return ok;
}

/* A file as it shall be: its text with edits, or bytes that were made of both. */
struct result {
    const struct hr_source_text *source;
    struct hr_edits edits;
    struct hr_bytes converted;
};

static bool convert_back(struct result *result, struct hr_error *err)
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
static bool rewrite(struct hr_task *task, struct result *result, struct hr_error *err,
                    double *clock)
{
    const struct hr_source_text *source = result->source;
    struct hr_defs defs;
    hr_defs_init(&defs);
    bool supers = task->settings->action == HR_ACTION_INSTRUMENT &&
                  task->settings->explicit_super && has_super_call(source);
    enum hr_defs_depth depth = supers ? HR_DEFS_SUPERS : HR_DEFS_OUTLINE;
    bool ok = hr_defs_collect_python(&defs, source->text, source->size, depth, err);
    if (ok) {
        report_gaps(task, &defs);
        task->definitions = defs.defs.count;
        count_time(task, HR_PHASE_PARSE, clock);
        ok = add_edits(task, source, &defs, &result->edits, err) &&
             add_origin(task, source, &defs, &result->edits, err) &&
             hr_edits_sort(&result->edits, source->size, err) &&
             (!source->is_converted || convert_back(result, err));
        count_time(task, HR_PHASE_WORK, clock);
    }
    hr_defs_finish(&defs);
    return ok;
}

/* --- where the new text goes --- */

struct sink { /* one of the two */
    struct hr_bytes *bytes;
    struct hr_output *output;
    struct hr_error *err;
};

static bool put_piece(void *context, const char *data, size_t size)
{
    struct sink *sink = context;
    if (sink->output != NULL) {
        return hr_output_put(sink->output, data, size, sink->err);
    }
    hr_bytes_append(sink->bytes, data, size);
    return !sink->bytes->failed || hr_error_memory(sink->err);
}

static bool put_result(const struct hr_task *task, const struct result *result,
                       struct sink *sink)
{
    const struct hr_source_text *source = result->source;
    if (!task->changed) {
        return put_piece(sink, source->raw.data, source->raw.size);
    }
    if (source->is_converted) {
        return put_piece(sink, result->converted.data, result->converted.size);
    }
    return put_piece(sink, source->raw.data, source->bom) &&
           hr_edits_pieces(&result->edits, source->text, source->size, put_piece, sink);
}

static bool print_diff(struct hr_task *task, const struct result *result,
                       struct hr_error *err)
{
    struct hr_bytes new;
    hr_bytes_init(&new);
    struct sink sink = {.bytes = &new, .err = err};
    bool ok = put_result(task, result, &sink) &&
              hr_diff_print(task->report.file, &result->source->raw, &new, task->color,
                            &task->out, err);
    hr_bytes_finish(&new);
    return ok;
}

static bool write_result(struct hr_task *task, const struct result *result,
                         const char *path, struct hr_error *err)
{
    struct hr_output output;
    const char *source = is_stdin(task) ? NULL : task->input->path;
    if (!(task->settings->in_place ? hr_output_open_in_place(&output, path, err)
                                   : hr_output_open(&output, path, source, err))) {
        return false;
    }
    struct sink sink = {.output = &output, .err = err};
    bool ok = put_result(task, result, &sink) && hr_output_commit(&output, err);
    hr_output_finish(&output);
    return ok;
}

static void deliver(struct hr_task *task, const struct result *result)
{
    const struct hr_settings *settings = task->settings;
    struct hr_error err = {0};
    bool ok = true;
    if (settings->diff || settings->check) {
        if (task->changed && settings->diff) {
            ok = print_diff(task, result, &err);
        } else if (task->changed) {
            hr_bytes_printf(&task->out, "%s\n", task->report.file);
        }
    } else if (settings->in_place) {
        ok = !task->changed || write_result(task, result, task->input->path, &err);
    } else if (settings->output != NULL) {
        const char *path = task->mirror ? task->input->output : settings->output;
        ok = write_result(task, result, path, &err);
        if (!ok && err.kind == HR_ERROR_IO) {
            hr_report_add(&task->report, HR_SEVERITY_ERROR, "io", 0, 0, "%s: %s", path,
                          err.message);
            task->failed = true;
            return;
        }
    } else {
        struct sink sink = {.bytes = &task->out, .err = &err};
        ok = put_result(task, result, &sink);
    }
    if (!ok) {
        fail(task, &err);
    }
}

/* What cannot be rewritten is delivered as it was: a copy is complete, and a filter
 * loses nothing. */
static void run_rewrite(struct hr_task *task, const struct hr_source_text *source,
                        const struct hr_error *unreadable, double *clock)
{
    struct result result = {.source = source};
    struct hr_error err = {0};
    hr_edits_init(&result.edits);
    if (unreadable != NULL) {
        fail(task, unreadable);
    } else if (rewrite(task, &result, &err, clock)) {
        task->changed = result.edits.edits.count > 0;
    } else {
        fail(task, &err);
    }
    deliver(task, &result);
    hr_bytes_finish(&result.converted);
    hr_edits_finish(&result.edits);
    count_time(task, HR_PHASE_WRITE, clock);
}

/* --- questions about a file --- */

static void report_defs_errors(struct hr_task *task, const struct hr_defs *defs)
{
    for (size_t i = 0; i < defs->errors.count; i++) {
        const struct hr_error *err = hr_array_at(&defs->errors, i);
        hr_report_add(&task->report, HR_SEVERITY_WARNING, "syntax", err->line,
                      err->column, "%s", err->message);
    }
}

static bool print_guard(struct hr_task *task, const struct hr_source_text *source,
                        const struct hr_defs *defs, struct hr_error *err)
{
    struct hr_guard_options options = {0};
    struct hr_line_map map;
    struct hr_array remarks;
    hr_line_map_init(&map);
    hr_array_init(&remarks, sizeof(struct hr_remark));
    bool ok = hr_guard(defs, &options, &task->out, &map, &remarks, err);
    struct hr_lines lines = {0};
    ok = ok &&
         (remarks.count == 0 || hr_lines_init(&lines, source->text, source->size, err));
    for (size_t i = 0; ok && i < remarks.count; i++) {
        const struct hr_remark *remark = hr_array_at(&remarks, i);
        report_at(task, source, &lines, HR_SEVERITY_WARNING, "not-guarded",
                  hr_defs_at(defs, remark->def)->keyword,
                  "runs without a guard: ", remark->reason);
    }
    hr_lines_finish(&lines);
    hr_array_finish(&remarks);
    hr_line_map_finish(&map);
    return ok;
}

static void append_pick_name(const struct hr_defs *defs, uint32_t def,
                             struct hr_bytes *out)
{
    hr_bytes_append_text(out, hr_defs_qualname(defs, def));
    if (hr_defs_at(defs, def)->ordinal > 0) {
        hr_bytes_printf(out, "#%u", hr_defs_at(defs, def)->ordinal + 1);
    }
    hr_bytes_append_char(out, '\n');
}

/* The innermost definition that covers the byte. */
static uint32_t find_offset(const struct hr_defs *defs, size_t offset)
{
    uint32_t found = HR_NONE;
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        if (hr_span_has(hr_defs_at(defs, i)->span, offset)) {
            found = i;
        }
    }
    return found;
}

static bool print_at(struct hr_task *task, const struct hr_source_text *source,
                     const struct hr_defs *defs, struct hr_error *err)
{
    const struct hr_settings *settings = task->settings;
    struct hr_lines lines;
    if (!hr_lines_init(&lines, source->text, source->size, err)) {
        return false;
    }
    uint32_t def = HR_NONE;
    struct hr_span line = hr_lines_span(&lines, settings->at_line - 1);
    if (settings->at_line <= hr_lines_count(&lines)) {
        size_t shift = settings->at_line == 1 ? source->bom : 0;
        size_t column = settings->at_column > shift ? settings->at_column - shift : 1;
        def = settings->at_column == 0
                  ? hr_defs_find_line(defs, (uint32_t)(settings->at_line - 1))
                  : find_offset(defs, line.start + column - 1);
    }
    hr_lines_finish(&lines);
    if (def == HR_NONE) {
        return hr_error_at(err, HR_ERROR_NOT_FOUND, (uint32_t)settings->at_line,
                           (uint32_t)settings->at_column,
                           "no definition covers this place");
    }
    append_pick_name(defs, def, &task->out);
    return !task->out.failed || hr_error_memory(err);
}

static bool answer(struct hr_task *task, const struct hr_source_text *source,
                   const struct hr_defs *defs, struct hr_error *err)
{
    const struct hr_settings *settings = task->settings;
    switch (settings->action) {
    case HR_ACTION_LIST:
        report_defs_errors(task, defs);
        return hr_list_print(defs, source, task->report.file, settings->list,
                             &task->out, err);
    case HR_ACTION_GUARD:
        report_defs_errors(task, defs);
        return print_guard(task, source, defs, err);
    case HR_ACTION_AT:
        return print_at(task, source, defs, err);
    default: {
        uint32_t def = hr_defs_find(defs, settings->name);
        if (def == HR_NONE) {
            return hr_error_set(err, HR_ERROR_NOT_FOUND, "no definition is named %s",
                                settings->name);
        }
        return hr_extract(defs, def, &task->out, err);
    }
    }
}

static void run_question(struct hr_task *task, const struct hr_source_text *source,
                         double *clock)
{
    struct hr_error err = {0};
    struct hr_defs defs;
    hr_defs_init(&defs);
    bool ok = hr_defs_collect(&defs, source->text, source->size, HR_DEFS_DETAIL, &err);
    count_time(task, HR_PHASE_PARSE, clock);
    if (ok) {
        task->definitions = defs.defs.count;
        ok = answer(task, source, &defs, &err);
    }
    if (!ok) {
        fail(task, &err);
        hr_bytes_clear(&task->out);
    }
    hr_defs_finish(&defs);
    count_time(task, HR_PHASE_WORK, clock);
}

void hr_task_run(struct hr_task *task)
{
    struct hr_error err = {0};
    struct hr_source_text source;
    double clock = now();
    hr_source_text_init(&source);
    bool rewrites = task->settings->action == HR_ACTION_INSTRUMENT ||
                    task->settings->action == HR_ACTION_STRIP;
    if (!(is_stdin(task) ? hr_file_read_fd(0, &source.raw, &err)
                         : hr_file_read(task->input->path, &source.raw, &err))) {
        fail(task, &err);
        goto done;
    }
    task->bytes = source.raw.size;
    bool text = hr_source_text_open(&source, &err);
    count_time(task, HR_PHASE_READ, &clock);
    if (rewrites && (text || err.kind != HR_ERROR_MEMORY)) {
        run_rewrite(task, &source, text ? NULL : &err, &clock);
    } else if (!text) {
        fail(task, &err);
    } else {
        run_question(task, &source, &clock);
    }
done:
    hr_source_text_finish(&source);
}
