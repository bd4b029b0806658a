/*
 * What the manager of a `with` does to an exception that comes out of its body (layer
 * 4b), told by what the item is made of: nothing is called.
 */
#ifndef HR_RUNTIME_DECIDE_MANAGERS_H
#define HR_RUNTIME_DECIDE_MANAGERS_H

#include "runtime/decide/passage.h"
#include "runtime/decide/peek.h"

/* What a group holds: a tuple, borrowed; NULL for an exception that is none. */
PyObject *hr_managers_parts(PyObject *exception);

/* Whether the item suppresses or expects the exception: contextlib.suppress,
 * pytest.raises, assertRaises, or an object that one of them made before. */
bool hr_managers_expects(struct hr_peek item, PyObject *exception);

/* The same of an object. */
bool hr_managers_object_expects(PyObject *manager, PyObject *exception);

/* The manager itself, as far as it can be had: it was made before, or is what the item
 * bound, as stacks of contextlib's and assertRaises() of unittest's are.  New
 * reference, or NULL without an exception. */
PyObject *hr_managers_object(struct hr_peek item, const char *text_end);

/* The same where contextlib runs a function that a manager decorates: the one that each
 * call makes anew. */
PyObject *hr_managers_decorator(struct hr_peek item);

/* Whether it is one of a generator under contextlib. */
bool hr_managers_is_generator(PyObject *manager);

/* ... and the frame of that generator: new reference, or NULL without an exception. */
PyObject *hr_managers_frame(PyObject *manager);

/* The managers that a stack of contextlib's has entered and the callbacks that it was
 * given, the last one last: a list, new reference; NULL: it is none. */
PyObject *hr_managers_of_stack(PyObject *manager);

/* Whether it is that TaskGroup of asyncio (NULL: any). */
bool hr_managers_object_is_group(PyObject *manager, PyObject *group);

/* Whether the item is a TaskGroup of asyncio.  If the exception is yet to come out of
 * one: whether it may be that.  `text_end` is where the text ends that the item stands
 * in. */
bool hr_managers_is_group(struct hr_peek item, const char *text_end,
                          const struct hr_passage *passage);

#endif
