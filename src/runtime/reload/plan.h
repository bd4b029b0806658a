/*
 * What a function object will be made of once its new version is in place (layer 4b):
 * worked out before any of it is put in place.
 */
#ifndef HR_RUNTIME_PLAN_H
#define HR_RUNTIME_PLAN_H

#include "runtime/reload/makers.h"
#include "runtime/reload/reload.h"

struct hr_plan {
    PyObject *function;           /* borrowed */
    PyCodeObject *code;           /* borrowed */
    PyObject *closure;            /* tuple */
    PyObject *defaults;           /* tuple or None */
    PyObject *kwdefaults;         /* dict or None */
    PyObject *annotations;        /* dict */
    PyObject *type_params;        /* tuple; NULL before Python 3.12 */
    PyObject *names;              /* for evaluating; made at first use */
    const struct hr_defs *before; /* NULL: not known */
    const struct hr_def *old;
    const struct hr_defs *now;
    const struct hr_def *def; /* NULL: not known; then only code and closure are */
    uint32_t def_index;       /* ... where it stands in `now`, or HR_NONE */
    struct hr_makers *makers; /* borrowed */
};

struct hr_plan_remarks { /* lists that plans add to */
    PyObject *empty;     /* of names: variables of the closure that have no value */
    PyObject *copied;    /* of names: variables that are a live call's at this moment */
    PyObject *kept;      /* of sentences: what could not be evaluated */
};

/* Fills *plan for one function that is to run reload->code, which is that of `makers`;
 * finished by hr_plan_finish. */
void hr_plan_init(struct hr_plan *plan, PyObject *function,
                  const struct hr_reload *reload, struct hr_makers *makers);
void hr_plan_finish(struct hr_plan *plan);

/*
 * Works out the rest.  Defaults, annotations and type parameters whose text is as it
 * was keep their live objects; others are evaluated.  -1 with an exception: an
 * evaluation failed.  A default that needs an enclosing function's variable that is
 * gone keeps the value that it has, and that is remarked on.
 */
int hr_plan_make(struct hr_plan *plan, const struct hr_plan_remarks *remarks);

#endif
