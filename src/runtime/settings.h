/*
 * What programs set on the module (hot_restart.STOP and the like) and in the
 * environment, read when it is needed (layer 4b).
 */
#ifndef HR_RUNTIME_SETTINGS_H
#define HR_RUNTIME_SETTINGS_H

#include "runtime/state.h"

/* Read when a text is guarded: whether the values of generators are counted. */
#define HR_SETTING_COUNTS "COUNT_YIELDS"

/* Puts the settings into the module, with what the environment says.  Once, when the
 * module is first executed.  0, or -1 with an exception. */
int hr_settings_init(PyObject *module, struct hr_state *state);

/* Brings state->stop up to date with STOP, once for each new value of it; what it does
 * not know changes nothing and is said.  Never fails; keeps no exception. */
void hr_settings_read_stop(struct hr_state *state);

/* Whether a setting is true; `missing` if the program deleted it. Never fails. */
bool hr_settings_flag(struct hr_state *state, const char *name, bool missing);

/* PROGRAM_SHOULD_EXIT, fast.  Never fails. */
bool hr_settings_should_exit(struct hr_state *state);

/* Assigns it.  0, or -1 with an exception. */
int hr_settings_set(struct hr_state *state, const char *name, PyObject *value);

/* Of a setting (borrowed); NULL without an exception if the program deleted it. */
PyObject *hr_settings_get(struct hr_state *state, const char *name);

/* The debugger that was asked for by an option, a variable or the program (borrowed);
 * None: whichever is there. */
PyObject *hr_settings_debugger(struct hr_state *state);

/* A line in the file that HOT_RESTART_DEBUG_LOG names, if it names one; formats are
 * those of PyUnicode_FromFormat.  Keeps the current exception. */
void hr_settings_log(const char *format, ...);

#endif
