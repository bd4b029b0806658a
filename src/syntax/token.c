#include "syntax/token.h"

#include <string.h>

#include "base/lines.h"
#include "syntax/scan.h"

bool hr_refuse(struct hr_recogniser *p, const char *message)
{
    if (p->err->kind != HR_ERROR_NONE) {
        return false;
    }
    uint32_t line = p->line->line;
    size_t start = p->line->first;
    while (start > 0 && p->text[start - 1] != '\n' && p->text[start - 1] != '\r') {
        start--;
    }
    for (size_t i = p->line->first; i < p->start; i++) {
        bool crlf = p->text[i] == '\r' && i + 1 < p->end && p->text[i + 1] == '\n';
        if ((p->text[i] == '\n' || p->text[i] == '\r') && !crlf) {
            line++;
            start = i + 1;
        }
    }
    return hr_error_at(p->err, HR_ERROR_SYNTAX, line + 1,
                       (uint32_t)(p->start - start + 1), "%s", message);
}

/* --- the tokens --- */

static bool is_digit(const struct hr_recogniser *p, size_t at, int base)
{
    if (at >= p->end) {
        return false;
    }
    unsigned char c = (unsigned char)p->text[at];
    if (base <= 10) {
        return c >= '0' && c < '0' + base;
    }
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static size_t skip_digits(const struct hr_recogniser *p, size_t at, int base)
{
    while (is_digit(p, at, base) ||
           (at < p->end && p->text[at] == '_' && is_digit(p, at + 1, base))) {
        at++;
    }
    return at;
}

static void read_number(struct hr_recogniser *p)
{
    enum { decimal = 10 };
    size_t at = p->at;
    int base = 0;
    if (p->text[at] == '0' && at + 1 < p->end) {
        char mark = (char)(p->text[at + 1] | 0x20);
        base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    }
    p->kind = HR_TOKEN_NUMBER;
    if (base != 0) {
        p->at = skip_digits(p, at + 2, base);
        if (p->at == at + 2) {
            p->kind = HR_TOKEN_BAD;
        }
        return;
    }
    at = skip_digits(p, at, decimal);
    size_t whole = at;
    if (at < p->end && p->text[at] == '.') {
        at = skip_digits(p, at + 1, decimal);
    }
    if (at < p->end && (p->text[at] | 0x20) == 'e') {
        size_t sign =
            at + 1 < p->end && (p->text[at + 1] == '+' || p->text[at + 1] == '-');
        if (is_digit(p, at + 1 + sign, decimal)) {
            at = skip_digits(p, at + 1 + sign, decimal);
        }
    }
    bool imaginary = at < p->end && (p->text[at] | 0x20) == 'j';
    if (at == whole && !imaginary && p->text[p->at] == '0') {
        for (size_t i = p->at; i < whole; i++) {
            if (p->text[i] != '0' && p->text[i] != '_') {
                p->kind = HR_TOKEN_BAD; /* 0777, as Python 2 had it */
            }
        }
    }
    p->at = at + imaginary;
}

/* Past a plain string that opens at p->at; false if it does not close. */
static bool skip_plain_string(struct hr_recogniser *p)
{
    const char *text = p->text;
    size_t end = p->end;
    size_t at = p->at;
    char quote = text[at];
    bool triple = end - at >= 3 && text[at + 1] == quote && text[at + 2] == quote;
    at += triple ? 3 : 1;
    p->broken = p->broken || triple;
    for (;;) {
        at = triple ? hr_find_quote(text, end, at, quote)
                    : hr_find_string_stop(text, end, at, quote);
        if (at >= end) {
            return false;
        }
        if (text[at] == '\\') {
            if (end - at < 2) {
                return false;
            }
            if (text[at + 1] == '\n' || text[at + 1] == '\r') {
                p->broken = true;
                at = hr_line_end(text, end, at + 1);
            } else {
                at += 2;
            }
        } else if (text[at] != quote) {
            return false;
        } else if (!triple) {
            p->at = at + 1;
            return true;
        } else if (end - at >= 3 && text[at + 1] == quote && text[at + 2] == quote) {
            p->at = at + 3;
            return true;
        } else {
            at++;
        }
    }
}

static bool skip_formatted_string(struct hr_recogniser *p)
{
    struct hr_error err = {0};
    struct hr_scan scan = {.text = p->text, .size = p->end, .at = p->at, .err = &err};
    if (!hr_scan_string(&scan, p->start)) {
        return false;
    }
    p->broken = p->broken || scan.line > 0;
    p->at = scan.at;
    return true;
}

/* At the quote; what stands from p->start on is its prefix. */
static void read_string(struct hr_recogniser *p)
{
    bool formatted = false;
    p->kind = HR_TOKEN_STRING;
    for (size_t i = p->start; i < p->at; i++) {
        char c = (char)(p->text[i] | 0x20);
        formatted = formatted || c == 'f' || c == 't';
        if (c == 'b') {
            p->kind = HR_TOKEN_BYTES;
        }
    }
    if (!(formatted ? skip_formatted_string(p) : skip_plain_string(p))) {
        p->kind = HR_TOKEN_BAD;
        p->at = p->end;
    }
}

/* One or two bytes. */
static bool is_string_prefix(const char *text, size_t size)
{
    char a = (char)(text[0] | 0x20);
    if (size == 1) {
        return a == 'r' || a == 'b' || a == 'u' || a == 'f' || a == 't';
    }
    char b = (char)(text[1] | 0x20);
    return (a == 'r' && (b == 'b' || b == 'f' || b == 't')) ||
           (b == 'r' && (a == 'b' || a == 'f' || a == 't'));
}

static __attribute__((noinline)) void read_word(struct hr_recogniser *p)
{
    const char *text = p->text;
    size_t start = p->start;
    bool other;
    size_t at = hr_word_end(text, p->end, start, &other);
    p->at = at;
    if (at - start <= 2 && at < p->end && (text[at] == '"' || text[at] == '\'') &&
        is_string_prefix(text + start, at - start)) {
        read_string(p);
        return;
    }
    p->keyword = hr_find_keyword(text + start, at - start, p->end - start);
    p->kind = p->keyword != HR_KEYWORD_NONE ? HR_TOKEN_KEYWORD : HR_TOKEN_NAME;
    if (other && hr_is_bad_name(text + start, at - start)) {
        p->kind = HR_TOKEN_BAD;
    }
}

/* What a byte starts; 0 is WORD, for the bytes of other characters.  From SPACE to
 * BACKSLASH: what may stand before a token. */
enum lead {
    LEAD_WORD,
    LEAD_SPACE,
    LEAD_NEWLINE,
    LEAD_COMMENT,
    LEAD_BACKSLASH,
    LEAD_DIGIT,
    LEAD_QUOTE,
    LEAD_OPEN,
    LEAD_CLOSE,
    LEAD_SINGLE, /* an operator by itself */
    LEAD_EQUAL,  /* an operator, also with '=' */
    LEAD_DOUBLE, /* also doubled, and with '=' */
    LEAD_MINUS,
    LEAD_DOT,
    LEAD_NOT, /* only with '=' */
    LEAD_BAD,
};

static const unsigned char leads[256] = {
    [0 ... 8] = LEAD_BAD,   ['\t'] = LEAD_SPACE,  ['\n'] = LEAD_NEWLINE,
    [11] = LEAD_BAD,        ['\f'] = LEAD_SPACE,  ['\r'] = LEAD_NEWLINE,
    [14 ... 31] = LEAD_BAD, [' '] = LEAD_SPACE,   ['!'] = LEAD_NOT,
    ['"'] = LEAD_QUOTE,     ['#'] = LEAD_COMMENT, ['$'] = LEAD_BAD,
    ['%'] = LEAD_EQUAL,     ['&'] = LEAD_EQUAL,   ['\''] = LEAD_QUOTE,
    ['('] = LEAD_OPEN,      [')'] = LEAD_CLOSE,   ['*'] = LEAD_DOUBLE,
    ['+'] = LEAD_EQUAL,     [','] = LEAD_SINGLE,  ['-'] = LEAD_MINUS,
    ['.'] = LEAD_DOT,       ['/'] = LEAD_DOUBLE,  ['0' ... '9'] = LEAD_DIGIT,
    [':'] = LEAD_EQUAL,     [';'] = LEAD_SINGLE,  ['<'] = LEAD_DOUBLE,
    ['='] = LEAD_EQUAL,     ['>'] = LEAD_DOUBLE,  ['?'] = LEAD_BAD,
    ['@'] = LEAD_EQUAL,     ['['] = LEAD_OPEN,    ['\\'] = LEAD_BACKSLASH,
    [']'] = LEAD_CLOSE,     ['^'] = LEAD_EQUAL,   ['`'] = LEAD_BAD,
    ['{'] = LEAD_OPEN,      ['|'] = LEAD_EQUAL,   ['}'] = LEAD_CLOSE,
    ['~'] = LEAD_SINGLE,    [127] = LEAD_BAD,
};

static void read_operator(struct hr_recogniser *p, enum lead lead)
{
    const char *text = p->text + p->at;
    size_t left = p->end - p->at;
    uint32_t a = (unsigned char)text[0];
    uint32_t b = left > 1 ? (unsigned char)text[1] : 0;
    uint32_t c = left > 2 ? (unsigned char)text[2] : 0;
    size_t size = 1;
    if (lead == LEAD_DOT) {
        size = b == '.' && c == '.' ? 3 : 1;
    } else if (b == '=') {
        size = 2;
    } else if (lead == LEAD_DOUBLE && b == a) {
        size = c == '=' ? 3 : 2;
    } else if (lead == LEAD_MINUS && b == '>') {
        size = 2;
    }
    p->at += size;
    if (lead == LEAD_NOT && size == 1) {
        p->kind = HR_TOKEN_BAD;
        return;
    }
    p->kind = HR_TOKEN_OPERATOR;
    p->op = size == 1 ? HR_OP1(a) : size == 2 ? HR_OP2(a, b) : HR_OP3(a, b, c);
}

static void read_single(struct hr_recogniser *p)
{
    p->kind = HR_TOKEN_OPERATOR;
    p->op = (unsigned char)p->text[p->at++];
}

/* "# hr: off", blanks free */
static bool is_off(const char *text, size_t size)
{
    size_t at = hr_space_end(text, size, 1);
    if (size - at < 3 || memcmp(text + at, "hr:", 3) != 0) {
        return false;
    }
    at = hr_space_end(text, size, at + 3);
    return size - at >= 3 && memcmp(text + at, "off", 3) == 0 &&
           (size - at == 3 || !hr_is_word((unsigned char)text[at + 3]));
}

/* Past a comment. */
static size_t skip_comment(struct hr_recogniser *p, size_t at)
{
    size_t end = hr_find_newline(p->text, p->end, at);
    p->off = p->off || is_off(p->text + at, end - at);
    return end;
}

/* Past what stands before the next token. */
static __attribute__((noinline)) size_t skip_blanks(struct hr_recogniser *p, size_t at)
{
    const char *text = p->text;
    while (at < p->end) {
        switch ((enum lead)leads[(unsigned char)text[at]]) {
        case LEAD_SPACE:
            at++;
            if (at < p->end && text[at] == ' ') {
                at = hr_space_end(text, p->end, at + 1);
            }
            break;
        case LEAD_NEWLINE:
            if (p->brackets == 0) {
                return at;
            }
            p->broken = true;
            at++;
            break;
        case LEAD_COMMENT:
            at = skip_comment(p, at);
            break;
        case LEAD_BACKSLASH: {
            size_t next = hr_line_end(text, p->end, at + 1);
            bool newline =
                at + 1 < p->end && (text[at + 1] == '\n' || text[at + 1] == '\r');
            if (!newline || next >= p->end) {
                return at; /* a bad token: nothing may follow on this line */
            }
            p->broken = true;
            at = next;
            break;
        }
        default:
            return at;
        }
    }
    return at;
}

/* The rarer tokens, apart: what every token needs stays in a few registers. */
static __attribute__((noinline)) void read_rare(struct hr_recogniser *p, enum lead lead)
{
    switch (lead) {
    case LEAD_DOT:
        if (p->at + 1 < p->end &&
            leads[(unsigned char)p->text[p->at + 1]] == LEAD_DIGIT) {
            read_number(p);
            return;
        }
        read_operator(p, lead);
        return;
    case LEAD_DIGIT:
        read_number(p);
        return;
    case LEAD_QUOTE:
        read_string(p);
        return;
    case LEAD_BAD:
    case LEAD_BACKSLASH:
    case LEAD_SPACE:
    case LEAD_COMMENT:
        p->kind = HR_TOKEN_BAD;
        p->at++;
        return;
    default:
        read_operator(p, lead);
    }
}

void hr_token_next(struct hr_recogniser *p)
{
    const char *text = p->text;
    size_t at = p->at;
    size_t end = p->end;
    p->last = at;
    p->op = 0;
    p->keyword = HR_KEYWORD_NONE;
    at += at < end && text[at] == ' ';
    enum lead lead =
        at < end ? (enum lead)leads[(unsigned char)text[at]] : LEAD_NEWLINE;
    if (lead >= LEAD_SPACE && lead <= LEAD_BACKSLASH &&
        (lead != LEAD_NEWLINE || p->brackets > 0)) {
        at = skip_blanks(p, at);
        lead = at < end ? (enum lead)leads[(unsigned char)text[at]] : LEAD_NEWLINE;
    }
    p->start = p->at = at;
    switch (lead) {
    case LEAD_WORD:
        read_word(p);
        return;
    case LEAD_NEWLINE:
        p->kind = HR_TOKEN_END;
        return;
    case LEAD_OPEN:
        read_single(p);
        if (++p->brackets > HR_MAX_BRACKETS) {
            p->kind = HR_TOKEN_BAD;
            p->op = 0;
        }
        return;
    case LEAD_CLOSE:
        read_single(p);
        p->brackets -= p->brackets > 0;
        return;
    case LEAD_DOT:
        if (at + 1 < end && leads[(unsigned char)text[at + 1]] != LEAD_WORD) {
            break;
        }
        read_single(p);
        return;
    case LEAD_EQUAL:
        if (at + 1 < end && text[at + 1] == '=') {
            break;
        }
        read_single(p);
        return;
    case LEAD_SINGLE:
        read_single(p);
        return;
    default:
        break;
    }
    read_rare(p, lead);
}

void hr_token_start(struct hr_recogniser *p, const struct hr_logical_line *line,
                    size_t end)
{
    p->line = line;
    p->at = line->first;
    p->end = end;
    p->depth = 0;
    p->brackets = 0;
    p->colon = 0;
    p->broken = p->off = false;
    hr_token_next(p);
}

bool hr_expect_op(struct hr_recogniser *p, uint32_t op)
{
    return hr_take_op(p, op) || hr_refuse(p, "invalid syntax");
}

bool hr_expect_name(struct hr_recogniser *p)
{
    if (p->kind != HR_TOKEN_NAME) {
        return hr_refuse(p, "invalid syntax");
    }
    hr_token_next(p);
    return true;
}
