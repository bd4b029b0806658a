#define _GNU_SOURCE /* memmem */
#include "syntax/cut.h"

#include <string.h>

#include "base/lines.h"

/* CPython's own limits (MAXLEVEL, MAXFSTRINGLEVEL in its tokenizer). */
#define MAX_BRACKETS 200
#define MAX_FSTRINGS 150

enum byte_class {
    PLAIN = 0,
    NEWLINE,
    QUOTE,
    OPEN,
    CLOSE,
    BACKSLASH,
    HASH,
    COLON,
    NUL,
};

static const unsigned char byte_class[256] = {
    ['\0'] = NUL,  ['\n'] = NEWLINE,   ['\r'] = NEWLINE, ['\''] = QUOTE, ['"'] = QUOTE,
    ['('] = OPEN,  ['['] = OPEN,       ['{'] = OPEN,     [')'] = CLOSE,  [']'] = CLOSE,
    ['}'] = CLOSE, ['\\'] = BACKSLASH, ['#'] = HASH,     [':'] = COLON,
};

struct scan {
    const char *text;
    size_t size;
    size_t at;
    uint32_t line;
    size_t line_start; /* of `line`, for columns in errors */
    int fstrings;      /* how many f-strings the scan stands in */
    struct hr_error *err;
};

static bool is_word(unsigned char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static bool scan_error(struct scan *scan, enum hr_error_kind kind, uint32_t line,
                       size_t column, const char *message)
{
    return hr_error_at(scan->err, kind, line + 1, (uint32_t)column + 1, "%s", message);
}

static bool error_here(struct scan *scan, const char *message)
{
    return scan_error(scan, HR_ERROR_SYNTAX, scan->line, scan->at - scan->line_start,
                      message);
}

/* At a CR or LF: steps over the whole newline. */
static void step_newline(struct scan *scan)
{
    if (scan->text[scan->at] == '\r' && scan->at + 1 < scan->size &&
        scan->text[scan->at + 1] == '\n') {
        scan->at++;
    }
    scan->at++;
    scan->line++;
    scan->line_start = scan->at;
}

static void step_comment(struct scan *scan)
{
    while (scan->at < scan->size &&
           byte_class[(unsigned char)scan->text[scan->at]] != NEWLINE) {
        scan->at++;
    }
}

/* ---- strings ---- */

struct quote {
    char mark;
    bool triple;
    bool raw;
    uint32_t line; /* where it was opened, for errors */
    size_t column;
};

static bool scan_field(struct scan *scan, const struct quote *outer);

static bool at_closing(const struct scan *scan, const struct quote *quote)
{
    const char *p = scan->text + scan->at;
    if (*p != quote->mark) {
        return false;
    }
    return !quote->triple ||
           (scan->size - scan->at >= 3 && p[1] == quote->mark && p[2] == quote->mark);
}

static bool unterminated(struct scan *scan, const struct quote *quote)
{
    return scan_error(scan, HR_ERROR_SYNTAX, quote->line, quote->column,
                      quote->triple ? "unterminated triple-quoted string literal"
                                    : "unterminated string literal");
}

/* Past a backslash and what it escapes. */
static void step_escape(struct scan *scan)
{
    scan->at++;
    if (scan->at < scan->size) {
        if (byte_class[(unsigned char)scan->text[scan->at]] == NEWLINE) {
            step_newline(scan);
        } else {
            scan->at++;
        }
    }
}

/* Inside an f-string a backslash does not hide a brace, but \N{...} is a name. */
static void step_fstring_escape(struct scan *scan, const struct quote *quote)
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
        step_escape(scan);
    }
}

/* The literal part of an f-string, or (in_spec) of a format specification, which
 * also ends before the '}' of its field. */
