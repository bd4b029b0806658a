/*
 * The stacks of all threads (layer 4b).
 */
#ifndef HR_RUNTIME_STACKS_H
#define HR_RUNTIME_STACKS_H

#include "runtime/state.h"

/* The frames that the threads run, the innermost one of each: a new list; NULL without
 * an exception if there is no memory for it. */
PyObject *hr_stacks_running(void);

#endif
