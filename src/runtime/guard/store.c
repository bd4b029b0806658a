#define _GNU_SOURCE /* O_PATH, O_NOFOLLOW, strdup */
#include "runtime/guard/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"

#define MAGIC 0x3165686361637268u /* "hrcache1", in the machine's byte order */
#define NAME_SIZE 33              /* a key in hexadecimal */
#define TEMPORARY ".new-"
#define STALE_SECONDS 600   /* a temporary file of a process that was killed */
#define FRESH_SECONDS 86400 /* how exactly the last use is kept */

struct header {
    uint64_t magic;
    struct hr_digest key;
    struct hr_digest content;
    uint64_t size; /* of what follows */
    struct hr_digest data;
};

void hr_store_init(struct hr_store *store, size_t limit)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *below = "";
    struct hr_bytes folder = {0};
    *store = (struct hr_store){.limit = limit};
    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        below = "/.cache";
    }
    if (limit > 0 && base != NULL && base[0] == '/') {
        hr_bytes_printf(&folder, "%s%s/hot-restart", base, below);
        store->folder = hr_bytes_steal(&folder);
    }
}

void hr_store_finish(struct hr_store *store)
{
    free(store->folder);
    *store = (struct hr_store){0};
}

static bool only_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* -1 if there is none that can be trusted. */
static int open_folder(const struct hr_store *store)
{
    struct stat st;
    int fd = store->folder == NULL
                 ? -1
                 : open(store->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !only_ours(&st))) {
        close(fd);
        fd = -1;
        errno = EPERM;
    }
    return fd;
}

/* Under sudo, $HOME may still be somebody else's, whose cache this would block. */
static bool may_make_in(const char *folder)
{
    struct stat st;
    return stat(folder, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0);
}

static int make_folder(const struct hr_store *store)
{
    int fd = open_folder(store);
    if (fd < 0 && store->folder != NULL && errno == ENOENT) {
        char *parent = strdup(store->folder);
        char *slash = parent != NULL ? strrchr(parent, '/') : NULL;
        bool made = false;
        if (slash != NULL && slash != parent) {
            *slash = '\0';
            mkdir(parent, 0700);
            made = may_make_in(parent) && mkdir(store->folder, 0700) == 0;
        }
        free(parent);
        fd = made ? open_folder(store) : -1;
    }
    return fd;
}

static void name_of(const struct hr_digest *key, char *name)
{
    snprintf(name, NAME_SIZE, "%016" PRIx64 "%016" PRIx64, key->a, key->b);
}

/* ---- reading ---- */

/* So that the entries that are in use outlive the others. */
static void note_use(int fd, const struct stat *st)
{
    if (time(NULL) - st->st_mtim.tv_sec > FRESH_SECONDS) {
        futimens(fd, NULL);
    }
}

static bool is_sound(const struct hr_bytes *bytes, size_t start,
                     const struct hr_digest *key, const struct hr_digest *content)
{
    struct header header;
    struct hr_digest data = {0};
    if (bytes->size - start < sizeof header) {
        return false;
    }
    memcpy(&header, bytes->data + start, sizeof header);
    start += sizeof header;
    if (header.magic != MAGIC || !hr_digest_equal(&header.key, key) ||
        !hr_digest_equal(&header.content, content) ||
        header.size != bytes->size - start) {
        return false;
    }
    hr_digest_add(&data, bytes->data + start, bytes->size - start);
    return hr_digest_equal(&data, &header.data);
}

bool hr_store_read(const struct hr_store *store, const struct hr_digest *key,
                   const struct hr_digest *content, struct hr_bytes *out, size_t *start)
{
    char name[NAME_SIZE];
    struct stat st;
    struct hr_error err = {0};
    size_t before = out->size;
    bool found = false;
    int folder = open_folder(store);
    if (folder < 0) {
        return false;
    }
    name_of(key, name);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        found = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && only_ours(&st) &&
                (uint64_t)st.st_size <= store->limit &&
                hr_file_read_fd(fd, out, &err) && is_sound(out, before, key, content);
        if (found) {
            note_use(fd, &st);
        }
        close(fd);
    }
    close(folder);
    *start = before + sizeof(struct header);
    return found;
}

