#define _GNU_SOURCE /* realpath with NULL, strdup, asprintf */
#include "runtime/prompt/savewatch.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* An editor's save is several steps: it is over when nothing happened for so long. */
#define SETTLE_MS 30

static struct hr_savewatch_stamp look(const struct hr_savewatch *watch)
{
    struct hr_savewatch_stamp stamp = {0};
    struct stat st;
    if (stat(watch->path, &st) == 0) {
        stamp = (struct hr_savewatch_stamp){true, st.st_ino, st.st_size, st.st_mtim};
    }
    return stamp;
}

static bool same(const struct hr_savewatch_stamp *a, const struct hr_savewatch_stamp *b)
{
    return a->exists == b->exists && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The folder is watched: a file that is renamed over is another file. */
static int watch_folder(const char *path, const char *name)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    char *folder = NULL;
    int size = (int)(name - path);
    if (fd < 0 || asprintf(&folder, "%.*s", size, path) < 0) {
        return fd;
    }
    if (inotify_add_watch(fd, size > 0 ? folder : ".", IN_CLOSE_WRITE | IN_MOVED_TO) <
        0) {
        close(fd);
        fd = -1;
    }
    free(folder);
    return fd;
}

bool hr_savewatch_init(struct hr_savewatch *watch, const char *path)
{
    *watch = (struct hr_savewatch){.inotify = -1};
    watch->path = realpath(path, NULL);
    if (watch->path == NULL) {
        watch->path = strdup(path);
    }
    if (watch->path == NULL) {
        return false;
    }
    char *slash = strrchr(watch->path, '/');
    watch->name = slash == NULL ? watch->path : slash + 1;
    watch->inotify = watch_folder(watch->path, watch->name);
    watch->known = look(watch);
    watch->seen = watch->known;
    return true;
}

void hr_savewatch_finish(struct hr_savewatch *watch)
{
    if (watch->path != NULL && watch->inotify >= 0) {
        close(watch->inotify);
    }
    free(watch->path);
    *watch = (struct hr_savewatch){.inotify = -1};
}

/* Takes all events that there are; whether one of them is of our file. */
static bool take_events(struct hr_savewatch *watch)
{
    union {
        struct inotify_event event;
        char bytes[sizeof(struct inotify_event) * 8 + NAME_MAX + 1];
    } buffer;
    bool ours = false;
    ssize_t got;
    while ((got = read(watch->inotify, buffer.bytes, sizeof buffer.bytes)) > 0) {
        for (ssize_t at = 0; at < got;) {
            struct inotify_event event;
            memcpy(&event, buffer.bytes + at, sizeof event);
            const char *name = buffer.bytes + at + sizeof event;
            ours = ours || (event.mask & IN_Q_OVERFLOW) != 0 ||
                   (event.len > 0 && strcmp(name, watch->name) == 0);
            at += (ssize_t)(sizeof event + event.len);
        }
    }
    return ours;
}

static bool events_come(const struct hr_savewatch *watch, int milliseconds)
{
    struct pollfd poll_fd = {.fd = watch->inotify, .events = POLLIN};
    return poll(&poll_fd, watch->inotify >= 0, milliseconds) > 0;
}

/* What events cannot tell (a network's or a container's file system): the file differs,
 * and has stayed so since the look before.  An empty one is a save that has begun. */
static bool differs_for_good(struct hr_savewatch *watch)
{
    struct hr_savewatch_stamp now = look(watch);
    bool stayed = same(&now, &watch->seen);
    watch->seen = now;
    return stayed && now.exists && now.size > 0 && !same(&now, &watch->known);
}

bool hr_savewatch_wait(struct hr_savewatch *watch, int milliseconds)
{
    bool saved = events_come(watch, milliseconds) && take_events(watch);
    if (saved) {
        while (events_come(watch, SETTLE_MS) && take_events(watch)) {
        }
        saved = look(watch).exists;
    } else {
        saved = differs_for_good(watch);
    }
    if (saved) {
        watch->known = look(watch);
        watch->seen = watch->known;
    }
    return saved;
}
