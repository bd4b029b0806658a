/*
 * [tool.hot-restart] of the nearest pyproject.toml, read with the interpreter's own
 * tomllib (layer 5).
 */
#ifndef HR_RUN_PROJECT_H
#define HR_RUN_PROJECT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "run/options.h"

/*
 * Fills *options with what the nearest file says, looked for from the folder of
 * `script` (may be NULL: the current folder) upwards; they say nothing if there is
 * none. False: it is wrong, which was said on stderr.  `options` is finished by
 * hr_run_options_finish either way; *texts (a new reference or NULL) holds the strings
 * that they point into.
 */
bool hr_project_read(const wchar_t *script, struct hr_run_options *options,
                     PyObject **texts);

#endif
