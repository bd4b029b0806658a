#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defs/defs.h"
#include "rewrite/guard.h"

#define HEAD(indent) indent "try:\n"
#define TAIL(indent)                                                                   \
    indent "except __hr_crashed__():\n" indent " return __hr_restarted__()\n"

static const char *only; /* the one function to guard; NULL: all */

static bool is_only(void *context, const struct hr_defs *defs, uint32_t def)
{
    (void)context;
    return only == NULL || strcmp(hr_defs_qualname(defs, def), only) == 0;
}

static void append_origins(struct hr_bytes *shown, const struct hr_line_map *map)
{
    for (size_t i = 0; i < map->lines.count; i++) {
        struct hr_line_origin origin = hr_line_map_at(map, i);
        hr_bytes_append_text(shown, i > 0 ? " " : "");
        if (origin.origin == HR_ORIGIN_NONE) {
            hr_bytes_append_text(shown, "-");
        } else {
            hr_bytes_printf(shown, "%s%u", origin.origin == HR_ORIGIN_LINE ? "=" : "",
                            origin.line);
        }
        if (origin.shift != 0) {
            hr_bytes_printf(shown, "%+d", origin.shift);
        }
    }
}

/* `lines`: of each new line '-', its old line, or '=' and the line it stands for;
 * NULL: not looked at.  `remarks`: how many. */
static void expect_at(const char *text, enum hr_defs_depth depth, const char *expected,
                      const char *lines, size_t remark_count)
{
    struct hr_defs defs;
    struct hr_error err = {0};
    struct hr_bytes out = {0}, shown = {0};
    struct hr_line_map map;
    struct hr_array remarks;
    struct hr_guard_options options = {.wanted = is_only, .counts = true};
    hr_defs_init(&defs);
    hr_line_map_init(&map);
    hr_array_init(&remarks, sizeof(struct hr_remark));
    ck_assert_msg(hr_defs_collect(&defs, text, strlen(text), depth, &err), "%s",
                  err.message);
    ck_assert_msg(hr_guard(&defs, &options, &out, &map, &remarks, &err), "%s",
                  err.message);
    ck_assert_str_eq(out.data, expected);
    ck_assert_uint_eq(remarks.count, remark_count);
    if (lines != NULL) {
        append_origins(&shown, &map);
        ck_assert_str_eq(shown.data, lines);
    }
    hr_array_finish(&remarks);
    hr_line_map_finish(&map);
    hr_bytes_finish(&shown);
    hr_bytes_finish(&out);
    hr_defs_finish(&defs);
}

/* The same from tokens and from trees. */
static void expect(const char *text, const char *expected, const char *lines,
                   size_t remark_count)
{
    expect_at(text, HR_DEFS_GUARD, expected, lines, remark_count);
    expect_at(text, HR_DEFS_DETAIL, expected, lines, remark_count);
}

START_TEST(a_plain_function)
{
    expect("def f(a):\n  return a\n", "def f(a):\n" HEAD(" ") "  return a\n" TAIL(" "),
           "0 - 1 =0 =0", 0);
}
END_TEST

START_TEST(decorators_and_headers_stay)
{
    expect("@d\ndef f(a,\n  b): # c\n  # d\n\n  a.x\n# e\n",
           "@d\ndef f(a,\n  b): # c\n  # d\n\n" HEAD(" ") "  a.x\n" TAIL(" ") "# e\n",
           "0 1 2 3 4 - 5 =1 =1 6", 0);
}
END_TEST

