#define _GNU_SOURCE /* asprintf, O_CLOEXEC, O_NOFOLLOW */
#include "runtime/prompt/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever is at the other end of a socket of a network is not the person. */
static bool is_local_socket(void)
{
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof name;

    return getsockname(0, (struct sockaddr *)&name, &size) == 0 &&
           name.ss_family == AF_UNIX;
}

/* Whether commands may come from the standard input: a pipe or a socket, and not one
 * with nothing in it and nobody at its other end. */
static bool is_fed(const struct hr_state *state)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    struct stat st;
    char byte;

    if (fstat(0, &st) != 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
        return false;
    }
    if (S_ISSOCK(st.st_mode) && !is_local_socket()) {
        return false;
    }
    if (state->debugger != NULL) {
        return true; /* what is left of the commands may be in sys.stdin's buffer */
    }
    return S_ISSOCK(st.st_mode) ? recv(0, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0
                                : !(poll(&input, 1, 0) == 1 &&
                                    (input.revents & (POLLIN | POLLHUP)) == POLLHUP);
}

bool hr_turn_is_possible(const struct hr_state *state)
{
    int terminal;

    if (isatty(0) && isatty(1)) {
        return true;
    }
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal >= 0) {
        close(terminal);
        return true;
    }
    return is_fed(state);
}

/* A lock that another thread held when this process was forked is never given back. */
static bool renew_after_fork(struct hr_state *state)
{
    long pid = (long)getpid();

    if (state->prompt != NULL && state->prompt_pid == pid) {
        return true;
    }
    if (state->prompt != NULL) {
        if (state->prompt_file >= 0) {
            close(state->prompt_file);
        }
        state->forked_at_prompt = state->forked_at_prompt || state->debugging;
        state->debugging = false;
    }
    state->prompt = PyThread_allocate_lock();
    state->prompt_pid = pid;
    state->prompt_file = -1;
    return state->prompt != NULL;
}

/* The name of this terminal session's lock file; the caller frees it. */
static char *lock_path(void)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char *path = NULL;

    if (folder == NULL || folder[0] == '\0') {
        folder = getenv("TMPDIR");
    }
    if (folder == NULL || folder[0] == '\0') {
        folder = "/tmp";
    }
    return asprintf(&path, "%s/hot-restart-%ld-%ld.lock", folder, (long)getuid(),
                    (long)getsid(0)) >= 0
               ? path
               : NULL;
}

/* Whether the file is still the one of that name: the last holder removes it. */
static bool is_there(int file, const char *path)
{
    struct stat held;
    struct stat there;
    return fstat(file, &held) == 0 && lstat(path, &there) == 0 &&
           held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/* Nobody else's file is waited for: another user could hold it for ever. */
static bool is_own(int file)
{
    struct stat st;
    return fstat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

/* The locked file, or -1; the lock goes with the process that holds it. */
static int lock_file(void)
{
    char *path = lock_path();
    int file = -1;

    while (path != NULL) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file < 0) {
            break;
        }
        if (!is_own(file)) {
            close(file);
            file = -1;
            break;
        }
        while (flock(file, LOCK_EX) < 0 && errno == EINTR) {
        }
        if (is_there(file, path)) {
            break;
        }
        close(file);
    }
    free(path);
    return file;
}

static void unlock_file(int file)
{
    char *path = lock_path();

    if (path != NULL && is_there(file, path)) {
        unlink(path);
    }
    free(path);
    /* A process that was forked at the prompt shares the lock; it must be let go. */
    flock(file, LOCK_UN);
    close(file);
}

bool hr_turn_is_free(const struct hr_state *state)
{
    bool free = state->prompt == NULL || state->prompt_pid != (long)getpid();

    if (!free && PyThread_acquire_lock(state->prompt, NOWAIT_LOCK) == 1) {
        PyThread_release_lock(state->prompt);
        free = true;
    }
    return free;
}

bool hr_turn_take(struct hr_state *state)
{
    bool taken;
    int file;

    if (!renew_after_fork(state)) {
        return false;
    }
    /* At once, before another thread asks whether it is free. */
    taken = PyThread_acquire_lock(state->prompt, NOWAIT_LOCK) == 1;
    Py_BEGIN_ALLOW_THREADS if (!taken)
    {
        PyThread_acquire_lock(state->prompt, WAIT_LOCK);
    }
    file = lock_file();
    Py_END_ALLOW_THREADS state->prompt_file = file;
    state->prompt_thread = PyThread_get_thread_ident();
    state->debugging = true;
    return true;
}

void hr_turn_give(struct hr_state *state)
{
    state->debugging = false;
    state->prompt_thread = 0;
    if (state->prompt_file >= 0) {
        unlock_file(state->prompt_file);
        state->prompt_file = -1;
    }
    if (state->prompt_pid == (long)getpid()) {
        PyThread_release_lock(state->prompt);
    }
}
