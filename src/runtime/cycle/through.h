/*
 * What a failure came through (layer 4b): the functions whose calls it ended, those of
 * the exceptions that it came of, and one whose call its arguments did not fit.  An
 * edit of one of them is meant for the restart.
 */
#ifndef HR_RUNTIME_THROUGH_H
#define HR_RUNTIME_THROUGH_H

#include "runtime/cycle/crash.h"

/*
 * Of the functions whose text differs on disk, one of each definition, those that the
 * failure of `failed` came through: the dead calls below it, and the live ones from it
 * up to `restarted`, whose own function is left out (both may be the same), and the
 * function that could not be called with its arguments.  A new list; NULL with
 * MemoryError and the like.
 */
PyObject *hr_through_changed(struct hr_state *state, const struct hr_crash *failed,
                             const struct hr_crash *restarted);

#endif
