#include "syntax/token.h"

#include <string.h>

/* --- reserved words --- */

/* By first byte, last byte and size no two of them meet. */
const unsigned char hr_keyword_slots[HR_KEYWORD_SLOTS] = {
    [HR_KEYWORD_SLOT('F', 'e', 5)] = HR_KEYWORD_FALSE,
    [HR_KEYWORD_SLOT('N', 'e', 4)] = HR_KEYWORD_NONE_VALUE,
    [HR_KEYWORD_SLOT('T', 'e', 4)] = HR_KEYWORD_TRUE,
    [HR_KEYWORD_SLOT('a', 'd', 3)] = HR_KEYWORD_AND,
    [HR_KEYWORD_SLOT('a', 's', 2)] = HR_KEYWORD_AS,
    [HR_KEYWORD_SLOT('a', 't', 6)] = HR_KEYWORD_ASSERT,
    [HR_KEYWORD_SLOT('a', 'c', 5)] = HR_KEYWORD_ASYNC,
    [HR_KEYWORD_SLOT('a', 't', 5)] = HR_KEYWORD_AWAIT,
    [HR_KEYWORD_SLOT('b', 'k', 5)] = HR_KEYWORD_BREAK,
    [HR_KEYWORD_SLOT('c', 's', 5)] = HR_KEYWORD_CLASS,
    [HR_KEYWORD_SLOT('c', 'e', 8)] = HR_KEYWORD_CONTINUE,
    [HR_KEYWORD_SLOT('d', 'f', 3)] = HR_KEYWORD_DEF,
    [HR_KEYWORD_SLOT('d', 'l', 3)] = HR_KEYWORD_DEL,
    [HR_KEYWORD_SLOT('e', 'f', 4)] = HR_KEYWORD_ELIF,
    [HR_KEYWORD_SLOT('e', 'e', 4)] = HR_KEYWORD_ELSE,
    [HR_KEYWORD_SLOT('e', 't', 6)] = HR_KEYWORD_EXCEPT,
    [HR_KEYWORD_SLOT('f', 'y', 7)] = HR_KEYWORD_FINALLY,
    [HR_KEYWORD_SLOT('f', 'r', 3)] = HR_KEYWORD_FOR,
    [HR_KEYWORD_SLOT('f', 'm', 4)] = HR_KEYWORD_FROM,
    [HR_KEYWORD_SLOT('g', 'l', 6)] = HR_KEYWORD_GLOBAL,
    [HR_KEYWORD_SLOT('i', 'f', 2)] = HR_KEYWORD_IF,
    [HR_KEYWORD_SLOT('i', 't', 6)] = HR_KEYWORD_IMPORT,
    [HR_KEYWORD_SLOT('i', 'n', 2)] = HR_KEYWORD_IN,
    [HR_KEYWORD_SLOT('i', 's', 2)] = HR_KEYWORD_IS,
    [HR_KEYWORD_SLOT('l', 'a', 6)] = HR_KEYWORD_LAMBDA,
    [HR_KEYWORD_SLOT('n', 'l', 8)] = HR_KEYWORD_NONLOCAL,
    [HR_KEYWORD_SLOT('n', 't', 3)] = HR_KEYWORD_NOT,
    [HR_KEYWORD_SLOT('o', 'r', 2)] = HR_KEYWORD_OR,
    [HR_KEYWORD_SLOT('p', 's', 4)] = HR_KEYWORD_PASS,
    [HR_KEYWORD_SLOT('r', 'e', 5)] = HR_KEYWORD_RAISE,
    [HR_KEYWORD_SLOT('r', 'n', 6)] = HR_KEYWORD_RETURN,
    [HR_KEYWORD_SLOT('t', 'y', 3)] = HR_KEYWORD_TRY,
    [HR_KEYWORD_SLOT('w', 'e', 5)] = HR_KEYWORD_WHILE,
    [HR_KEYWORD_SLOT('w', 'h', 4)] = HR_KEYWORD_WITH,
    [HR_KEYWORD_SLOT('y', 'd', 5)] = HR_KEYWORD_YIELD,
};

/* Padded with NULs, which no word holds: eight bytes are compared at once. */
const char hr_keyword_texts[][8] = {
    "",
#define HR_KEYWORD(name, text) text,
#include "syntax/keywords.h"
#undef HR_KEYWORD
};

enum hr_keyword hr_find_last_keyword(const char *text, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, text, size);
    return hr_keyword_in_slot(text, size, word);
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

bool hr_is_bad_name(const char *text, size_t size)
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