static bool scan_fstring_text(struct scan *scan, const struct quote *quote,
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
            step_newline(scan);
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

static bool scan_fstring(struct scan *scan, const struct quote *quote)
{
    if (++scan->fstrings > MAX_FSTRINGS) {
        return scan_error(scan, HR_ERROR_LIMIT, quote->line, quote->column,
                          "too many nested f-strings");
    }
    if (!scan_fstring_text(scan, quote, false)) {
        return false;
    }
    scan->fstrings--;
    scan->at += quote->triple ? 3 : 1;
    return true;
}

static bool scan_plain_string(struct scan *scan, const struct quote *quote)
{
    while (scan->at < scan->size) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        if (byte_class[c] == PLAIN) {
            scan->at++;
        } else if (c == (unsigned char)quote->mark) {
            if (at_closing(scan, quote)) {
                scan->at += quote->triple ? 3 : 1;
                return true;
            }
            scan->at++;
        } else if (c == '\\') {
            step_escape(scan);
        } else if (byte_class[c] == NEWLINE) {
            if (!quote->triple) {
                break;
            }
            step_newline(scan);
        } else {
            scan->at++;
        }
    }
    return unterminated(scan, quote);
}

/* At a quote: what stands right before it tells its prefix.  `from` bounds the
 * look back. */
