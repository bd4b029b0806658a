#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "syntax/cut.h"

static void show_line(struct hr_bytes *out, const char *text,
                      const struct hr_logical_line *line)
{
    static const char *const kinds[] = {"", "decorator ", "def ", "class ", "clause "};
    hr_bytes_printf(out, "%u.%u", line->depth, line->line);
    if (line->last_line != line->line) {
        hr_bytes_printf(out, "-%u", line->last_line);
    }
    hr_bytes_printf(out, " %s%s", line->is_async ? "async " : "", kinds[line->kind]);
    if (line->colon != 0) {
        hr_bytes_printf(out, "%.*s@%zu ", (int)hr_span_size(line->name),
                        text + line->name.start, line->colon - line->first);
    }
    hr_bytes_append_char(out, '<');
    hr_bytes_append(out, text + line->first, line->end - line->first);
    hr_bytes_append_text(out, line->opens_block ? ">:" : ">");
    hr_bytes_append_text(out, line->has_off ? " off\n" : "\n");
}

/* Lines as "DEPTH.LINE[-LASTLINE] [KIND NAME@COLON ]<TEXT>[:][ off]". */
static void expect_lines(const char *text, size_t size, const char *expected)
{
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error err = {0};
    struct hr_bytes shown = {0};
    size_t next = 0;
    hr_cut_init(&cut, text, size);
    while (hr_cut_line(&cut, &line, &err)) {
        ck_assert_uint_ge(line.start, next);
        ck_assert_uint_ge(line.first, line.start);
        ck_assert_uint_gt(line.end, line.first);
        ck_assert_uint_ge(line.next, line.end);
        next = line.next;
        show_line(&shown, text, &line);
    }
    if (err.kind != HR_ERROR_NONE) {
        hr_bytes_printf(&shown, "%s %u:%u %s\n",
                        err.kind == HR_ERROR_LIMIT ? "limit" : "error", err.line,
                        err.column, err.message);
    }
    ck_assert_str_eq(shown.data != NULL ? shown.data : "", expected);
    hr_bytes_finish(&shown);
}

#define LINES(text, expected) expect_lines(text, sizeof(text) - 1, expected)

static void expect_statements(const char *text, const char *expected)
{
    struct hr_cut cut;
    struct hr_statement statement;
    struct hr_error err = {0};
    struct hr_bytes shown = {0};
    hr_cut_init(&cut, text, strlen(text));
    hr_statement_init(&statement);
    while (hr_cut_statement(&cut, &statement, &err)) {
        hr_bytes_printf(&shown, "%zu%s%s <", statement.lines.count,
                        statement.has_definition ? " defs" : "",
                        statement.has_super ? " super" : "");
        hr_bytes_append(&shown, text + statement.span.start,
                        hr_span_size(statement.span));
        hr_bytes_append_text(&shown, ">\n");
    }
    ck_assert_int_eq(err.kind, HR_ERROR_NONE);
    ck_assert_str_eq(shown.data != NULL ? shown.data : "", expected);
    hr_statement_finish(&statement);
    hr_bytes_finish(&shown);
}

START_TEST(nothing_gives_no_line)
{
    LINES("", "");
    LINES("\n\n", "");
    LINES("# only\n  # comments", "");
    LINES("   ", "");
    LINES("\xef\xbb\xbf", "");
}
END_TEST

START_TEST(plain_lines)
{
    LINES("a = 1\nb", "0.0 <a = 1>\n0.1 <b>\n");
    LINES("a ; b  # c\n", "0.0 <a ; b>\n");
    LINES("\xef\xbb\xbf"
          "a\n",
          "0.0 <a>\n");
    LINES("a\r\nb\rc\n", "0.0 <a>\n0.1 <b>\n0.2 <c>\n");
}
END_TEST

