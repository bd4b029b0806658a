#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/diff.h"
#include "cli/inputs.h"
#include "cli/list.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pool.h"
#include "cli/report.h"
#include "cli/task.h"

struct run {
    struct hr_settings settings;
    struct hr_inputs inputs;
    bool collect;            /* answers go to -o */
    struct hr_output output; /* that */
    bool output_open;
    struct hr_error output_error;
    bool color;
    bool progress;       /* a progress line may be shown */
    bool progress_shown; /* and is */
    double progress_at;  /* when it was drawn, in seconds from the start */
    struct timespec start;
    char *replaced; /* the last one whose folder has to reach the disk */
    bool failed;
    bool out_failed; /* the standard output refused */
    size_t printed;  /* answers */
    size_t changed;
    size_t failures;
    size_t definitions;
    size_t bytes;
    double seconds[HR_PHASE_COUNT];
};

static double elapsed(const struct run *run)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - run->start.tv_sec) +
           (double)(now.tv_nsec - run->start.tv_nsec) / 1e9;
}

static bool open_output(struct run *run)
{
    if (!run->output_open && run->output_error.kind == HR_ERROR_NONE) {
        run->output_open = hr_output_open(&run->output, run->settings.output, false,
                                          &run->output_error);
    }
    return run->output_error.kind == HR_ERROR_NONE;
}

static void put(struct run *run, const char *data, size_t size)
{
    if (run->collect) {
        if (size > 0 && open_output(run)) {
            hr_output_put(&run->output, data, size, &run->output_error);
        }
    } else if (size > 0 && fwrite(data, 1, size, stdout) != size) {
        run->out_failed = true;
    }
}

/* What waited in a file. */
static void put_spool(struct run *run, int fd)
{
    char block[65536];
    ssize_t got = lseek(fd, 0, SEEK_SET) < 0 ? -1 : 1;
    while (got > 0 && (got = read(fd, block, sizeof block)) > 0) {
        put(run, block, (size_t)got);
    }
    run->out_failed = run->out_failed || got < 0;
}

static void clear_progress(struct run *run)
{
    if (run->progress_shown) {
        fputs("\r\033[K", stderr);
        run->progress_shown = false;
    }
}

static bool is_question(const struct hr_settings *settings)
{
    return settings->action != HR_ACTION_INSTRUMENT &&
           settings->action != HR_ACTION_STRIP;
}

/* --- hooks of the pool --- */

static void make_task(void *context, size_t index, struct hr_task *task)
{
    struct run *run = context;
    hr_task_init(task, &run->settings, &run->inputs, index, run->color);
}

/* Files come folder by folder: a folder goes to the disk when the next one's turn has
 * come, not after each file. */
static void sync_folders(struct run *run, char *replaced)
{
    const char *last = run->replaced != NULL ? strrchr(run->replaced, '/') : NULL;
    const char *next = replaced != NULL ? strrchr(replaced, '/') : NULL;
    if (run->replaced != NULL &&
        (last == NULL || next == NULL || last - run->replaced != next - replaced ||
         memcmp(run->replaced, replaced, (size_t)(next - replaced)) != 0)) {
        hr_file_sync_folder(run->replaced);
    }
    free(run->replaced);
    run->replaced = replaced;
}

static void take_task(void *context, size_t index, struct hr_task *task)
{
    struct run *run = context;
    if (task->spool >= 0 || task->out.size > 0 || task->report.text.size > 0) {
        clear_progress(run);
    }
    if (run->settings.action == HR_ACTION_LIST &&
        (task->spool >= 0 || task->out.size > 0) && run->printed++ > 0) {
        const char *between = hr_list_between(run->settings.list);
        put(run, between, strlen(between));
    }
    if (task->spool >= 0) {
        put_spool(run, task->spool);
    }
    if (task->out.size > 0) {
        put(run, task->out.data, task->out.size);
    }
    if (task->report.text.size > 0) {
        /* On a terminal both streams meet: keep their order. */
        fflush(stdout);
        fwrite(task->report.text.data, 1, task->report.text.size, stderr);
    }
    if (task->replaced != NULL) {
        sync_folders(run, task->replaced);
        task->replaced = NULL;
    }
    run->failed = run->failed || task->failed || task->out.failed;
    run->failures += task->failed;
    run->changed += task->changed;
    run->definitions += task->definitions;
    run->bytes += task->bytes;
    for (int i = 0; i < HR_PHASE_COUNT; i++) {
        run->seconds[i] += task->seconds[i];
    }
}

static void tick(void *context, size_t done)
{
    struct run *run = context;
    double now = elapsed(run);
    if (run->progress && done < run->inputs.files.count && now > 1 &&
        now - run->progress_at > 0.1) {
        run->progress_at = now;
        fprintf(stderr, "\r%zu of %zu files\033[K", done, run->inputs.files.count);
        fflush(stderr);
        run->progress_shown = true;
    }
}

/* --- before and after --- */

static bool check_inputs(const struct run *run)
{
    const struct hr_settings *settings = &run->settings;
    bool one_output = !run->inputs.mirror && !settings->in_place && !settings->diff &&
                      !settings->check && settings->action != HR_ACTION_LIST &&
                      settings->action != HR_ACTION_AT;
    if (one_output && run->inputs.files.count > 1) {
        hr_settings_usage("several files need --in-place, --output FOLDER, --diff or "
                          "--check");
        return false;
    }
    return true;
}

