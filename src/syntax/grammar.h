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
#include "syntax/cut.h"

/* Expressions may hold so many others unbracketed (lambdas, defaults). */
#define HR_MAX_EXPRESSION_DEPTH 1000

/*
 * True if the text is Python.  Fails with HR_ERROR_SYNTAX (position of the first
 * token that has no place) or HR_ERROR_LIMIT (indentation, brackets, depth).
 */
bool hr_grammar_check(const char *text, size_t size, struct hr_error *err);

/*
 * Holds the lines of a cut to the grammar while they are read: zeroed, its address
 * goes to hr_cut.judge.  Then the cut fails too where hr_grammar_check would, in
 * words that may be less clear than its own.
 */
struct hr_judge {
    unsigned char last[HR_MAX_INDENT + 2]; /* what the last statement was, a depth */
    uint32_t depth;
    bool opened; /* the line before ended in a block's ':' */
};

/* --- for the cut --- */

/*
 * Reads the line of which `first`, `line` and `depth` are known; nothing from `size`
 * on.  Sets its `end`, `colon`, `has_off` and *after, the offset of its newline, or
 * `size`; *broken if it may have several physical lines.
 */
bool hr_judge_line(struct hr_judge *judge, const char *text, size_t size,
                   struct hr_logical_line *line, size_t *after, bool *broken,
                   struct hr_error *err);

/* At the end of the text, after its last line. */
bool hr_judge_end(struct hr_judge *judge, const char *text,
                  const struct hr_logical_line *line, struct hr_error *err);

#endif
