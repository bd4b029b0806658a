#define _GNU_SOURCE /* asprintf */
#include "cli/inputs.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/ignore.h"

struct seen { /* which file a path turned out to be */
    dev_t dev;
    ino_t ino;
    size_t index;
};

struct walk {
    struct hr_inputs *inputs;
    const struct hr_settings *settings;
    struct hr_report *report;
    struct stat output; /* of the output folder, if it is there */
    bool has_output;
    const char *root; /* the real path of the folder that is walked; or NULL */
};

void hr_inputs_init(struct hr_inputs *inputs)
{
    *inputs = (struct hr_inputs){0};
    hr_array_init(&inputs->files, sizeof(struct hr_input));
    hr_array_init(&inputs->roots, sizeof(char *));
}

void hr_inputs_finish(struct hr_inputs *inputs)
{
    for (size_t i = 0; i < inputs->files.count; i++) {
        struct hr_input *input = hr_array_at(&inputs->files, i);
        free(input->path);
        free(input->output);
    }
    hr_array_finish(&inputs->files);
    for (size_t i = 0; i < inputs->roots.count; i++) {
        free(*(char **)hr_array_at(&inputs->roots, i));
    }
    hr_array_finish(&inputs->roots);
}

char *hr_input_real_path(const struct hr_input *input)
{
    if (input->root == NULL) {
        return realpath(input->path, NULL);
    }
    char *path;
    const char *slash = strcmp(input->root, "/") == 0 ? "" : "/";
    return asprintf(&path, "%s%s%s", input->root, slash,
                    input->path + input->relative) < 0
               ? NULL
               : path;
}

/* `relative` is the path below the output folder; `direct`: it is the end of `path`,
 * and no symlink is on the way from the folder that is walked. */
static bool add(struct walk *walk, const char *path, const char *relative, bool direct)
{
    struct hr_input *input = hr_array_push(&walk->inputs->files);
    if (input == NULL) {
        return false;
    }
    input->path = strdup(path);
    if (direct) {
        input->root = walk->root;
        input->relative = (size_t)(relative - path);
    }
    if (walk->inputs->mirror &&
        asprintf(&input->output, "%s/%s", walk->settings->output, relative) < 0) {
        input->output = NULL;
        return false;
    }
    return input->path != NULL;
}

static void complain(struct walk *walk, const char *path, int code)
{
    walk->report->file = path;
    hr_report_add(walk->report, HR_SEVERITY_ERROR, "io", 0, 0, "cannot read: %s",
                  strerror(code));
}

/* Whether what git ignores in the folder can be known; if not, that is complained of.
 */
static bool has_rules(struct walk *walk, const char *path, bool above)
{
    struct hr_bytes name = {0};
    bool readable =
        !walk->settings->ignore || hr_ignore_is_readable(path, above, &name);
    if (!readable) {
        walk->report->file = name.data;
        hr_report_add(walk->report, HR_SEVERITY_ERROR, "io", 0, 0,
                      "cannot read: not a file; --no-ignore does without");
        walk->report->file = path;
    }
    hr_bytes_finish(&name);
    return readable;
}

static bool is_python(const char *name)
{
    size_t size = strlen(name);
    return size > 3 && strcmp(name + size - 3, ".py") == 0;
}

static bool skip_folder(const struct walk *walk, const FTSENT *entry)
{
    if (walk->has_output && entry->fts_statp->st_dev == walk->output.st_dev &&
        entry->fts_statp->st_ino == walk->output.st_ino) {
        return true;
    }
    return walk->settings->ignore && entry->fts_level > 0 &&
           (entry->fts_name[0] == '.' || strcmp(entry->fts_name, "node_modules") == 0 ||
            strcmp(entry->fts_name, "__pycache__") == 0);
}

