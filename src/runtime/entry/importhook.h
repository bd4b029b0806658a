/*
 * Guards modules as they are imported (layer 4b): get_code of importlib's
 * SourceFileLoader is replaced, so that loaders keep their types.
 */
#ifndef HR_RUNTIME_IMPORTHOOK_H
#define HR_RUNTIME_IMPORTHOOK_H

#include "runtime/state.h"

/* Once an interpreter; a second call changes nothing.  0, or -1 with an exception. */
int hr_importhook_install(PyObject *module, struct hr_state *state);

/*
 * Whether a module of that name from that file is to be guarded: state->exclude,
 * then state->include, then: not if it stands in the standard library or among
 * installed packages.  1, 0, or -1 with an exception.
 */
int hr_importhook_wants(struct hr_state *state, PyObject *name, PyObject *path);

/* Whether state->include names modules of the standard library.  No exception. */
bool hr_importhook_wants_library(struct hr_state *state);

/* Whether `path` stands below `stdlib` (may be NULL) or in a folder of installed
 * packages. */
bool hr_importhook_is_installed(const char *path, const char *stdlib);

#endif
