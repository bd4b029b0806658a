/*
 * What a unit test file gives to main.c: its one suite.
 *
 *     Suite *hr_suite(void)
 *     {
 *         Suite *suite = suite_create("bytes");
 *         TCase *tcase = tcase_create("append");
 *         tcase_add_test(tcase, append_nothing);
 *         suite_add_tcase(suite, tcase);
 *         return suite;
 *     }
 */
#ifndef HR_TESTS_SUITE_H
#define HR_TESTS_SUITE_H

#include <check.h>

Suite *hr_suite(void);

#endif
