/*
 * Constants, imports and the like that were edited (layer 4b): simple statements at the
 * top level of a module that bind names, and read otherwise than the statement that
 * bound them.
 */
#ifndef HR_RUNTIME_BINDINGS_H
#define HR_RUNTIME_BINDINGS_H

#include "base/array.h"
#include "runtime/cycle/crash.h"

struct hr_binding_change {
    hr_source *ran; /* the version that bound them ... */
    struct hr_span old;
    uint32_t old_line; /* ... 1-based; 0: not there, a statement that is new */
    PyObject *since;   /* bytes: what bound them after that; NULL: nothing did;
                        * a NUL between several */
    hr_source *now;
    struct hr_span span;
    uint32_t line;
    PyObject *names; /* list of str, not empty */
    PyObject *globals;
};

/*
 * Appends to `found` (of struct hr_binding_change) what differs in all guarded modules,
 * in the order of their files' texts.  Only what has run counts: the module has the
 * name, and is not at that statement or above it.  `only` as for hr_scope_changed: one
 * of the names, a module's name, "module".  0, or -1 with MemoryError and the like.
 */
int hr_bindings_changed(struct hr_state *state, const struct hr_crash *crash,
                        PyObject *only, struct hr_array *found);

void hr_bindings_finish(struct hr_array *found);

/* The names in one text, "a, b"; NULL with an exception. */
PyObject *hr_bindings_title(const struct hr_binding_change *binding);

/* Runs the statement in its module; names that it newly uses are brought in before, and
 * added to the list `brought`.  0, or -1 with the exception that it failed with. */
int hr_bindings_run(struct hr_state *state, const struct hr_binding_change *binding,
                    PyObject *brought);

/* A module that failed in the text `ran`, at the statement that starts at byte `end`,
 * goes on in the text `now`: what stands above in that one has not been run, and its
 * names are what the old statements made them.  Never fails. */
void hr_bindings_went_on(struct hr_state *state, const hr_source *ran, hr_source *now,
                         size_t end);

/* Remembers that the statement is what these names of its module are from now on; or
 * `more` of what made them that, after what is remembered already. */
void hr_bindings_ran(struct hr_state *state, const hr_source *source,
                     struct hr_span span, PyObject *names, bool more);

#endif
