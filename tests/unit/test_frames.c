#define Py_BUILD_CORE 1
#include "runtime/compat.h"

#include <stddef.h>

/* CPython's own; the product must do without. */
#include <internal/pycore_frame.h>

#include "suite.h"

#if PY_VERSION_HEX >= 0x030C0000
#define FUNCTION f_funcobj
#else
#define FUNCTION f_func
#endif

START_TEST(layout)
{
    ck_assert_uint_eq(offsetof(struct hr_compat_frame, inner),
                      offsetof(struct _frame, f_frame));
    ck_assert_uint_eq(offsetof(struct hr_compat_inner_frame, function),
                      offsetof(_PyInterpreterFrame, FUNCTION));
    ck_assert_uint_eq(offsetof(struct hr_compat_inner_frame, locals),
                      offsetof(_PyInterpreterFrame, f_locals));
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("frames");
    TCase *tcase = tcase_create("frames");
    tcase_add_test(tcase, layout);
    suite_add_tcase(suite, tcase);
    return suite;
}
