/*
 * The live calls that a function may have been made by (layer 4b): of the functions
 * around it, on the stack of any thread, or suspended as a generator or coroutine.
 *
 * That a call made it is certain where both have a cell in common that is the call's
 * own, or where the call still has it under the name of its def.  Where other calls
 * might be meant as well there is none.
 */
#ifndef HR_RUNTIME_MAKERS_H
#define HR_RUNTIME_MAKERS_H

#include "runtime/state.h"

struct hr_makers { /* of the functions (or the class) of one definition */
    struct hr_state *state;
    PyCodeObject *code; /* borrowed: what they are going to run; names it */
    PyFrameObject
        *frame;      /* borrowed: the failed one, whose callers come first; or NULL */
    PyObject *type;  /* borrowed: the class, of a class's body; else NULL */
    PyObject *calls; /* list of frames; NULL until asked for */
    PyObject *functions; /* every live function; NULL until asked for */
};

void hr_makers_init(struct hr_makers *makers, struct hr_state *state,
                    PyCodeObject *code, PyFrameObject *frame, PyObject *type);
void hr_makers_finish(struct hr_makers *makers);

/* How many functions stand around the definition. */
int hr_makers_depth(const struct hr_makers *makers);

/* Whether it is the code of a function around the definition, by its name. */
bool hr_makers_is_around(const struct hr_makers *makers, PyCodeObject *code);

/* Every live function: borrowed, or NULL without an exception. */
PyObject *hr_makers_functions(struct hr_makers *makers);

/*
 * The live call in which `function` was made, or something around it: that of the
 * function `level` levels out (0: the innermost around the definition).  `made` says
 * that this very call made `function`.  New reference, or NULL without an exception if
 * there is none or it is not known which.
 */
PyFrameObject *hr_makers_call(struct hr_makers *makers, PyObject *function, int level,
                              bool made);

/* Whether what the call had in variables without a cell was let go: a newer version
 * runs in its place. */
bool hr_makers_is_over(const struct hr_makers *makers, PyFrameObject *call);

#endif
