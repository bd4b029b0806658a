/*
 * The fifth step of the cycle (layer 4b): the new version into the existing
 * function objects, every live one that runs the old code.
 */
#ifndef HR_RUNTIME_PATCH_H
#define HR_RUNTIME_PATCH_H

#include "runtime/cycle/crash.h"
#include "runtime/reload/reload.h"

struct hr_patch {
    PyObject *problem; /* str: why nothing was patched */
    PyObject *remarks; /* list of str: what the person should know; NULL: nothing */
};

/*
 * Code, closure, defaults, keyword defaults, annotations and docstring.  A default
 * (or annotation) whose text is as it was keeps its live object; one that is new is
 * evaluated.  False: an evaluation failed (`problem`), nothing was changed.  `patch`
 * is finished by hr_patch_finish either way.
 */
bool hr_patch(struct hr_state *state, const struct hr_crash *crash,
              const struct hr_reload *reload, struct hr_patch *patch);

void hr_patch_finish(struct hr_patch *patch);

#endif
