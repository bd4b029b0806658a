/*
 * Classes that are made of more than their namespace (layer 4b): enums, named tuples,
 * abstract classes, and (dataclass.h) dataclasses.  What of them can be changed in
 * place.
 */
#ifndef HR_RUNTIME_CLASSKIND_H
#define HR_RUNTIME_CLASSKIND_H

#include "runtime/classes/classdiff.h"

/* Why this change of the class is ruled out: static text, and *member is the statement
 * that it is about (of the new text), or SIZE_MAX; NULL: it is not.  Runs nothing. */
const char *hr_class_kind_refuses(PyTypeObject *type, const struct hr_class_diff *diff,
                                  size_t *member);

/* The same of a value that `name` newly gets. */
const char *hr_class_kind_refuses_value(PyTypeObject *type, PyObject *name,
                                        PyObject *value);

/* Brings an abstract class, and those below it, up to date. */
int hr_class_kind_update_abstract(PyTypeObject *type);

/* Makes the class's own names what they are in `was`, a copy of its dict.  Keeps the
 * exception that is set. */
void hr_class_kind_put_back(PyTypeObject *type, PyObject *was);

#endif
