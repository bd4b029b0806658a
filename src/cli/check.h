/* Is a text Python?  (Layer 4a.) */
#ifndef HR_CLI_CHECK_H
#define HR_CLI_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * True if every statement of `text` parses.  Fails with HR_ERROR_SYNTAX (position
 * of the first token that has no place), HR_ERROR_LIMIT, HR_ERROR_MEMORY.
 */
bool hr_check_syntax(const char *text, size_t size, struct hr_error *err);

#endif
