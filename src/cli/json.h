/* JSON text of any bytes, over jansson (layer 4a). */
#ifndef HR_CLI_JSON_H
#define HR_CLI_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/bytes.h"

/* A string value; bytes that are not UTF-8 become U+FFFD.  NULL without memory. */
json_t *hr_json_text(const char *text, size_t size);

/* Appends the value as text and gives it up; NULL sets out->failed. */
void hr_json_append(struct hr_bytes *out, json_t *value, size_t flags);

/* The same with every line but the first further in. */
void hr_json_append_deeper(struct hr_bytes *out, json_t *value, size_t flags,
                           const char *indent);

#endif
