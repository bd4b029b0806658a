/*
 * Reading and replacing whole files (layer 0).
 */
#ifndef HR_BASE_FILE_H
#define HR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/window.h"

/*
 * Appends the whole of `path` to `out` (which the caller inits and finishes).
 * Takes pipes and devices too.  Fails with HR_ERROR_IO (strerror in the
 * message, no path), HR_ERROR_LIMIT past 4 GiB - 1, HR_ERROR_MEMORY.
 */
bool hr_file_read(const char *path, struct hr_bytes *out, struct hr_error *err);

/* The same, and whether somebody may execute it.  A large file goes to `window`, if
 * that is not NULL and takes it, and `out` stays empty. */
bool hr_file_read_noting(const char *path, struct hr_bytes *out,
                         struct hr_window *window, bool *executable,
                         struct hr_error *err);

/* The same from an open descriptor, which stays open. */
bool hr_file_read_fd(int fd, struct hr_bytes *out, struct hr_error *err);

/*
 * Reads a file that something else names: only a regular file of at most `limit` bytes
 * is taken, and nothing waits for a writer as a pipe would.  `st` (may be NULL) gets
 * what it was when it was opened.  HR_ERROR_IO, HR_ERROR_LIMIT, HR_ERROR_MEMORY.
 */
bool hr_file_read_regular(const char *path, size_t limit, struct hr_bytes *out,
                          struct stat *st, struct hr_error *err);

/*
 * Whether the content of a file may decide what is run: it belongs to this user, to
 * root or to `also` (who could have it run anyway), and not everyone may write it.
 */
bool hr_file_is_trusted(const struct stat *st, uid_t also);

/* Which file stood at a path, and as of when. */
struct hr_file_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
    bool known; /* there was a regular file */
};

struct hr_file_stamp hr_file_stamp(const char *path);

/*
 * Replaces (or makes) `path` with `size` bytes: a temporary file in the same
 * folder, fsync, rename.  A symlink is followed and stays one; mode and (where
 * allowed) owner of an existing file are kept.  On failure the old file is
 * untouched and no temporary file is left.  HR_ERROR_IO, HR_ERROR_MEMORY.
 */
bool hr_file_replace(const char *path, const char *data, size_t size,
                     struct hr_error *err);

/*
 * The same in pieces: open, put as often as wanted, commit, finish.  Until commit the
 * old file stands as it was; finish drops what was not committed.
 */
struct hr_replacement {
    char *target;
    char *temporary; /* NULL: it has no name yet */
    int fd;
    bool flushed;      /* to the disk, before it takes its place */
    bool folder_later; /* may be set: hr_file_sync_folder will be called after commit,
                          once for many */
    const struct hr_file_stamp *as_read; /* borrowed; may be NULL */
};

/* On failure nothing is to be finished. */
bool hr_replacement_open(struct hr_replacement *file, const char *path,
                         struct hr_error *err);

/*
 * For a `path` that is not there yet, whose content can be made again: it appears as
 * a whole, but when its bytes reach the disk is left to the system.  On failure errno
 * says why, and nothing is to be finished.
 */
bool hr_replacement_open_new(struct hr_replacement *file, const char *path,
                             bool executable, struct hr_error *err);

/*
 * The same without a name until commit, which then fails if something bears it: one
 * change of the folder instead of two, and nothing is left behind whatever happens.
 * Not every file system has such files.
 */
bool hr_replacement_open_unnamed(struct hr_replacement *file, const char *path,
                                 bool executable, struct hr_error *err);

/* HR_ERROR_IO; then only finish may follow.  With `as_read` set, commit fails if the
 * file is not what it was then: somebody saved it meanwhile. */
bool hr_replacement_put(struct hr_replacement *file, const char *data, size_t size,
                        struct hr_error *err);
bool hr_replacement_commit(struct hr_replacement *file, struct hr_error *err);

/* All of it, however often that takes; false: errno says why. */
bool hr_write_all(int fd, const void *data, size_t size);

/* The folder that holds `path`, to the disk, as far as the system does it. */
void hr_file_sync_folder(const char *path);

/* Takes one that was finished already. */
void hr_replacement_finish(struct hr_replacement *file);

#endif
