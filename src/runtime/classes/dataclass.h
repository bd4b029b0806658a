/*
 * Dataclasses whose fields an edit changed, which dataclass has to process again (layer
 * 4b).
 */
#ifndef HR_RUNTIME_DATACLASS_H
#define HR_RUNTIME_DATACLASS_H

#include "runtime/classes/classdiff.h"

/* Whether dataclass processed this very class. */
bool hr_dataclass_is(PyTypeObject *type);

/* Whether a decorator's expression is "dataclass" or "dataclasses.dataclass", with or
 * without arguments. */
bool hr_dataclass_is_decorator(const char *text, size_t size);

/* What dataclass adds to a class, unless the class has it; ends in NULL. */
extern const char *const hr_dataclass_generated[];

/* Whether the class is a dataclass whose fields (or what else its decorator looks at)
 * differ: then every annotated statement has to be run. */
bool hr_dataclass_is_remade(PyTypeObject *type, const struct hr_class_diff *diff);

/*
 * Has dataclass process the class again: `names` is the namespace that its statements
 * were run in.  The class may be half changed when -1 is returned, with an exception.
 */
int hr_dataclass_remake(PyTypeObject *type, const struct hr_class_diff *diff,
                        PyObject *names, PyObject *globals);

#endif
