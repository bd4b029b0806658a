#define _POSIX_C_SOURCE 200809L /* utimensat */
#include "cli/deliver.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/diff.h"
#include "cli/output.h"

#define PART 262144       /* bytes that are put at once */
#define COMPARED 10000000 /* bytes that are read to see whether they are the same */

struct sink {
    struct hr_bytes *bytes;     /* appended to; or NULL */
    struct hr_output *output;   /* or written to; or NULL */
    const struct hr_bytes *old; /* or compared with; or NULL */
    size_t *size;               /* or counted; where the next byte is for `old` */
    struct hr_window *window;   /* of the text; set by put_result */
    struct hr_error *err;
};

static bool put_part(struct sink *sink, const char *data, size_t size)
{
    if (sink->output != NULL) {
        return hr_output_put(sink->output, data, size, sink->err);
    }
    if (sink->bytes != NULL) {
        hr_bytes_append(sink->bytes, data, size);
        return !sink->bytes->failed || hr_error_memory(sink->err);
    }
    if (sink->old != NULL &&
        (size > sink->old->size - *sink->size ||
         (size > 0 && memcmp(sink->old->data + *sink->size, data, size) != 0))) {
        return false;
    }
    *sink->size += size;
    return true;
}

/* A large one goes in parts that the window can follow. */
static bool put_piece(void *context, const char *data, size_t size)
{
    struct sink *sink = context;
    while (size > PART) {
        if (!put_part(sink, data, PART)) {
            return false;
        }
        data += PART;
        size -= PART;
        hr_window_passed(sink->window, data);
    }
    hr_window_passed(sink->window, data);
    return put_part(sink, data, size);
}

static bool put_result(const struct hr_task *task, const struct hr_result *result,
                       struct sink *sink)
{
    struct hr_source_text *source = result->source;
    sink->window = &source->window;
    if (!task->changed) {
        return put_piece(sink, source->raw.data, source->raw.size);
    }
    if (source->is_converted) {
        return put_piece(sink, result->converted.data, result->converted.size);
    }
    return put_piece(sink, source->raw.data, source->bom) &&
           hr_edits_pieces(&result->edits, source->text, hr_span(0, source->size),
                           put_piece, sink);
}

/* Does `path` hold the result already?  Then its time is set, and nothing written: a
 * file that takes another's place has to reach the disk first, which is slow. */
static bool holds_already(const struct hr_task *task, const struct hr_result *result,
                          const char *path)
{
    struct stat st;
    size_t size = 0;
    struct hr_error ignored = {0};
    struct sink counting = {.size = &size, .err = &ignored};
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > COMPARED ||
        access(path, W_OK) != 0 || !put_result(task, result, &counting) ||
        size != (size_t)st.st_size) {
        return false;
    }
    struct hr_bytes old = {0};
    struct sink comparing = {.old = &old, .size = &size, .err = &ignored};
    bool same = hr_file_read(path, &old, &ignored) && old.size == size;
    size = 0;
    same = same && put_result(task, result, &comparing);
    hr_bytes_finish(&old);
    return same && utimensat(AT_FDCWD, path, NULL, 0) == 0;
}

