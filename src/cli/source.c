#include "cli/source.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"

#define STEP 65536 /* bytes that are looked at at once */

static const char bom_bytes[] = "\xef\xbb\xbf";

void hr_source_text_init(struct hr_source_text *source)
{
    *source = (struct hr_source_text){0};
}

void hr_source_text_finish(struct hr_source_text *source)
{
    if (source->window.text != NULL) {
        hr_window_close(&source->window);
        source->raw = (struct hr_bytes){0};
    }
    hr_bytes_finish(&source->raw);
    hr_bytes_finish(&source->converted);
}

size_t hr_utf8_valid(const char *data, size_t size)
{
    const unsigned char *text = (const unsigned char *)data;
    size_t i = 0;
    while ((i = hr_ascii_end(data, size, i)) < size) {
        unsigned char c = text[i];
        size_t more = c >= 0xc2 && c <= 0xdf   ? 1
                      : c >= 0xe0 && c <= 0xef ? 2
                      : c >= 0xf0 && c <= 0xf4 ? 3
                                               : 0;
        if (more == 0 || size - i <= more) {
            return i;
        }
        /* The second byte rules out overlong forms, surrogates and what lies past
         * the last code point. */
        unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (text[i + 1] < low || text[i + 1] > high) {
            return i;
        }
        for (size_t k = 2; k <= more; k++) {
            if ((text[i + k] & 0xc0) != 0x80) {
                return i;
            }
        }
        i += more + 1;
    }
    return size;
}

static bool error_at(struct hr_error *err, enum hr_error_kind kind, const char *text,
                     size_t offset, const char *format, const char *argument)
{
    uint32_t line = 1;
    size_t start = 0;
    for (size_t end; (end = hr_line_end(text, offset, start)) <= offset && end > start;
         start = end) {
        if (text[end - 1] != '\n' && text[end - 1] != '\r') {
            break;
        }
        line++;
    }
    char message[200];
    snprintf(message, sizeof message, "%s%s", format, argument);
    return hr_error_at(err, kind, line, (uint32_t)(offset - start + 1), "%s", message);
}

/* --- the cookie --- */

static bool is_cookie_byte(char c)
{
    return c == '-' || c == '_' || c == '.' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The encoding that the comment of the line [start, end) names, if it is one. */
static bool read_cookie(const char *text, size_t start, size_t end, char *name,
                        size_t room)
{
    size_t at = start;
    while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f')) {
        at++;
    }
    if (at >= end || text[at] != '#') {
        return false;
    }
    for (; end - at > 7; at++) {
        if (memcmp(text + at, "coding", 6) != 0 ||
            (text[at + 6] != ':' && text[at + 6] != '=')) {
            continue;
        }
        size_t from = at + 7;
        while (from < end && (text[from] == ' ' || text[from] == '\t')) {
            from++;
        }
        size_t length = 0;
        while (from + length < end && is_cookie_byte(text[from + length])) {
            length++;
        }
        if (length == 0) {
            continue;
        }
        if (length >= room) {
            length = room - 1;
        }
        for (size_t i = 0; i < length; i++) {
            char c = text[from + i];
            name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '_' ? '-' : c;
        }
        name[length] = '\0';
        return true;
    }
    return false;
}

/* A second line counts only below a blank line or a comment. */
static bool is_blank_or_comment(const char *text, size_t start, size_t end)
{
    while (start < end && strchr(" \t\f\r\n", text[start]) != NULL &&
           text[start] != '\0') {
        start++;
    }
    return start == end || text[start] == '#';
}

static size_t find_cookie(struct hr_source_text *source)
{
    const char *text = source->raw.data;
    size_t size = source->raw.size;
    size_t first = hr_line_end(text, size, source->bom);
    if (read_cookie(text, source->bom, first, source->encoding,
                    sizeof source->encoding)) {
        return source->bom;
    }
    if (is_blank_or_comment(text, source->bom, first) &&
        read_cookie(text, first, hr_line_end(text, size, first), source->encoding,
                    sizeof source->encoding)) {
        return first;
    }
    strcpy(source->encoding, "utf-8");
    return 0;
}

/* --- conversion --- */

