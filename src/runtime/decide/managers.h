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

/* Whether the item is a TaskGroup of asyncio.  If the exception is yet to come out of
 * one: whether it may be that.  `text_end` is where the text ends that the item stands
 * in. */
bool hr_managers_is_group(struct hr_peek item, const char *text_end,
                          const struct hr_passage *passage);

#endif
