/*
 * What else an edit reaches (layer 4b): the live functions whose text in their file is
 * no longer the text that they were compiled from.
 */
#ifndef HR_RUNTIME_SCOPE_H
#define HR_RUNTIME_SCOPE_H

#include "runtime/cycle/crash.h"

/*
 * One function of each definition that differs, in the order of file and line: a new
 * list, NULL with MemoryError and the like.  Compared by definition: what stands
 * outside does not count.  `only` limits it: a qualified name, a module's name, or the
 * word "module" for the file of `crash`; NULL for all.  Files that cannot be read or
 * cut are left out.
 */
PyObject *hr_scope_changed(struct hr_state *state, const struct hr_crash *crash,
                           PyObject *only);

/*
 * The same as texts, with what bindings.h tells of, and classes whose own text differs
 * (with all that is in them): a new list of (file name, qualified name, line, text, new
 * line, new text), lines 1-based; where the definition is gone, its new line is 0 and
 * its new text empty; where it may be there, in a half-typed file, the line is -1.
 */
PyObject *hr_scope_texts(struct hr_state *state, const struct hr_crash *crash,
                         PyObject *only);

/* The name under which a function is told of: its qualified name without "<locals>.";
 * new reference. */
PyObject *hr_scope_name(PyObject *function);

/*
 * Changes the classes whose own text differs, `only` as above.  What was done, and why
 * not, is appended to `lines` (of str).  Those that stay as they were are added to
 * `kept` (a list), for hr_scope_is_within: their functions stay too, or the class would
 * be half of each.  How many differed; never fails.
 */
Py_ssize_t hr_scope_merge_classes(struct hr_state *state, const struct hr_crash *crash,
                                  PyObject *only, PyObject *lines, PyObject *kept);

/* Whether the function stands in one of `classes`, a list of (file name, name). */
bool hr_scope_is_within(PyObject *classes, PyObject *function);

/* A new list of the names of all that differs: what statements bind, "class Box", then
 * functions.  What a class was refused is left out until its text changes again.  NULL
 * without memory. */
PyObject *hr_scope_names(struct hr_state *state, const struct hr_crash *crash);

#endif
