#include "collecting.h"

#include <stdio.h>

START_TEST(what_rebinds_a_parameter)
{
    static const char *const bodies[] = {
        "a = 1",
        "a += 1",
        "a: int = 1",
        "b = a = 1",
        "a, b = c",
        "(a, b), *c = d",
        "b, *a = c",
        "[a, b] = c",
        "for a in b: c",
        "for b, (c, a) in d: e",
        "del a",
        "del (b, a)",
        "import a",
        "import a.b",
        "import b as a",
        "from b import a",
        "from b import (c as a)",
        "with b as a: c",
        "with (b as (c, a)): d",
        "try: b\n  except C as a: d",
        "try: b\n  except* C as a: d",
        "b = (a := 1)",
        "[(a := c) for c in d]",
        "if any((a := c) for c in d): e",
        "def a(): b",
        "class a: b",
        "match b:\n    case a: c",
        "match b:\n    case [a, *_]: c",
        "match b:\n    case {'c': a}: d",
        "match b:\n    case {'c': 1, **a}: d",
        "match b:\n    case C(d=a): e",
        "match b:\n    case 1 | 2 as a: c",
        "match b:\n    case [*a]: c",
        "type a = int",
        "async def b():\n    nonlocal a",
        "def b():\n    nonlocal a\n    a = 1",
        "def b():\n    def c():\n      nonlocal a\n      del a",
        "class B:\n    nonlocal a\n    a = 1",
        "async for a in b: c",
        "for a.b, a in c: d",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "async def f(a, z):\n  %s\n", bodies[i]);
        ck_assert(collect(text, HR_DEFS_DETAIL));
        const struct hr_def *def = hr_defs_at(&defs, 0);
        ck_assert_msg(def->detailed, "%s", text);
        const struct hr_param *param = hr_array_at(&defs.params, def->params.first);
        ck_assert_msg(param[0].rebound, "%s", text);
        ck_assert_msg(!param[1].rebound, "%s", text);
    }
}
END_TEST

START_TEST(what_does_not)
{
    static const char *const bodies[] = {
        "b = a",
        "a.b = 1",
        "a[0] = 1",
        "a.b, a[1] = c",
        "del a.b, a[0]",
        "for a.b in c: d",
        "for a[0] in c: d",
        "with b as a.c: d",
        "[a for a in b]",
        "{a: b for a, b in c}",
        "(lambda a: a)",
        "lambda: (a := 1)",
        "b(a=1)",
        "import b.a",
        "from a import b",
        "def g(a): a = 1",
        "class B:\n    a = 1",
        "def g():\n    global a\n    a = 1",
        "'a = 1'",
        "b: a = 1",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "def f(a):\n  %s\n", bodies[i]);
        ck_assert(collect(text, HR_DEFS_DETAIL));
        const struct hr_def *def = hr_defs_at(&defs, 0);
        ck_assert_msg(def->detailed, "%s", text);
        const struct hr_param *param = hr_array_at(&defs.params, def->params.first);
        ck_assert_msg(!param->rebound, "%s", text);
    }
}
END_TEST

START_TEST(keyword_dictionaries_that_may_change)
{
    static const struct {
        const char *body;
        bool escapes;
    } cases[] = {
        {"g(**k)", false},
        {"k['a']", false},
        {"k['a'] + 1", false},
        {"k['a'] < 2 and not k['b']", false},
        {"k.get('a')", false},
        {"for a in k.items(): b", false},
        {"k", true},
        {"g(k)", true},
        {"k.pop('a')", true},
        {"k['a'] = 1", true},
        {"k['a'] += 1", true},
        {"del k['a']", true},
        {"a = k", true},
        {"return k", true},
        {"lambda: k", true},
        {"[k for a in b]", true},
        {"def g(): k.clear()", true},
        {"k['a'], b = c", true},
        {"for k['a'] in b: c", true},
        {"with b as k['a']: c", true},
        {"k.items", true},
        {"k |= b", true},
        {"g(k=1)", false},
        {"a.k", false},
        {"f'{k}'", true},
        {"pass", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "def f(**k):\n  %s\n", cases[i].body);
        ck_assert(collect(text, HR_DEFS_DETAIL));
        const struct hr_param *param = hr_array_at(&defs.params, 0);
        bool saved = param->escapes || param->rebound;
        ck_assert_msg(saved == cases[i].escapes, "%s", text);
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("rebound");
    TCase *parameters = tcase_create("rebound");
    tcase_add_checked_fixture(parameters, NULL, tear_down);
    tcase_add_test(parameters, what_rebinds_a_parameter);
    tcase_add_test(parameters, what_does_not);
    tcase_add_test(parameters, keyword_dictionaries_that_may_change);
    suite_add_tcase(suite, parameters);
    return suite;
}
