/*
 * The one error type of the C layers (layer 0).
 *
 * A function that can fail returns bool (or a pointer) and takes a
 * `struct hr_error *err` last, never NULL.  On failure it has filled *err; on
 * success *err is untouched.  Nothing here allocates and nothing here prints:
 * a message that does not fit is cut.
 */
#ifndef HR_BASE_ERROR_H
#define HR_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum hr_error_kind {
    HR_ERROR_NONE = 0,
    HR_ERROR_MEMORY,      /* out of memory */
    HR_ERROR_IO,          /* the system refused; message holds strerror */
    HR_ERROR_ENCODING,    /* bytes that are not text in the declared encoding */
    HR_ERROR_SYNTAX,      /* not Python */
    HR_ERROR_LIMIT,       /* a named limit was passed (size, nesting, time) */
    HR_ERROR_NOT_FOUND,   /* no such definition */
    HR_ERROR_UNSUPPORTED, /* valid, but this transformation cannot take it */
};

struct hr_error {
    enum hr_error_kind kind;
    uint32_t line;   /* 1-based; 0: no position */
    uint32_t column; /* 1-based, in bytes; 0: no position */
    char message[240];
};

/* Fills *err without a position.  Always returns false. */
bool hr_error_set(struct hr_error *err, enum hr_error_kind kind, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* The same with a position; line and column are 1-based.  Always returns false. */
bool hr_error_at(struct hr_error *err, enum hr_error_kind kind, uint32_t line,
                 uint32_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* "out of memory".  Always returns false. */
bool hr_error_memory(struct hr_error *err);

#endif
