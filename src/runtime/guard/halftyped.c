#include "runtime/guard/halftyped.h"

#include <string.h>

#include "base/lines.h"

/* False if there was nothing but space. */
static bool blank_line(struct hr_bytes *text, uint32_t line, size_t *indent)
{
    size_t start = hr_line_skip(text->data, text->size, 0, line - 1);
    size_t end = hr_line_end(text->data, text->size, start);
    bool blanked = false;
    for (size_t i = start; i < end; i++) {
        if (strchr(" \t\f\r\n", text->data[i]) == NULL) {
            *indent = blanked ? *indent : i - start;
            text->data[i] = ' ';
            blanked = true;
        }
    }
    return blanked;
}

uint32_t hr_half_typed_leave_out(struct hr_bytes *text, uint32_t line,
                                 const char *message, size_t *indent)
{
    /* A header without a body is found out at the line that follows it. */
    line -= line > 0 && strstr(message, "indented block") != NULL;
    while (line > 0 && !blank_line(text, line, indent)) {
        line--;
    }
    return line;
}
