/*
 * An edited class into the live one (layer 4b): the class stays the object that it is,
 * and so do its bases, its instances and the functions that it holds.  Of the class
 * statement that runs which differs; neither its decorators (but dataclass) nor its
 * metaclass nor __init_subclass__ are called again.
 */
#ifndef HR_RUNTIME_CLASSMERGE_H
#define HR_RUNTIME_CLASSMERGE_H

#include "runtime/classes/classes.h"

/*
 * Names that the new text binds otherwise, or newly, get their new values; those that
 * it does not bind any more are deleted; all others are left as the program has them.
 * `frame` is where the prompt is: the enclosing calls of a local class stand above it.
 * True: done, and what was done is appended to `lines` (of str).  False: nothing was
 * changed, and the last of `lines` says why, "file:line:col: error: ..."; an edit that
 * such a class cannot take is remembered, see refused.h.  Never leaves an exception
 * set.
 */
bool hr_class_merge(struct hr_state *state, const struct hr_class_change *change,
                    PyFrameObject *frame, PyObject *lines);

#endif
