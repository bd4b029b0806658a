#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "syntax/grammar.h"

static const char *const python[] = {
    "",
    "\n",
    "# c",
    "x",
    "x = y = 1, *z",
    "x: int = 1",
    "(x): int",
    "x.y: int",
    "x[1]: 2",
    "x += yield",
    "x @= 1; y //= 2; z >>= 3; ",
    "a, *b = c",
    "[a, (b, *c)] = d",
    "() = x",
    "print(1, *a, b=2, **c)",
    "f(x for x in y)",
    "f(a := 1, b)",
    "(y := 1)",
    "[y := 1, y]",
    "x[1:2, ::3, ...]",
    "x[*a]",
    "x[*a or b]",
    "f(*a or b, **not c)",
    "[*a | -b ** c, *d @ e]",
    "x[a:=1]",
    "not not a and not b",
    "x = 1 \\\n\n",
    "a if b else c if d else e",
    "lambda: (yield)",
    "lambda a, /, b=1, *c, d, **e: 0",
    "lambda *, a: a",
    "[x async for x in y if a if b]",
    "{**a, 'b': 1}",
    "{*a, b}",
    "{a: b for a in c}",
    "{}",
    "x = 1, *[]",
    "x = 0x1F + 0o17 + 0b11 + 1_000.5e-3j + 00 + .5",
    "1if 2else 3",
    "'a' \"b\" r'c' f'{d!r:>{e}}'",
    "rb'x' Rb'y'",
    "f'{a:=}'",
    "f'{x:{'a'}}'",
    "t'{x}'",
    "del a, (b, c[0]), d.e",
    "assert a, b",
    "raise",
    "raise a from b",
    "global a, b",
    "import a.b as c, d",
    "from . import a",
    "from ...a import (b as c, d,)",
    "from a import *",
    "return",
    "return *a, b",
    "match = case = type = 1",
    "match(x)",
    "match[x]: int",
    "type X[T: int, *Ts, **P] = int",
    "type = 1",
    "type(x)",
    "print",
    "if x: y\nelif z: w\nelse: v",
    "for x, *y in *a, b: pass\nelse: pass",
    "while x: break",
    "try: a\nexcept: b\nelse: c\nfinally: d",
    "try: a\nfinally: b",
    "try: a\nexcept* (B, C) as d: e",
    "try: a\nexcept B, C: d",
    "with a as b, c: pass",
    "with (a as b, c as d,): pass",
    "with (a, b) as c: pass",
    "with (a): pass",
    "with (yield): pass",
    "with a as (b, c.d): pass",
    "async def f():\n  await x\n",
    "async def f():\n  async with a: pass\n  async for b in c: pass\n",
    "def f(a, b=1, /, c=2, *args: *Ts, d, e=3, **kw) -> x: pass",
    "def f[T = int](): pass",
    "def f[*Ts = *tuple[int]](a: T): pass",
    "class A[T](B, metaclass=C): pass",
    "class A: pass",
    "class A(): x = 1; y = 2",
    "@a.b[c](d)\n@(yield)\ndef f(): pass",
    "match x:\n  case 1 | -2.5 + 3j | 'a' 'b': pass\n  case [a, *_, (b, c)] if d: "
    "pass\n"
    "  case {'k': v, **rest}: pass\n  case A.B(c, d=e) as f: pass\n  case _: pass\n",
    "match *a, b:\n  case a, *b: pass",
    "match *a,:\n  case *a,: pass\n  case (*_,): pass\n  case [*a]: pass",
    "match x:\n  case {None: 1, -1 + 2j: b, a.b: c, 'd' 'e': f, **g}: pass",
    "if x:\n  y\n\n  # c\nz",
    "x = (\n1 +\n2)",
    "if x:\n    pass\n  # odd comment\nelse:\n    pass\n",
    "x \\\n  = 1",
    "\xc3\xa9t\xc3\xa9 = \xe8\xa1\xa8",
};

