/*
 * The fourth step of the cycle (layer 4b): the edited definition, from the file as
 * it is now.  No module code runs, nothing is written.
 */
#ifndef HR_RUNTIME_RELOAD_H
#define HR_RUNTIME_RELOAD_H

#include "runtime/guard/source.h"

struct hr_reload {
    PyCodeObject *code; /* the code object to run */
    hr_source *source;  /* the version that it came from, or NULL */
    uint32_t def;       /* its definition there, or HR_NONE */
    uint32_t line;      /* 1-based: of its def */
    long changed;       /* lines that differ; 0: the definition is as it was */
    bool edited;        /* something of its file differs */
    PyObject *problem;  /* str, why it failed: "file:line:col: error: ..." */
};

/*
 * Reads the file of `code` and compiles the definition that `code` came from: that
 * of the same qualified name, by order and likeness if there are several.  False:
 * `problem` is filled, and nothing has happened.  `reload` is finished by
 * hr_reload_finish either way.
 */
bool hr_reload(struct hr_state *state, PyCodeObject *code, PyObject *qualname,
               struct hr_reload *reload);

/*
 * The version on disk to compare with, also of a file that is `half_typed`: lines that
 * would make all that follows unreadable are blanks in it, at their length, and what is
 * not found in it may be there.  Not to be compiled.
 * New reference; NULL with an exception if the file cannot be read.
 */
hr_source *hr_reload_readable(struct hr_state *state, PyObject *filename);

void hr_reload_finish(struct hr_reload *reload);

/* The exception that is set, as one line for the person, and clears it; never
 * NULL without an exception set. */
PyObject *hr_reload_describe(PyObject *filename);

/* The last line of the file that an exception with this traceback (or NULL) came
 * through, 1-based; 0: none. */
long hr_reload_failed_line(PyObject *traceback, PyObject *filename);

#endif
