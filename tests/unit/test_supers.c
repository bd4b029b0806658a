#include "suite.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "defs/defs.h"

/* The reasons of all calls, in order, as "OWNER.REASON ..." at both depths. */
static void expect_reasons(const char *text, const enum hr_super_reason *expected,
                           size_t count)
{
    static const enum hr_defs_depth depths[] = {HR_DEFS_SUPERS, HR_DEFS_DETAIL};
    for (size_t d = 0; d < 2; d++) {
        struct hr_defs defs;
        struct hr_error err = {0};
        hr_defs_init(&defs);
        ck_assert_msg(hr_defs_collect(&defs, text, strlen(text), depths[d], &err), "%s",
                      err.message);
        ck_assert_msg(defs.supers.count == count, "%zu calls in:\n%s",
                      defs.supers.count, text);
        for (size_t i = 0; i < count; i++) {
            const struct hr_super *call = hr_array_at(&defs.supers, i);
            ck_assert_msg(call->reason == expected[i],
                          "depth %d, call %zu: %s, in:\n%s", depths[d], i,
                          hr_super_reason_text(call->reason), text);
        }
        hr_defs_finish(&defs);
    }
}

#define EXPECT(text, ...)                                                              \
    do {                                                                               \
        const enum hr_super_reason expected[] = {__VA_ARGS__};                         \
        expect_reasons(text, expected, sizeof expected / sizeof expected[0]);          \
    } while (0)

#define OK HR_SUPER_OK

START_TEST(methods_of_classes)
{
    EXPECT("class A(B):\n def m(self): super().m()\n", OK);
    EXPECT("class A(B):\n @classmethod\n def m(cls, *a): super().m()\n", OK);
    EXPECT("class A(B):\n @staticmethod\n def m(x): super().m()\n", OK);
    EXPECT("class A(B):\n def m(self, /): super().m()\n", OK);
    EXPECT("class A(B):\n async def m(self=1): await super().m()\n", OK);
    EXPECT("class A(B):\n class C(D):\n  def m(self): super().m()\n", OK);
    EXPECT("class A(B):\n if c:\n  def m(self): super().m(), super().m()\n", OK, OK);
    EXPECT("class A(B):\n def __new__(cls): return super().__new__(cls)\n", OK);
    EXPECT("if c:\n class A(B):\n  def m(self): super().m()\n", OK);
}
END_TEST

START_TEST(functions_and_classes_in_functions)
{
    EXPECT("def f():\n class A(B):\n  def m(self): super().m()\n", OK);
    EXPECT("class A(B):\n def m(self):\n  def g(x): super().m()\n", OK);
    EXPECT("class A(B):\n def m(self):\n  def g(): super().m()\n",
           HR_SUPER_NO_PARAMETER);
    EXPECT("def f():\n class A(B):\n  def m(self): super().m()\n A = g(A)\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("def f():\n global A\n class A(B):\n  def m(self): super().m()\n",
           HR_SUPER_CLASS_REBOUND);
}
END_TEST

START_TEST(where_it_is_no_method)
{
    EXPECT("super()\n"
           "class A: pass\n"
           "def f(x): super()\n",
           HR_SUPER_NO_CLASS);
    EXPECT("class A(B):\n x = super()\n", HR_SUPER_NO_CLASS);
    EXPECT("class A(B):\n def m(self, x=super()): pass\n", HR_SUPER_NO_CLASS);
}
END_TEST

