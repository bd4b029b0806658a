/*
 * Edits of classes that were refused for good (layer 4b): nothing but another edit, or
 * a new start, helps, so they are told of once.
 */
#ifndef HR_RUNTIME_REFUSED_H
#define HR_RUNTIME_REFUSED_H

#include "runtime/classes/classes.h"

/* Remembers that the class cannot become what its text says now.  Never fails: what
 * cannot be remembered is told of again. */
void hr_refused_add(struct hr_state *state, const struct hr_class_change *change);

/* Whether that was said of the class as its text is now, to the byte: what stands in it
 * counts as well. */
bool hr_refused_is(struct hr_state *state, const struct hr_class_change *change);

#endif
