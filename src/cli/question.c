#include "cli/question.h"

#include "base/lines.h"
#include "cli/deliver.h"
#include "cli/list.h"
#include "defs/defs.h"
#include "rewrite/edits.h"
#include "rewrite/extract.h"
#include "rewrite/guard.h"

#define PART 65536 /* bytes that are put at once */

static void report_defs_errors(struct hr_task *task, const struct hr_defs *defs)
{
    for (size_t i = 0; i < defs->errors.count; i++) {
        const struct hr_error *err = hr_array_at(&defs->errors, i);
        hr_report_add(&task->report, HR_SEVERITY_WARNING, "syntax", err->line,
                      err->column, "%s", err->message);
    }
}

/* --- a statement at a time --- */

struct question {
    struct hr_task *task;
    struct hr_source_text *source;
    struct hr_lister lister;
    struct hr_edits edits;    /* that guard the statement at hand */
    size_t put;               /* bytes of the text that the guarded one has */
    struct hr_array remarks;  /* of struct hr_remark: of the statement */
    struct hr_array excepted; /* of struct excepted: of the text */
};

struct excepted { /* a function that is not guarded */
    uint32_t line;
    size_t column; /* both 1-based */
    const char *reason;
};

static bool take_list(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    struct question *question = context;
    question->task->definitions += defs->defs.count;
    bool ok = hr_lister_take(&question->lister, defs, err);
    hr_deliver_early(question->task, question->source);
    return ok;
}

/* As deep as the question needs.  Tokens tell of Python what a list shows; of what is
 * no Python, or not yet, trees tell as much as can be told. */
static bool list(struct question *question, struct hr_defs *defs, bool python,
                 struct hr_error *err)
{
    struct hr_task *task = question->task;
    const struct hr_source_text *source = question->source;
    struct hr_defs_taking taking = {.depth = python ? HR_DEFS_GUARD : HR_DEFS_DETAIL,
                                    .python = python,
                                    .ordinals = true,
                                    .take = take_list,
                                    .context = question};
    task->definitions = 0;
    hr_lister_init(&question->lister, source, task->report.file, task->settings->list,
                   &task->out);
    bool ok = hr_defs_take(defs, source->text, source->size, &taking, err) &&
              hr_lister_end(&question->lister, err);
    hr_lister_finish(&question->lister);
    return ok;
}

static bool print_list(struct question *question, struct hr_defs *defs,
                       struct hr_error *err)
{
    struct hr_error ignored = {0};
    if (list(question, defs, true, &ignored)) {
        return true;
    }
    hr_deliver_nothing(question->task);
    hr_defs_finish(defs);
    hr_defs_init(defs);
    defs->window = &question->source->window;
    return list(question, defs, false, err);
}

static bool put_guarded(void *context, const char *data, size_t size)
{
    struct question *question = context;
    struct hr_bytes *out = &question->task->out;
    while (size > 0 && !out->failed) {
        size_t part = size < PART ? size : PART;
        hr_bytes_append(out, data, part);
        data += part;
        size -= part;
        hr_deliver_early(question->task, question->source);
        hr_window_passed(&question->source->window, data);
    }
    return !out->failed;
}

static bool note_excepted(struct question *question, const struct hr_defs *defs)
{
    for (size_t i = 0; i < question->remarks.count; i++) {
        const struct hr_remark *remark = hr_array_at(&question->remarks, i);
        const struct hr_def *def = hr_defs_at(defs, remark->def);
        struct excepted *excepted = hr_array_push(&question->excepted);
        if (excepted == NULL) {
            return false;
        }
        excepted->line = def->line + 1;
        excepted->column = def->keyword - hr_line_start(defs->text, def->keyword) + 1 +
                           (def->line == 0 ? question->source->bom : 0);
        excepted->reason = remark->reason;
    }
    return true;
}

static bool take_guard(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    struct question *question = context;
    struct hr_guard_options options = {0};
    question->task->definitions += defs->defs.count;
    hr_edits_clear(&question->edits);
    hr_array_shrink(&question->remarks, 0);
    if (!hr_guard_edits(defs, &options, &question->edits, &question->remarks, err) ||
        !hr_edits_sort(&question->edits, defs->size, err)) {
        return false;
    }
    struct hr_span span = hr_span(question->put, defs->statement.end);
    question->put = span.end;
    return (hr_edits_pieces(&question->edits, defs->text, span, put_guarded,
                            question) &&
            note_excepted(question, defs)) ||
           hr_error_memory(err);
}

static bool print_guard(struct question *question, struct hr_defs *defs,
                        struct hr_error *err)
{
    const struct hr_source_text *source = question->source;
    struct hr_defs_taking taking = {.depth = HR_DEFS_GUARD,
                                    .python = true,
                                    .take = take_guard,
                                    .context = question};
    if (!hr_defs_take(defs, source->text, source->size, &taking, err)) {
        return false;
    }
    return put_guarded(question, source->text + question->put,
                       source->size - question->put) ||
           hr_error_memory(err);
}

static bool answer_in_steps(struct hr_task *task, struct hr_source_text *source,
                            struct hr_error *err)
{
    struct question question = {.task = task, .source = source};
    struct hr_defs defs;
    hr_defs_init(&defs);
    hr_edits_init(&question.edits);
    hr_array_init(&question.remarks, sizeof(struct hr_remark));
    hr_array_init(&question.excepted, sizeof(struct excepted));
    defs.window = &source->window;
    bool ok = task->settings->action == HR_ACTION_LIST
                  ? print_list(&question, &defs, err)
                  : print_guard(&question, &defs, err);
    if (ok) {
        report_defs_errors(task, &defs);
    }
    for (size_t i = 0; ok && i < question.excepted.count; i++) {
        const struct excepted *excepted = hr_array_at(&question.excepted, i);
        hr_report_add(&task->report, HR_SEVERITY_WARNING, "not-guarded", excepted->line,
                      excepted->column, "runs without a guard: %s", excepted->reason);
    }
    hr_array_finish(&question.excepted);
    hr_array_finish(&question.remarks);
    hr_edits_finish(&question.edits);
    hr_defs_finish(&defs);
    return ok;
}

/* --- one definition --- */

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

static bool print_extract(struct hr_task *task, const struct hr_defs *defs,
                          struct hr_error *err)
{
    const char *name = task->settings->name;
    uint32_t def = hr_defs_find(defs, name);
    if (def == HR_NONE) {
        return hr_error_set(err, HR_ERROR_NOT_FOUND, "no definition is named %s", name);
    }
    return hr_extract(defs, def, &task->out, err);
}

static bool answer_about_one(struct hr_task *task, const struct hr_source_text *source,
                             struct hr_error *err)
{
    bool at = task->settings->action == HR_ACTION_AT;
    struct hr_defs defs;
    hr_defs_init(&defs);
    bool ok = hr_defs_collect(&defs, source->text, source->size,
                              at ? HR_DEFS_OUTLINE : HR_DEFS_DETAIL, err);
    if (ok) {
        task->definitions = defs.defs.count;
        ok = at ? print_at(task, source, &defs, err) : print_extract(task, &defs, err);
    }
    hr_defs_finish(&defs);
    return ok;
}

bool hr_question_answer(struct hr_task *task, struct hr_source_text *source,
                        struct hr_error *err)
{
    bool steps = task->settings->action == HR_ACTION_LIST ||
                 task->settings->action == HR_ACTION_GUARD;
    return steps ? answer_in_steps(task, source, err)
                 : answer_about_one(task, source, err);
}
