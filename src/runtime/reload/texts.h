/*
 * What differs on disk from what runs, as texts to show (layer 4b).
 */
#ifndef HR_RUNTIME_TEXTS_H
#define HR_RUNTIME_TEXTS_H

#include "runtime/cycle/crash.h"

/*
 * What scope.h and bindings.h tell of, and classes whose own text differs
 * (with all that is in them): a new list of (file name, qualified name, line, text, new
 * line, new text), lines 1-based; where the definition is gone, its new line is 0 and
 * its new text empty; where it may be there, in a half-typed file, the line is -1.
 */
PyObject *hr_texts_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only);

#endif
