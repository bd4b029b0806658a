#include "suite.h"

#include <stdio.h>

#include "rewriting.h"

#include "rewrite/marks.h"

START_TEST(decorates_functions_and_classes)
{
    struct hr_decorate_options options = hr_all_options();
    hr_check_text("class A:\n  def m(self):\n    def n(): pass\n",
                  "import hot_restart\n@hot_restart.wrap_class\nclass A:\n"
                  "  def m(self):\n    @hot_restart.wrap\n    def n(): pass\n",
                  &options);
}
END_TEST

START_TEST(leaves_nested_ones_if_told)
{
    struct hr_decorate_options options = hr_all_options();
    options.nested = false;
    hr_check_text("def f():\n  def g(): pass\n",
                  "import hot_restart\n@hot_restart.wrap\ndef f():\n  def g(): pass\n",
                  &options);
}
END_TEST

static bool not_m(void *context, const struct hr_defs *defs, uint32_t def)
{
    ++*(int *)context;
    return strcmp(hr_defs_qualname(defs, def), "A.m") != 0;
}

START_TEST(marks_methods_that_are_not_wanted)
{
    int asked = 0;
    struct hr_decorate_options options = hr_all_options();
    options.wanted = not_m;
    options.context = &asked;
    hr_check_text("class A:\n  def m(self): pass\n  def n(self): pass\n",
                  "import hot_restart\n@hot_restart.wrap_class\nclass A:\n"
                  "  @hot_restart.no_wrap  # hr: excluded\n"
                  "  def m(self): pass\n  def n(self): pass\n",
                  &options);
    ck_assert_int_gt(asked, 0);
}
END_TEST

START_TEST(finds_the_place_of_the_import)
{
    static const struct {
        const char *text;
        size_t place;
    } cases[] = {
        {"x = 1\n", 0},
        {"# c\n\nx = 1\n", 5},
        {"'d'\nx = 1\n", 4},
        {"'d'; x = 1\ny\n", 11},
        {"('d'\n 'e')\ny\n", 11},
        {"b'd'\ny\n", 0},
        {"'d'.x\ny\n", 0},
        {"'d', 'e'\ny\n", 0},
        {"from __future__ import a\ny\n", 25},
        {"'\\''\nfrom\t__future__ import a; x\ny\n", 33},
        {"u'd' \"\"\"e\n\"\"\"\ny\n", 14},
        {"", 0},
        {"# only a comment\n", 17},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hr_marks marks;
        struct hr_error err = {0};
        ck_assert(
            hr_marks_init(&marks, cases[i].text, strlen(cases[i].text), NULL, &err));
        ck_assert_msg(marks.place == cases[i].place, "%s: %zu", cases[i].text,
                      marks.place);
        hr_marks_finish(&marks);
    }
}
END_TEST

START_TEST(reads_records)
{
    static const char text[] =
        "import hot_restart  # hr: added; own super in A.m, B.n#2\nx = 1\n";
    struct hr_marks marks;
    struct hr_error err = {0};
    ck_assert(hr_marks_init(&marks, text, sizeof text - 1, NULL, &err));
    ck_assert(marks.import_seen && marks.record_seen && marks.added && !marks.own);
    ck_assert(hr_marks_lists(&marks, text, "A.m"));
    ck_assert(hr_marks_lists(&marks, text, "B.n#2"));
    ck_assert(!hr_marks_lists(&marks, text, "B.n"));
    ck_assert(!hr_marks_lists(&marks, text, ""));
    hr_marks_finish(&marks);
}
END_TEST

START_TEST(records_an_origin)
{
    static const char *const texts[] = {"", "x = 1\n", "x = 1", "x = 1\r\n"};
    static const char path[] = "/tmp/a b/\xc3\xa9%\n.py";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hr_edits edits;
        struct hr_bytes out;
        struct hr_bytes found;
        struct hr_error err = {0};
        size_t size = strlen(texts[i]);
        hr_edits_init(&edits);
        hr_bytes_init(&out);
        hr_bytes_init(&found);
        ck_assert(hr_add_origin(texts[i], size, path, &edits, &err));
        ck_assert(hr_edits_apply(&edits, texts[i], size, &out, NULL, &err));
        ck_assert(hr_find_origin(out.data, out.size, &found));
        ck_assert_str_eq(found.data, path);
        char *back = hr_rewritten(out.data, NULL, NULL);
        ck_assert_str_eq(back, texts[i]);
        free(back);
        hr_bytes_finish(&found);
        hr_bytes_finish(&out);
        hr_edits_finish(&edits);
    }
    struct hr_bytes none;
    hr_bytes_init(&none);
    static const char in_string[] = "x = '''\n# hr: origin /a\n'''";
    ck_assert(!hr_find_origin(in_string, sizeof in_string - 1, &none));
    static const char *const no_paths[] = {"a.py", "../a.py", "/a%00b.py", "%00", ""};
    for (size_t i = 0; i < sizeof no_paths / sizeof no_paths[0]; i++) {
        char text[64];
        int size = snprintf(text, sizeof text, "x\n# hr: origin %s\n", no_paths[i]);
        ck_assert_msg(!hr_find_origin(text, (size_t)size, &none), "%s", text);
        ck_assert_uint_eq(none.size, 0);
    }
    hr_bytes_finish(&none);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("decorate");
    TCase *tcase = tcase_create("decorate");
    tcase_add_test(tcase, decorates_functions_and_classes);
    tcase_add_test(tcase, leaves_nested_ones_if_told);
    tcase_add_test(tcase, marks_methods_that_are_not_wanted);
    tcase_add_test(tcase, finds_the_place_of_the_import);
    tcase_add_test(tcase, reads_records);
    tcase_add_test(tcase, records_an_origin);
    suite_add_tcase(suite, tcase);
    return suite;
}
