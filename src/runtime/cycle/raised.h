/*
 * Stops where an exception is raised in a guarded function, before what stands around
 * it runs (layer 4b): sys.monitoring calls, and hr_cycle_raised decides.
 */
#ifndef HR_RUNTIME_RAISED_H
#define HR_RUNTIME_RAISED_H

#include "runtime/state.h"

/* From now on.  `owner` is the hot_restart module.  0, or -1 with an exception: another
 * tool has taken the place, or the interpreter has no sys.monitoring. */
int hr_raised_install(PyObject *owner);

#endif
