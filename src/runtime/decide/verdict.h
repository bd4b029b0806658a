/*
 * The answer that a caller handles an exception (layer 4b), for the guards that it
 * passes on its way there.
 */
#ifndef HR_RUNTIME_DECIDE_VERDICT_H
#define HR_RUNTIME_DECIDE_VERDICT_H

#include "runtime/state.h"

#include <stdbool.h>

/* The guard of `frame` asks; then, one by one, the callers that the exception passes,
 * up to the one that handles it (`verdict` may be NULL: nothing is noted). */
void hr_verdict_begin(struct hr_verdict *verdict, PyFrameObject *frame);
void hr_verdict_pass(struct hr_verdict *verdict, const PyFrameObject *frame,
                     const PyCodeObject *code);

/* It is handled, by `handler` (NULL: by none on this stack). */
void hr_verdict_keep(struct hr_verdict *verdict, PyObject *exception,
                     const void *handler);

/* Whether the answer says so already, for the guard of the frame that the exception's
 * traceback begins with.  Asked at every guard that an exception passes, and as cheap
 * as that has to be: it may say false where hr_verdict_known says true. */
bool hr_verdict_holds(struct hr_verdict *verdict, PyObject *exception);

/* The same of any way; the answer is wiped out if it says nothing of this exception. */
bool hr_verdict_known(struct hr_verdict *verdict, PyFrameObject *frame,
                      PyObject *exception);

#endif
