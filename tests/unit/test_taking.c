/* An index that is taken a statement at a time says what the one of the text says. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defs/defs.h"

struct taken {
    const struct hr_defs *whole;
    uint32_t next;
};

static bool compare(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    struct taken *taken = context;
    (void)err;
    ck_assert_uint_gt(defs->defs.count, 0);
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        ck_assert_uint_lt(taken->next, taken->whole->defs.count);
        const struct hr_def *one = hr_defs_at(defs, i);
        const struct hr_def *other = hr_defs_at(taken->whole, taken->next);
        const char *name = hr_defs_qualname(defs, i);
        ck_assert_str_eq(name, hr_defs_qualname(taken->whole, taken->next));
        ck_assert_msg(one->ordinal == other->ordinal, "%s: %u, not %u", name,
                      one->ordinal, other->ordinal);
        ck_assert_uint_eq(one->keyword, other->keyword);
        ck_assert_uint_eq(one->detailed, other->detailed);
        ck_assert_uint_eq(one->params.count, other->params.count);
        ck_assert_uint_ge(one->span.start, defs->statement.start);
        ck_assert_uint_le(one->end, defs->statement.end);
        uint32_t line = defs->statement_line;
        for (size_t k = defs->statement.start; k < one->keyword; k++) {
            line += defs->text[k] == '\n';
        }
        ck_assert_uint_eq(line, one->line);
        taken->next++;
    }
    return true;
}

static void expect_same(const char *text)
{
    static const enum hr_defs_depth depths[] = {HR_DEFS_OUTLINE, HR_DEFS_GUARD,
                                                HR_DEFS_DETAIL};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        struct hr_error err = {0};
        struct hr_defs whole, steps;
        hr_defs_init(&whole);
        hr_defs_init(&steps);
        ck_assert(hr_defs_collect(&whole, text, strlen(text), depths[i], &err));
        struct taken taken = {.whole = &whole};
        struct hr_defs_taking taking = {.depth = depths[i],
                                        .python = true,
                                        .ordinals = true,
                                        .take = compare,
                                        .context = &taken};
        ck_assert_msg(hr_defs_take(&steps, text, strlen(text), &taking, &err), "%s",
                      err.message);
        ck_assert_uint_eq(taken.next, whole.defs.count);
        ck_assert_uint_eq(steps.defs.count, 0);
        hr_defs_finish(&whole);
        hr_defs_finish(&steps);
    }
}

START_TEST(names_that_come_once)
{
    expect_same("def f(a, *b): pass\nx = 1\nclass A:\n def f(self): pass\n");
    expect_same("# comment\n\n\\\n\\\ndef f(): pass\n@d\n\n# c\nclass A: pass\n");
    expect_same("");
}
END_TEST

START_TEST(names_that_come_back)
{
    expect_same("def f(): pass\ndef f(): pass\nclass f: pass\ndef f(): pass\n");
    expect_same("class A:\n def f(s): pass\n def f(s): pass\n"
                "class B:\n def f(s): pass\n"
                "class A:\n class C:\n  def f(s): pass\n def f(s): pass\n"
                "class A:\n def f(s): pass\n class C:\n  def f(s): pass\n");
    expect_same("class A:\n  def f(s):\n    def g(): pass\n    def g(): pass\n"
                "x = 1\n"
                "async def A():\n  def f(s):\n    def g(): pass\n");
}
END_TEST

START_TEST(names_that_come_back_in_one_statement)
{
    expect_same("try:\n class A:\n  def f(s): pass\n"
                "except E:\n class A:\n  def f(s): pass\n  def g(s): pass\n"
                "else:\n def A(): pass\n"
                "class A:\n def f(s): pass\n def g(s): pass\n");
    expect_same("if a:\n    @d\n    class A:\n     def f(s): pass\n"
                "    x = 1\n    def B(): pass\n"
                "def B():\n def f(): pass\n"
                "class A:\n  def f(s): pass\n");
    expect_same("if a:\n \\\n  class \\\n  A:\n    def f(s): pass\n"
                "class A:\n  def f(s): pass");
}
END_TEST

START_TEST(many_names)
{
    size_t room = 1000000;
    char *text = malloc(room);
    size_t size = 0;
    for (int i = 0; i < 3000; i++) {
        size += (size_t)snprintf(
            text + size, room - size,
            "class A%d:\n def f(s): pass\n def g(s): pass\n def f(s): pass\n",
            i * 7 % 2100);
    }
    expect_same(text);
    free(text);
}
END_TEST

static bool refuse(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    (void)defs;
    ++*(int *)context;
    return hr_error_set(err, HR_ERROR_LIMIT, "enough");
}

START_TEST(who_takes_may_refuse)
{
    int calls = 0;
    const char *text = "def f(): pass\ndef g(): pass\n";
    struct hr_error err = {0};
    struct hr_defs defs;
    hr_defs_init(&defs);
    struct hr_defs_taking taking = {
        .depth = HR_DEFS_GUARD, .python = true, .take = refuse, .context = &calls};
    ck_assert(!hr_defs_take(&defs, text, strlen(text), &taking, &err));
    ck_assert_str_eq(err.message, "enough");
    ck_assert_int_eq(calls, 1);
    hr_defs_finish(&defs);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("taking");
    TCase *one = tcase_create("taking");
    tcase_add_test(one, names_that_come_once);
    tcase_add_test(one, names_that_come_back);
    tcase_add_test(one, names_that_come_back_in_one_statement);
    tcase_add_test(one, many_names);
    tcase_add_test(one, who_takes_may_refuse);
    suite_add_tcase(suite, one);
    return suite;
}
