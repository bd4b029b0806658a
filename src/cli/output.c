#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENOUGH 65536 /* bytes that are worth a write() */

static bool make_folders(const char *path, struct hr_error *err)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return hr_error_memory(err);
    }
    bool ok = true;
    for (char *slash = copy; ok && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        /* Two threads may make the same folder: the second finds it there. */
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            struct stat st;
            int code = errno;
            if (stat(copy, &st) != 0 || !S_ISDIR(st.st_mode)) {
                ok = hr_error_set(err, HR_ERROR_IO, "cannot make the folder: %s",
                                  strerror(code));
            }
        }
        *slash = '/';
    }
    free(copy);
    return ok;
}

typedef bool open_file(struct hr_replacement *file, const char *path, bool executable,
                       struct hr_error *err);

static bool open_new(struct hr_output *output, open_file *open_one, const char *path,
                     bool executable, struct hr_error *err)
{
    struct hr_error first = {0};
    if (open_one(&output->file, path, executable, &first)) {
        return true;
    }
    if (errno != ENOENT) {
        *err = first;
        return false;
    }
    return make_folders(path, err) && open_one(&output->file, path, executable, err);
}

bool hr_output_open_fresh(struct hr_output *output, const char *path, bool executable,
                          struct hr_error *err)
{
    *output = (struct hr_output){.device = -1, .file.fd = -1};
    return open_new(output, hr_replacement_open_unnamed, path, executable, err);
}

bool hr_output_open(struct hr_output *output, const char *path, bool executable,
                    struct hr_error *err)
{
    struct stat st;
    *output = (struct hr_output){.device = -1, .file.fd = -1};
    if (lstat(path, &st) != 0) {
        return open_new(output, hr_replacement_open_new, path, executable, err);
    }
    if (S_ISLNK(st.st_mode) && stat(path, &st) != 0) {
        return hr_replacement_open(&output->file, path, err);
    }
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
        return hr_replacement_open(&output->file, path, err);
    }
    output->device = open(path, O_WRONLY | O_CLOEXEC);
    return output->device >= 0 ||
           hr_error_set(err, HR_ERROR_IO, "cannot write: %s", strerror(errno));
}

bool hr_output_open_in_place(struct hr_output *output, const char *path,
                             struct hr_error *err)
{
    *output = (struct hr_output){.device = -1, .file.fd = -1};
    return hr_replacement_open(&output->file, path, err);
}

static bool write_through(int fd, const char *data, size_t size, struct hr_error *err)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return hr_error_set(err, HR_ERROR_IO, "cannot write: %s", strerror(errno));
        }
        data += put;
        size -= (size_t)put;
    }
    return true;
}

static bool send(struct hr_output *output, const char *data, size_t size,
                 struct hr_error *err)
{
    return output->device >= 0 ? write_through(output->device, data, size, err)
                               : hr_replacement_put(&output->file, data, size, err);
}

static bool send_waiting(struct hr_output *output, struct hr_error *err)
{
    bool ok = output->waiting.size == 0 ||
              send(output, output->waiting.data, output->waiting.size, err);
    hr_bytes_clear(&output->waiting);
    return ok;
}

bool hr_output_put(struct hr_output *output, const char *data, size_t size,
                   struct hr_error *err)
{
    if (output->waiting.data == NULL) {
        hr_bytes_reserve(&output->waiting, ENOUGH);
    }
    if (output->waiting.size + size > ENOUGH && !send_waiting(output, err)) {
        return false;
    }
    if (size > ENOUGH) {
        return send(output, data, size, err);
    }
    hr_bytes_append(&output->waiting, data, size);
    return !output->waiting.failed || hr_error_memory(err);
}

bool hr_output_commit(struct hr_output *output, struct hr_error *err)
{
    return send_waiting(output, err) &&
           (output->device >= 0 || hr_replacement_commit(&output->file, err));
}

void hr_output_finish(struct hr_output *output)
{
    if (output->device >= 0) {
        close(output->device);
    }
    output->device = -1;
    hr_replacement_finish(&output->file);
    hr_bytes_finish(&output->waiting);
}
