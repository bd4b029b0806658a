#include "suite.h"

#include <string.h>

#include "defs/defs.h"
#include "rewrite/extract.h"

static enum hr_error_kind extract_at(enum hr_defs_depth depth, const char *text,
                                     const char *name, struct hr_bytes *out,
                                     struct hr_error *err)
{
    struct hr_defs defs;
    *err = (struct hr_error){0};
    hr_defs_init(&defs);
    ck_assert_msg(hr_defs_collect(&defs, text, strlen(text), depth, err), "%s",
                  err->message);
    uint32_t def = hr_defs_find(&defs, name);
    ck_assert_uint_ne(def, HR_NONE);
    if (depth == HR_DEFS_OUTLINE) {
        ck_assert(hr_defs_add_detail(&defs, def, err));
    }
    hr_extract(&defs, def, out, err);
    hr_defs_finish(&defs);
    return err->kind;
}

/* The detail of one definition must do as well as that of all. */
static enum hr_error_kind extract(const char *text, const char *name,
                                  struct hr_bytes *out, struct hr_error *err)
{
    struct hr_bytes alone = {0};
    struct hr_error alone_err;
    enum hr_error_kind kind = extract_at(HR_DEFS_DETAIL, text, name, out, err);
    ck_assert_int_eq(extract_at(HR_DEFS_OUTLINE, text, name, &alone, &alone_err), kind);
    ck_assert_uint_eq(alone.size, out->size);
    ck_assert(alone.size == 0 || memcmp(alone.data, out->data, alone.size) == 0);
    ck_assert_str_eq(alone_err.message, err->message);
    ck_assert_uint_eq(alone_err.line, err->line);
    ck_assert_uint_eq(alone_err.column, err->column);
    hr_bytes_finish(&alone);
    return kind;
}

static void expect(const char *text, const char *name, const char *expected)
{
    struct hr_bytes out = {0};
    struct hr_error err;
    ck_assert_int_eq(extract(text, name, &out, &err), HR_ERROR_NONE);
    ck_assert_str_eq(out.data, expected);
    hr_bytes_finish(&out);
}

START_TEST(a_function_of_the_module)
{
    expect("import a\nb\ndef f(x=1):\n  return x\nc\n", "f",
           "\n\ndef f(x=1):\n  return x\n");
    expect("a\n@d(\n1)\ndef f(): pass\n", "f", "\n@d(\n1)\ndef f(): pass\n");
    expect("def f(): a\ndef f(): b\n", "f#2", "\ndef f(): b\n");
    expect("x\ndef f():\n  a", "f", "\ndef f():\n  a");
}
END_TEST

START_TEST(classes_around_it)
{
    expect("class A(B, metaclass=C):\n  'd'\n  x = 1\n  def f(self): a\n  def g(self): "
           "b\n",
           "A.g", "class A:\n\n\n\n  def g(self): b\n");
    expect("class A:\n  class B(C):\n    def f(self):\n      a\n", "A.B.f",
           "class A:\n  class B:\n    def f(self):\n      a\n");
    expect("a\nclass A(B):\n  def f(self): a\n\nb\n", "A",
           "\nclass A(B):\n  def f(self): a\n");
}
END_TEST

START_TEST(functions_around_it_bind_their_names_as_parameters)
{
    expect(
        "def f(a, *b, c=1, **d):\n  global g\n  e = g = a\n  def h():\n    nonlocal e\n"
        "    e = 1\n    def i(): return a\n",
        "f.h.i", "def f(a,b,c,d,e,h):\n\n\n  def h(i):\n\n\n    def i(): return a\n");
    expect("async def f(a):\n  class B:\n    c = 1\n    def g(self): a\n", "f.B.g",
           "def f(a,B):\n  class B:\n\n    def g(self): a\n");
    /* What is global further in is not the variable of the function around. */
    expect("def f(a, b):\n  def g():\n    global a\n    def h(): return a\n", "f.g.h",
           "def f(b,g):\n  def g(h):\n\n    def h(): return a\n");
}
END_TEST

