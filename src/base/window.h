/*
 * The text of a large file without its memory (layer 0): a private copy in a file
 * without a name, which nobody can cut short, is mapped, and pages are let go as
 * passes over the text go on.  All of it can be read at any time.
 */
#ifndef HR_BASE_WINDOW_H
#define HR_BASE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#define HR_WINDOW_FROM (8u << 20) /* bytes from which a file is large */

struct hr_window {
    char *text;  /* NULL: there is none */
    size_t size; /* a NUL byte follows that is not counted */
    size_t from; /* what stands before was let go in this pass */
};

/* Copies what is left to read of `fd`, and maps it.  False, with errno set, if that
 * cannot be done: then `fd` stands where it stood, if it can be set back at all. */
bool hr_window_open(struct hr_window *window, int fd);

/* Takes one that was not opened, or NULL. */
void hr_window_close(struct hr_window *window);

/* A pass over the text has come to `at`, which may stand elsewhere.  `window` may be
 * NULL. */
void hr_window_passed(struct hr_window *window, const char *at);

/* Something else than a pass has read here and there.  `window` may be NULL. */
void hr_window_let_go(struct hr_window *window);

/* hr_find_span, as a pass; `window` may be NULL. */
size_t hr_window_find(struct hr_window *window, const char *text, size_t size,
                      size_t at, const char *what, size_t length);

/* A file without a name for `size` bytes that have no room in memory; -1 with errno
 * set. */
int hr_scratch_open(size_t size);

#endif
