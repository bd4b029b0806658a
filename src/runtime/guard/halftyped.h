/*
 * Files that are saved half typed (layer 4b): a line with an open bracket or string
 * would make all that follows unreadable, so it is left out.
 */
#ifndef HR_RUNTIME_HALFTYPED_H
#define HR_RUNTIME_HALFTYPED_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* How often a line is left out before the file is given up. */
#define HR_MOST_LEFT_OUT 20

/*
 * Replaces by spaces the line that a syntax error names (1-based), or the nearest
 * above that is not blank; `message` says what is wrong.  The 1-based line, with its
 * indentation in *indent; 0 if there is none.
 */
uint32_t hr_half_typed_leave_out(struct hr_bytes *text, uint32_t line,
                                 const char *message, size_t *indent);

#endif
