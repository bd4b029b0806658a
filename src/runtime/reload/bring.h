/*
 * The global names that an edited function newly uses (layer 4b): what its module
 * does not have yet, and the edited file binds at its top level by import, def,
 * class or assignment, is brought in by running just that statement (or the few that
 * bind it one after the other).  An if, try or with that holds nothing but such is run
 * as a whole; of a star import only the name is taken.
 */
#ifndef HR_RUNTIME_BRING_H
#define HR_RUNTIME_BRING_H

#include "runtime/guard/source.h"

/*
 * Runs what `code` needs in `globals`, and what that needs in turn.  Each name that
 * was brought in is added to the list `brought`.  Statements that start at byte `end`
 * of the text or behind it are not looked at.  Sentences on what was not run are added
 * to the list `remarks`, if it is not NULL.  0, or -1 with the exception of a
 * statement that failed.
 */
int hr_bring_globals(struct hr_state *state, hr_source *source, PyCodeObject *code,
                     PyObject *globals, size_t end, PyObject *brought,
                     PyObject *remarks);

#endif
