/*
 * Classes that are made of more than their namespace (layer 4b): enums, named tuples,
 * dataclasses, abstract classes.  What of them can be changed in place.
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

/* Whether the class is a dataclass whose fields (or what else its decorator looks at)
 * differ: then every annotated statement has to be run. */
bool hr_class_kind_is_remade(PyTypeObject *type, const struct hr_class_diff *diff);

/* The names of the live dataclasses below it: a new list, NULL without an exception. */
PyObject *hr_class_kind_heirs(PyTypeObject *type);

/*
 * Has dataclass process the class again: `names` is the namespace that its statements
 * were run in.  The class may be half changed when -1 is returned, with an exception.
 */
int hr_class_kind_remake(PyTypeObject *type, const struct hr_class_diff *diff,
                         PyObject *names, PyObject *globals);

/* Brings an abstract class, and those below it, up to date. */
int hr_class_kind_update_abstract(PyTypeObject *type);

#endif
