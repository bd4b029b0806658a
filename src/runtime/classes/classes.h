/*
 * The live classes whose own text in their file is no longer the text that they were
 * made from (layer 4b).  Own is all but the bodies of the functions and classes in it,
 * which are definitions of their own.
 */
#ifndef HR_RUNTIME_CLASSES_H
#define HR_RUNTIME_CLASSES_H

#include "base/array.h"
#include "runtime/cycle/crash.h"

struct hr_class_change {
    PyObject *type;     /* the live class */
    PyObject *globals;  /* dict: of its module */
    PyObject *function; /* one that stands in its body, or NULL */
    PyObject *name;     /* str: its qualified name, without "<locals>." */
    hr_source *before;  /* the text that it was made from ... */
    hr_source *now;     /* ... and the one on disk */
    uint32_t old_def;   /* its definition in both */
    uint32_t def;
};

/*
 * Fills `changes` (init'ed, of struct hr_class_change) with each live class that
 * differs, in the order of file and line.  `only` as for hr_scope_changed; the name of
 * a class stands for those inside it too.  A class that cannot be told from others of
 * its name is left out.  0, or -1 with an exception.
 */
int hr_classes_changed(struct hr_state *state, const struct hr_crash *crash,
                       PyObject *only, struct hr_array *changes);

void hr_classes_finish(struct hr_array *changes);

/* Remembers that the class is what `change->now` says. */
int hr_classes_keep(struct hr_state *state, const struct hr_class_change *change);

/* Whether the class itself has the name, whatever its bases have. */
bool hr_class_has_own(PyTypeObject *type, const char *name);

/* Whether `name` is `outer`, or stands inside it. */
bool hr_classes_within(PyObject *name, PyObject *outer);

/* Whether `only` (see scope.h) names the module with that namespace and file: by its
 * name, or by "module" as that of the crash. */
bool hr_classes_of_module(PyObject *globals, PyObject *filename,
                          const struct hr_crash *crash, PyObject *only);

#endif
