/*
 * An edit list over a text: sorted, disjoint replacements (layer 3).  Every
 * transformation produces one; only hr_edits_apply makes text of it.
 */
#ifndef HR_REWRITE_EDITS_H
#define HR_REWRITE_EDITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/span.h"
#include "rewrite/linemap.h"

struct hr_edit {         /* a large file has many; no text has 4 GiB */
    uint32_t start, end; /* what goes; empty: an insertion */
    uint32_t text;       /* offset in hr_edits.pool of what comes */
    uint32_t size;
    uint32_t order;       /* insertions at one place keep the order they were made in */
    uint32_t origin_line; /* 0-based, for HR_ORIGIN_LINE */
    enum hr_origin origin; /* of the whole lines that the new text adds */
};

struct hr_edits {
    struct hr_array edits; /* of struct hr_edit */
    struct hr_bytes pool;
};

void hr_edits_init(struct hr_edits *edits);
void hr_edits_finish(struct hr_edits *edits);

/* A long list may stand in a file. */
void hr_edits_spill(struct hr_edits *edits);

/* Empties the list and keeps its memory. */
void hr_edits_clear(struct hr_edits *edits);

/* Out of memory shows when the list is applied. New text is copied. */
void hr_edits_insert(struct hr_edits *edits, size_t at, const char *text, size_t size);
void hr_edits_insert_text(struct hr_edits *edits, size_t at, const char *text);
void hr_edits_replace(struct hr_edits *edits, struct hr_span span, const char *text,
                      size_t size);

/*
 * Inserts text and says what the line map shall tell of the lines that it adds.
 * At the start of a line, with its last newline, it adds whole lines; within one,
 * starting with a newline, it breaks that line in two: what follows keeps its old
 * line, its columns are counted anew.
 */
void hr_edits_insert_lines(struct hr_edits *edits, size_t at, const char *text,
                           size_t size, enum hr_origin origin, size_t origin_line);

/* What was added last comes before all else at its place. */
void hr_edits_put_first(struct hr_edits *edits);

/*
 * Appends the edited text to `out` and, if `map` is not NULL, fills it (init'ed,
 * empty).  Sorts the list.  Fails with HR_ERROR_MEMORY, and with
 * HR_ERROR_UNSUPPORTED when two edits overlap (a bug of the caller).
 */
bool hr_edits_apply(struct hr_edits *edits, const char *text, size_t size,
                    struct hr_bytes *out, struct hr_line_map *map,
                    struct hr_error *err);

/*
 * Sorts the list and sees to it that it can be applied.  Fails as hr_edits_apply
 * does.
 */
bool hr_edits_sort(struct hr_edits *edits, size_t size, struct hr_error *err);

/*
 * The edited text of a sorted list, piece by piece: nothing is copied.  `span`: the
 * part of the text to put, which holds all edits.  Ends when `put` returns false, and
 * returns what it returned last.
 */
bool hr_edits_pieces(const struct hr_edits *edits, const char *text,
                     struct hr_span span,
                     bool (*put)(void *context, const char *data, size_t size),
                     void *context);

#endif