/* ---- the bound ---- */

struct entry {
    struct timespec used;
    size_t size;
    char name[NAME_SIZE];
};

static int by_use(const void *one, const void *other)
{
    const struct entry *a = one;
    const struct entry *b = other;
    if (a->used.tv_sec != b->used.tv_sec) {
        return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
    }
    return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

/* Lists the entries; removes what killed processes left. */
static void list(int folder, struct hr_array *entries)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again >= 0 ? fdopendir(again) : NULL;
    struct dirent *found;
    struct stat st;
    if (dir == NULL) {
        if (again >= 0) {
            close(again);
        }
        return;
    }
    while ((found = readdir(dir)) != NULL) {
        if (fstatat(folder, found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode)) {
            continue;
        }
        if (strncmp(found->d_name, TEMPORARY, strlen(TEMPORARY)) == 0) {
            if (time(NULL) - st.st_mtim.tv_sec > STALE_SECONDS) {
                unlinkat(folder, found->d_name, 0);
            }
        } else if (strlen(found->d_name) == NAME_SIZE - 1) {
            struct entry *entry = hr_array_push(entries);
            if (entry != NULL) {
                entry->used = st.st_mtim;
                entry->size = (size_t)st.st_size;
                memcpy(entry->name, found->d_name, NAME_SIZE);
            }
        }
    }
    closedir(dir);
}

/* Counts what is there; past the limit, the oldest go until three quarters are left. */
static void bound(struct hr_store *store, int folder)
{
    struct hr_array entries;
    hr_array_init(&entries, sizeof(struct entry));
    list(folder, &entries);
    store->counted = true;
    store->total = 0;
    for (size_t i = 0; i < entries.count; i++) {
        store->total += ((struct entry *)hr_array_at(&entries, i))->size;
    }
    if (store->total > store->limit && entries.count > 0) {
        qsort(entries.items, entries.count, sizeof(struct entry), by_use);
        for (size_t i = 0; i < entries.count && store->total > store->limit / 4 * 3;
             i++) {
            const struct entry *entry = hr_array_at(&entries, i);
            unlinkat(folder, entry->name, 0);
            store->total -= entry->size;
        }
    }
    hr_array_finish(&entries);
}

/* ---- writing ---- */

static bool write_entry(int folder, const char *name, const struct header *header,
                        const char *data, size_t size)
{
    char temporary[sizeof TEMPORARY + 64];
    snprintf(temporary, sizeof temporary, TEMPORARY "%ld-%s", (long)getpid(), name);
    int fd = openat(folder, temporary,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        /* Of a process that had our number: gone next time. */
        unlinkat(folder, temporary, 0);
        return false;
    }
    bool done =
        hr_write_all(fd, header, sizeof *header) && hr_write_all(fd, data, size);
    if (close(fd) != 0 || !done || renameat(folder, temporary, folder, name) != 0) {
        unlinkat(folder, temporary, 0);
        return false;
    }
    return true;
}

void hr_store_write(struct hr_store *store, const struct hr_digest *key,
                    const struct hr_digest *content, const char *data, size_t size)
{
    struct header header = {
        .magic = MAGIC, .key = *key, .content = *content, .size = size};
    char name[NAME_SIZE];
    if (size + sizeof header > store->limit / 4) {
        return;
    }
    int folder = make_folder(store);
    if (folder < 0) {
        return;
    }
    hr_digest_add(&header.data, data, size);
    name_of(key, name);
    if (write_entry(folder, name, &header, data, size)) {
        store->total += size + sizeof header;
        if (!store->counted || store->total > store->limit) {
            bound(store, folder);
        }
    }
    close(folder);
}
