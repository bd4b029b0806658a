#define _GNU_SOURCE /* asprintf, O_CLOEXEC, O_NOFOLLOW */
#include "runtime/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool hr_turn_is_possible(void)
{
    struct stat st;
    int terminal;

    if (isatty(0) && isatty(1)) {
        return true;
    }
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal >= 0) {
        close(terminal);
        return true;
    }
    return fstat(0, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
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
        state->debugging = false;
    }
    state->prompt = PyThread_allocate_lock();
    state->prompt_pid = pid;
    state->prompt_file = -1;
    return state->prompt != NULL;
}

/* The file of this terminal session; the lock goes with the process that holds it. */
static int open_lock_file(void)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char *path = NULL;
    int file = -1;

    if (folder == NULL || folder[0] == '\0') {
        folder = getenv("TMPDIR");
    }
    if (folder == NULL || folder[0] == '\0') {
        folder = "/tmp";
    }
    if (asprintf(&path, "%s/hot-restart-%ld-%ld.lock", folder, (long)getuid(),
                 (long)getsid(0)) >= 0) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        free(path);
    }
    return file;
}

bool hr_turn_take(struct hr_state *state)
{
    int file;

    if (!renew_after_fork(state)) {
        return false;
    }
    Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(state->prompt, WAIT_LOCK);
    file = open_lock_file();
    while (file >= 0 && flock(file, LOCK_EX) < 0 && errno == EINTR) {
    }
    Py_END_ALLOW_THREADS state->prompt_file = file;
    state->prompt_thread = PyThread_get_thread_ident();
    state->debugging = true;
    return true;
}

void hr_turn_give(struct hr_state *state)
{
    state->debugging = false;
    state->prompt_thread = 0;
    /* A process that was forked at the prompt shares the lock; it must be let go. */
    if (state->prompt_file >= 0) {
        flock(state->prompt_file, LOCK_UN);
        close(state->prompt_file);
        state->prompt_file = -1;
    }
    if (state->prompt_pid == (long)getpid()) {
        PyThread_release_lock(state->prompt);
    }
}
