/*
 * Cells of closures (layer 4b): by name, and as a live call has them.
 *
 * A frame does not hand its cells out, only what is in them.  Which cell it has for a
 * variable shows when something that nothing else holds is put in for a moment: no code
 * runs meanwhile.
 */
#ifndef HR_RUNTIME_CELLS_H
#define HR_RUNTIME_CELLS_H

#include "runtime/state.h"

/* The cell that `function` has for a variable: borrowed, or NULL. */
PyObject *hr_cells_named(PyObject *function, PyObject *name);

/* Whether both functions have a cell in common, and which variable of `a` it is: its
 * name (borrowed from code), or NULL.  *at is where to go on: 0 at first. */
PyObject *hr_cells_common(PyObject *a, PyObject *b, Py_ssize_t *at);

/* Whether the name is one that the code's own calls have a cell for (cell variables),
 * or that they have from around (free ones). */
bool hr_cells_is_own(PyCodeObject *code, PyObject *name);
bool hr_cells_is_free(PyCodeObject *code, PyObject *name);

/* Whether the frame's variable is that cell. */
bool hr_cells_is_of(PyFrameObject *frame, PyObject *name, PyObject *cell);

/* The cell of the frame's variable: new reference; NULL without an exception if it has
 * none there. */
PyObject *hr_cells_of(struct hr_state *state, PyFrameObject *frame, PyObject *name);

/* `function` is going to have other free variables, of these names: its cells for the
 * others may be used again, since a body that is edited twice may leave a variable out
 * for one version.  What cannot be remembered is not. */
void hr_cells_remember(struct hr_state *state, PyObject *function, PyObject *names);

/* The one that the function had before it lost the variable: new reference, or NULL. */
PyObject *hr_cells_remembered(struct hr_state *state, PyObject *function,
                              PyObject *name);

#endif
