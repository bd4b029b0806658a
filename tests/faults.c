/*
 * Loaded into a program under test before all else (LD_PRELOAD): calls of the system
 * that fail.  FAULTS says which: "CALL[@N]=ERROR", joined by commas; the Nth call and
 * all after it fail (N is 1 if it is left out), ERROR is a number of errno.  Besides
 * the names of functions:
 *
 *   tmpfile=ERROR   open() of a file without a name
 *   allocation@N    any that asks for N bytes or more
 *   thread_clock    an hour of a thread's time goes by between two looks at it
 */
#define _GNU_SOURCE /* RTLD_NEXT, O_TMPFILE, renameat2 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The allocator as it is; it cannot be looked up, that would allocate. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static const char *fault(const char *call)
{
    const char *at = getenv("FAULTS");
    size_t size = strlen(call);
    while (at != NULL && (strncmp(at, call, size) != 0 ||
                          (at[size] != '\0' && strchr("@=,", at[size]) == NULL))) {
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? NULL : at + size;
}

static unsigned long number_after(const char *at, char sign, unsigned long missing)
{
    size_t size = strcspn(at, ",");
    const char *found = memchr(at, sign, size);
    return found == NULL ? missing : strtoul(found + 1, NULL, 10);
}

/* Counts the call; true, with errno set, if it is to fail. */
static bool fails(const char *call, atomic_ulong *calls)
{
    const char *at = fault(call);
    if (at == NULL || ++*calls < number_after(at, '@', 1)) {
        return false;
    }
    errno = (int)number_after(at, '=', EIO);
    return true;
}

#define FAILS(call)                                                                    \
    static atomic_ulong calls;                                                         \
    if (fails(call, &calls))

/* The function that this one stands before. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fchmod(int fd, mode_t mode)
{
    FAILS("fchmod") return -1;
    return REAL(fchmod)(fd, mode);
}

int fsync(int fd)
{
    FAILS("fsync") return -1;
    return REAL(fsync)(fd);
}

int posix_fallocate(int fd, off_t from, off_t size)
{
    FAILS("posix_fallocate") return errno;
    return REAL(posix_fallocate)(fd, from, size);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    FAILS("linkat") return -1;
    return REAL(linkat)(from, old, to, new, flags);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    FAILS("renameat2") return -1;
    return REAL(renameat2)(from, old, to, new, flags);
}

ssize_t read(int fd, void *data, size_t size)
{
    if (fd > STDERR_FILENO) {
        FAILS("read") return -1;
    }
    return REAL(read)(fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (fd > STDERR_FILENO) {
        FAILS("write") return -1;
    }
    return REAL(write)(fd, data, size);
}

int inotify_init1(int flags)
{
    FAILS("inotify_init1") return -1;
    return REAL(inotify_init1)(flags);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t from)
{
    if (fd >= 0) {
        FAILS("mmap") return MAP_FAILED;
    }
    return REAL(mmap)(at, size, protection, flags, fd, from);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & O_TMPFILE) == O_TMPFILE) {
        FAILS("tmpfile") return -1;
    }
    return openat(AT_FDCWD, path, flags, mode);
}

size_t iconv(iconv_t with, char **in, size_t *in_left, char **out, size_t *out_left)
{
    FAILS("iconv") return (size_t)-1;
    return REAL(iconv)(with, in, in_left, out, out_left);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static atomic_long hours;
    int result = REAL(clock_gettime)(clock, now);
    if (clock == CLOCK_THREAD_CPUTIME_ID && fault("thread_clock") != NULL) {
        now->tv_sec += 3600 * ++hours;
    }
    return result;
}

/* Of libgit2, which says in words what went wrong. */
int git_patch_from_buffers(git_patch **out, const void *old, size_t old_size,
                           const char *old_name, const void *new, size_t new_size,
                           const char *new_name, const git_diff_options *options)
{
    FAILS("git_patch_from_buffers")
    {
        REAL(git_error_set_str)(GIT_ERROR_INVALID, strerror(errno));
        return -1;
    }
    return REAL(git_patch_from_buffers)(out, old, old_size, old_name, new, new_size,
                                        new_name, options);
}

static bool is_too_much(size_t size)
{
    const char *at = fault("allocation");
    bool much = at != NULL && size >= number_after(at, '@', 0);
    errno = much ? ENOMEM : errno;
    return much;
}

void *malloc(size_t size)
{
    return is_too_much(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    size_t all = size > 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
    return is_too_much(all) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return is_too_much(size) ? NULL : __libc_realloc(old, size);
}
