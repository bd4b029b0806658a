#include "syntax/scan.h"

#include <string.h>

/* CPython's own limit (MAXFSTRINGLEVEL in its tokenizer). */
#define MAX_FSTRINGS 150

/* Fields in format specifications nest without an f-string of their own; CPython
 * takes a handful.  This bounds the stack. */
#define MAX_FIELDS 150

const unsigned char hr_byte_classes[256] = {
    ['\0'] = HR_BYTE_NUL,   ['\n'] = HR_BYTE_NEWLINE, ['\r'] = HR_BYTE_NEWLINE,
    ['\''] = HR_BYTE_QUOTE, ['"'] = HR_BYTE_QUOTE,    ['('] = HR_BYTE_OPEN,
    ['['] = HR_BYTE_OPEN,   ['{'] = HR_BYTE_OPEN,     [')'] = HR_BYTE_CLOSE,
    [']'] = HR_BYTE_CLOSE,  ['}'] = HR_BYTE_CLOSE,    ['\\'] = HR_BYTE_BACKSLASH,
    ['#'] = HR_BYTE_HASH,   [':'] = HR_BYTE_COLON,
};

bool hr_scan_error(struct hr_scan *scan, enum hr_error_kind kind, uint32_t line,
                   size_t column, const char *message)
{
    return hr_error_at(scan->err, kind, line + 1, (uint32_t)column + 1, "%s", message);
}

bool hr_scan_error_here(struct hr_scan *scan, const char *message)
{
    return hr_scan_error(scan, HR_ERROR_SYNTAX, scan->line, scan->at - scan->line_start,
                         message);
}

/* ---- strings ---- */

struct quote {
    char mark;
    bool triple;
    bool raw;
    uint32_t line; /* where it was opened, for errors */
    size_t column;
};

static bool scan_field(struct hr_scan *scan, const struct quote *outer);
static bool scan_field_inside(struct hr_scan *scan, const struct quote *outer);

static bool at_closing(const struct hr_scan *scan, const struct quote *quote)
{
    const char *p = scan->text + scan->at;
    if (*p != quote->mark) {
        return false;
    }
    return !quote->triple ||
           (scan->size - scan->at >= 3 && p[1] == quote->mark && p[2] == quote->mark);
}

static bool unterminated(struct hr_scan *scan, const struct quote *quote)
{
    return hr_scan_error(scan, HR_ERROR_SYNTAX, quote->line, quote->column,
                         quote->triple ? "unterminated triple-quoted string literal"
                                       : "unterminated string literal");
}

/* Past a backslash and what it escapes. */
void hr_scan_escape(struct hr_scan *scan)
{
    scan->at++;
    if (scan->at < scan->size) {
        if (hr_byte_classes[(unsigned char)scan->text[scan->at]] == HR_BYTE_NEWLINE) {
            hr_scan_newline(scan);
        } else {
            scan->at++;
        }
    }
}

/* Inside an f-string a backslash does not hide a brace, but \N{...} is a name. */
static void step_fstring_escape(struct hr_scan *scan, const struct quote *quote)
{
    const char *p = scan->text + scan->at;
    size_t left = scan->size - scan->at;
    if (left >= 2 && (p[1] == '{' || p[1] == '}')) {
        scan->at++;
    } else if (!quote->raw && left >= 3 && p[1] == 'N' && p[2] == '{') {
        const char *close = memchr(p + 3, '}', left - 3);
        const char *newline = memchr(p + 3, '\n', left - 3);
        bool named = close != NULL && (newline == NULL || close < newline);
        scan->at += named ? (size_t)(close - p) + 1 : 3;
    } else {
        hr_scan_escape(scan);
    }
}

/* The literal part of an f-string, or (in_spec) of a format specification, which
 * also ends before the '}' of its field. */
static bool scan_fstring_text(struct hr_scan *scan, const struct quote *quote,
                              bool in_spec)
{
    while (scan->at < scan->size) {
        char c = scan->text[scan->at];
        if (at_closing(scan, quote)) {
            return true;
        }
        switch (c) {
        case '\n':
        case '\r':
            if (!quote->triple) {
                return unterminated(scan, quote);
            }
            hr_scan_newline(scan);
            break;
        case '\\':
            step_fstring_escape(scan, quote);
            break;
        case '{':
            if (!in_spec && scan->at + 1 < scan->size &&
                scan->text[scan->at + 1] == '{') {
                scan->at += 2;
            } else if (!scan_field(scan, quote)) {
                return false;
            }
            break;
        case '}':
            if (in_spec) {
                return true;
            }
            scan->at++;
            break;
        default:
            scan->at++;
        }
    }
    return unterminated(scan, quote);
}

static bool scan_fstring(struct hr_scan *scan, const struct quote *quote)
{
    if (++scan->fstrings > MAX_FSTRINGS) {
        return hr_scan_error(scan, HR_ERROR_LIMIT, quote->line, quote->column,
                             "too many nested f-strings");
    }
    if (!scan_fstring_text(scan, quote, false)) {
        return false;
    }
    scan->fstrings--;
    scan->at += quote->triple ? 3 : 1;
    return true;
}

static bool scan_plain_string(struct hr_scan *scan, const struct quote *quote)
{
    for (;;) {
        scan->at = hr_find_string_stop(scan->text, scan->size, scan->at, quote->mark);
        if (scan->at >= scan->size) {
            break;
        }
        char c = scan->text[scan->at];
        if (c == quote->mark) {
            if (at_closing(scan, quote)) {
                scan->at += quote->triple ? 3 : 1;
                return true;
            }
            scan->at++;
        } else if (c == '\\') {
            hr_scan_escape(scan);
        } else if (quote->triple) {
            hr_scan_newline(scan);
        } else {
            break;
        }
    }
    return unterminated(scan, quote);
}

