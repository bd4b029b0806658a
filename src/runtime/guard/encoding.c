#include "runtime/guard/encoding.h"

#include <ctype.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "runtime/compat.h"
#include "runtime/state.h"

/* The declared encoding in a line "# ... coding: NAME" (PEP 263); empty if none. */
static struct hr_span cookie_in_line(const char *text, size_t start, size_t end)
{
    size_t at = start;
    while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f')) {
        at++;
    }
    if (at >= end || text[at] != '#') {
        return hr_span(0, 0);
    }
    for (; at + 7 <= end; at++) {
        if (memcmp(text + at, "coding", 6) != 0 ||
            (text[at + 6] != ':' && text[at + 6] != '=')) {
            continue;
        }
        size_t first = at + 7;
        while (first < end && (text[first] == ' ' || text[first] == '\t')) {
            first++;
        }
        size_t last = first;
        while (last < end && (isalnum((unsigned char)text[last]) ||
                              strchr("-_.", text[last]) != NULL)) {
            last++;
        }
        if (last > first) {
            return hr_span(first, last);
        }
    }
    return hr_span(0, 0);
}

static bool blank_or_comment(const char *text, size_t start, size_t end)
{
    for (size_t i = start; i < end && text[i] != '#'; i++) {
        if (strchr(" \t\f\r\n", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static struct hr_span find_cookie(const char *text, size_t size)
{
    size_t second = hr_line_end(text, size, 0);
    struct hr_span cookie = cookie_in_line(text, 0, second);
    if (hr_span_empty(cookie) && blank_or_comment(text, 0, second)) {
        cookie = cookie_in_line(text, second, hr_line_end(text, size, second));
    }
    return cookie;
}

/* Sets a SyntaxError for what stands at `at`, in place of the decoding error that is
 * set. */
static PyObject *encoding_error(PyObject *filename, const char *text, size_t at,
                                const char *what)
{
    PyObject *cause = hr_compat_take_exception();
    struct hr_error err;
    uint32_t line = 1 + (uint32_t)hr_count_newlines(text, at, 0);
    size_t start = hr_line_start(text, at);
    hr_error_at(&err, HR_ERROR_ENCODING, line, (uint32_t)(at - start) + 1, "%s", what);
    hr_error_raise(&err, filename);
    if (cause != NULL && !PyErr_GivenExceptionMatches(cause, PyExc_MemoryError)) {
        PyObject *error = hr_compat_take_exception();
        PyException_SetCause(error, cause);
        hr_compat_put_exception(error);
        return NULL;
    }
    Py_XDECREF(cause);
    return NULL;
}

/* Where the decoder stopped, as the exception that is set says; else `otherwise`. */
static size_t bad_byte(size_t otherwise)
{
    PyObject *error = hr_compat_take_exception();
    Py_ssize_t at = 0;
    bool known = error != NULL &&
                 PyErr_GivenExceptionMatches(error, PyExc_UnicodeDecodeError) &&
                 PyUnicodeDecodeError_GetStart(error, &at) == 0 && at >= 0;
    PyErr_Clear();
    hr_compat_put_exception(error);
    return known ? (size_t)at : otherwise;
}

/* As the tokenizer has it: beside a BOM it takes no other spelling, "utf8" neither. */
static bool is_utf8_cookie(const char *name, size_t size)
{
    static const char plain[] = "utf-8";
    size_t length = sizeof plain - 1;
    for (size_t i = 0; i < length && i < size; i++) {
        char c = name[i] == '_' ? '-' : name[i];
        if (c != plain[i] && !(c >= 'A' && c <= 'Z' && c - 'A' + 'a' == plain[i])) {
            return false;
        }
    }
    return size == length ||
           (size > length && (name[length] == '-' || name[length] == '_'));
}

int hr_encoding_decode(PyObject *filename, const char *data, Py_ssize_t size,
                       struct hr_bytes *out)
{
    size_t bom = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    const char *raw = data;
    data += bom;
    size -= (Py_ssize_t)bom;
    char encoding[64] = "utf-8";
    struct hr_span cookie = find_cookie(data, (size_t)size);
    if (bom > 0 && !hr_span_empty(cookie) &&
        !is_utf8_cookie(data + cookie.start, hr_span_size(cookie))) {
        encoding_error(filename, raw, cookie.start,
                       "a BOM stands before another declared encoding");
        return -1;
    }
    if (bom == 0 && !hr_span_empty(cookie)) {
        if (hr_span_size(cookie) >= sizeof encoding) {
            encoding_error(filename, raw, cookie.start,
                           "the declared encoding is unknown");
            return -1;
        }
        memcpy(encoding, data + cookie.start, hr_span_size(cookie));
        encoding[hr_span_size(cookie)] = '\0';
    }
    const char *nul = memchr(data, '\0', (size_t)size);
    if (nul != NULL) {
        encoding_error(filename, raw, (size_t)(nul - raw), "the text holds a NUL byte");
        return -1;
    }
    /* As str even if it is UTF-8: that says whether it really is. */
    PyObject *text = PyUnicode_Decode(data, size, encoding, "strict");
    if (text == NULL) {
        encoding_error(filename, raw, bom + bad_byte(cookie.start),
                       "the text is not in its declared encoding");
        return -1;
    }
    if (strcmp(encoding, "utf-8") != 0) {
        data = PyUnicode_AsUTF8AndSize(text, &size);
    }
    if (data != NULL) {
        hr_bytes_append(out, data, (size_t)size);
    }
    Py_DECREF(text);
    return data != NULL ? 0 : -1;
}
