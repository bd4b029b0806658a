#define _GNU_SOURCE /* O_CLOEXEC, asprintf, realpath with NULL, renameat2 */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX 6 /* letters that a temporary file's name has more */

static bool io_error(struct hr_error *err, const char *what)
{
    return hr_error_set(err, HR_ERROR_IO, "%s: %s", what, strerror(errno));
}

/* `st` is the file's; NULL: not known. */
static bool read_all(int fd, const struct stat *st, struct hr_bytes *out,
                     struct hr_error *err)
{
    bool regular = st != NULL && S_ISREG(st->st_mode) && st->st_size > 0;
    bool large = regular && st->st_size > UINT32_MAX - 1;
    size_t hint = regular && !large ? (size_t)st->st_size + 1 : 65536;
    for (;;) {
        /* A sparse file of any size costs nothing to make: it is not even begun. */
        if (large || out->size > UINT32_MAX - 1) {
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
        if (regular && got == st->st_size) {
            return true; /* and one byte more was asked for */
        }
        regular = false;
        hint = 65536;
    }
}

bool hr_file_read_fd(int fd, struct hr_bytes *out, struct hr_error *err)
{
    struct stat st;
    return read_all(fd, fstat(fd, &st) == 0 ? &st : NULL, out, err);
}

/* What cannot be copied is held in memory. */
static bool read_large(int fd, const struct stat *st, struct hr_window *window)
{
    if (window == NULL || !S_ISREG(st->st_mode) || st->st_size < HR_WINDOW_FROM ||
        (uintmax_t)st->st_size >= UINT32_MAX || !hr_window_open(window, fd)) {
        return false;
    }
    if (window->size >= UINT32_MAX) { /* it grew meanwhile: that is said below */
        hr_window_close(window);
        lseek(fd, 0, SEEK_SET);
        return false;
    }
    return true;
}

bool hr_file_read_noting(const char *path, struct hr_bytes *out,
                         struct hr_window *window, bool *executable,
                         struct hr_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(err, "cannot open");
    }
    bool known = fstat(fd, &st) == 0;
    *executable = known && (st.st_mode & 0111) != 0;
    bool ok = (known && read_large(fd, &st, window)) ||
              read_all(fd, known ? &st : NULL, out, err);
    close(fd);
    return ok;
}

bool hr_file_read(const char *path, struct hr_bytes *out, struct hr_error *err)
{
    bool executable;
    return hr_file_read_noting(path, out, NULL, &executable, err);
}

bool hr_file_read_regular(const char *path, size_t limit, struct hr_bytes *out,
                          struct stat *st, struct hr_error *err)
{
    struct stat here = {0};
    st = st != NULL ? st : &here;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(err, "cannot open");
    }
    bool ok = false;
    if (fstat(fd, st) != 0) {
        io_error(err, "cannot read");
    } else if (!S_ISREG(st->st_mode)) {
        hr_error_set(err, HR_ERROR_IO, "cannot read: not a regular file");
    } else if ((uintmax_t)st->st_size > limit) {
        hr_error_set(err, HR_ERROR_LIMIT, "the file is larger than %zu bytes", limit);
    } else {
        ok = read_all(fd, st, out, err);
    }
    close(fd);
    return ok;
}

bool hr_file_is_trusted(const struct stat *st, uid_t also)
{
    return (st->st_uid == geteuid() || st->st_uid == 0 || st->st_uid == also) &&
           (st->st_mode & S_IWOTH) == 0;
}

struct hr_file_stamp hr_file_stamp(const char *path)
{
    struct stat st;
    struct hr_file_stamp stamp = {.known = false};
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        stamp =
            (struct hr_file_stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim, true};
    }
    return stamp;
}

static bool is_as_read(const char *path, const struct hr_file_stamp *stamp)
{
    struct hr_file_stamp now = hr_file_stamp(path);
    return !stamp->known ||
           (now.known && now.device == stamp->device && now.inode == stamp->inode &&
            now.size == stamp->size && now.changed.tv_sec == stamp->changed.tv_sec &&
            now.changed.tv_nsec == stamp->changed.tv_nsec);
}

