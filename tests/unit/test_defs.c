#include "collecting.h"

#include <stdio.h>

#include "base/bytes.h"

static void show_text(struct hr_bytes *out, const char *label, struct hr_span span)
{
    hr_bytes_printf(out, " %s<%.*s>", label, (int)hr_span_size(span),
                    defs.text + span.start);
}

static void show_params(struct hr_bytes *out, const struct hr_def *def)
{
    static const char *const kinds[] = {"/", "", "*", "=", "**"};
    hr_bytes_append_text(out, " (");
    for (uint32_t i = 0; i < def->params.count; i++) {
        const struct hr_param *param = hr_array_at(&defs.params, def->params.first + i);
        hr_bytes_printf(out, "%s%s%.*s%s%s", i > 0 ? " " : "", kinds[param->kind],
                        (int)hr_span_size(param->name), defs.text + param->name.start,
                        param->rebound ? "!" : "", param->escapes ? "^" : "");
        if (!hr_span_empty(param->annotation)) {
            hr_bytes_printf(out, ":%.*s", (int)hr_span_size(param->annotation),
                            defs.text + param->annotation.start);
        }
        if (!hr_span_empty(param->default_value)) {
            hr_bytes_printf(out, "=%.*s", (int)hr_span_size(param->default_value),
                            defs.text + param->default_value.start);
        }
    }
    hr_bytes_append_text(out, ")");
}

static void show_bindings(struct hr_bytes *out, const struct hr_def *def)
{
    static const char *const kinds[] = {"", "global:", "nonlocal:"};
    hr_bytes_append_text(out, " {");
    for (uint32_t i = 0; i < def->bindings.count; i++) {
        const struct hr_binding *binding =
            hr_array_at(&defs.bindings, def->bindings.first + i);
        hr_bytes_printf(out, "%s%s%.*s", i > 0 ? " " : "", kinds[binding->kind],
                        (int)hr_span_size(binding->name),
                        defs.text + binding->name.start);
    }
    hr_bytes_append_text(out, "}");
}

static void show_outline(struct hr_bytes *out, uint32_t i)
{
    const struct hr_def *def = hr_defs_at(&defs, i);
    hr_bytes_printf(out, "%s%s %s", def->is_async ? "async " : "",
                    def->kind == HR_DEF_CLASS ? "class" : "def",
                    hr_defs_qualname(&defs, i));
    if (def->ordinal > 0) {
        hr_bytes_printf(out, "#%u", def->ordinal + 1);
    }
    hr_bytes_printf(out, " %u:%u-%u", def->first_line, def->line, def->end_line);
    hr_bytes_append_text(out, def->inline_body ? " inline" : "");
    hr_bytes_append_text(out, def->conditional ? " if" : "");
    hr_bytes_append_text(out, def->off ? " off" : "");
    hr_bytes_append_text(out, def->has_super ? " super" : "");
    for (uint32_t d = 0; d < def->decorators.count; d++) {
        const struct hr_decorator *decorator =
            hr_array_at(&defs.decorators, def->decorators.first + d);
        show_text(out, "@", decorator->expression);
    }
}

static void show_detail(struct hr_bytes *out, const struct hr_def *def)
{
    if (!def->detailed) {
        hr_bytes_append_text(out, " broken");
        return;
    }
    if (def->kind == HR_DEF_FUNCTION) {
        show_params(out, def);
    }
    show_bindings(out, def);
    hr_bytes_append_text(out, def->generator ? " yields" : "");
    hr_bytes_append_text(out, def->trivial ? " trivial" : "");
    if (def->block_depth > 0) {
        hr_bytes_printf(out, " blocks:%u", def->block_depth);
    }
    if (!hr_span_empty(def->docstring)) {
        show_text(out, "doc", def->docstring);
    }
    if (!hr_span_empty(def->type_params)) {
        show_text(out, "types", def->type_params);
    }
    if (!hr_span_empty(def->returns)) {
        show_text(out, "->", def->returns);
    }
}

/* One line a definition; see the functions above. */
static void expect(const char *text, enum hr_defs_depth depth, const char *expected)
{
    struct hr_bytes shown = {0};
    ck_assert_msg(collect(text, depth), "%s", error.message);
    for (uint32_t i = 0; i < defs.defs.count; i++) {
        show_outline(&shown, i);
        if (depth == HR_DEFS_DETAIL) {
            show_detail(&shown, hr_defs_at(&defs, i));
        }
        hr_bytes_append_char(&shown, '\n');
    }
    ck_assert_str_eq(shown.data != NULL ? shown.data : "", expected);
    hr_bytes_finish(&shown);
}

