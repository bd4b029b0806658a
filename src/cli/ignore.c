#include "cli/ignore.h"

#include <git2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct hr_ignore {
    git_repository *repository;
    git_index *index;
    struct hr_bytes path; /* of the folder in the repository, then the entry */
    size_t prefix;
};

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