START_TEST(blocks_around_it)
{
    expect("try:\n  a\nexcept B:\n  if c:\n    def f(): d\nelse:\n  e\n", "f",
           "\n\nif 1:\n  if 1:\n    def f(): d\n");
    expect("class A:\n  with b(\n    c):\n    def f(): d\n", "A.f",
           "class A:\n  if 1:\n\n    def f(): d\n");
    expect("match a:\n  case 1:\n    def f(): b\n  case 2:\n    def f(): c\n", "f#2",
           "if 1:\n\n\n  if 1:\n    def f(): c\n");
}
END_TEST

START_TEST(type_parameters_stay)
{
    expect("class A[T: 'a#b']:\n  def f[U](self, x: T) -> U: a\n", "A.f",
           "class A[T: 'a#b']:\n  def f[U](self, x: T) -> U: a\n");
    expect("class A[\n  T, # c\n  U,\n](B):\n\n  def f(self): a\n", "A.f",
           "class A[\n  T, # c\n  U,\n]:\n\n  def f(self): a\n");
}
END_TEST

START_TEST(lines_and_columns_are_kept)
{
    expect("class A:\n  \\\n def f(self): a\n", "A.f",
           "class A:\n\n  def f(self): a\n");
    expect("if a:\n\\\n  \\\n class B:\n     def f(): c\n", "B.f",
           "if 1:\n\n\n  class B:\n     def f(): c\n");
    expect("class A:\r\n  x\r\n  def f(self):\r\n    a\r\n", "A.f",
           "class A:\n\n  def f(self):\r\n    a\r\n");
    expect("class A:\n\tdef f(self):\n\t\ta\n", "A.f",
           "class A:\n\tdef f(self):\n\t\ta\n");
    expect("\xef\xbb\xbf"
           "def f(): a\n",
           "f", "def f(): a\n");
}
END_TEST

START_TEST(errors_elsewhere_do_not_matter)
{
    expect("x = = 1\ndef g(): y = = 2\ndef f(): a\n", "f", "\n\ndef f(): a\n");
}
END_TEST

START_TEST(an_error_inside_is_named)
{
    struct hr_bytes out = {0};
    struct hr_error err;
    ck_assert_int_eq(extract("a\ndef f():\n  b = = 1\n", "f", &out, &err),
                     HR_ERROR_SYNTAX);
    ck_assert_uint_eq(err.line, 3);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_int_eq(extract("def f():\n  def g(): a\n  b = = 1\n", "f.g", &out, &err),
                     HR_ERROR_SYNTAX);
    ck_assert_uint_eq(err.line, 3);
    hr_bytes_finish(&out);
}
END_TEST

START_TEST(a_definition_without_its_detail)
{
    static const char text[] = "x = 1\ndef f(): pass\n";
    struct hr_bytes out = {0};
    struct hr_error err = {0};
    struct hr_defs defs;
    hr_defs_init(&defs);
    ck_assert(hr_defs_collect(&defs, text, sizeof text - 1, HR_DEFS_OUTLINE, &err));
    ck_assert(!hr_extract(&defs, 0, &out, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_SYNTAX);
    ck_assert_uint_eq(err.line, 2);
    ck_assert_str_eq(err.message,
                     "the parser does not know the syntax of this definition");
    ck_assert_uint_eq(out.size, 0);
    hr_defs_finish(&defs);
    hr_bytes_finish(&out);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("extract");
    TCase *extracts = tcase_create("extract");
    tcase_add_test(extracts, a_function_of_the_module);
    tcase_add_test(extracts, classes_around_it);
    tcase_add_test(extracts, functions_around_it_bind_their_names_as_parameters);
    tcase_add_test(extracts, blocks_around_it);
    tcase_add_test(extracts, type_parameters_stay);
    tcase_add_test(extracts, lines_and_columns_are_kept);
    tcase_add_test(extracts, errors_elsewhere_do_not_matter);
    tcase_add_test(extracts, an_error_inside_is_named);
    tcase_add_test(extracts, a_definition_without_its_detail);
    suite_add_tcase(suite, extracts);
    return suite;
}
