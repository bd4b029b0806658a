/*
 * Live objects that gc.freeze() has taken from the collector's lists (layer 4b).
 */
#ifndef HR_RUNTIME_FROZEN_H
#define HR_RUNTIME_FROZEN_H

#include "runtime/reload/objects.h"

/* Whether there are any. */
bool hr_frozen_any(void);

/* A new list of the wanted ones that are reached from the objects of `tracked`, the
 * modules and what runs, those themselves included; NULL with an exception. */
PyObject *hr_frozen_find(PyObject *tracked, hr_objects_wanted *wanted, void *context);

#endif