static bool scan_string(struct scan *scan, size_t from)
{
    struct quote quote = {.mark = scan->text[scan->at],
                          .line = scan->line,
                          .column = scan->at - scan->line_start};
    bool format = false;
    size_t start = scan->at;
    while (start > from && scan->at - start < 3 &&
           is_word((unsigned char)scan->text[start - 1])) {
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

struct brackets {
    int depth;
    char open[MAX_BRACKETS];
    uint32_t line[MAX_BRACKETS];
    uint32_t column[MAX_BRACKETS];
};

static bool push_bracket(struct scan *scan, struct brackets *brackets)
{
    if (brackets->depth == MAX_BRACKETS) {
        return scan_error(scan, HR_ERROR_LIMIT, scan->line, scan->at - scan->line_start,
                          "too many nested parentheses");
    }
    int i = brackets->depth++;
    brackets->open[i] = scan->text[scan->at];
    brackets->line[i] = scan->line;
    brackets->column[i] = (uint32_t)(scan->at - scan->line_start);
    scan->at++;
    return true;
}

static bool pop_bracket(struct scan *scan, struct brackets *brackets)
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

static bool never_closed(struct scan *scan, const struct brackets *brackets)
{
    int i = brackets->depth - 1;
    hr_error_at(scan->err, HR_ERROR_SYNTAX, brackets->line[i] + 1,
                brackets->column[i] + 1, "'%c' was never closed", brackets->open[i]);
    return false;
}

/* A replacement field, from its '{' to past its '}'. */
static bool scan_field(struct scan *scan, const struct quote *outer)
{
    struct brackets brackets = {0};
    if (!push_bracket(scan, &brackets)) {
        return false;
    }
    size_t from = scan->at;
    while (scan->at < scan->size) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        switch ((enum byte_class)byte_class[c]) {
        case PLAIN:
        case NUL:
            scan->at++;
            break;
        case NEWLINE:
            step_newline(scan);
            break;
        case QUOTE:
            /* Before 3.12 the outer quote could not stand in a field at all: there
             * it ends the string, and the field was never closed. */
            if (!scan_string(scan, from)) {
                return false;
            }
            break;
        case OPEN:
            if (!push_bracket(scan, &brackets)) {
                return false;
            }
            break;
        case CLOSE:
            if (!pop_bracket(scan, &brackets)) {
                return false;
            }
            if (brackets.depth == 0) {
                return true;
            }
            break;
        case BACKSLASH:
            step_escape(scan);
            break;
        case HASH:
            step_comment(scan);
            break;
        case COLON:
            scan->at++;
            if (brackets.depth == 1) {
                if (!scan_fstring_text(scan, outer, true)) {
                    return false;
                }
                if (scan->text[scan->at] != '}') {
                    return error_here(scan, "f-string: expecting '}'");
                }
                scan->at++;
                return true;
            }
            break;
        }
    }
    return never_closed(scan, &brackets);
}

/* ---- logical lines ---- */

static bool word_is(const char *text, size_t left, const char *word)
{
    size_t size = strlen(word);
    return left >= size && memcmp(text, word, size) == 0 &&
           (left == size || !is_word((unsigned char)text[size]));
}

/* Past blanks and backslash continuations. */
static size_t skip_blanks(const char *text, size_t size, size_t at)
{
    for (;;) {
        while (at < size && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f')) {
            at++;
        }
        if (at + 1 < size && text[at] == '\\' &&
            (text[at + 1] == '\n' || text[at + 1] == '\r')) {
            at = hr_line_end(text, size, at + 1);
            continue;
        }
        return at;
    }
}

static void classify(const struct hr_cut *cut, struct hr_logical_line *line)
{
    const char *text = cut->text;
    size_t at = line->first;
    size_t left = cut->size - at;
    line->kind = HR_LINE_OTHER;
    switch (text[at]) {
    case '@':
        line->kind = HR_LINE_DECORATOR;
        return;
    case 'a':
        if (!word_is(text + at, left, "async")) {
            return;
        }
        at = skip_blanks(text, cut->size, at + 5);
        left = cut->size - at;
        line->is_async = true;
        if (!word_is(text + at, left, "def")) {
            line->is_async = false;
            return;
        }
        break;
    case 'e':
        if (word_is(text + at, left, "else") || word_is(text + at, left, "elif") ||
            word_is(text + at, left, "except")) {
            line->kind = HR_LINE_CLAUSE;
        }
        return;
    case 'f':
        if (word_is(text + at, left, "finally")) {
            line->kind = HR_LINE_CLAUSE;
        }
        return;
    case 'd':
    case 'c':
        break;
    default:
        return;
    }
    bool function = word_is(text + at, left, "def");
    if (!function && !word_is(text + at, left, "class")) {
        return;
    }
    line->kind = function ? HR_LINE_FUNCTION : HR_LINE_CLASS;
    at = skip_blanks(text, cut->size, at + (function ? 3 : 5));
    line->name.start = line->name.end = at;
    while (line->name.end < cut->size && is_word((unsigned char)text[line->name.end])) {
        line->name.end++;
    }
}

/* Whether the ':' at `at` belongs to a lambda in the return annotation. */
static bool colon_of_lambda(const struct hr_cut *cut,
                            const struct hr_logical_line *line, size_t at,
                            size_t colons)
{
    const char *end = cut->text + at;
    const char *p = memmem(cut->text + line->first, at - line->first, "->", 2);
    size_t lambdas = 0;
    while (p != NULL && (p = memmem(p, (size_t)(end - p), "lambda", 6)) != NULL) {
        lambdas++;
        p += 6;
    }
    return lambdas > colons;
}

static bool is_off(const char *text, size_t size)
{
    /* "# hr: off", blanks free */
    const char *p = text + 1, *end = text + size;
    while (p < end && *p == ' ') {
        p++;
    }
    if (end - p < 3 || memcmp(p, "hr:", 3) != 0) {
        return false;
    }
    p += 3;
    while (p < end && *p == ' ') {
        p++;
    }
    return word_is(p, (size_t)(end - p), "off");
}

/* A continuation backslash before a blank line ends no token. */
static void set_end(const struct scan *scan, struct hr_logical_line *line, size_t last)
{
    line->end = last;
    line->last_line = scan->line;
    for (size_t at = scan->line_start; at > last;
         at = hr_line_start(scan->text, at - 1)) {
        line->last_line--;
    }
}

/* From the first token to past the newline. */
static bool scan_logical(struct hr_cut *cut, struct scan *scan,
                         struct hr_logical_line *line)
{
    struct brackets brackets;
    brackets.depth = 0;
    bool header = line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS;
    size_t colons = 0;
    size_t last = line->first; /* past the last byte of a token */
    while (scan->at < scan->size) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        switch ((enum byte_class)byte_class[c]) {
        case PLAIN:
            scan->at++;
            if (c != ' ' && c != '\t' && c != '\f') {
                last = scan->at;
            }
            continue;
        case NUL:
            return error_here(scan, "source code cannot contain null bytes");
        case NEWLINE:
            if (brackets.depth == 0) {
                set_end(scan, line, last);
                step_newline(scan);
                return true;
            }
            step_newline(scan);
            continue;
        case QUOTE:
            if (!scan_string(scan, line->first)) {
                return false;
            }
            break;
        case OPEN:
            if (!push_bracket(scan, &brackets)) {
                return false;
            }
            break;
        case CLOSE:
            if (!pop_bracket(scan, &brackets)) {
                return false;
            }
            break;
        case BACKSLASH:
            if (scan->at + 1 < scan->size &&
                byte_class[(unsigned char)scan->text[scan->at + 1]] != NEWLINE) {
                scan->at++;
                return error_here(
                    scan, "unexpected character after line continuation character");
            }
            step_escape(scan);
            continue;
        case HASH: {
            size_t start = scan->at;
            step_comment(scan);
            line->has_off =
                line->has_off || is_off(scan->text + start, scan->at - start);
            continue;
        }
        case COLON:
            if (header && line->colon == 0 && brackets.depth == 0 &&
                !colon_of_lambda(cut, line, scan->at, colons++)) {
                line->colon = scan->at + 1;
            }
            scan->at++;
            break;
        }
        last = scan->at;
    }
    if (brackets.depth > 0) {
        return never_closed(scan, &brackets);
    }
    set_end(scan, line, last);
    return true;
}