bool hr_write_all(int fd, const void *data, size_t size)
{
    const char *bytes = data;
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

/* Six letters that another thread or program hardly picks at the same time; if one
 * does, O_EXCL tells. */
static void make_suffix(char *suffix, const void *self, unsigned try)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t value = (uint64_t)now.tv_nsec * 1000003u + (uint64_t)now.tv_sec;
    value = (value ^ (uint64_t)(uintptr_t)self) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ ((uint64_t)getpid() << 20) ^ try) * UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 31;
    for (int i = 0; i < SUFFIX; i++) {
        suffix[i] = "abcdefghijklmnopqrstuvwxyz012345"[value >> (5 * i) & 31];
    }
}

/* Opens a new file beside the target.  What is new gets its mode from the umask. */
static bool open_temporary(struct hr_replacement *file, mode_t mode,
                           struct hr_error *err)
{
    size_t size = strlen(file->target);
    file->temporary = malloc(size + 1 + SUFFIX + 1);
    if (file->temporary == NULL) {
        return hr_error_memory(err);
    }
    memcpy(file->temporary, file->target, size);
    file->temporary[size] = '.';
    file->temporary[size + 1 + SUFFIX] = '\0';
    for (unsigned try = 0; try < 100; try++) {
        make_suffix(file->temporary + size + 1, file, try);
        file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file->fd >= 0 || errno != EEXIST) {
            break;
        }
    }
    if (file->fd < 0) {
        int code = errno;
        free(file->temporary);
        file->temporary = NULL;
        errno = code;
        return io_error(err, "cannot make a file beside it");
    }
    return true;
}

/* The owner first: chown may clear the set-id bits of the mode.  What cannot be given
 * back to its owner or group does not run as them, nor as us. */
static bool keep_owner_and_mode(int fd, const struct stat *old, struct hr_error *err)
{
    mode_t kept = 07777;
    if (fchown(fd, old->st_uid, old->st_gid) != 0) {
        kept = fchown(fd, (uid_t)-1, old->st_gid) == 0 ? 03777 : 01777;
    }
    return fchmod(fd, old->st_mode & kept) == 0 || io_error(err, "cannot set the mode");
}

void hr_file_sync_folder(const char *path)
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

bool hr_replacement_open(struct hr_replacement *file, const char *path,
                         struct hr_error *err)
{
    struct stat st;
    *file = (struct hr_replacement){.fd = -1, .flushed = true};
    bool exists = stat(path, &st) == 0;
    if (exists && !S_ISREG(st.st_mode)) {
        return hr_error_set(err, HR_ERROR_IO, "cannot write: not a regular file");
    }
    if (exists && access(path, W_OK) != 0) {
        /* rename() would not ask; a file made read-only is meant to stay. */
        return io_error(err, "cannot write");
    }
    file->target = exists ? realpath(path, NULL) : far_end(path);
    if (file->target == NULL) {
        return errno == ENOMEM ? hr_error_memory(err) : io_error(err, "cannot write");
    }
    if (!open_temporary(file, exists ? 0600 : 0666, err) ||
        (exists && !keep_owner_and_mode(file->fd, &st, err))) {
        hr_replacement_finish(file);
        return false;
    }
    return true;
}

bool hr_replacement_open_new(struct hr_replacement *file, const char *path,
                             bool executable, struct hr_error *err)
{
    *file = (struct hr_replacement){.fd = -1};
    file->target = strdup(path);
    if (file->target == NULL) {
        return hr_error_memory(err);
    }
    if (!open_temporary(file, executable ? 0777 : 0666, err)) {
        int code = errno;
        hr_replacement_finish(file);
        errno = code;
        return false;
    }
    return true;
}

bool hr_replacement_open_unnamed(struct hr_replacement *file, const char *path,
                                 bool executable, struct hr_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    *file = (struct hr_replacement){.fd = -1};
    if (size >= sizeof folder) {
        errno = ENAMETOOLONG;
        return io_error(err, "cannot write");
    }
    memcpy(folder, slash == NULL ? "." : path, size);
    folder[size] = '\0';
    file->target = strdup(path);
    if (file->target == NULL) {
        return hr_error_memory(err);
    }
    file->fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, executable ? 0777 : 0666);
    if (file->fd < 0) {
        int code = errno;
        hr_replacement_finish(file);
        errno = code;
        return io_error(err, "cannot write");
    }
    return true;
}