static const struct {
    const char *text;
    unsigned line, column;
} broken[] = {
    {"x = = 1", 1, 5},
    {"print x", 1, 7},
    {"exec 'x'", 1, 6},
    {"x <> y", 1, 4},
    {"`x`", 1, 1},
    {"0777", 1, 1},
    {"ur'x'", 1, 3},
    {"raise A, b", 1, 8},
    {"except: pass", 1, 1},
    {"f() = 1", 1, 1},
    {"1 = x", 1, 1},
    {"a + b += 1", 1, 1},
    {"(a, b) += 1", 1, 1},
    {"a, b: int", 1, 5},
    {"x = *a", 1, 7},
    {"def f(a=1, b): pass", 1, 12},
    {"def f(*): pass", 1, 8},
    {"def f(**a, b): pass", 1, 12},
    {"def f((a, b)): pass", 1, 7},
    {"lambda (a): a", 1, 8},
    {"f(a=1, b)", 1, 8},
    {"f(x for x in y, z for z in y)", 1, 17},
    {"f(a.b=1)", 1, 6},
    {"class", 1, 6},
    {"if x", 1, 5},
    {"if x\n  y", 1, 5},
    {"def f():\npass", 2, 1},
    {"x\n  y", 2, 3},
    {"if x:\n", 2, 1},
    {"try: x", 1, 7},
    {"try: x\ny", 2, 1},
    {"@a\nx", 2, 1},
    {"@a", 1, 3},
    {"else: x", 1, 1},
    {"if x: y\nexcept: z", 2, 1},
    {"match x:\n  y", 2, 3},
    {"match x:\n  case 1 + 2: y", 2, 12},
    {"match x:\n  case 1j + 2j: y", 2, 11},
    {"match x:\n  case {a: 1}: y", 2, 10},
    {"match x:\n  case {(1): 1}: y", 2, 9},
    {"match x:\n  case A(b=1, c): y", 2, 15},
    {"match x:\n  case a as _: y", 2, 13},
    {"match x:\n  case {**_}: y", 2, 11},
    {"match x:\n  case {**a, 'b': c}: y", 2, 14},
    {"match x:\n  case _.a: y", 2, 9},
    {"match x:\n  case (*a): y", 2, 12},
    {"match x:\n  case *a: y", 2, 10},
    {"match *x:\n  case a: y", 0, 0},
    {"def f[T = *int](): pass", 1, 11},
    {"a, *b == c", 1, 7},
    {"[*a or b]", 1, 5},
    {"{*not a}", 1, 3},
    {"{**a or b}", 1, 6},
    {"return *a in b, c", 1, 11},
    {"x = 1 if 2", 1, 11},
    {"for f() in x: pass", 1, 5},
    {"del f()", 1, 5},
    {"import a.b as c.d", 1, 16},
    {"from a import (b", 0, 0},
    {"x.1", 1, 2},
    {"1abc", 1, 2},
    {"a ! b", 1, 3},
    {"x = $", 1, 5},
    {"'a' b'c'", 1, 5},
    {"a not b", 1, 7},
    {"return = 1", 1, 8},
    {"x = \xe2\x80\x9cy\xe2\x80\x9d", 1, 5},
    {"\xe2\x82\xac = 2", 1, 1},
    {"async x", 1, 7},
    {"None = 1", 1, 1},
    {"f(None=1)", 1, 7},
    {"while x: if y: z", 1, 10},
    {"{1: 2, 3}", 1, 9},
    {"{1, 2: 3}", 1, 6},
    {"x = (1,\n     2 3)", 2, 8},
    {"x = 1 \\\n", 2, 1},
    {"x = 1 \\", 1, 8},
    {"x = \"\"\"\n\"\"\" y", 2, 5},
};

START_TEST(accepts)
{
    struct hr_error err = {0};
    const char *text = python[_i];
    ck_assert_msg(hr_grammar_check(text, strlen(text), &err), "%s: %u:%u: %s", text,
                  err.line, err.column, err.message);
}
END_TEST

START_TEST(refuses_at_the_right_place)
{
    struct hr_error err = {0};
    const char *text = broken[_i].text;
    ck_assert_msg(!hr_grammar_check(text, strlen(text), &err), "%s", text);
    ck_assert_int_eq(err.kind, HR_ERROR_SYNTAX);
    if (broken[_i].line > 0) {
        ck_assert_msg(err.line == broken[_i].line && err.column == broken[_i].column,
                      "%s: %u:%u: %s", text, err.line, err.column, err.message);
    }
}
END_TEST

START_TEST(limits_its_stack)
{
    static const char *const pieces[] = {"lambda a=", "not ", "- ",    "x if y else ",
                                         "lambda: ",  "x.y",  "await "};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t piece = strlen(pieces[i]);
        size_t count = 200000;
        char *text = malloc(piece * count + 1);
        ck_assert_ptr_nonnull(text);
        for (size_t k = 0; k < count; k++) {
            memcpy(text + k * piece, pieces[i], piece);
        }
        struct hr_error err = {0};
        ck_assert(!hr_grammar_check(text, piece * count, &err) || pieces[i][0] == 'x');
        ck_assert(err.kind != HR_ERROR_LIMIT || i == 0);
        if (i == 0) {
            ck_assert_str_eq(err.message, "expressions are nested too deeply");
        }
        free(text);
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("grammar");
    TCase *tcase = tcase_create("grammar");
    tcase_add_loop_test(tcase, accepts, 0, sizeof python / sizeof python[0]);
    tcase_add_loop_test(tcase, refuses_at_the_right_place, 0,
                        sizeof broken / sizeof broken[0]);
    tcase_add_test(tcase, limits_its_stack);
    suite_add_tcase(suite, tcase);
    return suite;
}