START_TEST(indentation)
{
    LINES("if a:\n  b\n\n # c\n  d\ne\n", "0.0 <if a:>:\n1.1 <b>\n1.4 <d>\n0.5 <e>\n");
    LINES("if a:\n\tb\n        c\n",
          "0.0 <if a:>:\n1.1 <b>\n"
          "error 3:9 inconsistent use of tabs and spaces in indentation\n");
    LINES("if a:\n        b\n\tc\n",
          "0.0 <if a:>:\n1.1 <b>\n"
          "error 3:2 inconsistent use of tabs and spaces in indentation\n");
    LINES("if a:\n  b\n c\n",
          "0.0 <if a:>:\n1.1 <b>\n"
          "error 3:2 unindent does not match any outer indentation level\n");
    LINES("a\n b\n", "0.0 <a>\nerror 2:2 unexpected indent\n");
    LINES(" a\n", "error 1:2 unexpected indent\n");
    LINES("if a:\nb\n", "0.0 <if a:>:\nerror 2:1 expected an indented block\n");
    LINES("if a:\n", "0.0 <if a:>:\nerror 2:1 expected an indented block\n");
    LINES("if a:\n if b:\nc\n",
          "0.0 <if a:>:\n1.1 <if b:>:\nerror 3:1 expected an indented block\n");
    LINES("if a:\n b\n  c\n", "0.0 <if a:>:\n1.1 <b>\nerror 3:3 unexpected indent\n");
}
END_TEST

START_TEST(form_feeds_start_the_line_anew)
{
    LINES("\fa\n", "0.0 <a>\n");
    LINES("if a:\n  \f b\n c\n", "0.0 <if a:>:\n1.1 <b>\n1.2 <c>\n");
    LINES("a\f# c\n", "0.0 <a>\n");
}
END_TEST

START_TEST(continuations)
{
    LINES("a = \\\n  b\nc\n", "0.0-1 <a = \\\n  b>\n0.2 <c>\n");
    LINES("a = \\\r\n  b\r\nc\r\n", "0.0-1 <a = \\\r\n  b>\n0.2 <c>\n");
    LINES("if a:\n  \\\n      b\n  c\n", "0.0 <if a:>:\n1.2 <b>\n1.3 <c>\n");
    /* In column 0 it does not fix the indentation. */
    LINES("if a:\n\\\n  b\n  c\n", "0.0 <if a:>:\n1.2 <b>\n1.3 <c>\n");
    LINES("a \\\n\nb\n", "0.0 <a>\n0.2 <b>\n");
    LINES("a \\ \n",
          "error 1:4 unexpected character after line continuation character\n");
}
END_TEST

START_TEST(brackets_join_lines)
{
    LINES("f(1,\n  [2,\n{}])\nb\n", "0.0-2 <f(1,\n  [2,\n{}])>\n0.3 <b>\n");
    LINES("f(  # )\n)\n", "0.0-1 <f(  # )\n)>\n");
    LINES("f(]\n",
          "error 1:3 closing parenthesis ']' does not match opening parenthesis "
          "'('\n");
    LINES("a)\n", "error 1:2 unmatched ')'\n");
    LINES("a\nf((\n1)\n", "0.0 <a>\nerror 2:2 '(' was never closed\n");
}
END_TEST

START_TEST(strings)
{
    LINES("a = '#' \"(\" # x\n", "0.0 <a = '#' \"(\">\n");
    LINES("'\\'' + r'\\' ' + b'\\\\'\n", "0.0 <'\\'' + r'\\' ' + b'\\\\'>\n");
    LINES("'''a\n\"\"\" ''\n'''\nb\n", "0.0-2 <'''a\n\"\"\" ''\n'''>\n0.3 <b>\n");
    LINES("\"\"\"\\\"\"\"\"\nb\n", "0.0 <\"\"\"\\\"\"\"\">\n0.1 <b>\n");
    LINES("'a\\\nb'\n", "0.0-1 <'a\\\nb'>\n");
    LINES("'a\\\r\nb'\n", "0.0-1 <'a\\\r\nb'>\n");
    LINES("'a\n'\n", "error 1:1 unterminated string literal\n");
    LINES("x\n '", "0.0 <x>\nerror 2:2 unexpected indent\n");
    LINES("'''a\n", "error 1:1 unterminated triple-quoted string literal\n");
    LINES("''\n''''''\n", "0.0 <''>\n0.1 <''''''>\n");
    LINES("'a", "error 1:1 unterminated string literal\n");
    LINES("'a\\", "error 1:1 unterminated string literal\n");
}
END_TEST

START_TEST(what_only_looks_like_a_prefix)
{
    LINES("x = 1if\"{\"else 2\n", "0.0 <x = 1if\"{\"else 2>\n");
    LINES("x = a or\"{\"\n", "0.0 <x = a or\"{\">\n");
    LINES("u'{' b'{' Rb'{' bR'{' r'{'\n", "0.0 <u'{' b'{' Rb'{' bR'{' r'{'>\n");
}
END_TEST

