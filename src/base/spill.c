#define _GNU_SOURCE /* mremap */
#include "base/spill.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/window.h"

#define FROM ((size_t)512 << 10) /* bytes that are worth a file */

/* Room that is there: to write where the disk is full would be the end. */
static bool make_room(int fd, size_t size)
{
    return posix_fallocate(fd, 0, (off_t)size) == 0;
}

static bool map(struct hr_spill *spill, void **data, size_t old, size_t size)
{
    int fd = hr_scratch_open(SIZE_MAX); /* nobody knows how much it will be */
    if (fd < 0) {
        return false;
    }
    void *new = MAP_FAILED;
    if (make_room(fd, size)) {
        new = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (new == MAP_FAILED) {
        close(fd);
        return false;
    }
    if (old > 0) {
        memcpy(new, *data, old);
    }
    free(*data);
    *data = new;
    spill->mapped = true;
    spill->fd = fd;
    return true;
}

static void *back_to_memory(struct hr_spill *spill, void *data, size_t old, size_t size)
{
    void *new = malloc(size);
    if (new != NULL) {
        memcpy(new, data, old);
        hr_spill_free(spill, data, old);
        spill->may_map = false;
    }
    return new;
}

void *hr_spill_grow(struct hr_spill *spill, void *data, size_t old, size_t size)
{
    if (spill->mapped) {
        void *new = make_room(spill->fd, size) ? mremap(data, old, size, MREMAP_MAYMOVE)
                                               : MAP_FAILED;
        return new != MAP_FAILED ? new : back_to_memory(spill, data, old, size);
    }
    if (spill->may_map && size >= FROM) {
        if (map(spill, &data, old, size)) {
            return data;
        }
        spill->may_map = false;
    }
    return realloc(data, size);
}

void hr_spill_free(struct hr_spill *spill, void *data, size_t size)
{
    if (spill->mapped) {
        munmap(data, size);
        close(spill->fd);
        spill->mapped = false;
    } else {
        free(data);
    }
}

void hr_spill_let_go(const struct hr_spill *spill, void *data, size_t size)
{
    if (spill->mapped) {
        madvise(data, size, MADV_DONTNEED);
    }
}
