#define _GNU_SOURCE /* O_CLOEXEC, mkostemp, realpath with NULL */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool io_error(struct hr_error *err, const char *what)
{
    return hr_error_set(err, HR_ERROR_IO, "%s: %s", what, strerror(errno));
}

bool hr_file_read_fd(int fd, struct hr_bytes *out, struct hr_error *err)
{
    struct stat st;
    size_t hint = 65536;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        hint = (size_t)st.st_size + 1;
    }
    for (;;) {
        if (out->size > UINT32_MAX - 1) {
            return hr_error_set(err, HR_ERROR_LIMIT, "the file is larger than 4 GiB");
        }
        if (!hr_bytes_reserve(out, hint)) {
            return hr_error_memory(err);
        }
        ssize_t got = read(fd, out->data + out->size, hint);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return io_error(err, "cannot read");
        }
        if (got == 0) {
            return true;
        }
        out->size += (size_t)got;
        out->data[out->size] = '\0';
        hint = 65536;
    }
}

bool hr_file_read(const char *path, struct hr_bytes *out, struct hr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(err, "cannot open");
    }
    bool ok = hr_file_read_fd(fd, out, err);
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        data += put;
        size -= (size_t)put;
    }
    return true;
}

/* What a new file gets: 0666 less the umask, as open() would give it. */
static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool fill_temporary(int fd, const struct stat *old, const char *data,
                           size_t size, struct hr_error *err)
{
    if (old != NULL) {
        /* The owner first: chown may clear the set-id bits of the mode. */
        if (fchown(fd, old->st_uid, old->st_gid) != 0 &&
            fchown(fd, (uid_t)-1, old->st_gid) != 0) {
            /* Not ours to give away: the mode below still keeps who may read it. */
        }
    }
    if (fchmod(fd, old != NULL ? old->st_mode & 07777 : new_file_mode()) != 0) {
        return io_error(err, "cannot set the mode");
    }
    if (!write_all(fd, data, size) || fsync(fd) != 0) {
        return io_error(err, "cannot write");
    }
    return true;
}

static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

/* The path that one step of a symlink leads to; NULL if `path` is none, or without
 * memory (errno says which: EINVAL, ENOENT, or else). */
static char *follow_link(const char *path)
{
    char to[PATH_MAX];
    ssize_t size = readlink(path, to, sizeof to - 1);
    if (size < 0) {
        return NULL;
    }
    to[size] = '\0';
    const char *slash = strrchr(path, '/');
    char *joined = NULL;
    if (to[0] == '/' || slash == NULL) {
        joined = strdup(to);
    } else if (asprintf(&joined, "%.*s%s", (int)(slash - path) + 1, path, to) < 0) {
        joined = NULL;
    }
    return joined;
}

/* Where a new file goes: `path`, or the far end of the dangling symlinks there,
 * which realpath() refuses.  NULL with errno set. */
static char *far_end(const char *path)
{
    char *target = strdup(path);
    for (int steps = 0; target != NULL; steps++) {
        char *next = follow_link(target);
        if (next == NULL) {
            if (errno == EINVAL || errno == ENOENT || errno == ENOTDIR) {
                return target;
            }
            free(target);
            return NULL;
        }
        free(target);
        target = next;
        if (steps == 40) {
            free(target);
            errno = ELOOP;
            return NULL;
        }
    }
    return NULL;
}

bool hr_file_replace(const char *path, const char *data, size_t size,
                     struct hr_error *err)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && !S_ISREG(st.st_mode)) {
        return hr_error_set(err, HR_ERROR_IO, "cannot write: not a regular file");
    }
    if (exists && access(path, W_OK) != 0) {
        /* rename() would not ask; a file made read-only is meant to stay. */
        return io_error(err, "cannot write");
    }
    bool ok = false;
    int fd = -1;
    char *temporary = NULL;
    char *target = exists ? realpath(path, NULL) : far_end(path);
    if (target == NULL && errno != ENOMEM) {
        io_error(err, "cannot write");
        goto done;
    }
    if (target == NULL || asprintf(&temporary, "%s.XXXXXX", target) < 0) {
        temporary = NULL;
        hr_error_memory(err);
        goto done;
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        io_error(err, "cannot make a file beside it");
        goto done;
    }
    if (!fill_temporary(fd, exists ? &st : NULL, data, size, err)) {
        goto undo;
    }
    if (rename(temporary, target) != 0) {
        io_error(err, "cannot rename");
        goto undo;
    }
    sync_folder(target);
    ok = true;
    goto done;
undo:
    unlink(temporary);
done:
    if (fd >= 0) {
        close(fd);
    }
    free(temporary);
    free(target);
    return ok;
}
