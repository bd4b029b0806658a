#include "syntax/cut.h"

#include <string.h>

#include "base/lines.h"
#include "syntax/grammar.h"
#include "syntax/scan.h"

/* ---- logical lines ---- */

/* Made for each word by itself, which is a comparison of a few bytes then. */
static inline __attribute__((always_inline)) bool word_is(const char *text, size_t left,
                                                          const char *word)
{
    size_t size = strlen(word);
    return left >= size && memcmp(text, word, size) == 0 &&
           (left == size || !hr_is_word((unsigned char)text[size]));
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
    while (line->name.end < cut->size &&
           hr_is_word((unsigned char)text[line->name.end])) {
        line->name.end++;
    }
}

static bool starts_lambda(const struct hr_scan *scan, size_t from)
{
    const char *p = scan->text + scan->at;
    return *p == 'l' && word_is(p, scan->size - scan->at, "lambda") &&
           (scan->at == from || !hr_is_word((unsigned char)p[-1]));
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
static void set_end(const struct hr_scan *scan, struct hr_logical_line *line,
                    size_t last)
{
    line->end = last;
    line->last_line = scan->line;
    for (size_t at = scan->line_start; at > last;
         at = hr_line_start(scan->text, at - 1)) {
        line->last_line--;
    }
}

/* Past the backslash that the scan is at, and the newline that has to follow. */
static bool scan_continuation(struct hr_scan *scan)
{
    if (scan->at + 1 < scan->size &&
        hr_byte_classes[(unsigned char)scan->text[scan->at + 1]] != HR_BYTE_NEWLINE) {
        scan->at++;
        return hr_scan_error_here(
            scan, "unexpected character after line continuation character");
    }
    hr_scan_escape(scan);
    return scan->at < scan->size ||
           hr_scan_error_here(scan, "unexpected end after line continuation");
}

/* Past a comment. */
static void scan_remark(struct hr_scan *scan, struct hr_logical_line *line)
{
    size_t start = scan->at;
    hr_scan_comment(scan);
    line->has_off = line->has_off || is_off(scan->text + start, scan->at - start);
}

struct header { /* of a definition, whose colon is looked for */
    bool open;
    size_t lambdas; /* in the return annotation, their ':' not seen yet */
};

/* A colon outside of brackets. */
static void pass_colon(struct header *header, struct hr_logical_line *line, size_t at)
{
    if (header->lambdas > 0) {
        header->lambdas--;
    } else {
        line->colon = at + 1;
        header->open = false;
    }
}

/* From the first token to past the newline. */
static bool scan_logical(struct hr_cut *cut, struct hr_scan *scan,
                         struct hr_logical_line *line)
{
    struct hr_brackets brackets;
    brackets.depth = 0;
    struct header header = {line->kind == HR_LINE_FUNCTION ||
                            line->kind == HR_LINE_CLASS};
    size_t last = line->first; /* past the last byte of a token */
    while (scan->at < scan->size) {
        unsigned char c = (unsigned char)scan->text[scan->at];
        switch ((enum hr_byte_class)hr_byte_classes[c]) {
        case HR_BYTE_PLAIN:
            if (header.open && brackets.depth == 0 &&
                starts_lambda(scan, line->first)) {
                header.lambdas++;
            }
            scan->at++;
            if (c != ' ' && c != '\t' && c != '\f') {
                last = scan->at;
            }
            continue;
        case HR_BYTE_NUL:
            return hr_scan_error_here(scan, "source code cannot contain null bytes");
        case HR_BYTE_NEWLINE:
            if (brackets.depth == 0) {
                set_end(scan, line, last);
                hr_scan_newline(scan);
                return true;
            }
            hr_scan_newline(scan);
            continue;
        case HR_BYTE_QUOTE:
            if (!hr_scan_string(scan, line->first)) {
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
            break;
        case HR_BYTE_BACKSLASH:
            if (!scan_continuation(scan)) {
                return false;
            }
            continue;
        case HR_BYTE_HASH:
            scan_remark(scan, line);
            continue;
        case HR_BYTE_COLON:
            if (header.open && brackets.depth == 0) {
                pass_colon(&header, line, scan->at);
            }
            scan->at++;
            break;
        }
        last = scan->at;
    }
    if (brackets.depth > 0) {
        return hr_scan_never_closed(scan, &brackets);
    }
    set_end(scan, line, last);
    return true;
}

/* The indentation at scan->at, as CPython's tokenizer measures it. */
static void measure(struct hr_scan *scan, uint32_t *column, uint32_t *alternate)
{
    size_t end = hr_space_end(scan->text, scan->size, scan->at);
    char next = end < scan->size ? scan->text[end] : ' ';
    if (next != '\t' && next != '\f' && next != '\\') {
        *column = *alternate = (uint32_t)(end - scan->at);
        scan->at = end;
        return;
    }
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
                   hr_byte_classes[(unsigned char)scan->text[scan->at + 1]] ==
                       HR_BYTE_NEWLINE) {
            if (!continued) {
                first_col = col;
                first_alt = alt;
            }
            /* A backslash in column 0 does not fix the indentation. */
            continued = first_col > 0;
            scan->at++;
            hr_scan_newline(scan);
            scan->at--;
        } else {
            break;
        }
    }
    *column = continued ? first_col : col;
    *alternate = continued ? first_alt : alt;
}

