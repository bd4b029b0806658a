/*
 * Notices that a file was saved, however an editor does it: written in place,
 * renamed over, deleted and created (layer 4b, without Python).
 */
#ifndef HR_RUNTIME_SAVEWATCH_H
#define HR_RUNTIME_SAVEWATCH_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct hr_savewatch_stamp {
    bool exists;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct hr_savewatch {
    int inotify; /* -1: there is none, the file is looked at from time to time */
    char *path;  /* of the file, symlinks resolved */
    char *name;  /* its last part, within path */
    struct hr_savewatch_stamp known; /* as it was last seen whole */
    struct hr_savewatch_stamp seen;  /* at the last look, if that differed */
};

/* From now on saves are noticed.  `path` need not exist.  False without memory; the
 * watch is finished by hr_savewatch_finish either way. */
bool hr_savewatch_init(struct hr_savewatch *watch, const char *path);

/* Takes a zeroed struct. */
void hr_savewatch_finish(struct hr_savewatch *watch);

/*
 * Waits up to `milliseconds`, or until a signal comes.  True: the file was saved since
 * init or the last true, and is there.
 */
bool hr_savewatch_wait(struct hr_savewatch *watch, int milliseconds);

#endif
