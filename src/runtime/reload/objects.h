/*
 * Live objects, as the collector knows them (layer 4b).
 */
#ifndef HR_RUNTIME_RELOAD_OBJECTS_H
#define HR_RUNTIME_RELOAD_OBJECTS_H

#include "base/array.h"
#include "runtime/state.h"

/* Whether an object is looked for.  It must make none, nor run any code. */
typedef bool hr_objects_wanted(PyObject *object, void *context);

/* A new list of those that are wanted, in no particular order, those that gc.freeze()
 * has taken from the collector as well; NULL with an exception.
 * Slow: it looks at every one there is. */
PyObject *hr_objects_find(struct hr_state *state, hr_objects_wanted *wanted,
                          void *context);

/* A new list of what was found, of owned PyObject *, which are taken over with the
 * array; NULL with an exception. */
PyObject *hr_objects_list(struct hr_array *found);

#endif
