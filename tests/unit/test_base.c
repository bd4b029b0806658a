#include "suite.h"

#include <stdlib.h>

#include "base/bytes.h"

START_TEST(bytes_steal_of_nothing_is_an_empty_text)
{
    struct hr_bytes bytes = {0};
    char *text = hr_bytes_steal(&bytes);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *bytes = tcase_create("bytes");
    tcase_add_test(bytes, bytes_steal_of_nothing_is_an_empty_text);
    suite_add_tcase(suite, bytes);
    return suite;
}
