#include "syntax/token.h"

#include <string.h>

#include "syntax/scan.h"

static const struct {
    const char *text;
    size_t size;
} keywords[] = {
    {"", 0},
#define HR_KEYWORD(name, text) {text, sizeof text - 1},
#include "syntax/keywords.h"
#undef HR_KEYWORD
};

static enum hr_keyword find_keyword(const char *text, size_t size)
{
    if (size < 2 || size > 8) {
        return HR_KEYWORD_NONE;
    }
    /* The table is short and nearly all words differ in the first byte or size. */
    for (size_t i = 1; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (keywords[i].size == size && keywords[i].text[0] == text[0] &&
            memcmp(keywords[i].text, text, size) == 0) {
            return (enum hr_keyword)i;
        }
    }
    return HR_KEYWORD_NONE;
}

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

/* --- bytes that no name can hold --- */

static uint32_t decode(const unsigned char *text, size_t size, size_t *used)
{
    size_t more = text[0] >= 0xf0 ? 3 : text[0] >= 0xe0 ? 2 : text[0] >= 0xc2 ? 1 : 0;
    *used = 1;
    if (more == 0 || size <= more) {
        return 0;
    }
    uint32_t code = text[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        code = code << 6 | (text[i] & 0x3f);
    }
    *used = more + 1;
    return code;
}

/* Punctuation, symbols and blanks that come with pasted text; not the whole of
 * Unicode's tables. */
static bool is_no_letter(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb6},       {0xb8, 0xb9},
        {0xbb, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},       {0x2000, 0x203e},
        {0x2041, 0x2053}, {0x2055, 0x2070}, {0x20a0, 0x20cf},   {0x2190, 0x2bff},
        {0x3000, 0x3004}, {0x3008, 0x3020}, {0xfe50, 0xfe6f},   {0xff01, 0xff0f},
        {0xff1a, 0xff20}, {0xff3b, 0xff3e}, {0xff5b, 0xff65},   {0xfff9, 0xfffd},
        {0xfeff, 0xfeff}, {0xd800, 0xf8ff}, {0x1f000, 0x1faff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_bad_name(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t used = 1;
        if ((unsigned char)text[i] >= 0x80 &&
            is_no_letter(decode((const unsigned char *)text + i, size - i, &used))) {
            return true;
        }
        i += used;
    }
    return false;
}

/* --- the tokens --- */

static bool is_digit(const struct hr_recogniser *p, size_t at, const char *digits)
{
    return at < p->end && p->text[at] != '\0' && strchr(digits, p->text[at]) != NULL;
}

static size_t skip_digits(const struct hr_recogniser *p, size_t at, const char *digits)
{
    while (is_digit(p, at, digits) ||
           (at < p->end && p->text[at] == '_' && is_digit(p, at + 1, digits))) {
        at++;
    }
    return at;
}