START_TEST(formatted_strings)
{
    LINES("f'{a}{{ }}' + F\"{b!r:>{w}}\"\n", "0.0 <f'{a}{{ }}' + F\"{b!r:>{w}}\">\n");
    LINES("f'{a['b']}'\n", "0.0 <f'{a['b']}'>\n");
    LINES("f'{f\"{f'{1}'}\"}'\n", "0.0 <f'{f\"{f'{1}'}\"}'>\n");
    LINES("f'{a\n+b}'\nc\n", "0.0-1 <f'{a\n+b}'>\n0.2 <c>\n");
    LINES("f'{a # }\n}'\nc\n", "0.0-1 <f'{a # }\n}'>\n0.2 <c>\n");
    LINES("f'{{{a}}}'\n", "0.0 <f'{{{a}}}'>\n");
    LINES("f'{a:{{b}}}'\n", "0.0 <f'{a:{{b}}}'>\n");
    LINES("f'{(lambda x: x)}{d[1:2]}{ {1: 2} }'\n",
          "0.0 <f'{(lambda x: x)}{d[1:2]}{ {1: 2} }'>\n");
    LINES("f'\\{a}\\N{DIGIT ONE}\\'{b}'\n", "0.0 <f'\\{a}\\N{DIGIT ONE}\\'{b}'>\n");
    LINES("rf'\\N{a}\\'{b}'\n", "0.0 <rf'\\N{a}\\'{b}'>\n");
    LINES("f'''{\n'''a'''\n}\n'''\nc\n", "0.0-3 <f'''{\n'''a'''\n}\n'''>\n0.4 <c>\n");
    LINES("t'{a}' + f'{a:%H'\n", "error 1:17 f-string: expecting '}'\n");
    LINES("f'{a'\n", "error 1:5 unterminated string literal\n");
    LINES("f'{a]}'\n", "error 1:5 closing parenthesis ']' does not match opening "
                       "parenthesis '{'\n");
    LINES("f'{", "error 1:3 '{' was never closed\n");
}
END_TEST

START_TEST(definitions)
{
    LINES("def f(a=':', *, b={1: 2}) -> int: return 1\n",
          "0.0 def f@33 <def f(a=':', *, b={1: 2}) -> int: return 1>\n");
    LINES("class A(B, metaclass=C): x: int = 1\n",
          "0.0 class A@24 <class A(B, metaclass=C): x: int = 1>\n");
    LINES("async \\\n def f(): pass\n",
          "0.0-1 async def f@17 <async \\\n def f(): pass>\n");
    LINES("async with a: pass\n", "0.0 <async with a: pass>\n");
    LINES("async_def = define = classes = 1\n",
          "0.0 <async_def = define = classes = 1>\n");
    LINES("def\tf\\\n():\n pass\n", "0.0-1 def f@10 <def\tf\\\n():>:\n1.2 <pass>\n");
    LINES("def f[T: (int, str)](a): pass\n",
          "0.0 def f@24 <def f[T: (int, str)](a): pass>\n");
    LINES("@a.b(1)\ndef f(): pass\n", "0.0 decorator <@a.b(1)>\n0.1 def f@8 <def f(): "
                                      "pass>\n");
    LINES("def \xc3\xa9(): pass\n", "0.0 def \xc3\xa9@9 <def \xc3\xa9(): pass>\n");
}
END_TEST

START_TEST(a_lambda_in_a_return_annotation_has_a_colon_too)
{
    LINES("def f() -> lambda: 0: pass\n",
          "0.0 def f@21 <def f() -> lambda: 0: pass>\n");
    LINES("def f() -> lambda a=lambda: 1: 2: pass\n",
          "0.0 def f@33 <def f() -> lambda a=lambda: 1: 2: pass>\n");
    LINES("def f() -> 'lambda': return 1\n",
          "0.0 def f@20 <def f() -> 'lambda': return 1>\n");
    LINES("def f(a='->', b=lambda: 0): pass\n",
          "0.0 def f@27 <def f(a='->', b=lambda: 0): pass>\n");
    LINES("def f() -> my_lambda: pass\n",
          "0.0 def f@21 <def f() -> my_lambda: pass>\n");
}
END_TEST

