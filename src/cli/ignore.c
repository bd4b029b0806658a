#include "cli/ignore.h"

#include <git2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct hr_ignore {
    git_repository *repository;
    git_index *index;
    struct hr_bytes path; /* of the folder in the repository, then the entry */
    size_t prefix;
};

/* Whether `folder`/`name` is a file or is not there. */
static bool is_plain(const char *folder, const char *name, struct hr_bytes *path)
{
    struct stat st;
    hr_bytes_clear(path);
    hr_bytes_printf(path, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
    return path->failed || stat(path->data, &st) != 0 || S_ISREG(st.st_mode) ||
           S_ISDIR(st.st_mode);
}

/* The same of all that the library opens first in a repository. */
static bool is_plain_repository(const char *folder, struct hr_bytes *path)
{
    static const char *const names[] = {".git",           ".git/HEAD",
                                        ".git/config",    ".git/info/exclude",
                                        ".git/commondir", ".git/index"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!is_plain(folder, names[i], path)) {
            return false;
        }
    }
    return true;
}

bool hr_ignore_is_readable(const char *folder, bool above, struct hr_bytes *name)
{
    if (!above) {
        return is_plain(folder, ".gitignore", name);
    }
    char *here = realpath(folder, NULL);
    bool readable = true;
    for (size_t size = here != NULL ? strlen(here) : 0; size > 0;) {
        here[size] = '\0';
        const char *shown = size > 0 ? here : "/";
        readable =
            is_plain(shown, ".gitignore", name) && is_plain_repository(shown, name);
        char *slash = strrchr(here, '/');
        size = readable && slash != NULL ? (size_t)(slash - here) : 0;
    }
    free(here);
    return readable;
}

static bool find_prefix(struct hr_ignore *ignore, const char *folder)
{
    const char *workdir = git_repository_workdir(ignore->repository);
    char *real = realpath(folder, NULL);
    char *root = workdir != NULL ? realpath(workdir, NULL) : NULL;
    size_t size = root != NULL ? strlen(root) : 0;
    bool inside = real != NULL && root != NULL && strncmp(real, root, size) == 0 &&
                  (real[size] == '/' || real[size] == '\0');
    if (inside && real[size] == '/') {
        hr_bytes_append_text(&ignore->path, real + size + 1);
        hr_bytes_append_char(&ignore->path, '/');
    }
    ignore->prefix = ignore->path.size;
    free(real);
    free(root);
    return inside && !ignore->path.failed;
}

struct hr_ignore *hr_ignore_create(const char *folder)
{
    struct hr_ignore *ignore = calloc(1, sizeof *ignore);
    if (ignore == NULL) {
        return NULL;
    }
    git_libgit2_init();
    /* Only ignore rules are read, so that whose repository it is does not matter. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    if (git_repository_open_ext(&ignore->repository, folder, 0, NULL) != 0 ||
        !find_prefix(ignore, folder)) {
        hr_ignore_destroy(ignore);
        return NULL;
    }
    if (git_repository_index(&ignore->index, ignore->repository) != 0) {
        ignore->index = NULL;
    }
    return ignore;
}

void hr_ignore_destroy(struct hr_ignore *ignore)
{
    if (ignore == NULL) {
        return;
    }
    git_index_free(ignore->index);
    git_repository_free(ignore->repository);
    hr_bytes_finish(&ignore->path);
    free(ignore);
    git_libgit2_shutdown();
}

bool hr_ignore_has(struct hr_ignore *ignore, const char *relative, bool is_folder)
{
    if (ignore == NULL) {
        return false;
    }
    ignore->path.size = ignore->prefix;
    hr_bytes_append_text(&ignore->path, relative);
    if (is_folder) {
        hr_bytes_append_char(&ignore->path, '/');
    }
    if (ignore->path.failed) {
        return false;
    }
    int ignored = 0;
    const char *path = ignore->path.data;
    if (git_ignore_path_is_ignored(&ignored, ignore->repository, path) != 0 ||
        !ignored) {
        return false;
    }
    size_t position;
    return ignore->index == NULL ||
           (is_folder ? git_index_find_prefix(&position, ignore->index, path) != 0
                      : git_index_find(&position, ignore->index, path) != 0);
}