/* The indentation at scan->at, as CPython's tokenizer measures it. */
static void measure(struct scan *scan, uint32_t *column, uint32_t *alternate)
{
    uint32_t col = 0, alt = 0;
    bool continued = false;
    uint32_t first_col = 0, first_alt = 0;
    for (; scan->at < scan->size; scan->at++) {
        char c = scan->text[scan->at];
        if (c == ' ') {
            col++;
            alt++;
        } else if (c == '\t') {
            col = (col / 8 + 1) * 8;
            alt++;
        } else if (c == '\f') {
            col = alt = 0;
        } else if (c == '\\' && scan->at + 1 < scan->size &&
                   byte_class[(unsigned char)scan->text[scan->at + 1]] == NEWLINE) {
            if (!continued) {
                first_col = col;
                first_alt = alt;
            }
            /* A backslash in column 0 does not fix the indentation. */
            continued = first_col > 0;
            scan->at++;
            step_newline(scan);
            scan->at--;
        } else {
            break;
        }
    }
    *column = continued ? first_col : col;
    *alternate = continued ? first_alt : alt;
}

static bool place(struct hr_cut *cut, struct scan *scan, uint32_t column,
                  uint32_t alternate)
{
    if (cut->columns[0] == UINT32_MAX) {
        cut->columns[0] = column;
        cut->alternates[0] = alternate;
    }
    uint32_t top = cut->columns[cut->depth];
    uint32_t top_alternate = cut->alternates[cut->depth];
    bool opened = cut->has_pending && cut->pending.opens_block;
    if (column == top) {
        if (alternate != top_alternate) {
            return error_here(scan,
                              "inconsistent use of tabs and spaces in indentation");
        }
    } else if (column > top) {
        if (alternate <= top_alternate) {
            return error_here(scan,
                              "inconsistent use of tabs and spaces in indentation");
        }
        if (!opened) {
            return error_here(scan, "unexpected indent");
        }
        if (cut->depth + 1 >= HR_MAX_INDENT) {
            return scan_error(scan, HR_ERROR_LIMIT, scan->line,
                              scan->at - scan->line_start,
                              "too many levels of indentation");
        }
        cut->depth++;
        cut->columns[cut->depth] = column;
        cut->alternates[cut->depth] = alternate;
        return true;
    } else {
        while (cut->depth > 0 && column < cut->columns[cut->depth]) {
            cut->depth--;
        }
        if (column != cut->columns[cut->depth]) {
            return error_here(scan,
                              "unindent does not match any outer indentation level");
        }
        if (alternate != cut->alternates[cut->depth]) {
            return error_here(scan,
                              "inconsistent use of tabs and spaces in indentation");
        }
    }
    if (opened) {
        return error_here(scan, "expected an indented block");
    }
    return true;
}

/* Reads the next logical line into *line, and leaves it in cut->pending too, for
 * the checks of the one after it. */
