#include "suite.h"

#include "rewriting.h"

#include "rewrite/marks.h"

START_TEST(spells_the_class_out)
{
    struct hr_decorate_options options = hr_all_options();
    hr_check_text("class A(B):\n  class C(B):\n    def m(this): super().m()\n",
                  "import hot_restart\n@hot_restart.wrap_class\nclass A(B):\n"
                  "  @hot_restart.wrap_class\n  class C(B):\n"
                  "    def m(this): super(A.C, this).m()\n",
                  &options);
}
END_TEST

START_TEST(keeps_what_it_must)
{
    static const char *const texts[] = {
        "class A(B):\n  def m(*args): super().m()\n",
        "class A(B):\n  def m(self): super( ).m()\n",
        "class A(B):\n  def m(self): # hr: off\n    super().m()\n",
        "class A(B):\n  def m(self):\n    self = 1\n    super().m()\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hr_decorate_options options = hr_all_options();
        size_t left = 0;
        char *text = hr_rewritten(texts[i], &options, &left);
        ck_assert_msg(strstr(text, "super(A") == NULL, "%s", text);
        ck_assert_uint_eq(left, 1);
        free(text);
    }
}
END_TEST

static size_t count_ours(const char *text, const char *function)
{
    struct hr_array found;
    struct hr_bytes names;
    struct hr_error err = {0};
    hr_array_init(&found, sizeof(struct hr_own_super));
    hr_bytes_init(&names);
    ck_assert(hr_super_find_ours(text, strlen(text), NULL, &found, &names, &err));
    for (size_t i = 0; i < found.count; i++) {
        const struct hr_own_super *own = hr_array_at(&found, i);
        ck_assert_str_eq(names.data + own->name, function);
    }
    size_t count = found.count;
    hr_bytes_finish(&names);
    hr_array_finish(&found);
    return count;
}

START_TEST(recognises_only_what_it_would_write)
{
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): super(A, s).m()\n", "A.m"),
                      1);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): super(A,s).m()\n", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): super(B, s).m()\n", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s, t): super(A, t).m()\n", ""),
                      0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): 'super(A, s)'\n", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): x.super(A, s)\n", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): mysuper(A, s)\n", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): pass # super(A, s)\n", ""),
                      0);
    ck_assert_uint_eq(count_ours("super(A, s)", ""), 0);
    ck_assert_uint_eq(count_ours("super(", ""), 0);
    ck_assert_uint_eq(count_ours("super(A", ""), 0);
    ck_assert_uint_eq(count_ours("super(A, ", ""), 0);
    ck_assert_uint_eq(count_ours("", ""), 0);
    ck_assert_uint_eq(count_ours("class A(B):\n def m(s): super(A, s).m(\n", ""), 0);
}
END_TEST

START_TEST(records_the_persons_own)
{
    struct hr_decorate_options options = hr_all_options();
    hr_check_text("class A(B):\n def m(s): super(A, s).m(), super().m()\n",
                  "import hot_restart  # hr: added; own super in A.m\n"
                  "@hot_restart.wrap_class\nclass A(B):\n"
                  " def m(s): super(A, s).m(), super().m()\n",
                  &options);
}
END_TEST

START_TEST(leaves_all_supers_of_a_text_where_it_makes_none)
{
    static const char text[] = "class A(B):\n def m(s): super(A, s).m()\n"
                               " def n(s): super().n()\n";
    static const char kept[] = "import hot_restart  # hr: added; own supers\n"
                               "@hot_restart.wrap_class\nclass A(B):\n"
                               " def m(s): super(A, s).m()\n"
                               " def n(s): super().n()\n";
    struct hr_decorate_options options = hr_all_options();
    options.explicit_super = false;
    hr_check_text(text, kept, &options);
    options = hr_all_options();
    char *again = hr_rewritten(kept, &options, NULL);
    ck_assert_str_eq(again, kept);
    free(again);
    hr_check_text("class A(B):\n def m(s): super(A, s).m()\n",
                  "import hot_restart  # hr: added; own supers\n"
                  "@hot_restart.wrap_class\nclass A(B):\n"
                  " def m(s): super(A, s).m()\n",
                  &options);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("super");
    TCase *tcase = tcase_create("super");
    tcase_add_test(tcase, spells_the_class_out);
    tcase_add_test(tcase, keeps_what_it_must);
    tcase_add_test(tcase, recognises_only_what_it_would_write);
    tcase_add_test(tcase, records_the_persons_own);
    tcase_add_test(tcase, leaves_all_supers_of_a_text_where_it_makes_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