START_TEST(first_parameters)
{
    EXPECT("class A(B):\n def m(): super().m()\n", HR_SUPER_NO_PARAMETER);
    EXPECT("class A(B):\n def m(*a): super().m()\n", HR_SUPER_STARRED);
    EXPECT("class A(B):\n def m(*, a): super().m()\n", HR_SUPER_NO_PARAMETER);
    EXPECT("class A(B):\n def m(**a): super().m()\n", HR_SUPER_NO_PARAMETER);
    EXPECT("class A(B):\n def m(s):\n  super().m()\n  s = 1\n", HR_SUPER_REBOUND);
    EXPECT("class A(B):\n def m(s):\n  super().m()\n  del s\n", HR_SUPER_REBOUND);
    EXPECT(
        "class A(B):\n def m(s):\n  def g():\n   nonlocal s\n   s = 1\n  super().m()\n",
        HR_SUPER_REBOUND);
    EXPECT("class A(B):\n def m(s, t):\n  t = 1\n  super().m()\n", OK);
}
END_TEST

START_TEST(scopes_of_their_own)
{
    EXPECT("class A(B):\n def m(s): return lambda: super().m()\n",
           HR_SUPER_NESTED_SCOPE);
    EXPECT("class A(B):\n def m(s): return lambda x: super().m()\n",
           HR_SUPER_NESTED_SCOPE);
    EXPECT("class A(B):\n def m(s): return [super().m() for x in y]\n",
           HR_SUPER_NESTED_SCOPE);
    EXPECT("class A(B):\n def m(s): return {x: super().m() for x in y}\n",
           HR_SUPER_NESTED_SCOPE);
    EXPECT("class A(B):\n def m(s): return any(super().m() for x in y)\n",
           HR_SUPER_NESTED_SCOPE);
}
END_TEST

