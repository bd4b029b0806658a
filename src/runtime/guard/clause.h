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
 *
 * Only where what stands there is, to the last instruction, what the compiler is known
 * to make of `except __hr_crashed__():`; all else, the lines too, stays as it is.
 */
#ifndef HR_RUNTIME_CLAUSE_H
#define HR_RUNTIME_CLAUSE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Of a code object that never ran and whose bytes nobody asked for; `name` is
 * "__hr_crashed__", interned.  0 (also where nothing was done), or -1 with an
 * exception: out of memory. */
int hr_clause_shorten(PyCodeObject *code, PyObject *name);

#endif