static void outline(const char *text, const char *expected)
{
    expect(text, HR_DEFS_OUTLINE, expected);
}

static void detail(const char *text, const char *expected)
{
    expect(text, HR_DEFS_DETAIL, expected);
}

START_TEST(names_nesting_and_lines)
{
    outline("", "");
    outline("x = 1\n", "");
    outline("class A:\n  def f(self):\n    def g(): pass\n  x = 1\n\ndef h():\n  a\n",
            "class A 0:0-3\ndef A.f 1:1-2\ndef A.f.g 2:2-2 inline\ndef h 5:5-6\n");
    outline("def f(\n a,\n):\n  return (\n  )\n", "def f 0:0-4\n");
    outline("async def f():\n  class B: x = 1", "async def f 0:0-1\n"
                                                "class f.B 1:1-1 inline\n");
}
END_TEST

START_TEST(same_names_are_numbered)
{
    outline("def f(): a\ndef f(): b\nclass A:\n def f(): c\ndef f(): d\n",
            "def f 0:0-0 inline\ndef f#2 1:1-1 inline\nclass A 2:2-3\n"
            "def A.f 3:3-3 inline\ndef f#3 4:4-4 inline\n");
    ck_assert_uint_eq(hr_defs_find(&defs, "f"), 0);
    ck_assert_uint_eq(hr_defs_find(&defs, "f#2"), 1);
    ck_assert_uint_eq(hr_defs_find(&defs, "f#3"), 4);
    ck_assert_uint_eq(hr_defs_find(&defs, "f#4"), HR_NONE);
    ck_assert_uint_eq(hr_defs_find(&defs, "f#0"), HR_NONE);
    ck_assert_uint_eq(hr_defs_find(&defs, "A.f"), 3);
    ck_assert_uint_eq(hr_defs_find(&defs, "A."), HR_NONE);
    ck_assert_uint_eq(hr_defs_find(&defs, ""), HR_NONE);
}
END_TEST

START_TEST(a_line_finds_its_innermost_definition)
{
    outline("class A:\n  @d\n  def f(self):\n    x\n\n  y = 1\nz = 1\n",
            "class A 0:0-5\ndef A.f 1:2-3 @<d>\n");
    const uint32_t expected[] = {0, 1, 1, 1, 0, 0, HR_NONE, HR_NONE};
    for (uint32_t line = 0; line < 8; line++) {
        ck_assert_uint_eq(hr_defs_find_line(&defs, line), expected[line]);
    }
}
END_TEST

START_TEST(decorators)
{
    outline("@a\n@ b.c(\n 1) # x\n\n# y\nclass A: pass\n",
            "class A 0:5-5 inline @<a> @<b.c(\n 1)>\n");
    outline("class A:\n  @a\n  def f(): pass\n  def g(): pass\n",
            "class A 0:0-3\ndef A.f 1:2-2 inline @<a>\ndef A.g 3:3-3 inline\n");
}
END_TEST

START_TEST(conditional_definitions)
{
    outline("if a:\n  def f(): b\nelse:\n  def f(): c\n",
            "def f 1:1-1 inline if\ndef f#2 3:3-3 inline if\n");
    outline("class A:\n  try:\n    def f(): b\n  finally: c\n",
            "class A 0:0-3\ndef A.f 2:2-2 inline if\n");
    outline(
        "def f():\n  with a:\n    for b in c:\n      class D:\n        def g(): e\n",
        "def f 0:0-4\nclass f.D 3:3-4 if\ndef f.D.g 4:4-4 inline\n");
}
END_TEST

START_TEST(switched_off_and_super)
{
    outline(
        "class A: # hr: off\n  def f(self):\n    super().f()\n  def g(self): pass\n",
        "class A 0:0-3 off super\ndef A.f 1:1-2 super\ndef A.g 3:3-3 inline\n");
}
END_TEST

