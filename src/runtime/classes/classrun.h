/*
 * Runs those statements of an edited class that an edit changed (layer 4b).
 */
#ifndef HR_RUNTIME_CLASSRUN_H
#define HR_RUNTIME_CLASSRUN_H

#include "runtime/classes/classdiff.h"

/*
 * Runs, of the new text, what binds names of `diff` that are new or changed, and what
 * that needs and the class has not; with `remade` every annotated statement as well.
 * `names` is their namespace, a dict with what the class has.  super() and __class__ in
 * what they make mean the live class.  `frame`: the enclosing calls of a local class
 * stand above it.  Each global name that had to be brought in is added to the list
 * `brought`.  0, or -1 with the exception of a statement.
 */
int hr_class_run(struct hr_state *state, const struct hr_class_change *change,
                 const struct hr_class_diff *diff, bool remade, PyFrameObject *frame,
                 PyObject *names, PyObject *brought);

#endif
