/*
 * What a person may take for reloaded and is not, said at the prompt (layer 4b).
 */
#ifndef HR_RUNTIME_UNSEEN_H
#define HR_RUNTIME_UNSEEN_H

#include "runtime/cycle/crash.h"
#include "runtime/prompt/debug.h"

/* Nothing of that name differs: it may not be loaded yet, or not be there. */
void hr_unseen_say_name(struct hr_state *state, struct hr_debug_session *session,
                        const struct hr_crash *crash, PyObject *only);

/* Where no guarded definition differs: the files of loaded modules that were saved
 * since the program started, and hold none that would.  Says nothing if there are none.
 */
void hr_unseen_say_files(struct hr_state *state, struct hr_debug_session *session);

#endif
