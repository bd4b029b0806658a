/*
 * Simple statements at the top level of a file (layer 4b): each alone, as code that
 * can be run in the namespace of its module, and the names that it binds there.
 */
#ifndef HR_RUNTIME_STATEMENTS_H
#define HR_RUNTIME_STATEMENTS_H

#include "runtime/guard/source.h"
#include "syntax/cut.h"

/* No compound statement, which would do more than bind a name; def and class count as
 * simple. */
bool hr_statements_is_simple(const char *text, const struct hr_statement *statement);

/* The statement without the comment and the newline at its end: those are no edit. */
struct hr_span hr_statements_code(const struct hr_statement *statement);

/* The statement's code at its place in the file, guarded: new reference; NULL without
 * an exception if it cannot be compiled. */
PyObject *hr_statements_compile(struct hr_state *state, const hr_source *source,
                                struct hr_span span);

/* The same to look at, not to run: nothing is remembered of it. */
PyObject *hr_statements_look(struct hr_state *state, const hr_source *source,
                             struct hr_span span);

/* The global names that the statement binds: a new list; NULL without an exception if
 * it cannot be compiled. */
PyObject *hr_statements_bound(struct hr_state *state, const hr_source *source,
                              struct hr_span span);

/* Appends the global names that the code itself binds, or reads, to the list `names`;
 * 0 or -1. */
int hr_statements_names(PyCodeObject *code, bool binds, PyObject *names);

/* The bytes of the word stand in the span. */
bool hr_statements_have(const hr_source *source, struct hr_span span, PyObject *word);

#endif