START_TEST(clauses)
{
    LINES("try:\n a\nexcept* B:\n c\nelse :\n d\nfinally: e\nelsewhere = 1\n",
          "0.0 <try:>:\n1.1 <a>\n0.2 clause <except* B:>:\n1.3 <c>\n"
          "0.4 clause <else :>:\n1.5 <d>\n0.6 clause <finally: e>\n"
          "0.7 <elsewhere = 1>\n");
}
END_TEST

START_TEST(switched_off)
{
    LINES("def f():  # hr: off\n pass  #hr:off\nx # hr: offer\n",
          "0.0 def f@8 <def f():>: off\n1.1 <pass> off\n0.2 <x>\n");
    LINES("def f(\n a,  # hr: off\n): pass\n",
          "0.0-2 def f@24 <def f(\n a,  # hr: off\n): pass> off\n");
    LINES("'# hr: off'\n", "0.0 <'# hr: off'>\n");
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    LINES("a\n\0b\n", "0.0 <a>\nerror 2:1 source code cannot contain null bytes\n");
}
END_TEST

START_TEST(statements_hold_what_belongs_together)
{
    expect_statements("a\nif b:\n c\nelif d:\n e\nelse:\n f\ng\n",
                      "1 <a\n>\n6 <if b:\n c\nelif d:\n e\nelse:\n f\n>\n1 <g\n>\n");
    expect_statements("@a\n# c\n@b\n\ndef f():\n super\n# d\nx = 1",
                      "4 defs super <@a\n# c\n@b\n\ndef f():\n super\n>\n1 <x = 1>\n");
    expect_statements("try:\n class A: pass\nfinally:\n b\n",
                      "4 defs <try:\n class A: pass\nfinally:\n b\n>\n");
    expect_statements("superb = 1\n", "1 super <superb = 1\n>\n");
}
END_TEST