START_TEST(spans_and_bodies)
{
    const char *text = "class A:\n\t@d\n\tdef f(a): # c\n\n\t\t'doc'; b\n\n# e\nx\n";
    ck_assert(collect(text, HR_DEFS_DETAIL));
    const struct hr_def *def = hr_defs_at(&defs, 1);
    ck_assert_int_eq(text[def->span.start], '@');
    ck_assert_mem_eq(text + def->keyword, "def f", 5);
    ck_assert_mem_eq(text + def->header_end - 2, "): ", 3);
    ck_assert_mem_eq(text + def->body, "'doc'", 5);
    ck_assert_mem_eq(text + def->body_start, "\t\t'doc'", 7);
    ck_assert_mem_eq(text + def->span.end - 1, "b\n\n#", 4);
    ck_assert_mem_eq(text + def->end, "\n# e", 4);
    ck_assert_uint_eq(hr_span_size(def->indent), 1);
    ck_assert_uint_eq(def->after, 2);
    ck_assert_uint_eq(def->parent, 0);
}
END_TEST

START_TEST(parameters)
{
    detail("def f(a, b: int, /, c=1, *d: str, e, g: int = 2, **h): x\n",
           "def f 0:0-0 inline (/a /b:int c=1 *d:str =e =g:int=2 **h)"
           " {a b c d e g h}\n");
    detail("def f(*, a): x\n", "def f 0:0-0 inline (=a) {a}\n");
    detail("def f(*a: *B): x\n", "def f 0:0-0 inline (*a:*B) {a}\n");
    detail("def f(\n  a,  # b\n  c = (\n 1),\n) -> d[0]: x\n",
           "def f 0:0-4 inline (a c=(\n 1)) {a c} -><d[0]>\n");
    detail("class A[T, *U, **V](B): pass\n",
           "class A 0:0-0 inline {} trivial types<[T, *U, **V]>\n");
    detail("def f[T: (int, str)](a: T) -> T: x\n",
           "def f 0:0-0 inline (a:T) {a} types<[T: (int, str)]> -><T>\n");
}
END_TEST

START_TEST(docstrings_and_trivial_bodies)
{
    detail("def f(): 'a'\n", "def f 0:0-0 inline () {} trivial doc<'a'>\n");
    detail("def f():\n  # b\n  r'''a\n  '''\n",
           "def f 0:0-3 () {} trivial doc<r'''a\n  '''>\n");
    detail("def f(): ('a' 'b'); pass; ...\n",
           "def f 0:0-0 inline () {} trivial doc<('a' 'b')>\n");
    detail("def f(): b'a'\n", "def f 0:0-0 inline () {}\n");
    detail("def f(): f'a'\n", "def f 0:0-0 inline () {}\n");
    detail("def f(): 'a', 'b'\n", "def f 0:0-0 inline () {}\n");
    detail("def f(): 'a'.b\n", "def f 0:0-0 inline () {}\n");
    detail("def f():\n  pass\n  'a'\n", "def f 0:0-2 () {}\n");
    detail("class A: 'a'\n", "class A 0:0-0 inline {} trivial doc<'a'>\n");
}
END_TEST

START_TEST(generators)
{
    detail("def f(): yield\n", "def f 0:0-0 inline () {} yields\n");
    detail("def f(): x = yield from y\n", "def f 0:0-0 inline () {x} yields\n");
    detail("async def f(): await x; yield 1\n",
           "async def f 0:0-0 inline () {} yields\n");
    detail("def f(): return lambda: (yield)\n", "def f 0:0-0 inline () {}\n");
    detail("def f():\n  def g(): yield\n", "def f 0:0-1 () {g}\n"
                                           "def f.g 1:1-1 inline () {} yields\n");
    detail("def f():\n  class A:\n    x = [1 for a in (yield)]\n",
           "def f 0:0-2 () {A}\nclass f.A 1:1-2 {x}\n");
    detail("def f(): [a for a in (yield)]\n", "def f 0:0-0 inline () {} yields\n");
    detail("def f(a=(lambda: (yield))): x\n",
           "def f 0:0-0 inline (a=(lambda: (yield))) {a}\n");
}
END_TEST

START_TEST(bindings_of_scopes)
{
    detail("def f(a):\n  global g\n  g = b = 1\n  c: int\n  for d in e: pass\n",
           "def f 0:0-4 (a) {a global:g b c d} blocks:1\n");
    detail("def f():\n  x = 1\n  def g():\n    nonlocal x\n    x = y\n",
           "def f 0:0-4 () {x g}\ndef f.g 2:2-4 () {nonlocal:x}\n");
    /* What stands in a header belongs to the scope around it. */
    detail(
        "def f():\n  def g(a=(b := 1)) -> (c := 2): d\n",
        "def f 0:0-1 () {g b c}\ndef f.g 1:1-1 inline (a=(b := 1)) {a} -><(c := 2)>\n");
    detail("def f():\n  @(b := c)\n  class A(d := e): g = 1\n",
           "def f 0:0-2 () {b A d}\nclass f.A 1:2-2 inline @<(b := c)> {g}\n");
}
END_TEST