/* At a quote: what stands right before it tells its prefix.  `from` bounds the
 * look back. */
bool hr_scan_string(struct hr_scan *scan, size_t from)
{
    struct quote quote = {.mark = scan->text[scan->at],
                          .line = scan->line,
                          .column = scan->at - scan->line_start};
    bool format = false;
    size_t start = scan->at;
    while (start > from && scan->at - start < 3 &&
           hr_is_word((unsigned char)scan->text[start - 1])) {
        start--;
    }
    if (scan->at - start <= 2) {
        for (size_t i = start; i < scan->at; i++) {
            char c = scan->text[i] | 0x20;
            quote.raw = quote.raw || c == 'r';
            format = format || c == 'f' || c == 't';
        }
        for (size_t i = start; i < scan->at; i++) {
            if (strchr("rbuft", scan->text[i] | 0x20) == NULL) {
                format = quote.raw = false;
            }
        }
    }
    const char *p = scan->text + scan->at;
    quote.triple = scan->size - scan->at >= 3 && p[1] == *p && p[2] == *p;
    scan->at += quote.triple ? 3 : 1;
    return format ? scan_fstring(scan, &quote) : scan_plain_string(scan, &quote);
}

/* ---- brackets ---- */

bool hr_scan_open(struct hr_scan *scan, struct hr_brackets *brackets)
{
    if (brackets->depth == HR_MAX_BRACKETS) {
        return hr_scan_error(scan, HR_ERROR_LIMIT, scan->line,
                             scan->at - scan->line_start,
                             "too many nested parentheses");
    }
    int i = brackets->depth++;
    brackets->open[i] = scan->text[scan->at];
    brackets->line[i] = scan->line;
    brackets->column[i] = (uint32_t)(scan->at - scan->line_start);
    scan->at++;
    return true;
}

bool hr_scan_close(struct hr_scan *scan, struct hr_brackets *brackets)
{
    char close = scan->text[scan->at];
    if (brackets->depth == 0) {
        hr_error_at(scan->err, HR_ERROR_SYNTAX, scan->line + 1,
                    (uint32_t)(scan->at - scan->line_start) + 1, "unmatched '%c'",
                    close);
        return false;
    }
    char open = brackets->open[--brackets->depth];
    if ((open == '(' && close != ')') || (open == '[' && close != ']') ||
        (open == '{' && close != '}')) {
        hr_error_at(scan->err, HR_ERROR_SYNTAX, scan->line + 1,
                    (uint32_t)(scan->at - scan->line_start) + 1,
                    "closing parenthesis '%c' does not match opening parenthesis '%c'",
                    close, open);
        return false;
    }
    scan->at++;
    return true;
}

bool hr_scan_never_closed(struct hr_scan *scan, const struct hr_brackets *brackets)
{
    int i = brackets->depth - 1;
    hr_error_at(scan->err, HR_ERROR_SYNTAX, brackets->line[i] + 1,
                brackets->column[i] + 1, "'%c' was never closed", brackets->open[i]);
    return false;
}

/* A replacement field, from its '{' to past its '}'. */
static bool scan_field(struct hr_scan *scan, const struct quote *outer)
{
    if (++scan->fields > MAX_FIELDS) {
        return hr_scan_error(scan, HR_ERROR_LIMIT, scan->line,
                             scan->at - scan->line_start,
                             "too many nested replacement fields");
    }
    bool ok = scan_field_inside(scan, outer);
    scan->fields--;
    return ok;
}

static bool scan_field_inside(struct hr_scan *scan, const struct quote *outer)
{
    struct hr_brackets brackets;
    brackets.depth = 0;
    if (!hr_scan_open(scan, &brackets)) {
        return false;
    }
    size_t from = scan->at;
    while (scan->at < scan->size) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        switch ((enum hr_byte_class)hr_byte_classes[c]) {
        case HR_BYTE_PLAIN:
        case HR_BYTE_NUL:
            scan->at++;
            break;
        case HR_BYTE_NEWLINE:
            hr_scan_newline(scan);
            break;
        case HR_BYTE_QUOTE:
            /* Before 3.12 the outer quote could not stand in a field at all: there
             * it ends the string, and the field was never closed. */
            if (!hr_scan_string(scan, from)) {
                return false;
            }
            break;
        case HR_BYTE_OPEN:
            if (!hr_scan_open(scan, &brackets)) {
                return false;
            }
            break;
        case HR_BYTE_CLOSE:
            if (!hr_scan_close(scan, &brackets)) {
                return false;
            }
            if (brackets.depth == 0) {
                return true;
            }
            break;
        case HR_BYTE_BACKSLASH:
            hr_scan_escape(scan);
            break;
        case HR_BYTE_HASH:
            hr_scan_comment(scan);
            break;
        case HR_BYTE_COLON:
            scan->at++;
            if (brackets.depth == 1) {
                if (!scan_fstring_text(scan, outer, true)) {
                    return false;
                }
                if (scan->text[scan->at] != '}') {
                    return hr_scan_error_here(scan, "f-string: expecting '}'");
                }
                scan->at++;
                return true;
            }
            break;
        }
    }
    return hr_scan_never_closed(scan, &brackets);
}