static int compare(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A symlink to a file counts, except where files are changed in place: its target
 * is somebody else's, or is met by itself. */
static bool is_wanted_file(const struct walk *walk, const FTSENT *entry)
{
    struct stat st;
    if (!is_python(entry->fts_name)) {
        return false;
    }
    if (entry->fts_info == FTS_F) {
        return S_ISREG(entry->fts_statp->st_mode);
    }
    return entry->fts_info == FTS_SL && !walk->settings->in_place &&
           stat(entry->fts_path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Once for a folder, not for each file in it. */
static bool note_root(struct walk *walk, const char *path)
{
    char **root = hr_array_push(&walk->inputs->roots);
    if (root != NULL) {
        *root = realpath(path, NULL);
        walk->root = *root;
    }
    return root != NULL;
}

static bool walk_folder(struct walk *walk, const char *path)
{
    if (!has_rules(walk, path, true)) {
        return true;
    }
    if (!note_root(walk, path)) {
        return false;
    }
    char *roots[] = {(char *)path, NULL};
    /* FTS_COMFOLLOW: a folder that is named by a symlink is walked. */
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, compare);
    if (fts == NULL) {
        complain(walk, path, errno);
        return errno != ENOMEM;
    }
    struct hr_ignore *ignore = walk->settings->ignore ? hr_ignore_create(path) : NULL;
    bool ok = true;
    size_t root = strlen(path);
    FTSENT *entry;
    while (ok && (errno = 0, entry = fts_read(fts)) != NULL) {
        const char *relative = entry->fts_path + root;
        relative += strspn(relative, "/");
        switch (entry->fts_info) {
        case FTS_D:
            if (skip_folder(walk, entry) || !has_rules(walk, entry->fts_path, false) ||
                (entry->fts_level > 0 && hr_ignore_has(ignore, relative, true))) {
                fts_set(fts, entry, FTS_SKIP);
            }
            break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            complain(walk, entry->fts_path, entry->fts_errno);
            break;
        default:
            if (is_wanted_file(walk, entry) &&
                !hr_ignore_has(ignore, relative, false)) {
                ok = add(walk, entry->fts_path, relative, entry->fts_info == FTS_F);
            }
        }
    }
    if (errno != 0 && ok) {
        complain(walk, path, errno);
    }
    fts_close(fts);
    hr_ignore_destroy(ignore);
    return ok;
}

static int compare_seen(const void *left, const void *right)
{
    const struct seen *a = left;
    const struct seen *b = right;
    if (a->dev != b->dev) {
        return a->dev < b->dev ? -1 : 1;
    }
    if (a->ino != b->ino) {
        return a->ino < b->ino ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

/* In place, two threads must not meet in one file: only its first mention counts. */
static bool drop_repeated(struct hr_inputs *inputs)
{
    struct hr_array seen;
    hr_array_init(&seen, sizeof(struct seen));
    for (size_t i = 0; i < inputs->files.count; i++) {
        const struct hr_input *input = hr_array_at(&inputs->files, i);
        struct stat st;
        struct seen *one = stat(input->path, &st) == 0 ? hr_array_push(&seen) : NULL;
        if (one != NULL) {
            *one = (struct seen){st.st_dev, st.st_ino, i};
        }
    }
    bool ok = !seen.failed;
    if (ok && seen.count > 0) {
        qsort(seen.items, seen.count, sizeof(struct seen), compare_seen);
        for (size_t i = 1; i < seen.count; i++) {
            const struct seen *before = hr_array_at(&seen, i - 1);
            const struct seen *one = hr_array_at(&seen, i);
            if (before->dev == one->dev && before->ino == one->ino) {
                struct hr_input *input = hr_array_at(&inputs->files, one->index);
                free(input->path);
                input->path = NULL;
            }
        }
        size_t kept = 0;
        for (size_t i = 0; i < inputs->files.count; i++) {
            struct hr_input *input = hr_array_at(&inputs->files, i);
            if (input->path != NULL) {
                *(struct hr_input *)hr_array_at(&inputs->files, kept++) = *input;
            }
        }
        hr_array_shrink(&inputs->files, kept);
    }
    hr_array_finish(&seen);
    return ok;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_mirror(const struct hr_settings *settings, const struct stat *output,
                      bool exists)
{
    if (settings->output == NULL) {
        return false;
    }
    bool folder = (exists && S_ISDIR(output->st_mode)) || settings->inputs.count > 1 ||
                  settings->output[strlen(settings->output) - 1] == '/';
    for (size_t i = 0; !folder && i < settings->inputs.count; i++) {
        struct stat st;
        const char *path = *(const char **)hr_array_at(&settings->inputs, i);
        folder = strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    }
    return folder && (settings->action == HR_ACTION_INSTRUMENT ||
                      settings->action == HR_ACTION_STRIP);
}

bool hr_inputs_collect(struct hr_inputs *inputs, const struct hr_settings *settings,
                       struct hr_report *report)
{
    struct walk walk = {.inputs = inputs, .settings = settings, .report = report};
    bool exists = settings->output != NULL && stat(settings->output, &walk.output) == 0;
    inputs->mirror = is_mirror(settings, &walk.output, exists);
    inputs->fresh = inputs->mirror && !exists;
    walk.has_output = exists && inputs->mirror && S_ISDIR(walk.output.st_mode);
    bool ok = true;
    for (size_t i = 0; ok && i < settings->inputs.count; i++) {
        const char *path = *(const char **)hr_array_at(&settings->inputs, i);
        struct stat st;
        if (strcmp(path, "-") == 0) {
            const char *name = settings->stdin_filename;
            ok = add(&walk, path, name != NULL ? base_name(name) : "stdin.py", false);
        } else if (stat(path, &st) != 0) {
            complain(&walk, path, errno);
        } else if (S_ISDIR(st.st_mode)) {
            if (walk.has_output && st.st_dev == walk.output.st_dev &&
                st.st_ino == walk.output.st_ino) {
                report->file = path;
                hr_report_add(report, HR_SEVERITY_ERROR, "usage", 0, 0,
                              "is the output folder too; --in-place changes files");
            } else {
                ok = walk_folder(&walk, path);
            }
        } else {
            ok = add(&walk, path, base_name(path), false);
        }
    }
    return ok && (!settings->in_place || drop_repeated(inputs));
}