START_TEST(a_cut_may_start_inside_a_text)
{
    static const char text[] = "class A:\n  def f():\n    a\n  b\n";
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error err = {0};
    hr_cut_init_at(&cut, text, sizeof text - 1, 9, 1);
    ck_assert(hr_cut_line(&cut, &line, &err));
    ck_assert_uint_eq(line.depth, 0);
    ck_assert_uint_eq(line.line, 1);
    ck_assert(hr_cut_line(&cut, &line, &err));
    ck_assert_uint_eq(line.depth, 1);
    ck_assert(hr_cut_line(&cut, &line, &err));
    ck_assert_uint_eq(line.depth, 0);
    ck_assert_uint_eq(line.line, 3);
    ck_assert(!hr_cut_line(&cut, &line, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_NONE);
}
END_TEST

START_TEST(lines_of_a_statement_that_fails_are_those_that_were_read)
{
    const char text[] = "class C:\n"
                        "    def m(self):\n"
                        "        pass\n"
                        "after\n";
    struct hr_cut cut;
    struct hr_statement statement;
    struct hr_error err = {0};
    hr_statement_init(&statement);
    hr_cut_init_at(&cut, text, sizeof text - 1, 9, 1);
    ck_assert(!hr_cut_statement(&cut, &statement, &err));
    ck_assert_int_ne(err.kind, HR_ERROR_NONE);
    ck_assert_uint_eq(statement.lines.count, 2);
    hr_statement_finish(&statement);
}
END_TEST

static void expect_indent(const char *line, size_t first, size_t start, size_t end)
{
    struct hr_span indent = hr_line_indent(line, 0, first);
    ck_assert_uint_eq(indent.start, start);
    ck_assert_uint_eq(indent.end, end);
}

START_TEST(the_bytes_that_fix_the_indentation)
{
    expect_indent("x", 0, 0, 0);
    expect_indent("  x", 2, 0, 2);
    expect_indent(" \f\tx", 3, 2, 3);
    expect_indent("  \\\n    x", 8, 0, 2);
    expect_indent("\\\n    x", 6, 2, 6);
    expect_indent("\\\r\n\\\n  x", 7, 5, 7);
}
END_TEST

/* The first error of `count` times `open`, or the last line's kind of failure. */
static enum hr_error_kind error_of(const char *head, const char *open, size_t count,
                                   const char *middle, const char *close)
{
    struct hr_bytes text = {0};
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error err = {0};
    hr_bytes_append_text(&text, head);
    for (size_t i = 0; i < count; i++) {
        hr_bytes_append_text(&text, open);
    }
    hr_bytes_append_text(&text, middle);
    for (size_t i = 0; i < count; i++) {
        hr_bytes_append_text(&text, close);
    }
    ck_assert(!text.failed);
    hr_cut_init(&cut, text.data, text.size);
    while (hr_cut_line(&cut, &line, &err)) {
    }
    hr_bytes_finish(&text);
    return err.kind;
}

START_TEST(limits_are_those_of_cpython)
{
    ck_assert_int_eq(error_of("", "(", 200, "", ")"), HR_ERROR_NONE);
    ck_assert_int_eq(error_of("", "(", 201, "", ")"), HR_ERROR_LIMIT);
    ck_assert_int_eq(error_of("", "(", 1000000, "", ""), HR_ERROR_LIMIT);
    ck_assert_int_eq(error_of("", "f'{", 150, "1", "}'"), HR_ERROR_NONE);
    ck_assert_int_eq(error_of("", "f'{", 151, "1", "}'"), HR_ERROR_LIMIT);
    ck_assert_int_eq(error_of("", "f'{", 1000000, "1", "}'"), HR_ERROR_LIMIT);
    ck_assert_int_eq(error_of("f'", "{a:", 100, "", "}"), HR_ERROR_SYNTAX);
    ck_assert_int_eq(error_of("f'", "{a:", 1000000, "", ""), HR_ERROR_LIMIT);
    ck_assert_int_eq(error_of("f'", "{{", 1000000, "'", ""), HR_ERROR_NONE);
}
END_TEST

START_TEST(indentation_has_a_limit)
{
    for (size_t levels = 98; levels <= 101; levels++) {
        struct hr_bytes text = {0};
        struct hr_cut cut;
        struct hr_logical_line line;
        struct hr_error err = {0};
        for (size_t i = 0; i < levels; i++) {
            hr_bytes_append_repeat(&text, ' ', i);
            hr_bytes_append_text(&text, "if 1:\n");
        }
        hr_bytes_append_repeat(&text, ' ', levels);
        hr_bytes_append_text(&text, "x\n");
        hr_cut_init(&cut, text.data, text.size);
        while (hr_cut_line(&cut, &line, &err)) {
        }
        ck_assert_int_eq(err.kind, levels < 100 ? HR_ERROR_NONE : HR_ERROR_LIMIT);
        hr_bytes_finish(&text);
    }
}
END_TEST

START_TEST(a_long_chain_of_lambdas_takes_no_time)
{
    ck_assert_int_eq(error_of("def f() -> ", "lambda:", 200000, "1: pass\n", ""),
                     HR_ERROR_NONE);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("cut");
    TCase *lines = tcase_create("lines");
    tcase_add_test(lines, nothing_gives_no_line);
    tcase_add_test(lines, plain_lines);
    tcase_add_test(lines, indentation);
    tcase_add_test(lines, form_feeds_start_the_line_anew);
    tcase_add_test(lines, continuations);
    tcase_add_test(lines, brackets_join_lines);
    tcase_add_test(lines, strings);
    tcase_add_test(lines, what_only_looks_like_a_prefix);
    tcase_add_test(lines, formatted_strings);
    tcase_add_test(lines, definitions);
    tcase_add_test(lines, a_lambda_in_a_return_annotation_has_a_colon_too);
    tcase_add_test(lines, clauses);
    tcase_add_test(lines, switched_off);
    tcase_add_test(lines, nul_bytes_are_refused);
    tcase_add_test(lines, a_cut_may_start_inside_a_text);
    tcase_add_test(lines, the_bytes_that_fix_the_indentation);
    suite_add_tcase(suite, lines);
    TCase *statements = tcase_create("statements");
    tcase_add_test(statements, statements_hold_what_belongs_together);
    tcase_add_test(statements,
                   lines_of_a_statement_that_fails_are_those_that_were_read);
    suite_add_tcase(suite, statements);
    TCase *limits = tcase_create("limits");
    tcase_add_test(limits, limits_are_those_of_cpython);
    tcase_add_test(limits, indentation_has_a_limit);
    tcase_add_test(limits, a_long_chain_of_lambdas_takes_no_time);
    suite_add_tcase(suite, limits);
    return suite;
}
