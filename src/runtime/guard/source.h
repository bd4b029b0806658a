/*
 * The texts that running code came from (layer 4b).  A source version is one
 * content of one file, as it was compiled: its text as UTF-8, its definitions.
 * Each reload that reads a changed file adds a version, and a code object keeps
 * the one that it came from.
 */
#ifndef HR_RUNTIME_SOURCE_H
#define HR_RUNTIME_SOURCE_H

#include <sys/types.h>

#include "runtime/state.h"

#include "base/bytes.h"
#include "defs/defs.h"
#include "rewrite/linemap.h"

typedef struct {
    PyObject_HEAD PyObject
        *filename;        /* str: co_filename of the code compiled from it */
    struct hr_bytes text; /* UTF-8, BOM kept out */
    struct hr_defs defs;  /* over text; made when first asked for */
    bool has_outline;
    PyObject *codes;   /* wrap.c: dict (co_qualname, co_firstlineno) -> guarded code,
                        * of the whole file; NULL until asked for */
    PyObject *plain;   /* live.c: the same of the plain code, for files that are new */
    bool ran;          /* a module's code was made of it, so that ... */
    size_t ran_from;   /* ... classes that stand from here on may have come from it */
    PyObject *rebound; /* bindings.c: dict: name -> the statement (bytes) that bound it
                        * since; NULL: none */
    bool merged;       /* classes were changed to what it says */
    bool half_typed;   /* lines of it were left out to read the others */
    long long mtime;   /* of the file when it was read, in ns; 0: not read from one */
    long long file_size;
    uid_t owner;        /* of the file, if mtime is known */
    uid_t folder_owner; /* ... and of its folder; (uid_t)-1: it is not known */
    PyObject *origin; /* str: the file that the text says it is a copy of; NULL: none */
    struct hr_line_map from_origin; /* origin.c: if the text was made of that file */
    long long origin_mtime; /* ... of which this was the time (0: of none yet) ... */
    long long origin_size;
    bool origin_said;        /* that it cannot be read */
    struct hr_array in_copy; /* origin.c: of uint32_t: where its lines stand in the copy
                              * that it is run in place of; of others empty */
} hr_source;

extern PyType_Spec hr_source_spec;

/* A version of raw file bytes (any declared encoding).  New reference.  Sets
 * SyntaxError for a bad cookie or undecodable bytes. */
hr_source *hr_source_new(struct hr_state *state, PyObject *filename, const char *data,
                         Py_ssize_t size);

/* Reads the file now on disk into a new version.  OSError, also if it is no regular
 * file, or of another user than the one that was read first; SyntaxError. */
hr_source *hr_source_read(struct hr_state *state, PyObject *filename);

/* The same of the file `place`, which gets the trust that `filename` has; the version
 * is one of `place`. */
hr_source *hr_source_read_for(struct hr_state *state, PyObject *filename,
                              PyObject *place);

struct stat;
long long hr_source_mtime(const struct stat *st);

/* The outline of the definitions (borrowed); NULL with SyntaxError set if the text has
 * none. */
const struct hr_defs *hr_source_outline(hr_source *source);

/* The outline, with the detail of one definition: see hr_defs_add_detail. */
const struct hr_defs *hr_source_detail(hr_source *source, uint32_t def);

/* The newest version read from the file if that is what is on disk, else a new one (not
 * registered).  Of a copy this is the copy: see origin.h for what a person edits.  New
 * reference; reasons for failure as hr_source_read. */
hr_source *hr_source_current(struct hr_state *state, PyObject *filename);

/* Makes `source` the newest version of its file.  0, or -1 with an exception. */
int hr_source_keep(struct hr_state *state, hr_source *source);

/* Remembers that `code` and every code object inside it came from `source`. */
int hr_source_register(struct hr_state *state, hr_source *source, PyObject *code);

/* The version that a code object came from (borrowed); NULL without an exception
 * if it is not known. */
hr_source *hr_source_of(struct hr_state *state, PyCodeObject *code);

/* The definition that a function's code object was compiled from: its name and
 * co_firstlineno decide.  HR_NONE if there is none. */
uint32_t hr_source_def_of(hr_source *source, PyCodeObject *code);

#endif