START_TEST(blocks_are_counted)
{
    detail("def f():\n  for a in b:\n    while c:\n      with d, e: g\n  if h: pass\n",
           "def f 0:0-4 () {a} blocks:4\n");
    detail("def f():\n  try:\n    try: a\n    finally: b\n  except C: d\n",
           "def f 0:0-4 () {} blocks:4\n");
    detail("def f():\n  def g():\n    for a in b: c\n",
           "def f 0:0-2 () {g}\ndef f.g 1:1-2 () {a} blocks:1\n");
}
END_TEST

START_TEST(an_error_stays_in_its_statement)
{
    detail("def f(a):\n  x = = 1\ndef g(b): c\n",
           "def f 0:0-1 broken\ndef g 2:2-2 inline (b) {b}\n");
    ck_assert_uint_ge(defs.errors.count, 1);
    struct hr_error err = {0};
    ck_assert(!hr_defs_check(&defs, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_SYNTAX);
    ck_assert_uint_eq(err.line, 2);
    detail("def f(a): x\n", "def f 0:0-0 inline (a) {a}\n");
    ck_assert(hr_defs_check(&defs, &err));
}
END_TEST

START_TEST(what_cannot_be_cut_fails_with_its_place)
{
    ck_assert(!collect("x = 1\ndef f(:\n", HR_DEFS_DETAIL));
    ck_assert_int_eq(error.kind, HR_ERROR_SYNTAX);
    ck_assert_uint_eq(error.line, 2);
    ck_assert_uint_eq(error.column, 6);
}
END_TEST

START_TEST(depths_agree_on_the_outline)
{
    const char *text = "@a\nclass A(B):\n  async def f(self, x): super().f()\n"
                       "  if c:\n    def g(self):\n      pass\n";
    expect(text, HR_DEFS_OUTLINE,
           "class A 0:1-5 super @<a>\nasync def A.f 2:2-2 inline super\n"
           "def A.g 4:4-5 if\n");
    expect(text, HR_DEFS_SUPERS,
           "class A 0:1-5 super @<a>\nasync def A.f 2:2-2 inline super\n"
           "def A.g 4:4-5 if\n");
}
END_TEST

START_TEST(line_ends_of_every_kind)
{
    detail("class A:\r\n  def f(a):\r\n    a = 1\r\n", "class A 0:0-2 {f}\n"
                                                       "def A.f 1:1-2 (a!) {a}\n");
    outline("class A:\r  def f(a):\r    a = 1\r", "class A 0:0-2\ndef A.f 1:1-2\n");
    detail("\xef\xbb\xbf"
           "def f(a): b\n",
           "def f 0:0-0 inline (a) {a}\n");
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("defs");
    TCase *one = tcase_create("outline");
    tcase_add_checked_fixture(one, NULL, tear_down);
    tcase_add_test(one, names_nesting_and_lines);
    tcase_add_test(one, same_names_are_numbered);
    tcase_add_test(one, a_line_finds_its_innermost_definition);
    tcase_add_test(one, decorators);
    tcase_add_test(one, conditional_definitions);
    tcase_add_test(one, switched_off_and_super);
    tcase_add_test(one, depths_agree_on_the_outline);
    tcase_add_test(one, what_cannot_be_cut_fails_with_its_place);
    tcase_add_test(one, line_ends_of_every_kind);
    suite_add_tcase(suite, one);
    TCase *two = tcase_create("detail");
    tcase_add_checked_fixture(two, NULL, tear_down);
    tcase_add_test(two, spans_and_bodies);
    tcase_add_test(two, parameters);
    tcase_add_test(two, docstrings_and_trivial_bodies);
    tcase_add_test(two, generators);
    tcase_add_test(two, bindings_of_scopes);
    tcase_add_test(two, blocks_are_counted);
    tcase_add_test(two, an_error_stays_in_its_statement);
    suite_add_tcase(suite, two);
    return suite;
}
