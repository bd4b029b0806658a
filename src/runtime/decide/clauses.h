/*
 * The except clauses around an instruction of code whose text is nowhere (layer 4b):
 * what exec and eval were given, and what libraries make in memory.  They are read from
 * the exception table and the instructions.
 */
#ifndef HR_RUNTIME_DECIDE_CLAUSES_H
#define HR_RUNTIME_DECIDE_CLAUSES_H

#include "runtime/decide/peek.h"

#include <stdbool.h>

/*
 * Whether one of them takes and keeps the exception.  Names and attributes in a clause
 * are looked up in the scope, nothing is called; what cannot be known takes nothing,
 * and neither does a clause for everything or a with.  May leave an exception.
 */
bool hr_clauses_take(const struct hr_peek_scope *scope, PyCodeObject *code, int lasti,
                     PyObject *exception);

#endif