/* Of a file without a name; it takes no place of another's. */
static bool give_name(struct hr_replacement *file, struct hr_error *err)
{
    char self[sizeof "/proc/self/fd/" + 3 * sizeof file->fd];
    /* Only root may do so before Linux 6.10, but it saves the way through /proc. */
    if (linkat(file->fd, "", AT_FDCWD, file->target, AT_EMPTY_PATH) == 0) {
        return true;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", file->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, file->target, AT_SYMLINK_FOLLOW) == 0 ||
           io_error(err, "cannot write");
}

bool hr_replacement_put(struct hr_replacement *file, const char *data, size_t size,
                        struct hr_error *err)
{
    return hr_write_all(file->fd, data, size) || io_error(err, "cannot write");
}

static bool is_inode(const char *path, dev_t device, ino_t inode)
{
    struct stat st;
    return lstat(path, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static bool changed_meanwhile(struct hr_error *err)
{
    return hr_error_set(err, HR_ERROR_IO,
                        "was changed by somebody else meanwhile, and is left");
}

/* The names change places in one step, so that what was displaced can be looked at: a
 * save that came after the last look at the target is put back. */
static bool exchange(struct hr_replacement *file, struct hr_error *err)
{
    const struct hr_file_stamp *as_read = file->as_read;
    const char *temporary = file->temporary;
    struct stat own;
    if (lstat(temporary, &own) != 0) {
        return io_error(err, "cannot rename");
    }
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, file->target, RENAME_EXCHANGE) != 0) {
        bool unknown = errno == EINVAL || errno == ENOSYS; /* to the file system */
        return (unknown && rename(temporary, file->target) == 0) ||
               io_error(err, "cannot rename");
    }
    if (is_inode(temporary, as_read->device, as_read->inode)) {
        return unlink(temporary) == 0 || io_error(err, "cannot rename");
    }
    renameat2(AT_FDCWD, temporary, AT_FDCWD, file->target, RENAME_EXCHANGE);
    if (!is_inode(temporary, own.st_dev, own.st_ino)) {
        rename(temporary, file->target); /* it was saved once more */
    }
    return changed_meanwhile(err);
}

/* The temporary file becomes the target. */
static bool take_place(struct hr_replacement *file, struct hr_error *err)
{
    if (file->as_read == NULL || !file->as_read->known) {
        return rename(file->temporary, file->target) == 0 ||
               io_error(err, "cannot rename");
    }
    return is_as_read(file->target, file->as_read) ? exchange(file, err)
                                                   : changed_meanwhile(err);
}

bool hr_replacement_commit(struct hr_replacement *file, struct hr_error *err)
{
    assert(file->fd >= 0 && file->target != NULL); /* it was opened */
    if (file->flushed && fsync(file->fd) != 0) {
        return io_error(err, "cannot write");
    }
    if (file->temporary == NULL && !give_name(file, err)) {
        return false;
    }
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0) {
        return io_error(err, "cannot write");
    }
    if (file->temporary == NULL) {
        return true;
    }
    if (!take_place(file, err)) {
        return false;
    }
    free(file->temporary);
    file->temporary = NULL;
    if (file->flushed && !file->folder_later) {
        hr_file_sync_folder(file->target);
    }
    return true;
}

void hr_replacement_finish(struct hr_replacement *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->temporary != NULL) {
        unlink(file->temporary);
    }
    free(file->temporary);
    free(file->target);
    *file = (struct hr_replacement){.fd = -1};
}

bool hr_file_replace(const char *path, const char *data, size_t size,
                     struct hr_error *err)
{
    struct hr_replacement file;
    if (!hr_replacement_open(&file, path, err)) {
        return false;
    }
    bool ok =
        hr_replacement_put(&file, data, size, err) && hr_replacement_commit(&file, err);
    hr_replacement_finish(&file);
    return ok;
}
