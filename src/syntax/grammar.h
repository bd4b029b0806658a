/*
 * Is a text Python?  A recogniser of Python's grammar, 3.8 to 3.14, that builds
 * nothing (layer 1).  It is the judge: tree-sitter accepts much that is no Python,
 * errs on some that is, and needs ten times as long.
 *
 * It knows the grammar and the shape of blocks, not the compiler's later checks
 * (a `return` outside a function, a name bound twice), nor what stands inside
 * f-strings.
 */
#ifndef HR_SYNTAX_GRAMMAR_H
#define HR_SYNTAX_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Expressions may hold so many others unbracketed (lambdas, defaults). */
#define HR_MAX_EXPRESSION_DEPTH 1000

/*
 * True if the text is Python.  Fails with HR_ERROR_SYNTAX (position of the first
 * token that has no place) or HR_ERROR_LIMIT (indentation, brackets, depth).
 */
bool hr_grammar_check(const char *text, size_t size, struct hr_error *err);

#endif
