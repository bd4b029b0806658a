/*
 * Copies that hr-instrument made (layer 4b): a version whose text ends in an origin
 * line is one, and what a person edits is the origin.  A reload of a copy reads the
 * origin and instruments its text as the copy was instrumented, so that the two
 * compare definition by definition.  Where the runtime compiles whole modules anyway,
 * it runs the origin's text in place of a copy of just that.
 */
#ifndef HR_RUNTIME_ORIGIN_H
#define HR_RUNTIME_ORIGIN_H

#include "runtime/guard/source.h"

/*
 * What a reload of the file is made of: of a copy its instrumented origin, else (also
 * if the origin cannot be read, which is said once) the file.  New reference, not
 * registered if it is new; `fresh`: a version of its own, whose text may be changed.
 * Reasons for failure as hr_source_read; what is wrong with the origin's text is told
 * of the origin.
 */
hr_source *hr_origin_current(struct hr_state *state, PyObject *filename, bool fresh);

/* The file to edit in place of `filename`: its origin (new reference); NULL without an
 * exception if it is no copy, or its origin is not there. */
PyObject *hr_origin_of(struct hr_state *state, PyObject *filename);

/* Where a person finds a 1-based line of the version: *line becomes the origin's, if
 * the text was made of it.  Borrowed: the file's name. */
PyObject *hr_origin_told(const hr_source *source, uint32_t *line);

/* The same of a version that was read from the copy: *line becomes that of the text
 * that the copy was made of.  False: it is no copy, and *line stays. */
bool hr_origin_line(const hr_source *source, uint32_t *line);

/*
 * What to run in place of a copy: its origin's text, under the origin's name, if the
 * copy is nothing but that instrumented; else the copy itself.  New reference, never
 * NULL.
 */
hr_source *hr_origin_instead(struct hr_state *state, hr_source *copy);

/* The file name that the code of a module has whose __file__ is `file`: of a copy that
 * its origin runs for the origin's, else `file` itself.  Borrowed, no exception. */
PyObject *hr_origin_running(const struct hr_state *state, PyObject *file);

/* Where what begins on a 1-based line of the version (an hr_source) begins in the copy
 * that it runs in place of, with decorators that were put in; else the line itself. */
uint32_t hr_origin_copy_line(const void *source, uint32_t line);

/* Makes the SyntaxError that is set, if it is one, tell of the origin if the version's
 * text was made of it. */
void hr_origin_blame(const hr_source *source);

#endif
