/*
 * The compiler, called aloud or silently (layer 4b): what it has to say of a guarded
 * text would carry that text's lines.  `flags` are compiler flags (PyCF_MASK) or 0;
 * `optimize` as for compile().  Texts are UTF-8.
 */
#ifndef HR_RUNTIME_COMPILE_H
#define HR_RUNTIME_COMPILE_H

#include "runtime/state.h"

extern PyType_Spec hr_witness_spec; /* of state->witness_type */

/* A module's code object, by the compiler's own rules: its warnings are shown.  New
 * reference, or NULL with an exception. */
PyObject *hr_compile(const char *text, PyObject *filename, int flags, int optimize);

/* The same without a word of warnings; *warned becomes true if there were some.
 * `maker` is called in the compiler's place; NULL: the compiler itself. */
PyObject *hr_compile_silently(struct hr_state *state, const char *text,
                              PyObject *filename, int flags, int optimize,
                              PyObject *maker, bool *warned);

#endif
