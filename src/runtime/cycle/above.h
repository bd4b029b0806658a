/*
 * What an edit changed above a failed statement at module level (layer 4b): what can be
 * in place before the module goes on, and what is not run again.
 */
#ifndef HR_RUNTIME_ABOVE_H
#define HR_RUNTIME_ABOVE_H

#include "runtime/cycle/resume.h"
#include "runtime/guard/source.h"
#include "runtime/prompt/debug.h"

/*
 * Puts edited functions and classes in place, wherever they stand, and what the
 * statement at resume->offset of `now` newly uses from above it; names what is not run
 * again.  `ran` is the text that failed in `frame`.  False: the statement had better
 * not be run now, and it was said why.  Never leaves an exception set.
 */
bool hr_above_take(struct hr_state *state, struct hr_debug_session *session,
                   PyFrameObject *frame, hr_source *ran, hr_source *now,
                   const struct hr_resume *resume);

#endif
