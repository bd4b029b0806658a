/*
 * What a program that is a python (hr-run) asks of the runtime (layer 4b).
 */
#ifndef HR_RUNTIME_PROGRAM_H
#define HR_RUNTIME_PROGRAM_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

struct hr_program_options {
    const char *const *include; /* module name patterns, locale-encoded, borrowed */
    size_t include_count;
    const char *const *exclude;
    size_t exclude_count;
    const char *const *ignore; /* qualified names of exception classes */
    size_t ignore_count;
    const char *stop;       /* "unhandled", "always" or "never" */
    const char *on_crash;   /* "debug", "wait" or "raise" */
    const char *reload;     /* "failed" or "changed" */
    const char *generators; /* "count" or "replay" */
    const char *debugger;   /* "pdb", "ipdb", "pudb" or "debugpy"; NULL: not said */
    bool stop_at_raise;     /* 3.12 and later */
    bool stop_on_interrupt;
    bool stop_on_exit;
    bool only_wrapped; /* what the source itself marks, and nothing else */
};

/*
 * Loads the runtime into the interpreter and has modules guarded from now on.
 * 0, or -1 with an exception: the interpreter is as it was.
 */
int hr_program_setup(const struct hr_program_options *options);

/*
 * The guarded code of the script in a file, to be run as __main__.  NULL without an
 * exception: it is for python to run, or to say what is wrong with it.  NULL with
 * one: the exception that python ends with.
 */
PyObject *hr_program_load_script(PyObject *filename);

/* Runs that code as __main__, in `globals`; a statement that fails at its top level can
 * be edited.  New reference or NULL with the exception that python ends with. */
PyObject *hr_program_run(PyObject *code, PyObject *globals);

/* The same for what python's runpy runs (-m, a folder, a zip).  Never fails. */
void hr_program_take_runpy(void);

/* The last prompt of a program that stands in no file; `text`: of -c, or NULL.  Never
 * fails. */
void hr_program_watch_end(const wchar_t *text);

/* What multiprocessing is to start children with, by spawn: the program (str), and the
 * list of its arguments that stand before python's own. */
void hr_program_set_child(PyObject *program, PyObject *arguments);

/* Takes what restarted calls left in the current exception's traceback out of it,
 * before it is shown.  Does nothing without one. */
void hr_program_clean_error(void);

#endif
