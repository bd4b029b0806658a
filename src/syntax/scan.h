/*
 * The bytes inside a logical line: strings, brackets, comments, newlines (layer 1,
 * inside syntax).  A scan moves forward only; its functions return false with
 * *scan->err filled (HR_ERROR_SYNTAX, HR_ERROR_LIMIT).
 */
#ifndef HR_SYNTAX_SCAN_H
#define HR_SYNTAX_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/error.h"

/* CPython's own limit (MAXLEVEL in its tokenizer). */
#define HR_MAX_BRACKETS 200

enum hr_byte_class {
    HR_BYTE_PLAIN = 0,
    HR_BYTE_NEWLINE,
    HR_BYTE_QUOTE,
    HR_BYTE_OPEN,
    HR_BYTE_CLOSE,
    HR_BYTE_BACKSLASH,
    HR_BYTE_HASH,
    HR_BYTE_COLON,
    HR_BYTE_NUL,
};

extern const unsigned char hr_byte_classes[256]; /* enum hr_byte_class */

struct hr_scan {
    const char *text;
    size_t size;
    size_t at;
    uint32_t line;     /* 0-based */
    size_t line_start; /* of `line`, for columns in errors */
    int fstrings;      /* how many f-strings the scan stands in */
    int fields;        /* and how many replacement fields */
    struct hr_error *err;
};

struct hr_brackets { /* the open ones; only `depth` needs to be set to start */
    int depth;
    char open[HR_MAX_BRACKETS];
    uint32_t line[HR_MAX_BRACKETS];
    uint32_t column[HR_MAX_BRACKETS];
};

/* Fill *scan->err; line and column are 0-based.  Always return false. */
bool hr_scan_error(struct hr_scan *scan, enum hr_error_kind kind, uint32_t line,
                   size_t column, const char *message);
bool hr_scan_error_here(struct hr_scan *scan, const char *message);

/* At a CR or LF: past the whole newline. */
static inline void hr_scan_newline(struct hr_scan *scan)
{
    if (scan->text[scan->at] == '\r' && scan->at + 1 < scan->size &&
        scan->text[scan->at + 1] == '\n') {
        scan->at++;
    }
    scan->at++;
    scan->line++;
    scan->line_start = scan->at;
}

/* At a '#': to the newline or the end. */
static inline void hr_scan_comment(struct hr_scan *scan)
{
    scan->at = hr_find_newline(scan->text, scan->size, scan->at);
}

/* At a backslash: past it and what it escapes. */
void hr_scan_escape(struct hr_scan *scan);

/* At a quote: past the string.  Its prefix is looked for back to `from`. */
bool hr_scan_string(struct hr_scan *scan, size_t from);

/* At a bracket: past it. */
bool hr_scan_open(struct hr_scan *scan, struct hr_brackets *brackets);
bool hr_scan_close(struct hr_scan *scan, struct hr_brackets *brackets);

/* "... was never closed", at the innermost open bracket. Always returns false. */
bool hr_scan_never_closed(struct hr_scan *scan, const struct hr_brackets *brackets);

#endif
