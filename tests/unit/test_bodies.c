#include "suite.h"

#include <string.h>

#include "base/bytes.h"
#include "defs/defs.h"

/* "f (a! **k^) generator 2 'doc' trivial": each function with its parameters (a '!' for
 * one that may be rebound, a '^' for a dict that may get out), nested blocks,
 * docstring; between functions a ';'. */
static void show(struct hr_bytes *out, const struct hr_defs *defs)
{
    static const char *const kinds[] = {"/", "", "*", "=", "**"};
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (def->kind != HR_DEF_FUNCTION) {
            continue;
        }
        hr_bytes_printf(out, "%s%s (", out->size > 0 ? "; " : "",
                        hr_defs_qualname(defs, i));
        for (uint32_t p = 0; p < def->params.count; p++) {
            const struct hr_param *param =
                hr_array_at(&defs->params, def->params.first + p);
            hr_bytes_printf(out, "%s%s%.*s%s%s", p > 0 ? " " : "", kinds[param->kind],
                            (int)hr_span_size(param->name),
                            defs->text + param->name.start, param->rebound ? "!" : "",
                            param->kind == HR_PARAM_VARKW && param->escapes ? "^" : "");
        }
        hr_bytes_append_text(out, ")");
        hr_bytes_append_text(out, def->generator ? " generator" : "");
        if (def->block_depth > 0) {
            hr_bytes_printf(out, " %u", def->block_depth);
        }
        hr_bytes_append_text(out, hr_span_empty(def->docstring) ? "" : " ");
        hr_bytes_append(out, defs->text + def->docstring.start,
                        hr_span_size(def->docstring));
        hr_bytes_append_text(out, def->trivial ? " trivial" : "");
        hr_bytes_append_text(out, def->detailed ? "" : " broken");
    }
    hr_bytes_append_char(out, '\0');
}

static void expect_at(const char *text, enum hr_defs_depth depth, const char *expected)
{
    struct hr_defs defs;
    struct hr_error err = {0};
    struct hr_bytes shown = {0};
    hr_defs_init(&defs);
    ck_assert_msg(hr_defs_collect(&defs, text, strlen(text), depth, &err), "%s",
                  err.message);
    show(&shown, &defs);
    ck_assert_str_eq(shown.data, expected);
    hr_bytes_finish(&shown);
    hr_defs_finish(&defs);
}

/* By tokens, and by the tree. */
static void expect(const char *text, const char *expected)
{
    expect_at(text, HR_DEFS_GUARD, expected);
    expect_at(text, HR_DEFS_DETAIL, expected);
}

/* Where the tree says more than is true. */
static void expect_tokens(const char *text, const char *expected)
{
    expect_at(text, HR_DEFS_GUARD, expected);
}

START_TEST(parameters)
{
    expect("def f(): a\n", "f ()");
    expect("def f(a, b=1, /, c: int = 2, *args, d, **k): a\n",
           "f (/a /b c *args =d **k)");
    expect("def f(a, *, b: 'x' = {1: 2}, c): a\n", "f (a =b =c)");
    expect("def f(a=lambda x, y=1: (x, y), b=lambda: 0, *c: *d): a\n", "f (a b *c)");
    expect("def f[T: (int, str), *U](a: T, *b: *U) -> dict[T, U]: a\n", "f (a *b)");
    expect("async def f(\n  a,  # one\n  b,\n): a\n", "f (a b)");
    expect("async \\\n def f(a): a\n", "f (a)");
}
END_TEST

START_TEST(what_is_rebound)
{
    expect("def f(a, b, c, d):\n  a = b\n  c += 1\n  d: int\n", "f (a! b c! d!)");
    expect("def f(a, b, c): a = b = c\n", "f (a! b! c)");
    expect("def f(a, b, c, d, e): (a, [b, *c]), d[e] = 1\n", "f (a! b! c! d e)");
    expect("def f(a, b, c): a.x, b[c], (a or b).y, f(a)[0] = 1\n", "f (a b c)");
    expect("def f(a, b, c):\n  del a, (b), c.x\n", "f (a! b! c)");
    expect("def f(a, b, c):\n  for a, b.x in c: pass\n", "f (a! b c) 1");
    expect("def f(a, b):\n  with x as a, y as (b, c): pass\n", "f (a! b!) 2");
    expect("def f(a, b):\n  with (x as a, y(b) as c,): pass\n", "f (a! b) 2");
    expect("def f(a, b):\n  try: x\n  except b as a: y\n", "f (a! b) 4");
    expect("def f(a, b, c):\n  import a.x, b.y as z, w as c\n", "f (a! b c!)");
    expect("def f(a, b, c):\n  from a.b import (b, c as x,)\n", "f (a b! c)");
    expect("def f(a, b):\n  if (a := b): pass\n", "f (a! b)");
    expect("def f(a, b): return [a := x for b in y]\n", "f (a! b)");
    expect("def f(a): return lambda: (a := 1)\n", "f (a)");
    expect("def f(a, b):\n  def a(b=(b := 1)): pass\n", "f (a! b!); f.a (b) trivial");
    expect("def f(a):\n  class a: pass\n", "f (a!)");
    expect("def f(a):\n  class C:\n    a = 1\n", "f (a)");
    expect("def f(a):\n  def g(): a = 1\n", "f (a); f.g ()");
    expect("def f(a):\n  def g():\n    nonlocal x, a\n", "f (a!); f.g ()");
    expect("def f(a): x = lambda a=1: a; y = a == 1; g(a=1)\n", "f (a)");
    expect("def f(type, a, b): type(a); type = 1; b\n", "f (type! a b)");
    expect("def f(a, x):\n  type a = x\n", "f (a! x)");
    expect("def f(match, a):\n  match(a)\n  match[a] = 1\n", "f (match a)");
    expect("def f(a, b, c):\n  match a:\n    case [b, *_] if c: pass\n", "f (a b! c)");
    expect_tokens("def f(a, b, c):\n  match a:\n    case b.x | b(c=1): pass\n",
                  "f (a b c)");
    expect("def f(a): x = f'{(a := 1)}'\n", "f (a!)");
    expect("def f(a): x = f'{b[(a := 1)]}'\n", "f (a!)");
    expect_tokens("def f(a): x = f'{a:=^3} {a[0]:=^3}'\n", "f (a)");
}
END_TEST

