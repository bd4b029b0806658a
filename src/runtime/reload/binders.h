/*
 * The statements at the top level of a file that give a name its value (layer 4b), and
 * which of them may be run to bring the name in.
 */
#ifndef HR_RUNTIME_BINDERS_H
#define HR_RUNTIME_BINDERS_H

#include "base/array.h"
#include "runtime/guard/source.h"

enum hr_binder_kind {
    HR_BINDER_SIMPLE, /* import, def, class, assignment */
    HR_BINDER_BLOCK,  /* if, try, with that hold nothing but such and pass */
    HR_BINDER_STAR,   /* from x import *: what it binds is not known from the text */
    HR_BINDER_OTHER,  /* does more than bind names: not to be run for one of them */
    HR_BINDER_CHANGE, /* binds nothing, but changes the object: NAME[...] = or NAME.x */
};

struct hr_binder {
    struct hr_span span;
    uint32_t line; /* 1-based */
    enum hr_binder_kind kind;
    bool starts;    /* gives the name a value whatever stood before */
    PyObject *code; /* to look at, not to run; NULL for HR_BINDER_CHANGE and _STAR */
};

/*
 * Fills `found` (of struct hr_binder) with those of `name` that start before byte `end`
 * of the text, in their order, from the last that `starts` on.  A star import is there
 * only if nothing else is.  0, or -1 with MemoryError; finished either way.
 */
int hr_binders_find(struct hr_state *state, hr_source *source, PyObject *name,
                    size_t end, struct hr_array *found);
void hr_binders_finish(struct hr_array *found);

#endif
