/*
 * What a runner of tests was told to expect of a test (layer 4b): unittest's
 * expectedFailure.  For pytest's marks see entry/pytest.h.
 */
#ifndef HR_RUNTIME_EXPECTED_H
#define HR_RUNTIME_EXPECTED_H

#include "runtime/decide/peek.h"

/* Whether it is worth asking of frames of this code. */
bool hr_expected_may(const PyCodeObject *code);

/* Whether the frame, of `code`, is of a runner that calls a test marked so. */
bool hr_expected(const struct hr_peek_scope *scope, const PyCodeObject *code);

#endif
