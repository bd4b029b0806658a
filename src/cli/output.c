#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

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

static bool write_through(const char *path, const char *data, size_t size,
                          struct hr_error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0;
    while (ok && size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        ok = put >= 0;
        data += ok ? put : 0;
        size -= ok ? (size_t)put : 0;
    }
    int code = errno;
    if (fd >= 0) {
        close(fd);
    }
    return ok || hr_error_set(err, HR_ERROR_IO, "cannot write: %s", strerror(code));
}

static void copy_execute_bits(const char *path, const char *source)
{
    struct stat from;
    struct stat to;
    if (stat(source, &from) == 0 && (from.st_mode & 0111) != 0 &&
        stat(path, &to) == 0) {
        /* Who may read it may run it: the umask has had its say. */
        if (chmod(path, (to.st_mode & 07777) | ((to.st_mode & 0444) >> 2)) != 0) {
            return;
        }
    }
}

bool hr_output_write(const char *path, const char *source, const char *data,
                     size_t size, struct hr_error *err)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return write_through(path, data, size, err);
    }
    if (!exists && !make_folders(path, err)) {
        return false;
    }
    if (!hr_file_replace(path, data, size, err)) {
        return false;
    }
    if (!exists && source != NULL) {
        copy_execute_bits(path, source);
    }
    return true;
}
