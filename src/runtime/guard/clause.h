/*
 * The guard's clause, made shorter after it was compiled (layer 4b).
 *
 * A clause that does not match ends in two passes through the exception table: it
 * raises the exception again, which its own cleanup handles, and that raises it again.
 * For an exception that passes ten guards this is most of what they cost.  The clause's
 * own instructions are therefore replaced, in the same room, by
 *
 *     EXCEPTION in __hr_crashed__; if false, one raise; else the clause as it was
 *
 * in which the exception is not yet the one that is handled: nothing has to be undone.
 * The raise puts the frame back to the instruction that failed, as that of a `finally`
 * does, and none of these instructions has a line: whoever traces the program, or looks
 * at the frame of a traceback afterwards, sees no guard.
 *
 * On CPython 3.13 yields under no other handler are marked as the compiler marks those
 * under none: a generator that is closed there is not resumed.
 *
 * Only where what stands there is, to the last instruction, what the compiler is known
 * to make of `except __hr_crashed__():`; all else stays as it is.
 */
#ifndef HR_RUNTIME_CLAUSE_H
#define HR_RUNTIME_CLAUSE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* In code units. */
struct hr_clause {
    unsigned handler; /* its first instruction: PUSH_EXC_INFO; 0: there is none */
    unsigned load;    /* LOAD_GLOBAL __hr_crashed__ */
    unsigned ask;     /* the call of it */
    unsigned jump;    /* if it does not match: to `raise` */
    unsigned body;    /* its first instruction: POP_TOP */
    unsigned raise;   /* RERAISE */
    unsigned jumps;   /* where the shorter one's jump stands ... */
    unsigned taken;   /* ... and what comes next */
};

/* The guard's clause of a code object that never ran and whose bytes nobody asked for;
 * `name` is "__hr_crashed__", interned. */
struct hr_clause hr_clause_find(PyCodeObject *code, PyObject *name);

/* Whether the unit is to have no line.  *until is where that is next to be asked. */
bool hr_clause_hides(const struct hr_clause *clause, unsigned unit, unsigned *until);

/* 0 (also where there is none), or -1 with an exception: out of memory. */
int hr_clause_shorten(PyCodeObject *code, const struct hr_clause *clause);

#endif