static bool print_diff(struct hr_task *task, const struct hr_result *result,
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

typedef bool open_output(struct hr_output *output, const char *path, bool executable,
                         struct hr_error *err);

static bool open_in_place(struct hr_output *output, const char *path, bool executable,
                          struct hr_error *err)
{
    (void)executable;
    return hr_output_open_in_place(output, path, err);
}

/* The folder's turn comes when all of it is written. */
static void note_replaced(struct hr_task *task, const struct hr_replacement *file)
{
    if (file->flushed) {
        task->replaced = strdup(file->target);
        if (task->replaced == NULL) {
            hr_file_sync_folder(file->target);
        }
    }
}

static bool write_by(open_output *open_one, struct hr_task *task,
                     const struct hr_result *result, const char *path,
                     struct hr_error *err)
{
    struct hr_output output;
    if (!open_one(&output, path, task->executable, err)) {
        return false;
    }
    if (task->settings->in_place) {
        output.file.as_read = &task->as_read; /* what was saved since is kept */
    }
    struct sink sink = {.output = &output, .err = err};
    output.file.folder_later = true;
    bool ok = put_result(task, result, &sink) && hr_output_commit(&output, err);
    if (ok && output.device < 0) {
        note_replaced(task, &output.file);
    }
    hr_output_finish(&output);
    return ok;
}

static bool write_result(struct hr_task *task, const struct hr_result *result,
                         const char *path, struct hr_error *err)
{
    if (task->settings->in_place) {
        return write_by(open_in_place, task, result, path, err);
    }
    struct hr_error ignored = {0};
    return (task->inputs->fresh &&
            write_by(hr_output_open_fresh, task, result, path, &ignored)) ||
           holds_already(task, result, path) ||
           write_by(hr_output_open, task, result, path, err);
}

/* What is large waits for its turn in a file; false if it has to wait in memory. */
static bool spool(struct hr_task *task, const struct hr_result *result)
{
    struct hr_error ignored = {0};
    struct hr_output output = {.device = -1, .file.fd = -1};
    if (result->source->window.text != NULL) {
        output.device = hr_scratch_open(3 * result->source->size);
    }
    struct sink sink = {.output = &output, .err = &ignored};
    bool ok = output.device >= 0 && put_result(task, result, &sink) &&
              hr_output_commit(&output, &ignored);
    if (ok) {
        task->spool = output.device;
        output.device = -1;
    }
    hr_output_finish(&output);
    return ok;
}

/* Back into memory: the disk is full. */
static void take_back(struct hr_task *task)
{
    struct hr_bytes all = {0};
    bool ok = lseek(task->spool, 0, SEEK_SET) == 0 &&
              hr_bytes_reserve(&all, task->spooled + task->out.size);
    while (ok && all.size < task->spooled) {
        ssize_t got = read(task->spool, all.data + all.size, task->spooled - all.size);
        ok = got > 0;
        all.size += ok ? (size_t)got : 0;
    }
    if (ok) {
        hr_bytes_append(&all, task->out.data, task->out.size);
    }
    all.failed = all.failed || !ok;
    hr_bytes_finish(&task->out);
    task->out = all;
    close(task->spool);
    task->spool = -1;
    task->spool_failed = true;
}

void hr_deliver_early(struct hr_task *task, const struct hr_source_text *source)
{
    if (task->out.size < PART || task->out.failed || task->spool_failed ||
        source->window.text == NULL) {
        return;
    }
    if (task->spool < 0) {
        task->spool = hr_scratch_open(SIZE_MAX); /* nobody knows how much it will be */
        task->spool_failed = task->spool < 0;
        if (task->spool_failed) {
            return;
        }
    }
    if (hr_write_all(task->spool, task->out.data, task->out.size)) {
        task->spooled += task->out.size;
        hr_bytes_clear(&task->out);
    } else {
        take_back(task);
    }
}

void hr_deliver_nothing(struct hr_task *task)
{
    hr_bytes_finish(&task->out);
    if (task->spool >= 0) {
        close(task->spool);
    }
    task->spool = -1;
    task->spooled = 0;
}

void hr_deliver(struct hr_task *task, const struct hr_result *result)
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
        const char *path =
            task->inputs->mirror ? task->input->output : settings->output;
        ok = write_result(task, result, path, &err);
        if (!ok && err.kind == HR_ERROR_IO) {
            hr_report_add(&task->report, HR_SEVERITY_ERROR, "io", 0, 0, "%s: %s", path,
                          err.message);
            task->failed = true;
            return;
        }
    } else if (!spool(task, result)) {
        struct sink sink = {.bytes = &task->out, .err = &err};
        ok = put_result(task, result, &sink);
    }
    if (!ok) {
        hr_task_fail(task, &err);
    }
}
