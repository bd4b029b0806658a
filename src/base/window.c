#define _GNU_SOURCE /* O_TMPFILE, O_CLOEXEC, copy_file_range, secure_getenv */
#include "base/window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/block.h"
#include "base/file.h"

#define STEP ((size_t)1 << 20) /* bytes that a pass keeps behind it */

static int scratch_in(const char *folder)
{
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    char path[4096];
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR) ||
        snprintf(path, sizeof path, "%s/hr-XXXXXX", folder) >= (int)sizeof path) {
        return fd;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

int hr_scratch_open(size_t size)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size) {
        errno = EFBIG; /* to pass it would be the end of the process */
        return -1;
    }
    /* /tmp is memory on many systems. */
    const char *folders[] = {secure_getenv("TMPDIR"), "/var/tmp", "/tmp"};
    int fd = -1;
    for (size_t i = 0; fd < 0 && i < sizeof folders / sizeof folders[0]; i++) {
        fd = folders[i] != NULL && folders[i][0] != '\0' ? scratch_in(folders[i]) : -1;
    }
    return fd;
}

/* By the system where it can: some need not even copy. */
static bool copy_all(int from, int to, size_t *size)
{
    *size = 0;
    for (;;) {
        ssize_t got = copy_file_range(from, NULL, to, NULL, SIZE_MAX >> 2, 0);
        if (got <= 0) {
            break; /* what it did not do is done below */
        }
        *size += (size_t)got;
    }
    char *block = malloc(STEP / 4);
    bool ok = block != NULL;
    for (ssize_t got = 1; ok && got != 0;) {
        got = read(from, block, STEP / 4);
        if (got < 0) {
            ok = errno == EINTR;
            continue;
        }
        ok = hr_write_all(to, block, (size_t)got);
        *size += (size_t)got;
    }
    free(block);
    return ok;
}

bool hr_window_open(struct hr_window *window, int fd)
{
    *window = (struct hr_window){.text = NULL};
    off_t start = lseek(fd, 0, SEEK_CUR);
    struct stat st;
    int copy = fstat(fd, &st) == 0 ? hr_scratch_open((size_t)st.st_size + STEP) : -1;
    size_t size = 0;
    bool ok = copy >= 0 && copy_all(fd, copy, &size) && hr_write_all(copy, "", 1);
    void *text = MAP_FAILED;
    if (ok) {
        text = mmap(NULL, size + 1, PROT_READ, MAP_PRIVATE, copy, 0);
    }
    int code = errno;
    if (text != MAP_FAILED) {
        window->text = text;
        window->size = size;
    } else if (start >= 0) {
        lseek(fd, start, SEEK_SET);
    }
    if (copy >= 0) {
        close(copy);
    }
    errno = code;
    return text != MAP_FAILED;
}

void hr_window_close(struct hr_window *window)
{
    if (window != NULL && window->text != NULL) {
        munmap(window->text, window->size + 1);
        window->text = NULL;
    }
}

void hr_window_passed(struct hr_window *window, const char *at)
{
    if (window == NULL || window->text == NULL) {
        return;
    }
    uintptr_t start = (uintptr_t)window->text;
    size_t offset = (uintptr_t)at - start; /* elsewhere: larger than any */
    if (offset > window->size) {
        return;
    }
    if (offset < window->from) { /* a new pass */
        madvise(window->text, window->size + 1, MADV_DONTNEED);
        window->from = 0;
    } else if (offset - window->from >= 2 * STEP) {
        size_t end = (offset - STEP) / STEP * STEP;
        madvise(window->text, end, MADV_DONTNEED);
        window->from = end;
    }
}

void hr_window_let_go(struct hr_window *window)
{
    if (window != NULL && window->text != NULL) {
        madvise(window->text, window->size + 1, MADV_DONTNEED);
    }
}

size_t hr_window_find(struct hr_window *window, const char *text, size_t size,
                      size_t at, const char *what, size_t length)
{
    hr_window_passed(window, text + at);
    while (window != NULL && window->text != NULL && size > at &&
           size - at > 2 * STEP) {
        size_t stop = at + STEP + length - 1;
        size_t hit = hr_find_span(text, stop, at, what, length);
        if (hit < stop) {
            return hit;
        }
        at += STEP;
        hr_window_passed(window, text + at);
    }
    return hr_find_span(text, size, at, what, length);
}
