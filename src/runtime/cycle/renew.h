/*
 * The middle of the cycle (layer 4b): sequences reload -> bring -> patch for one
 * definition after the other, and tells the person what was done.
 */
#ifndef HR_RUNTIME_RENEW_H
#define HR_RUNTIME_RENEW_H

#include "runtime/cycle/crash.h"
#include "runtime/prompt/debug.h"

/*
 * Puts the new version of the function that is to be restarted in place, those that the
 * failure of `failed` came through (it may be the same crash), and what else was edited
 * as far as RELOAD_ALL_ON_CONTINUE says so; else that is named.  True: the function is
 * there, and takes the arguments that it is to be restarted with.  False: it was said
 * why not.  Never leaves an exception set.
 */
bool hr_renew_for_restart(struct hr_state *state, struct hr_debug_session *session,
                          struct hr_crash *crash, const struct hr_crash *failed);

/* Every class and function that differs (`only` as for hr_scope_changed).  Those that
 * cannot be put in place are told of, and stay as they were; *failed: there was such a
 * function.  `asked`: so is a class that was refused as it is now; else nothing is said
 * of that again.  Whether there were any. */
bool hr_renew_definitions(struct hr_state *state, struct hr_debug_session *session,
                          const struct hr_crash *crash, PyObject *only, bool asked,
                          bool *failed);

/* The same, and what statements bind. */
bool hr_renew_changed(struct hr_state *state, struct hr_debug_session *session,
                      const struct hr_crash *crash, PyObject *only, bool asked);

/* The same at the person's command, whose argument is `only`, and who is told if there
 * were none. */
void hr_renew_asked(struct hr_state *state, struct hr_debug_session *session,
                    const struct hr_crash *crash);

#endif