static bool starts_with(const char *name, const char *prefix)
{
    size_t size = strlen(prefix);
    return strncmp(name, prefix, size) == 0 &&
           (name[size] == '\0' || name[size] == '-');
}

static bool is_utf8_name(const char *name)
{
    return starts_with(name, "utf-8") || strcmp(name, "utf8") == 0 ||
           strcmp(name, "u8") == 0 || strcmp(name, "cp65001") == 0 ||
           strcmp(name, "utf8-sig") == 0;
}

/* Python's name of an encoding as iconv knows it.  Shift-JIS goes by Microsoft's
 * table: the plain one has a yen sign where Python reads a backslash. */
static const char *iconv_name(const char *name)
{
    static const char *const names[][2] = {
        {"latin1", "ISO-8859-1"},    {"l1", "ISO-8859-1"},
        {"iso8859-1", "ISO-8859-1"}, {"8859", "ISO-8859-1"},
        {"latin-9", "ISO-8859-15"},  {"ascii", "ASCII"},
        {"us-ascii", "ASCII"},       {"shift-jis", "CP932"},
        {"sjis", "CP932"},           {"s-jis", "CP932"},
        {"shiftjis", "CP932"},       {"ms-kanji", "CP932"},
        {"windows-31j", "CP932"},    {"mac-roman", "MACINTOSH"},
        {"macroman", "MACINTOSH"},   {"euc-jp", "EUC-JP"},
        {"eucjp", "EUC-JP"},         {"ujis", "EUC-JP"},
        {"euc-kr", "EUC-KR"},        {"euckr", "EUC-KR"},
        {"gb2312", "GB18030"},       {"gbk", "GB18030"},
        {"big5-tw", "BIG5"},         {"koi8-r", "KOI8-R"},
        {"cyrillic", "ISO-8859-5"},  {"greek", "ISO-8859-7"},
    };
    if (starts_with(name, "latin-1") || starts_with(name, "iso-8859-1") ||
        starts_with(name, "iso-latin-1")) {
        return "ISO-8859-1";
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    return name;
}

/* 0, or the errno of iconv; *done is how far it came. */
static int convert(const char *to, const char *from, const char *text, size_t size,
                   struct hr_bytes *out, size_t *done)
{
    *done = 0;
    iconv_t cd = iconv_open(to, from);
    if (cd == (iconv_t)-1) {
        return EINVAL;
    }
    char *in = (char *)text;
    size_t left = size;
    int code = 0;
    bool flushed = false;
    while (code == 0 && !flushed) {
        if (!hr_bytes_reserve(out, left + left / 2 + 64)) {
            code = ENOMEM;
            break;
        }
        char *put = out->data + out->size;
        size_t room = out->capacity - out->size - 1;
        size_t before = room;
        bool finishing = left == 0;
        size_t result = iconv(cd, finishing ? NULL : &in, &left, &put, &room);
        out->size += before - room;
        flushed = finishing && result != (size_t)-1;
        if (result == (size_t)-1 && errno != E2BIG) {
            code = errno != 0 ? errno : EILSEQ;
        }
    }
    iconv_close(cd);
    *done = size - left;
    if (out->data != NULL) {
        out->data[out->size] = '\0';
    }
    return code;
}

static bool convert_in(struct hr_source_text *source, size_t cookie,
                       struct hr_error *err)
{
    const char *raw = source->raw.data;
    const char *name = iconv_name(source->encoding);
    size_t done;
    int code =
        convert("UTF-8", name, source->text, source->size, &source->converted, &done);
    if (code == EINVAL && done == 0) {
        return error_at(err, HR_ERROR_ENCODING, raw, cookie,
                        "unknown encoding: ", source->encoding);
    }
    if (code == ENOMEM || source->converted.failed) {
        return hr_error_memory(err);
    }
    if (code != 0) {
        return error_at(err, HR_ERROR_ENCODING, raw, source->bom + done,
                        "not valid in the declared encoding ", source->encoding);
    }
    struct hr_bytes back;
    hr_bytes_init(&back);
    code = convert(name, "UTF-8", source->converted.data, source->converted.size, &back,
                   &done);
    bool same = code == 0 && back.size == source->size &&
                memcmp(back.data, source->text, back.size) == 0;
    bool failed = back.failed;
    hr_bytes_finish(&back);
    if (failed) {
        return hr_error_memory(err);
    }
    if (!same) {
        return error_at(
            err, HR_ERROR_ENCODING, raw, cookie,
            "cannot be converted and back to the same bytes: ", source->encoding);
    }
    source->text = source->converted.data;
    source->size = source->converted.size;
    source->is_converted = true;
    return true;
}

/* Encodings in which an ASCII byte may be a part of another character, or a shift
 * to another table: pure ASCII bytes say nothing there. */
static bool may_hide_ascii(const char *name)
{
    static const char *const prefixes[] = {"utf-7", "utf7",     "utf-16", "utf-32",
                                           "hz",    "iso-2022", "iso2022"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_known(const char *encoding)
{
    iconv_t cd = iconv_open("UTF-8", iconv_name(encoding));
    if (cd == (iconv_t)-1) {
        return false;
    }
    iconv_close(cd);
    return true;
}

/* How much of the text is well-formed, in steps that a window can follow. */
static size_t valid_size(struct hr_source_text *source)
{
    size_t at = 0;
    for (size_t good = 1; at < source->size && good > 0; at += good) {
        size_t left = source->size - at;
        good = hr_utf8_valid(source->text + at, left < STEP ? left : STEP);
        hr_window_passed(&source->window, source->text + at);
    }
    return at;
}

static size_t find_nul(struct hr_source_text *source)
{
    const char *raw = source->raw.data;
    size_t size = source->raw.size;
    for (size_t at = 0; at < size; at += STEP) {
        const char *nul = memchr(raw + at, '\0', size - at < STEP ? size - at : STEP);
        if (nul != NULL) {
            return (size_t)(nul - raw);
        }
        hr_window_passed(&source->window, raw + at);
    }
    return size;
}

bool hr_source_text_open(struct hr_source_text *source, struct hr_error *err)
{
    if (source->window.text != NULL) {
        source->raw =
            (struct hr_bytes){.data = source->window.text, .size = source->window.size};
    } else if (source->raw.data == NULL) {
        hr_bytes_append_text(&source->raw, "");
        if (source->raw.data == NULL && !hr_bytes_reserve(&source->raw, 1)) {
            return hr_error_memory(err);
        }
        source->raw.data[0] = '\0';
    }
    const char *raw = source->raw.data;
    size_t size = source->raw.size;
    source->bom = size >= 3 && memcmp(raw, bom_bytes, 3) == 0 ? 3 : 0;
    source->text = raw + source->bom;
    source->size = size - source->bom;
    size_t nul = find_nul(source);
    if (nul < size) {
        return error_at(err, HR_ERROR_SYNTAX, raw, nul,
                        "a NUL byte, which Python source cannot hold", "");
    }
    size_t cookie = find_cookie(source);
    bool utf8 = is_utf8_name(source->encoding);
    if (utf8) {
        size_t good = valid_size(source);
        return good == source->size ||
               error_at(err, HR_ERROR_ENCODING, raw, source->bom + good,
                        "not valid UTF-8, and no other encoding is declared", "");
    }
    if (source->bom > 0) {
        return error_at(err, HR_ERROR_ENCODING, raw, cookie,
                        "the file starts with a UTF-8 BOM but declares ",
                        source->encoding);
    }
    if (hr_ascii_end(source->text, source->size, 0) == source->size &&
        !may_hide_ascii(source->encoding)) {
        return is_known(source->encoding) ||
               error_at(err, HR_ERROR_ENCODING, raw, cookie,
                        "unknown encoding: ", source->encoding);
    }
    return convert_in(source, cookie, err);
}

bool hr_source_text_close(const struct hr_source_text *source, const char *text,
                          size_t size, struct hr_bytes *out, struct hr_error *err)
{
    if (!source->is_converted) {
        hr_bytes_append(out, bom_bytes, source->bom);
        hr_bytes_append(out, text, size);
        return !out->failed || hr_error_memory(err);
    }
    size_t done;
    int code = convert(iconv_name(source->encoding), "UTF-8", text, size, out, &done);
    if (out->failed) {
        return hr_error_memory(err);
    }
    return code == 0 ||
           hr_error_set(err, HR_ERROR_ENCODING, "the result cannot be written in %s",
                        source->encoding);
}