static bool place(struct hr_cut *cut, struct hr_scan *scan, uint32_t column,
                  uint32_t alternate)
{
    if (cut->columns[0] == UINT32_MAX) {
        cut->columns[0] = column;
        cut->alternates[0] = alternate;
    }
    uint32_t top = cut->columns[cut->depth];
    uint32_t top_alternate = cut->alternates[cut->depth];
    bool opened = cut->opened;
    if (column == top) {
        if (alternate != top_alternate) {
            return hr_scan_error_here(
                scan, "inconsistent use of tabs and spaces in indentation");
        }
    } else if (column > top) {
        if (alternate <= top_alternate) {
            return hr_scan_error_here(
                scan, "inconsistent use of tabs and spaces in indentation");
        }
        if (!opened) {
            return hr_scan_error_here(scan, "unexpected indent");
        }
        if (cut->depth + 1 >= HR_MAX_INDENT) {
            return hr_scan_error(scan, HR_ERROR_LIMIT, scan->line,
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
            return hr_scan_error_here(
                scan, "unindent does not match any outer indentation level");
        }
        if (alternate != cut->alternates[cut->depth]) {
            return hr_scan_error_here(
                scan, "inconsistent use of tabs and spaces in indentation");
        }
    }
    if (opened) {
        return hr_scan_error_here(scan, "expected an indented block");
    }
    return true;
}

/* At the end of the text. */
static bool end_text(struct hr_cut *cut, struct hr_scan *scan)
{
    cut->offset = scan->at;
    if (cut->opened) {
        return hr_scan_error_here(scan, "expected an indented block");
    }
    if (cut->judge != NULL && cut->started) {
        struct hr_logical_line last = {
            .first = cut->last.start, .end = cut->last.end, .line = cut->last_line};
        hr_judge_end(cut->judge, cut->text, &last, scan->err);
    }
    return false;
}

/* As scan_logical, with each token held to the grammar. */
static bool judge_logical(struct hr_cut *cut, struct hr_scan *scan,
                          struct hr_logical_line *line)
{
    size_t after;
    bool broken;
    if (!hr_judge_line(cut->judge, cut->text, cut->size, line, &after, &broken,
                       scan->err)) {
        return false;
    }
    line->last_line = line->line;
    if (broken) {
        line->last_line +=
            (uint32_t)hr_count_newlines(cut->text, line->end, line->first);
        scan->line =
            line->last_line + (uint32_t)hr_count_newlines(cut->text, after, line->end);
    }
    scan->at = after;
    if (after < cut->size) {
        hr_scan_newline(scan);
    }
    return true;
}

bool hr_cut_line(struct hr_cut *cut, struct hr_logical_line *line, struct hr_error *err)
{
    struct hr_scan scan = {.text = cut->text,
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
            return end_text(cut, &scan);
        }
        unsigned char c = (unsigned char)scan.text[scan.at];
        if (c == '#') {
            hr_scan_comment(&scan);
            if (scan.at < scan.size) {
                hr_scan_newline(&scan);
            }
            continue;
        }
        if (hr_byte_classes[c] == HR_BYTE_NEWLINE) {
            hr_scan_newline(&scan);
            continue;
        }
        if (!place(cut, &scan, column, alternate)) {
            return false;
        }
        *line = (struct hr_logical_line){
            .start = start, .first = scan.at, .line = scan.line, .depth = cut->depth};
        classify(cut, line);
        if (!(cut->judge != NULL ? judge_logical(cut, &scan, line)
                                 : scan_logical(cut, &scan, line))) {
            return false;
        }
        line->next = scan.at;
        line->opens_block = line->end > line->first && cut->text[line->end - 1] == ':';
        cut->offset = scan.at;
        cut->line = scan.line;
        cut->last = hr_span(line->first, line->end);
        cut->last_line = line->line;
        cut->opened = line->opens_block;
        cut->started = true;
        return true;
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

void hr_cut_init(struct hr_cut *cut, const char *text, size_t size)
{
    hr_cut_init_at(cut, text, size, 0, 0);
    cut->columns[0] = 0;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        cut->offset = 3;
    }
}

struct hr_span hr_line_indent(const char *text, size_t start, size_t first)
{
    struct hr_span indent = hr_span(start, start);
    while (indent.end < first) {
        if (text[indent.end] == '\\') {
            if (!hr_span_empty(indent)) {
                break;
            }
            indent.start = indent.end = hr_line_end(text, first, indent.end + 1);
        } else if (text[indent.end++] == '\f') {
            indent.start = indent.end;
        }
    }
    return indent;
}
