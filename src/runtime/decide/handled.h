/*
 * Whether a live caller is going to handle an exception (layer 4b): the question
 * behind stop=unhandled.
 */
#ifndef HR_RUNTIME_HANDLED_H
#define HR_RUNTIME_HANDLED_H

#include "runtime/state.h"

#include <stdbool.h>

/*
 * Looks at every frame above `frame`, from the inside out: is its position in the
 * body of a try whose clause matches, in a `with` that suppresses or expects the
 * exception, or in a call of hasattr, getattr or next that swallows it?  Names in
 * clauses are looked up, nothing is called; what cannot be known handles nothing.
 * A clause that ends by raising the exception again does not count, and neither
 * does a catch-all outside guarded modules.  Keeps the current exception.
 */
bool hr_handled(struct hr_state *state, PyFrameObject *frame, PyObject *exception);

/* The same of the frame itself, where the exception was just raised. */
bool hr_handled_here(struct hr_state *state, PyFrameObject *frame, PyObject *exception);

#endif
