/*
 * Guards the test modules of pytest (layer 4b).  pytest loads them with a loader of its
 * own, which rewrites their assert statements so that a failure tells its values; here
 * it rewrites those of the guarded text.
 */
#ifndef HR_RUNTIME_PYTEST_H
#define HR_RUNTIME_PYTEST_H

#include "runtime/decide/peek.h"

/* To be called with the name space of each module that was run: in that of pytest's
 * loader, exec_module is replaced.  `owner` is the hot_restart module.  Never fails: a
 * pytest of another shape runs its test modules unguarded. */
void hr_pytest_meet(PyObject *owner, PyObject *globals);

/* What makes the code of a module that pytest's loader has loaded, as for
 * hr_load_module_by: new reference.  `globals` are the module's.  NULL without an
 * exception: another loader has. */
PyObject *hr_pytest_maker(PyObject *globals);

/* Whether the exception is what pytest.skip(), xfail() or exit() raise: how a test
 * ends, and no failure. */
bool hr_pytest_is_outcome(PyObject *exception);

/* Whether this is the code of pytest that calls test functions. */
bool hr_pytest_may_expect(const PyCodeObject *code);

/* Whether the frame is where pytest calls a test function that is marked as one that
 * fails so: xfail, without a condition.  `code` is the frame's.  Leaves no exception.
 */
bool hr_pytest_expects(const struct hr_peek_scope *scope, const PyCodeObject *code,
                       PyObject *exception);

#endif