static int compare_outputs(const void *left, const void *right)
{
    const struct hr_input *const *a = left;
    const struct hr_input *const *b = right;
    return strcmp((*a)->output, (*b)->output);
}

/* Two inputs that would become one file. */
static bool check_outputs(struct run *run, struct hr_report *report)
{
    size_t count = run->inputs.files.count;
    if (!run->inputs.mirror || count < 2) {
        return true;
    }
    const struct hr_input **sorted = calloc(count, sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = hr_array_at(&run->inputs.files, i);
    }
    qsort(sorted, count, sizeof *sorted, compare_outputs);
    bool ok = true;
    for (size_t i = 1; ok && i < count; i++) {
        if (strcmp(sorted[i - 1]->output, sorted[i]->output) == 0) {
            report->file = hr_task_shown_name(&run->settings, sorted[i]);
            hr_report_add(report, HR_SEVERITY_ERROR, "usage", 0, 0,
                          "would be written to %s, as %s would", sorted[i]->output,
                          hr_task_shown_name(&run->settings, sorted[i - 1]));
            ok = false;
        }
    }
    free(sorted);
    return ok;
}

static void print_stats(const struct run *run)
{
    static const char *const names[] = {"read", "parse", "work", "write"};
    double total = elapsed(run);
    fprintf(stderr,
            "%zu files (%zu changed, %zu failed), %zu definitions, %zu bytes in %.3f s "
            "(%.1f MB/s)\n",
            run->inputs.files.count, run->changed, run->failures, run->definitions,
            run->bytes, total, total > 0 ? (double)run->bytes / total / 1e6 : 0.0);
    for (int i = 0; i < HR_PHASE_COUNT; i++) {
        fprintf(stderr, "  %-6s %8.3f s\n", names[i], run->seconds[i]);
    }
}

static bool finish_output(struct run *run)
{
    if (run->collect) {
        struct hr_error *err = &run->output_error;
        if (run->out_failed && err->kind == HR_ERROR_NONE) {
            hr_error_set(err, HR_ERROR_IO, "what waited for it cannot be read");
        }
        bool ok = open_output(run) && hr_output_commit(&run->output, err);
        if (!ok) {
            fprintf(stderr, "hr-instrument: %s: %s\n", run->settings.output,
                    err->message);
        }
        return ok;
    }
    if (fflush(stdout) != 0 || run->out_failed) {
        perror("hr-instrument: standard output");
        return false;
    }
    return true;
}

static int run_files(struct run *run)
{
    struct hr_report report;
    hr_report_init(&report, &run->settings, "hr-instrument");
    bool ok = hr_inputs_collect(&run->inputs, &run->settings, &report);
    int code = HR_EXIT_FAILED;
    if (ok && !check_inputs(run)) {
        code = HR_EXIT_USAGE;
        goto done;
    }
    if (ok && !check_outputs(run, &report)) {
        code = HR_EXIT_USAGE;
    } else if (ok) {
        const char *start = hr_list_start(run->settings.list);
        const char *end = hr_list_end(run->settings.list);
        struct hr_pool_hooks hooks = {make_task, take_task, tick, run};
        bool list = run->settings.action == HR_ACTION_LIST;
        put(run, start, list ? strlen(start) : 0);
        ok = hr_pool_run(run->inputs.files.count, run->settings.jobs, &hooks);
        sync_folders(run, NULL);
        put(run, end, list ? strlen(end) : 0);
        clear_progress(run);
        ok = finish_output(run) && ok;
        bool found = (run->settings.check || run->settings.diff) && run->changed > 0;
        code = !ok || run->failed || report.errors > 0 ? HR_EXIT_FAILED
               : found                                 ? HR_EXIT_FOUND
                                                       : HR_EXIT_FINE;
    } else {
        fputs("hr-instrument: out of memory\n", stderr);
    }
done:
    if (report.text.size > 0) {
        fwrite(report.text.data, 1, report.text.size, stderr);
    }
    hr_report_finish(&report);
    return code;
}

static bool want_color(const struct hr_settings *settings)
{
    if (settings->color != HR_WHEN_AUTO) {
        return settings->color == HR_WHEN_ALWAYS;
    }
    const char *no_color = getenv("NO_COLOR");
    return (no_color == NULL || *no_color == '\0') && isatty(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
    struct run run = {0};
    clock_gettime(CLOCK_MONOTONIC, &run.start);
    hr_inputs_init(&run.inputs);
    int code = hr_settings_parse(&run.settings, argc, argv);
    if (code < 0) {
        run.color = want_color(&run.settings);
        run.progress = !run.settings.quiet && isatty(STDERR_FILENO);
        run.collect = is_question(&run.settings) && run.settings.output != NULL;
        if (run.settings.diff) {
            hr_diff_start();
        }
        code = run_files(&run);
        if (run.settings.diff) {
            hr_diff_stop();
        }
        if (run.settings.stats && code != HR_EXIT_USAGE) {
            print_stats(&run);
        }
    } else if (fflush(stdout) != 0) {
        code = HR_EXIT_FAILED;
    }
    if (run.output_open) {
        hr_output_finish(&run.output);
    }
    hr_inputs_finish(&run.inputs);
    hr_settings_finish(&run.settings);
    return code;
}
