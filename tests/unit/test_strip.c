#include "suite.h"

#include "rewriting.h"

static void check_strip(const char *text, const char *expected, size_t expected_left)
{
    size_t left = 99;
    char *stripped = hr_rewritten(text, NULL, &left);
    ck_assert_str_eq(stripped, expected);
    ck_assert_msg(left == expected_left, "%zu left of: %s", left, text);
    free(stripped);
}

START_TEST(takes_exact_lines)
{
    check_strip("import hot_restart\n@hot_restart.wrap\ndef f(): pass\n",
                "def f(): pass\n", 0);
    check_strip("import hot_restart\ndef f(): pass\nhot_restart.wrap_module()\nx = 1\n",
                "def f(): pass\nx = 1\n", 0);
}
END_TEST

START_TEST(leaves_what_differs)
{
    static const char *const texts[] = {
        "import hot_restart\n@hot_restart.wrap # c\ndef f(): pass\n",
        "import hot_restart\n@hot_restart.wrap\n\ndef f(): pass\n",
        "import hot_restart\n@hot_restart.wrap\n@other\ndef f(): pass\n",
        "import hot_restart\n@hot_restart.wrap_class\ndef f(): pass\n",
        "import hot_restart\n@hot_restart.wrap()\ndef f(): pass\n",
        "import hot_restart\n@hot_restart .wrap\ndef f(): pass\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_strip(texts[i], texts[i], 1);
    }
    check_strip("import hot_restart\nx = 1\n", "import hot_restart\nx = 1\n", 0);
}
END_TEST

START_TEST(keeps_the_import_while_it_is_used)
{
    check_strip("import hot_restart\n@hot_restart.wrap\ndef f(): hot_restart.x()\n",
                "import hot_restart\ndef f(): hot_restart.x()\n", 1);
    check_strip("import hot_restart  # hr: added\n@hot_restart.wrap\n"
                "def f(): hot_restart.x()\n",
                "def f(): hot_restart.x()\n", 0);
    check_strip("import hot_restart  # hr: own\n@hot_restart.wrap\ndef f(): pass\n",
                "import hot_restart\ndef f(): pass\n", 0);
}
END_TEST

START_TEST(takes_supers_only_of_instrumented_texts)
{
    static const char by_hand[] = "class A(B):\n  def m(self): super(A, self).m()\n";
    check_strip(by_hand, by_hand, 0);
    check_strip("import hot_restart\n@hot_restart.wrap_class\nclass A(B):\n"
                "  def m(self): super(A, self).m()\n",
                "class A(B):\n  def m(self): super().m()\n", 0);
}
END_TEST

START_TEST(takes_last_lines_with_their_newlines)
{
    check_strip("import hot_restart\nx = 1\nhot_restart.wrap_module()\n# hr: origin /a",
                "x = 1", 0);
    check_strip(
        "import hot_restart\nx = 1\nhot_restart.wrap_module()\n# hr: origin /a\n",
        "x = 1\n", 0);
    check_strip("import hot_restart\r\nx = 1\r\nhot_restart.wrap_module()", "x = 1", 0);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("strip");
    TCase *tcase = tcase_create("strip");
    tcase_add_test(tcase, takes_exact_lines);
    tcase_add_test(tcase, leaves_what_differs);
    tcase_add_test(tcase, keeps_the_import_while_it_is_used);
    tcase_add_test(tcase, takes_supers_only_of_instrumented_texts);
    tcase_add_test(tcase, takes_last_lines_with_their_newlines);
    suite_add_tcase(suite, tcase);
    return suite;
}
