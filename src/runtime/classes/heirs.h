/*
 * The dataclasses below one whose fields changed (layer 4b): what dataclass made for
 * them holds the fields that there were.
 */
#ifndef HR_RUNTIME_HEIRS_H
#define HR_RUNTIME_HEIRS_H

#include "runtime/state.h"

/*
 * Has dataclass process each live dataclass below `type` again, bases before those
 * below them; each stays the same object, and keeps what the program has set in it. One
 * that cannot be is left as it was.  What was done is added to `lines` (a list of str);
 * `name` is that of the class.  Never fails.
 */
void hr_heirs_remake(PyTypeObject *type, PyObject *name, PyObject *lines);

#endif
