/*
 * Names of a text as the compiler has them (layer 4b): those that are not ASCII it
 * brings into their normal form (PEP 3131), so that an accent may be typed in more than
 * one way.
 */
#ifndef HR_RUNTIME_IDENTIFIERS_H
#define HR_RUNTIME_IDENTIFIERS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "defs/defs.h"

/* The name that stands in the text: new reference. */
PyObject *hr_identifier(const char *text, size_t size);

/* Brings the qualified names of the index into that form; -1 with an exception. */
int hr_identifiers_normalise(struct hr_defs *defs);

/* The last part of the qualified name; borrowed from the index. */
const char *hr_identifiers_name(const struct hr_defs *defs, uint32_t def);

#endif