START_TEST(names_that_may_mean_something_else)
{
    EXPECT("class A(B):\n def m(s): super().m()\nA = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\nclass A: pass\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\ndef f():\n global A\n A = 1\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\nfor A in x: pass\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\nfrom x import *\n", HR_SUPER_SHADOWED);
    EXPECT("class A(B):\n def m(s): super().m()\nsuper = 1\n", HR_SUPER_SHADOWED);
    EXPECT("from x import super\nclass A(B):\n def m(s): super().m()\n",
           HR_SUPER_SHADOWED);
    EXPECT("class A(B):\n def m(s, super): super().m()\n", HR_SUPER_SHADOWED);
    EXPECT("class A(B):\n def m(s, A): super().m()\n", HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n def m(s):\n  A = 1\n  super().m()\n",
           HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n def m(s):\n  global A\n  super().m(A)\n", OK);
    EXPECT("class A(B):\n def m(s):\n  __class__ = 1\n  super().m()\n",
           HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n def m[A](s): super().m()\n", HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n def m(s): super().m()\ndef f(A): A = 1\n", OK);
    EXPECT("class A(B):\n def m(s): super().m()\nx.A = 1\nf(A=1)\nprint(A)\n", OK);
}
END_TEST

START_TEST(each_way_to_bind_a_name)
{
#define CLASS "class A(B):\n def m(s): super().m()\n"
    static const char *const binding[] = {
        "x = A = 1\n",
        "(x, [A]) = y\n",
        "A: int = 1\n",
        "A += 1\n",
        "A >>= 1\n",
        "del x, A\n",
        "import A\n",
        "import x.y as A\n",
        "from x import (y,\n A)\n",
        "f(x, (A := 1))\n",
        "with x as A: pass\n",
        "with (x as y, z as A): pass\n",
        "try: x\nexcept E as A: pass\n",
        "for x, A in y: pass\n",
        "if x:\n  if y: A = 1\n",
        "match x:\n case A: pass\n",
        "match x:\n case {'y': A, **z}: pass\n",
        "[(A := x) for x in y]\n",
        "class C:\n def f(s):\n  global x, \\\n   A\n  A = 1\n",
        "def f():\n def g(): global A; A = 1\n",
        "x = lambda: 1; A = 2\n",
        "type A = int\n",
        "A \\\n = 1\n",
        "try: import x\nexcept: A = None\n",
    };
    static const char *const harmless[] = {
        "x = A\n",
        "x = [A == 1, A <= 2, A != 3]\n",
        "f(A, a=1)\n",
        "x[A:1] = 2 # A\n",
        "'A = 1'\n",
        "if A: x = 1\n",
        "print(A); x = 1\n",
        "x.A = 1\n",
        "class C(A):\n def f(s):\n  A = 1\n  global x\n",
        "@A\ndef f(A=1): pass\n",
        "x: A = 1\n",
        "for x in A: A()\n",
        "def f():\n  A = 1\n  return super\n",
        "with A() as x: pass\n",
        "[A for A in x]\n",
        "def f(): return 'global A'\n",
    };
    char text[200];
    for (size_t i = 0; i < sizeof binding / sizeof binding[0]; i++) {
        snprintf(text, sizeof text, "%s%s", CLASS, binding[i]);
        EXPECT(text, HR_SUPER_CLASS_REBOUND);
        snprintf(text, sizeof text, "%s%s", binding[i], CLASS);
        EXPECT(text, HR_SUPER_CLASS_REBOUND);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        snprintf(text, sizeof text, "%s%s", CLASS, harmless[i]);
        EXPECT(text, OK);
    }
}
END_TEST

START_TEST(what_decides_stands_beside_the_method)
{
    EXPECT("class A(B):\n def m(s): super().m()\n def n(s):\n  global A\n  A = 1\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\n __class__ = 1\n",
           HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n def m(s): super().m()\n def n(s): return s.__class__\n", OK);
    EXPECT("class A[A](B):\n def m(s): super().m()\n", HR_SUPER_CLASS_SHADOWED);
    EXPECT("class A(B):\n class C(D):\n  def m(s): super().m()\n C = x(C)\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n def m(s): super().m()\n x = lambda s: super().m()\n", OK,
           HR_SUPER_NESTED_SCOPE);
    EXPECT("class A(B):\n @x(super())\n def m(s): super().m()\n", HR_SUPER_NO_CLASS,
           OK);
    EXPECT("class A(B):\n 'super()'\n def m(s): super().m()\n", OK);
    EXPECT("class A(B):\n\tdef m(s):\n\t\tsuper().m()\n\tdef n(s):\n\t\tsuper().n()\n",
           OK, OK);
    EXPECT("class A(B):\n def m(s): super \\\n  ( # x\n  ).m()\n", HR_SUPER_SPACED);
}
END_TEST

START_TEST(names_of_nested_classes)
{
#define NESTED "class A(B):\n class C(D):\n  def m(s): super().m()\n"
    EXPECT(NESTED, OK);
    EXPECT(NESTED "A.C = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "x.y . C  = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "A.C, x = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "(A.C, x.y) = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "[x, A.C] = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "for A.C in x: pass\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "with x as A.C: pass\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "del A.C\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "setattr(A, 'C', 1)\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "A.C: int = 1\n", HR_SUPER_CLASS_REBOUND);
    EXPECT(NESTED "print(A.C)\nx = A.C\nx = A.C()\nA.C.y = 1\n'C'\nA.D = 1\n"
                  "A.C == 1\nx.y(A.C(1))\n",
           OK);
    EXPECT("class A(B):\n class C(D):\n  def m(s): super().m()\n C = f(C)\n",
           HR_SUPER_CLASS_REBOUND);
    EXPECT("class A(B):\n class __C(D):\n  def m(s): super().m()\n", HR_SUPER_MANGLED);
    EXPECT("class __A(B):\n def m(s): super().m()\n", HR_SUPER_MANGLED);
    EXPECT("class __A__(B):\n def m(s): super().m()\n", OK);
}
END_TEST

START_TEST(decorators_and_early_calls)
{
    EXPECT("@d\nclass A(B):\n def m(s): super().m()\n", HR_SUPER_DECORATED);
    EXPECT("@hot_restart.wrap_class\nclass A(B):\n def m(s): super().m()\n", OK);
    EXPECT("@d\nclass A(B):\n class C(B):\n  def m(s): super().m()\n",
           HR_SUPER_DECORATED);
    EXPECT("class A(B, metaclass=M):\n def m(s): super().m()\n", HR_SUPER_EARLY);
    EXPECT("class A(Enum):\n def m(s): super().m()\n", HR_SUPER_EARLY);
    EXPECT("class A(enum.IntFlag):\n def m(s): super().m()\n", HR_SUPER_EARLY);
    EXPECT("class B(Enum): pass\nclass A(B):\n def m(s): super().m()\n",
           HR_SUPER_EARLY);
    EXPECT("class B:\n def __init_subclass__(cls): cls()\n"
           "class A(B):\n def m(s): super().m()\n",
           HR_SUPER_EARLY);
    EXPECT("class A(A):\n def m(s): super().m()\n", OK);
}
END_TEST

START_TEST(spelled_in_another_way)
{
    EXPECT("class A(B):\n def m(s): super( ).m()\n", HR_SUPER_SPACED);
    EXPECT("class A(B):\n def m(s): super(# c\n).m()\n", HR_SUPER_SPACED);
    EXPECT("class A(B):\n def m(s): f'{super().m()}'\n", HR_SUPER_FORMATTED);
    EXPECT("class A(B):\n def m(s): '{super()}', 'super()' # super()\n", );
    EXPECT("class A(B):\n def m(s): super(A, s).m(); x.super(); super\n", );
}
END_TEST

START_TEST(every_reason_has_a_text)
{
    for (int reason = HR_SUPER_OK; reason <= HR_SUPER_FORMATTED; reason++) {
        const char *text = hr_super_reason_text((enum hr_super_reason)reason);
        ck_assert_str_ne(text, "unknown");
        for (int other = HR_SUPER_OK; other < reason; other++) {
            ck_assert_str_ne(text, hr_super_reason_text((enum hr_super_reason)other));
        }
    }
}
END_TEST

/* As many classes and names as the tables must grow for. */
START_TEST(many_classes)
{
    struct hr_bytes text = {0};
    for (int i = 0; i < 500; i++) {
        hr_bytes_printf(&text, "class A%d(B):\n class C%d:\n  def m(s): super().m()\n",
                        i, i);
    }
    for (int i = 0; i < 500; i += 5) {
        hr_bytes_printf(&text, "A%d.C%d = 1\n", i, i);
    }
    struct hr_defs defs;
    struct hr_error err = {0};
    hr_defs_init(&defs);
    ck_assert(hr_defs_collect(&defs, text.data, text.size, HR_DEFS_SUPERS, &err));
    ck_assert_uint_eq(defs.supers.count, 500);
    for (size_t i = 0; i < 500; i++) {
        const struct hr_super *call = hr_array_at(&defs.supers, i);
        ck_assert_int_eq(call->reason,
                         i % 5 == 0 ? HR_SUPER_CLASS_REBOUND : HR_SUPER_OK);
    }
    hr_defs_finish(&defs);
    hr_bytes_finish(&text);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("supers");
    TCase *supers = tcase_create("supers");
    tcase_add_test(supers, methods_of_classes);
    tcase_add_test(supers, functions_and_classes_in_functions);
    tcase_add_test(supers, where_it_is_no_method);
    tcase_add_test(supers, first_parameters);
    tcase_add_test(supers, scopes_of_their_own);
    tcase_add_test(supers, names_that_may_mean_something_else);
    tcase_add_test(supers, each_way_to_bind_a_name);
    tcase_add_test(supers, what_decides_stands_beside_the_method);
    tcase_add_test(supers, names_of_nested_classes);
    tcase_add_test(supers, decorators_and_early_calls);
    tcase_add_test(supers, spelled_in_another_way);
    tcase_add_test(supers, every_reason_has_a_text);
    tcase_add_test(supers, many_classes);
    suite_add_tcase(suite, supers);
    return suite;
}
