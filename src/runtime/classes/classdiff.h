/*
 * What of a class's own text an edit changed, by the names that its statements bind
 * (layer 4b).  Nothing of the class is run.
 */
#ifndef HR_RUNTIME_CLASSDIFF_H
#define HR_RUNTIME_CLASSDIFF_H

#include "defs/members.h"
#include "runtime/classes/classes.h"

struct hr_class_side { /* the class before the edit, or after it */
    hr_source *source;
    const struct hr_defs *defs;
    uint32_t def;
    struct hr_members members;
    PyObject *binds; /* list by member: list of the names that it binds or deletes */
    PyObject *reads; /* list by member: list of the names that it reads */
    PyObject *says;  /* dict: name -> bytes, what the statements that bind it say */
    PyObject *types; /* dict: annotated name -> bytes, what its statements say */
};

struct hr_class_diff {
    struct hr_class_side before;
    struct hr_class_side now;
    PyObject *added;   /* lists of names */
    PyObject *changed; /* also those that stand under other decorators */
    PyObject *removed;
    bool types_differ; /* annotations: their texts, names or order */
    bool decorators_differ;
    int flags; /* of the compiler */
};

/* Fills *diff, to be finished by hr_class_diff_finish in any case.  -1 with an
 * exception: SyntaxError where the new text is none. */
int hr_class_diff_init(struct hr_state *state, struct hr_class_diff *diff,
                       const struct hr_class_change *change);
void hr_class_diff_finish(struct hr_class_diff *diff);

/* Why the header of the class rules out a change in place (static text); or NULL. */
const char *hr_class_diff_header(const struct hr_class_diff *diff);

/* Whether a list of names holds that one, or any of the three of the diff does. */
bool hr_class_diff_names(PyObject *list, const char *name);
bool hr_class_diff_touches(const struct hr_class_diff *diff, const char *name);

#endif