static bool read_line(struct hr_cut *cut, struct hr_logical_line *line,
                      struct hr_error *err)
{
    struct scan scan = {.text = cut->text,
                        .size = cut->size,
                        .at = cut->offset,
                        .line = cut->line,
                        .line_start = cut->offset,
                        .err = err};
    for (;;) {
        size_t start = scan.at;
        uint32_t column, alternate;
        measure(&scan, &column, &alternate);
        if (scan.at >= scan.size) {
            cut->offset = scan.at;
            if (cut->has_pending && cut->pending.opens_block) {
                return error_here(&scan, "expected an indented block");
            }
            return false;
        }
        unsigned char c = (unsigned char)scan.text[scan.at];
        if (c == '#') {
            step_comment(&scan);
            if (scan.at < scan.size) {
                step_newline(&scan);
            }
            continue;
        }
        if (byte_class[c] == NEWLINE) {
            step_newline(&scan);
            continue;
        }
        if (!place(cut, &scan, column, alternate)) {
            return false;
        }
        *line = (struct hr_logical_line){
            .start = start, .first = scan.at, .line = scan.line, .depth = cut->depth};
        classify(cut, line);
        if (!scan_logical(cut, &scan, line)) {
            return false;
        }
        line->next = scan.at;
        line->opens_block = line->end > line->first && cut->text[line->end - 1] == ':';
        cut->offset = scan.at;
        cut->line = scan.line;
        cut->pending = *line;
        cut->has_pending = true;
        return true;
    }
}

void hr_cut_init(struct hr_cut *cut, const char *text, size_t size)
{
    memset(cut, 0, sizeof *cut);
    cut->text = text;
    cut->size = size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        cut->offset = 3;
    }
}

void hr_cut_init_at(struct hr_cut *cut, const char *text, size_t size, size_t offset,
                    uint32_t line)
{
    memset(cut, 0, sizeof *cut);
    cut->text = text;
    cut->size = size;
    cut->offset = offset;
    cut->line = line;
    cut->columns[0] = UINT32_MAX;
}

bool hr_cut_line(struct hr_cut *cut, struct hr_logical_line *line, struct hr_error *err)
{
    return read_line(cut, line, err);
}

/* ---- statements ---- */

void hr_statement_init(struct hr_statement *statement)
{
    *statement = (struct hr_statement){0};
    hr_array_init(&statement->lines, sizeof(struct hr_logical_line));
}

void hr_statement_finish(struct hr_statement *statement)
{
    if (statement != NULL) {
        hr_array_finish(&statement->lines);
    }
}

static void note_super(const struct hr_cut *cut, struct hr_statement *statement)
{
    const char *start = cut->text + statement->span.start;
    if (memmem(start, hr_span_size(statement->span), "super", 5) == NULL) {
        return;
    }
    statement->has_super = true;
    for (size_t i = 0; i < statement->lines.count; i++) {
        struct hr_logical_line *line = hr_array_at(&statement->lines, i);
        line->has_super = memmem(cut->text + line->first, line->end - line->first,
                                 "super", 5) != NULL;
    }
}

bool hr_cut_statement(struct hr_cut *cut, struct hr_statement *statement,
                      struct hr_error *err)
{
    hr_array_shrink(&statement->lines, 0);
    statement->has_definition = statement->has_super = false;
    struct hr_logical_line line;
    if (cut->has_ahead) {
        line = cut->ahead;
        cut->has_ahead = false;
    } else if (!read_line(cut, &line, err)) {
        return false;
    }
    statement->span = hr_span(line.start, line.next);
    bool decorated = false;
    for (;;) {
        struct hr_logical_line *slot = hr_array_push(&statement->lines);
        if (slot == NULL) {
            return hr_error_memory(err);
        }
        *slot = line;
        statement->span.end = line.next;
        statement->has_definition = statement->has_definition ||
                                    line.kind == HR_LINE_FUNCTION ||
                                    line.kind == HR_LINE_CLASS;
        if (line.depth == 0) {
            decorated = line.kind == HR_LINE_DECORATOR;
        }
        if (!read_line(cut, &line, err)) {
            if (err->kind != HR_ERROR_NONE) {
                return false;
            }
            break;
        }
        if (line.depth == 0 && line.kind != HR_LINE_CLAUSE && !decorated) {
            cut->ahead = line;
            cut->has_ahead = true;
            break;
        }
    }
    note_super(cut, statement);
    return true;
}
