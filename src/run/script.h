/*
 * Runs a plain script file, guarded, as `python SCRIPT` does (layer 5).
 */
#ifndef HR_RUN_SCRIPT_H
#define HR_RUN_SCRIPT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

struct hr_script_result {
    int exit_code;
    bool interrupted; /* by a KeyboardInterrupt that nobody caught */
};

/*
 * False: this is no plain script file that can be guarded (a folder, a zip, a pipe, a
 * .pyc, a file that is not there or not Python); nothing has happened yet, and
 * Py_RunMain is to deal with it.  `config` has been read.
 */
bool hr_script_run(const PyConfig *config, struct hr_script_result *result);

#endif
