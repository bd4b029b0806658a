/*
 * The cut: one pass over the bytes that yields logical lines, grouped into
 * top-level statements (layer 1).  It knows strings and their prefixes, nested
 * f-strings (PEP 701), brackets, backslash continuations, LF, CRLF and CR, a
 * BOM, form feeds and indentation, and nothing else of Python's grammar.  It
 * works on UTF-8 and on any encoding that keeps ASCII bytes for ASCII.
 *
 * It holds one statement at a time: memory does not grow with the text.
 */
#ifndef HR_SYNTAX_CUT_H
#define HR_SYNTAX_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/span.h"

/* CPython refuses deeper ones as well ("too many levels of indentation"). */
#define HR_MAX_INDENT 100

enum hr_line_kind {
    HR_LINE_OTHER,
    HR_LINE_DECORATOR, /* starts with '@' */
    HR_LINE_FUNCTION,  /* def or async def */
    HR_LINE_CLASS,
    HR_LINE_CLAUSE, /* starts with else, elif, except or finally */
};

struct hr_logical_line {
    size_t start;       /* first byte of its first physical line */
    size_t first;       /* its first token; [start, first) is the indentation */
    size_t end;         /* past its last token (a comment and the newline come after) */
    size_t next;        /* past its newline: where the next physical line starts */
    uint32_t line;      /* 0-based physical line of `first` */
    uint32_t last_line; /* 0-based physical line of the byte before `end` */
    uint32_t depth;     /* indentation levels, 0 at the top of the text */
    struct hr_span name; /* of the function or class; empty for other kinds */
    size_t colon; /* past the ':' that ends a def or class header; 0: none seen */
    enum hr_line_kind kind;
    bool is_async;    /* async def */
    bool opens_block; /* the last token is ':' */
    bool has_super;   /* by hr_cut_statement: the bytes "super" stand in it */
    bool has_off;     /* a comment in it or at its end is "# hr: off" */
};

struct hr_statement {
    struct hr_span span;   /* whole physical lines, from the first line's start */
    struct hr_array lines; /* of struct hr_logical_line; reused by the next call */
    bool has_definition;
    bool has_super; /* the bytes "super" stand in it */
};

struct hr_judge;

struct hr_cut {
    const char *text;
    size_t size;
    size_t offset; /* of the physical line that is read next */
    uint32_t line; /* 0-based number of that line */
    uint32_t depth;
    uint32_t columns[HR_MAX_INDENT + 1];    /* tabs to 8 */
    uint32_t alternates[HR_MAX_INDENT + 1]; /* tabs to 1 */
    struct hr_span
        last; /* the tokens of the last line read, for the checks of the next */
    uint32_t last_line;           /* its number */
    bool opened;                  /* it opens a block */
    bool started;                 /* there is such a line */
    struct hr_logical_line ahead; /* read, the first of the next statement */
    bool has_ahead;
    size_t next_super; /* none of the bytes "super" stand between the last statement
                          asked about and here */
    struct hr_judge *judge; /* NULL, or borrowed: see grammar.h */
};

/* `text` is borrowed until the last call. A BOM is skipped. */
void hr_cut_init(struct hr_cut *cut, const char *text, size_t size);

/*
 * Starts within a text: `offset` is the start of a physical line that holds the
 * first logical line wanted, `line` its 0-based number.  That line's
 * indentation counts as depth 0.
 */
void hr_cut_init_at(struct hr_cut *cut, const char *text, size_t size, size_t offset,
                    uint32_t line);

/*
 * The next logical line; false at the end (err->kind stays HR_ERROR_NONE, so
 * zero it first) or with err filled: HR_ERROR_SYNTAX (unclosed string or
 * bracket, dedent that matches no level, tabs and spaces that disagree),
 * HR_ERROR_LIMIT (indentation).
 */
bool hr_cut_line(struct hr_cut *cut, struct hr_logical_line *line,
                 struct hr_error *err);

/*
 * The bytes that fix the indentation of a logical line whose first physical line
 * starts at `start` and whose first token stands at `first`: what follows the last
 * form feed, up to a continuation's backslash (one in column 0 does not count).
 */
struct hr_span hr_line_indent(const char *text, size_t start, size_t first);

/* `statement` is zeroed by init and freed by finish. */
void hr_statement_init(struct hr_statement *statement);
void hr_statement_finish(struct hr_statement *statement);

/*
 * The next top-level statement: decorators with what they decorate, clauses
 * with the statement that they belong to.  Returns as hr_cut_line, and
 * HR_ERROR_MEMORY.  On failure `statement->lines` are those that were read whole.
 */
bool hr_cut_statement(struct hr_cut *cut, struct hr_statement *statement,
                      struct hr_error *err);

#endif
