/*
 * The end of the program, as the person wants it at a prompt (layer 4b).
 */
#ifndef HR_RUNTIME_LEAVE_H
#define HR_RUNTIME_LEAVE_H

#include "runtime/state.h"

/*
 * Nothing is stopped for any more.  NULL: the exception that leaves `frame` ends the
 * program itself.  Where a caller would keep it, its traceback is printed, and this is
 * the SystemExit to raise in its place (new reference); where a caller would keep that
 * as well, the interpreter exits here and now, and nothing is returned; neither is in
 * another thread than the main one, which ends with its exception alone.  Leaves no
 * exception set.
 */
PyObject *hr_leave(struct hr_state *state, PyFrameObject *frame, PyObject *exception);

#endif
