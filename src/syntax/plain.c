#include "syntax/plain.h"

#include <ctype.h>
#include <string.h>

#include "syntax/scan.h"

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Past what does not count; true if there was any. */
static bool skip_space(struct hr_scan *scan)
{
    size_t start = scan->at;

    while (scan->at < scan->size) {
        char c = scan->text[scan->at];
        enum hr_byte_class kind = hr_byte_classes[(unsigned char)c];

        if (kind == HR_BYTE_HASH) {
            hr_scan_comment(scan);
        } else if (kind == HR_BYTE_NEWLINE) {
            hr_scan_newline(scan);
        } else if (kind == HR_BYTE_BACKSLASH) {
            hr_scan_escape(scan);
        } else if (c == ' ' || c == '\t' || c == '\f') {
            scan->at++;
        } else {
            break;
        }
    }
    return scan->at > start;
}

void hr_plain_append(struct hr_bytes *out, const char *text, struct hr_span span)
{
    struct hr_error err = {0};
    struct hr_scan scan = {
        .text = text, .size = span.end, .at = span.start, .err = &err};
    bool spaced = false;
    bool wordy = false; /* the last byte belongs to a word */

    while (scan.at < span.end) {
        size_t start = scan.at;

        if (skip_space(&scan)) {
            spaced = true;
            continue;
        }
        if (spaced && wordy && in_word(text[start])) {
            hr_bytes_append_char(out, ' ');
        }
        spaced = false;
        wordy = in_word(text[start]);
        if (hr_byte_classes[(unsigned char)text[start]] != HR_BYTE_QUOTE) {
            scan.at++;
        } else if (!hr_scan_string(&scan, span.start)) {
            scan.at = span.end;
        }
        hr_bytes_append(out, text + start, scan.at - start);
    }
}