START_TEST(docstrings_stay_in_front)
{
    expect("def f():\n    '''a\n  b'''\n    c\n",
           "def f():\n '''a\n  b'''\n" HEAD(" ") "    c\n" TAIL(" "),
           "0 1-3 2 - 3 =0 =0", 0);
    expect("def f():\n  'a' # b\n  c\n",
           "def f():\n 'a' # b\n" HEAD(" ") "  c\n" TAIL(" "), "0 1-1 - 2 =0 =0", 0);
    expect("def f():\n  'a'; b\n  c\n",
           "def f():\n 'a'\n" HEAD(" ") "  b\n  c\n" TAIL(" "), NULL, 0);
    expect("def f():\n\tdef g():\n\t\t'a'; b\n\t\tc\n",
           "def f():\n" HEAD(" ") "\t def g():\n\t  'a'\n" HEAD(
               "\t  ") "\t\t  b\n\t\t  c\n" TAIL("\t  ") TAIL(" "),
           NULL, 0);
    expect("def f():\n  'a';\n  c\n", "def f():\n 'a';\n" HEAD(" ") "  c\n" TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(bodies_on_the_header_line)
{
    expect("def f(): return a\n",
           "def f():\n" HEAD(" ") "         return a\n" TAIL(" "), "0 - 0 =0 =0", 0);
    expect("def f(): a; b # c\n",
           "def f():\n" HEAD(" ") "         a; b # c\n" TAIL(" "), NULL, 0);
    expect("def f(): 'a'; b\n",
           "def f():\n 'a'\n" HEAD(" ") "              b\n" TAIL(" "), NULL, 0);
    expect("def f(): \\\n  return a\n", "def f():\n" HEAD(" ") "  return a\n" TAIL(" "),
           "0 - 1 =0 =0", 0);
    expect("class A:\n  def f(self): a\n  b\n",
           "class A:\n  def f(self):\n" HEAD("   ") "               a\n" TAIL(
               "   ") "  b\n",
           NULL, 0);
}
END_TEST

START_TEST(one_column_and_tabs_need_a_shift)
{
    expect("def f():\n a\n\n if b:\n  c\nd\n",
           "def f():\n" HEAD(" ") "  a\n\n  if b:\n   c\n" TAIL(" ") "d\n",
           "0 - 1+1 2 3+1 4+1 =0 =0 5", 0);
    expect("def f():\n\ta\n\tb(\n1)\n",
           "def f():\n" HEAD(" ") "\t a\n\t b(\n1)\n" TAIL(" "), NULL, 0);
    expect("def f():\n\tdef g():\n\t\ta\n",
           "def f():\n" HEAD(" ") "\t def g():\n" HEAD("\t  ") "\t\t  a\n" TAIL("\t  ")
               TAIL(" "),
           NULL, 0);
    expect("def f():\n 'd'\n def g():\n  'e'\n  a\n",
           "def f():\n 'd'\n" HEAD(" ") "  def g():\n"
                                        "   'e'\n" HEAD("   ") "    a\n" TAIL("   ")
                                            TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(a_continued_indentation_is_measured_before_its_backslash)
{
    expect("def f():\n  \\\n a\n", "def f():\n" HEAD(" ") "  \\\n a\n" TAIL(" "), NULL,
           0);
    expect("def f():\n \\\n a\n", "def f():\n" HEAD(" ") "  \\\n a\n" TAIL(" "), NULL,
           0);
    expect("def f():\n\\\n  a\n", "def f():\n" HEAD(" ") "\\\n  a\n" TAIL(" "), NULL,
           0);
    expect("def f():\n  \\\n'd'\n  a\n",
           "def f():\n \\\n'd'\n" HEAD(" ") "  a\n" TAIL(" "), NULL, 0);
    expect("def f():\n a\n def g():\n  \\\n'd'\n  a\n",
           "def f():\n" HEAD(" ") "  a\n  def g():\n   \\\n'd'\n" HEAD(
               "   ") "    a\n" TAIL("   ") TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(form_feeds)
{
    expect("\fdef f():\n  \f a\n", "\fdef f():\n" HEAD(" ") "  \f  a\n" TAIL(" "), NULL,
           0);
    expect("def f():\n\f  a\n", "def f():\n" HEAD(" ") "\f  a\n" TAIL(" "), NULL, 0);
}
END_TEST

START_TEST(no_last_newline)
{
    expect("def f():\n  a", "def f():\n" HEAD(" ") "  a\n" TAIL(" "), "0 - 1 =0 =0", 0);
    expect("def f():\n  a # b", "def f():\n" HEAD(" ") "  a # b\n" TAIL(" "), NULL, 0);
    expect("def f():\n  def g():\n    a",
           "def f():\n" HEAD(" ") "  def g():\n" HEAD("   ") "    a\n" TAIL("   ")
               TAIL(" "),
           "0 - 1 - 2 =1 =1 =0 =0", 0);
    expect("def f(): a", "def f():\n" HEAD(" ") "         a\n" TAIL(" "), NULL, 0);
}
END_TEST

START_TEST(other_newlines)
{
    expect("def f():\r\n  a\r\nb\r\n",
           "def f():\r\n" HEAD(" ") "  a\r\n" TAIL(" ") "b\r\n", "0 - 1 =0 =0 2", 0);
    expect("def f():\r  a\rb\r", "def f():\r" HEAD(" ") "  a\r" TAIL(" ") "b\r",
           "0 - 1 =0 =0 2", 0);
}
END_TEST

START_TEST(every_kind_of_function)
{
    expect("def f():\n  yield a\n",
           "def f():\n" HEAD(" ") "  yield a\n except __hr_crashed__():\n"
                                  "  return (yield from __hr_restarted__())\n",
           NULL, 0);
    expect("async def f():\n  await a\n",
           "async def f():\n" HEAD(" ") "  await a\n except __hr_crashed__():\n"
                                        "  return await __hr_restarted__()\n",
           NULL, 0);
    expect("async def f():\n  yield a\n",
           "async def f():\n" HEAD(" ") "  yield a\n except __hr_crashed__():\n"
                                        "  __hr_restart__ = __hr_restarted__()\n"
                                        "  while await __hr_restart__:\n"
                                        "   try:\n"
                                        "    __hr_restart__.__hr_sent__ = yield "
                                        "__hr_restart__.__hr_value__\n"
                                        "   except:\n"
                                        "    __hr_restart__.__hr_caught__()\n",
           "0 - 1 =0 =0 =0 =0 =0 =0 =0", 0);
    expect("def f():\n  return lambda: (yield)\n",
           "def f():\n" HEAD(" ") "  return lambda: (yield)\n" TAIL(" "), NULL, 0);
}
END_TEST

#define COUNTED(indent) indent "__hr_0_count__ = +__hr_0_counts__\n" HEAD(indent)
#define DELEGATED                                                                      \
    " except __hr_crashed__():\n  return (yield from __hr_restarted__())\n"

START_TEST(yields_in_loops_are_counted)
{
    expect("def f():\n  for a in b:\n    yield a  # c\n  d\n",
           "def f():\n" COUNTED(" ") "  for a in b:\n    yield __hr_0_count__[\n"
                                     "          a\n          ]  # c\n  d\n" DELEGATED,
           "0 - - 1 2 2 2 3 =0 =0", 0);
    expect(
        "def f():\n  while a: b = yield; c((yield))\n",
        "def f():\n" COUNTED(" ") "  while a: b = yield __hr_0_count__[None\n"
                                  "                   ]; c((yield __hr_0_count__[None\n"
                                  "                             ]))\n" DELEGATED,
        NULL, 0);
    expect("def f():\n  while a:\n    (yield\n b, (yield\n))\n",
           "def f():\n" COUNTED(" ") "  while a:\n    (yield\n __hr_0_count__[\n"
                                     " b, (yield __hr_0_count__[None\n"
                                     "         ]\n)\n]"
                                     ")\n" DELEGATED,
           NULL, 0);
    expect("def f():\n  for a in b: yield a",
           "def f():\n" COUNTED(" ") "  for a in b: yield __hr_0_count__[\n"
                                     "                    a\n"
                                     "                    ]\n" DELEGATED,
           "0 - - 1 1 1 =0 =0", 0);
}
END_TEST

START_TEST(delegation_is_counted)
{
    expect(
        "def f():\n  return (yield from (a for a in b)), 1\n",
        "def f():\n" COUNTED(" ") "  return (yield from __hr_0_count__@(\n"
                                  "                     (a for a in b)\n"
                                  "                                  )), 1\n" DELEGATED,
        "0 - - 1 1 1 =0 =0", 0);
    expect_at("def f():\n  yield from a, b\n", HR_DEFS_GUARD,
              "def f():\n" HEAD(" ") "  yield from a, b\n" DELEGATED, NULL, 0);
}
END_TEST

/* What the failure itself tells is not counted, and the yields of other scopes are
 * theirs. */
START_TEST(what_needs_no_count_has_none)
{
    static const char *const bodies[] = {
        "  yield a\n  b = yield c()\n",
        "  for a in b: c()\n  yield a\n",
        "  with a as b:\n    yield b\n",
        "  try:\n    yield b\n  finally:\n    c()\n",
        ("  try:\n    try:\n      yield\n    except A:\n      b()\n  finally:\n    "
         "c()\n"),
        "  yield\n  for a in b: c(lambda: (yield))\n",
        "  while a:\n    b(f'{(yield c)}')\n    yield\n",
        "  while a:\n    yield b := c\n",
        "  while a:\n    yield *b\n",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct hr_bytes text = {0}, expected = {0};
        hr_bytes_printf(&text, "def f():\n%s", bodies[i]);
        hr_bytes_printf(&expected, "def f():\n" HEAD(" ") "%s" DELEGATED, bodies[i]);
        expect_at(text.data, HR_DEFS_GUARD, expected.data, NULL, 0);
        hr_bytes_finish(&text);
        hr_bytes_finish(&expected);
    }
}
END_TEST

START_TEST(one_of_several_ways_is_counted)
{
    static const char *const heads[] = {
        "if a:",
        "match a:\n   case b:",
        "with a:\n    b()\n    if c:",
        "try:\n    a()\n  except b:",
        "try:\n    a()\n  finally:",
        "async with a:\n    b()\n    while c:",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct hr_bytes text = {0}, out = {0};
        struct hr_defs defs;
        struct hr_error err = {0};
        struct hr_line_map map;
        const struct hr_guard_options options = {.counts = true};
        hr_bytes_printf(&text, "async def f():\n  %s\n      yield b\n", heads[i]);
        hr_defs_init(&defs);
        hr_line_map_init(&map);
        ck_assert(hr_defs_collect(&defs, text.data, text.size, HR_DEFS_GUARD, &err));
        ck_assert(hr_guard(&defs, &options, &out, &map, NULL, &err));
        ck_assert_msg(strstr(out.data, "yield __hr_0_count__[") != NULL, "%s",
                      out.data);
        hr_line_map_finish(&map);
        hr_defs_finish(&defs);
        hr_bytes_finish(&out);
        hr_bytes_finish(&text);
    }
}
END_TEST

START_TEST(a_body_that_shows_its_names_has_no_count_among_them)
{
    expect("def f():\n  for a in b: yield locals()\n",
           "def f():\n -__hr_0_counts__\n" HEAD(
               " ") "  for a in b: yield "
                    "__hr_0_counts__[\n"
                    "                    locals()\n"
                    "                           ]\n" DELEGATED,
           NULL, 0);
}
END_TEST

START_TEST(original_arguments_are_saved)
{
    expect("def f(a, b, /, *c, d=1, **e):\n  a = c = 1; del d\n  e.pop(b)\n",
           "def f(a, b, /, *c, d=1, **e):\n __hr_arg_a__ = a\n __hr_arg_c__ = c\n "
           "__hr_arg_d__ = d\n"
           " __hr_arg_e__ = {**e}\n" HEAD(" ") "  a = c = 1; del d\n  e.pop(b)\n" TAIL(
               " "),
           "0 - - - - - 1 2 =0 =0", 0);
    expect("def f(**e):\n  e = g(**e)\n",
           "def f(**e):\n __hr_arg_e__ = e\n" HEAD(" ") "  e = g(**e)\n" TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(nothing_is_saved_where_names_are_shown)
{
    expect("def f(a):\n  a = g(**locals ( ))\n",
           "def f(a):\n" HEAD(" ") "  a = g(**locals ( ))\n" TAIL(" "), NULL, 0);
    expect("def f(a):\n  a = dir(a)\n",
           "def f(a):\n __hr_arg_a__ = a\n" HEAD(" ") "  a = dir(a)\n" TAIL(" "), NULL,
           0);
    expect("def f(a):\n  a = a.vars() or my_dir()\n",
           "def f(a):\n __hr_arg_a__ = a\n" HEAD(
               " ") "  a = a.vars() or my_dir()\n" TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(private_names_are_mangled)
{
    expect(
        "class __A:\n  def f(self, __x, __y__):\n    __x = __y__ = 1\n",
        "class __A:\n  def f(self, __x, __y__):\n   __hr_arg__A__x__ = __x\n"
        "   __hr_arg___y____ = __y__\n" HEAD("   ") "    __x = __y__ = 1\n" TAIL("   "),
        NULL, 0);
    expect("class A:\n  def f(self):\n    def g(__x): __x = 1\n",
           "class A:\n  def f(self):\n" HEAD("   ") "    def g(__x):\n     "
                                                    "__hr_arg__A__x__ = __x\n" HEAD(
                                                        "     ") "                __x "
                                                                 "= 1\n" TAIL("     ")
                                                                     TAIL("   "),
           NULL, 0);
    expect("class _:\n  def f(__x):\n    __x = 1\n",
           "class _:\n  def f(__x):\n   __hr_arg___x__ = __x\n" HEAD(
               "   ") "    __x = 1\n" TAIL("   "),
           NULL, 0);
    expect("def f(__x):\n  __x = 1\n",
           "def f(__x):\n __hr_arg___x__ = __x\n" HEAD(" ") "  __x = 1\n" TAIL(" "),
           NULL, 0);
}
END_TEST

START_TEST(what_is_left_alone)
{
    expect("def f():\n  'doc'\n  pass\n", "def f():\n  'doc'\n  pass\n", "0 1 2", 0);
    expect("def f(): ...\n", "def f(): ...\n", NULL, 0);
    expect("def f():  # hr: off\n  a\n", "def f():  # hr: off\n  a\n", NULL, 0);
    expect("class A:\n  a = 1\n", "class A:\n  a = 1\n", NULL, 0);
    expect_at("def f():\n  a = = 1\n", HR_DEFS_DETAIL, "def f():\n  a = = 1\n", NULL,
              1);
    expect("", "", NULL, 0);
    only = "f.g";
    expect("def f():\n  def g(): a\n  b\n",
           "def f():\n  def g():\n" HEAD("   ") "           a\n" TAIL("   ") "  b\n",
           NULL, 0);
    only = NULL;
}
END_TEST

START_TEST(too_many_blocks)
{
    for (size_t blocks = 18; blocks <= 20; blocks++) {
        struct hr_bytes text = {0}, expected = {0};
        hr_bytes_append_text(&text, "def f():\n");
        hr_bytes_append_text(&expected, blocks <= HR_MAX_BLOCKS ? "def f():\n" HEAD(" ")
                                                                : "def f():\n");
        for (size_t i = 0; i < blocks; i++) {
            hr_bytes_append_repeat(&text, ' ', i + 2);
            hr_bytes_append_text(&text, "while a:\n");
            hr_bytes_append_repeat(&expected, ' ', i + 2);
            hr_bytes_append_text(&expected, "while a:\n");
        }
        hr_bytes_append_repeat(&text, ' ', blocks + 2);
        hr_bytes_append_text(&text, "b\n");
        hr_bytes_append_repeat(&expected, ' ', blocks + 2);
        hr_bytes_append_text(&expected, "b\n");
        hr_bytes_append_text(&expected, blocks <= HR_MAX_BLOCKS ? TAIL(" ") : "");
        expect(text.data, expected.data, NULL, blocks > HR_MAX_BLOCKS);
        hr_bytes_finish(&text);
        hr_bytes_finish(&expected);
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("guard");
    TCase *guard = tcase_create("guard");
    tcase_add_test(guard, a_plain_function);
    tcase_add_test(guard, decorators_and_headers_stay);
    tcase_add_test(guard, docstrings_stay_in_front);
    tcase_add_test(guard, bodies_on_the_header_line);
    tcase_add_test(guard, one_column_and_tabs_need_a_shift);
    tcase_add_test(guard, a_continued_indentation_is_measured_before_its_backslash);
    tcase_add_test(guard, form_feeds);
    tcase_add_test(guard, no_last_newline);
    tcase_add_test(guard, other_newlines);
    tcase_add_test(guard, every_kind_of_function);
    tcase_add_test(guard, yields_in_loops_are_counted);
    tcase_add_test(guard, delegation_is_counted);
    tcase_add_test(guard, what_needs_no_count_has_none);
    tcase_add_test(guard, one_of_several_ways_is_counted);
    tcase_add_test(guard, a_body_that_shows_its_names_has_no_count_among_them);
    tcase_add_test(guard, original_arguments_are_saved);
    tcase_add_test(guard, nothing_is_saved_where_names_are_shown);
    tcase_add_test(guard, private_names_are_mangled);
    tcase_add_test(guard, what_is_left_alone);
    tcase_add_test(guard, too_many_blocks);
    suite_add_tcase(suite, guard);
    return suite;
}
