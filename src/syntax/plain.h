/*
 * What a piece of Python says, apart from how it is laid out (layer 1): two pieces
 * whose plain text is equal compile to the same.
 */
#ifndef HR_SYNTAX_PLAIN_H
#define HR_SYNTAX_PLAIN_H

#include "base/bytes.h"
#include "base/span.h"

/*
 * Appends the tokens of one logical line, or of a part of one: comments, newlines and
 * continuations are left out, spaces too where no two words would run together.  What
 * stands in strings stays.  `span` starts and ends outside of strings.  A string that
 * is not closed is appended as it stands.
 */
void hr_plain_append(struct hr_bytes *out, const char *text, struct hr_span span);

#endif
