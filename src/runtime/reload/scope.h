/*
 * What else an edit reaches (layer 4b): the live functions whose text in their file is
 * no longer the text that they were compiled from.
 */
#ifndef HR_RUNTIME_SCOPE_H
#define HR_RUNTIME_SCOPE_H

#include "runtime/classes/classes.h"
#include "runtime/cycle/crash.h"

/*
 * One function of each definition that differs, in the order of file and line: a new
 * list, NULL with MemoryError and the like.  Compared by definition: what stands
 * outside does not count.  `only` limits it: a qualified name, a module's name, or the
 * word "module" for the file of `crash`; NULL for all.  Files that cannot be read or
 * cut are left out.  `gone`: definitions that are not there any more count as well.
 */
PyObject *hr_scope_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only, bool gone);

/* The name under which a function is told of: its qualified name without "<locals>.";
 * new reference. */
PyObject *hr_scope_name(PyObject *function);

/*
 * Changes the classes whose own text differs, `only` as above.  What was done, and why
 * not, is appended to `lines` (of str).  Those that stay as they were are added to
 * `kept` (a list), for hr_scope_is_within: their functions stay too, or the class would
 * be half of each.  `asked`: of a class that was refused as it is now that is said
 * again. How many differed otherwise; never fails.
 */
Py_ssize_t hr_scope_merge_classes(struct hr_state *state, const struct hr_crash *crash,
                                  PyObject *only, bool asked, PyObject *lines,
                                  PyObject *kept);

/* Adds a class to such a list.  0, or -1 with an exception. */
int hr_scope_add_class(PyObject *classes, const struct hr_class_change *change);

/* Whether the function stands in one of `classes`, a list of (file name, name). */
bool hr_scope_is_within(PyObject *classes, PyObject *function);

/* A new list of the names of all that differs: what statements bind, "class Box", then
 * functions.  What a class was refused is left out until its text changes again.  NULL
 * without memory. */
PyObject *hr_scope_names(struct hr_state *state, const struct hr_crash *crash);

#endif
