/*
 * The last prompt of a program whose text stands in no file, given with -c or on the
 * standard input (layer 4b): nothing of it can be run again, but it can be looked at.
 */
#ifndef HR_RUNTIME_LASTHOOK_H
#define HR_RUNTIME_LASTHOOK_H

#include "runtime/state.h"

/* Takes the place of sys.excepthook until it has been called.  `text` (str): of the
 * program, or NULL if it is not known.  0, or -1 with an exception. */
int hr_lasthook_install(PyObject *module, PyObject *text);

#endif