static void read_number(struct hr_recogniser *p)
{
    static const char decimal[] = "0123456789";
    size_t at = p->at;
    const char *digits = NULL;
    if (p->text[at] == '0' && at + 1 < p->end) {
        char mark = (char)(p->text[at + 1] | 0x20);
        digits = mark == 'x'   ? "0123456789abcdefABCDEF"
                 : mark == 'o' ? "01234567"
                 : mark == 'b' ? "01"
                               : NULL;
    }
    p->kind = HR_TOKEN_NUMBER;
    if (digits != NULL) {
        p->at = skip_digits(p, at + 2, digits);
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

static void read_string(struct hr_recogniser *p)
{
    struct hr_error err = {0};
    struct hr_scan scan = {.text = p->text, .size = p->end, .at = p->at, .err = &err};
    p->kind = HR_TOKEN_STRING;
    for (size_t i = p->start; i < p->at; i++) {
        if ((p->text[i] | 0x20) == 'b') {
            p->kind = HR_TOKEN_BYTES;
        }
    }
    if (!hr_scan_string(&scan, p->start)) {
        p->kind = HR_TOKEN_BAD;
        p->at = p->end;
        return;
    }
    p->at = scan.at;
}

static bool is_string_prefix(const char *text, size_t size)
{
    static const char *const prefixes[] = {"r",  "b",  "u",  "f",  "t", "br",
                                           "rb", "fr", "rf", "tr", "rt"};
    for (size_t i = 0; size <= 2 && i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strlen(prefixes[i]) == size && (text[0] | 0x20) == prefixes[i][0] &&
            (size == 1 || (text[1] | 0x20) == prefixes[i][1])) {
            return true;
        }
    }
    return false;
}

static void read_word(struct hr_recogniser *p)
{
    size_t at = p->at;
    unsigned char seen = 0;
    while (at < p->end && hr_is_word((unsigned char)p->text[at])) {
        seen |= (unsigned char)p->text[at++];
    }
    p->at = at;
    bool quote = at < p->end && (p->text[at] == '"' || p->text[at] == '\'');
    if (quote && is_string_prefix(p->text + p->start, at - p->start)) {
        read_string(p);
        return;
    }
    p->keyword = find_keyword(p->text + p->start, at - p->start);
    p->kind = p->keyword != HR_KEYWORD_NONE ? HR_TOKEN_KEYWORD : HR_TOKEN_NAME;
    if (seen >= 0x80 && is_bad_name(p->text + p->start, at - p->start)) {
        p->kind = HR_TOKEN_BAD;
    }
}

static void read_operator(struct hr_recogniser *p)
{
    const char *text = p->text + p->at;
    size_t left = p->end - p->at;
    char a = text[0];
    char b = left > 1 ? text[1] : '\0';
    char c = left > 2 ? text[2] : '\0';
    size_t size = 1;
    if (a == '.' && b == '.' && c == '.') {
        size = 3;
    } else if (b == a && (a == '*' || a == '/' || a == '<' || a == '>')) {
        size = c == '=' ? 3 : 2;
    } else if (b == '=' && strchr("+-*/%@&|^<>=!:", a) != NULL) {
        size = 2;
    } else if (a == '-' && b == '>') {
        size = 2;
    }
    p->kind = size == 1 && strchr("!$?`", a) != NULL ? HR_TOKEN_BAD : HR_TOKEN_OPERATOR;
    if ((unsigned char)a < ' ' || a == 0x7f) {
        p->kind = HR_TOKEN_BAD;
    }
    p->op = size == 1 ? HR_OP1(a) : size == 2 ? HR_OP2(a, b) : HR_OP3(a, b, c);
    p->at += size;
}

void hr_token_next(struct hr_recogniser *p)
{
    const char *text = p->text;
    size_t at = p->at;
    while (at < p->end) {
        char c = text[at];
        if (c == ' ' || c == '\t' || c == '\f' || c == '\n' || c == '\r' || c == '\\') {
            at++;
        } else if (c == '#') {
            while (at < p->end && text[at] != '\n' && text[at] != '\r') {
                at++;
            }
        } else {
            break;
        }
    }
    p->start = at;
    p->at = at;
    if (at >= p->end) {
        p->kind = HR_TOKEN_END;
        return;
    }
    unsigned char c = (unsigned char)text[at];
    bool digit = c >= '0' && c <= '9';
    if (digit ||
        (c == '.' && at + 1 < p->end && text[at + 1] >= '0' && text[at + 1] <= '9')) {
        read_number(p);
    } else if (hr_is_word(c)) {
        read_word(p);
    } else if (c == '"' || c == '\'') {
        read_string(p);
    } else {
        read_operator(p);
    }
}

void hr_token_start(struct hr_recogniser *p, const struct hr_logical_line *line)
{
    p->line = line;
    p->at = line->first;
    p->end = line->end;
    p->depth = 0;
    hr_token_next(p);
}

bool hr_is_name(const struct hr_recogniser *p, const char *name)
{
    size_t size = strlen(name);
    return p->kind == HR_TOKEN_NAME && p->at - p->start == size &&
           memcmp(p->text + p->start, name, size) == 0;
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
