/*
 * What an edited function sees around itself (layer 4b): the cells of its closure,
 * matched by name, and the names for evaluating its defaults.
 */
#ifndef HR_RUNTIME_CLOSURE_H
#define HR_RUNTIME_CLOSURE_H

#include "defs/defs.h"
#include "runtime/reload/makers.h"

/*
 * The closure with which `function` can run the code of `makers`: its own cells by
 * name.  A variable that it gains is the live class (`__class__`), or has the cell of a
 * function that was made in the same call of the function that binds it, or that this
 * call itself has; or is new and holds what the call has in a variable without a cell,
 * whose name is added to the list `copied`, which may be NULL; or is empty, and its
 * name is added to the list `empty`.  `def` of `defs` is the text, which tells whose
 * variable it is; `defs` may be NULL.  A new tuple, or NULL with an exception.
 */
PyObject *hr_closure_fit(struct hr_makers *makers, PyObject *function,
                         const struct hr_defs *defs, uint32_t def, PyObject *empty,
                         PyObject *copied);

/* A new dict with what a default of `function` may refer to besides the globals: the
 * enclosing calls' locals, the cells of `closure`, the class's namespace. */
PyObject *hr_closure_names(struct hr_makers *makers, PyObject *function,
                           PyObject *closure);

#endif