START_TEST(what_gets_out)
{
    expect("def f(**k): return k['a'], k.get('b'), g(**k), {**k}\n", "f (**k)");
    expect("def f(**k): return g(k=1), x.k, k.items()\n", "f (**k)");
    expect("def f(**k): return k\n", "f (**k^)");
    expect("def f(**k): k.pop('a')\n", "f (**k^)");
    expect("def f(**k): k['a'] = 1\n", "f (**k^)");
    expect("def f(**k): k['a']['b'] = 1\n", "f (**k)");
    expect("def f(**k): k['a'].x, y = 1\n", "f (**k)");
    expect("def f(**k): x[k['a']] = 1\n", "f (**k)");
    expect("def f(**k): del k['a']\n", "f (**k^)");
    expect("def f(**k):\n  for k['a'] in x: pass\n", "f (**k^) 1");
    expect("def f(**k): return [0 for k['a'] in x]\n", "f (**k^)");
    expect("def f(**k): k |= {}\n", "f (**k!^)");
    expect("def f(**k): k = {}\n", "f (**k!)");
    expect("def f(**k): return g(a ** k)\n", "f (**k^)");
    expect("def f(**k): return g(**k or {})\n", "f (**k^)");
    expect("def f(**k): return f'{k}'\n", "f (**k^)");
    expect("def f(**k): return f'{x}', 'k'\n", "f (**k)");
    expect("def f(**k):\n  def g(): return k\n", "f (**k^); f.g ()");
    expect("def f(**k):\n  class C:\n    x = k\n", "f (**k^)");
    expect("def f(**k):\n  def g(a: k = 1): pass\n", "f (**k^); f.g (a) trivial");
    expect_tokens("def f(**k):\n  def g(*a, **k): return k\n",
                  "f (**k); f.g (*a **k^)");
    expect_tokens("def f(**k): return lambda *k, x=1: 0\n", "f (**k)");
}
END_TEST

START_TEST(kinds_of_functions)
{
    expect("def f(): yield\n", "f () generator");
    expect("def f(): x = yield from y\n", "f () generator");
    expect("def f(): return lambda: (yield)\n", "f ()");
    expect_tokens("def f(): return lambda x=(yield): x\n", "f () generator");
    expect("def f():\n  def g(): yield\n", "f (); f.g () generator");
    expect("def f():\n  def g(a=(yield)): pass\n", "f () generator; f.g (a) trivial");
    expect("def f():\n  @(yield)\n  def g(): a\n", "f () generator; f.g ()");
    expect("def f(): return f'{(yield)}'\n", "f () generator");
    expect("def f(): return f'yield {x}'\n", "f ()");
    expect("class A:\n  async def f(self):\n    if x:\n      yield\n",
           "A.f (self) generator");
}
END_TEST

START_TEST(docstrings)
{
    expect("def f():\n  'one' \"two\"\n", "f () 'one' \"two\" trivial");
    expect("def f(): ('doc'); pass; ...\n", "f () ('doc') trivial");
    expect("def f():\n  '''a\nb'''; x\n", "f () '''a\nb'''");
    expect("def f():\n  pass\n  'no'\n", "f ()");
    expect("def f(): f'x'\n", "f ()");
    expect("def f(): b'x'\n", "f ()");
    expect("def f(): 'x'.y\n", "f ()");
    expect("def f():\n  if x: pass\n", "f ()");
    expect("def f():\n  @x\n  class A: pass\n", "f ()");
    expect_tokens("def f(): 'a',\n", "f ()"); /* a tuple */
}
END_TEST

START_TEST(nested_blocks)
{
    expect("def f():\n  for a in b:\n    while c:\n      x\n    else:\n      y\n",
           "f () 2");
    expect("def f():\n  try:\n    x\n  except* A:\n    for a in b: y\n  finally: z\n",
           "f () 5");
    expect("def f():\n  if a:\n    with b, c:\n      x\n  with (b): y\n", "f () 2");
    expect("def f():\n  for a in b:\n    def g():\n      for c in d: x\n",
           "f () 1; f.g () 1");
    expect("async def f():\n  async for a in b:\n    async with c: x\n", "f () 2");
    expect("def f():\n  match a:\n    case b:\n      for c in d: x\n", "f () 1");
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("bodies");
    TCase *tests = tcase_create("core");
    tcase_add_test(tests, parameters);
    tcase_add_test(tests, what_is_rebound);
    tcase_add_test(tests, what_gets_out);
    tcase_add_test(tests, kinds_of_functions);
    tcase_add_test(tests, docstrings);
    tcase_add_test(tests, nested_blocks);
    suite_add_tcase(suite, tests);
    return suite;
}
