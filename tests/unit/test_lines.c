#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

/* `ends` are the offsets where the lines of `text` end. */
static void check_lines(const char *text, size_t size, const size_t *ends, size_t count)
{
    struct hr_lines lines;
    struct hr_error err = {0};
    ck_assert(hr_lines_init(&lines, text, size, &err));
    ck_assert_uint_eq(hr_lines_count(&lines), count);
    size_t start = 0;
    for (size_t line = 0; line < count; line++) {
        struct hr_span span = hr_lines_span(&lines, line);
        ck_assert_uint_eq(span.start, start);
        ck_assert_uint_eq(span.end, ends[line]);
        for (size_t offset = start; offset < ends[line]; offset++) {
            ck_assert_uint_eq(hr_lines_find(&lines, offset), line);
            ck_assert_uint_eq(hr_line_start(text, offset), start);
            ck_assert_uint_eq(hr_line_end(text, size, offset),
                              text[offset] == '\n' ? offset + 1 : ends[line]);
        }
        start = ends[line];
    }
    ck_assert_uint_eq(start, size);
    ck_assert_uint_eq(hr_lines_find(&lines, size), count - 1);
    ck_assert(hr_span_empty(hr_lines_span(&lines, count)));
    hr_lines_finish(&lines);
}

#define CHECK_LINES(text, ...)                                                         \
    do {                                                                               \
        const size_t ends[] = {__VA_ARGS__};                                           \
        check_lines(text, sizeof(text) - 1, ends, sizeof ends / sizeof ends[0]);       \
    } while (0)

START_TEST(an_empty_text_has_one_line)
{
    CHECK_LINES("", 0);
}
END_TEST

START_TEST(lf)
{
    CHECK_LINES("one\ntwo\n", 4, 8, 8);
    CHECK_LINES("one\ntwo", 4, 7);
    CHECK_LINES("\n\n", 1, 2, 2);
}
END_TEST

START_TEST(crlf_is_one_end)
{
    CHECK_LINES("one\r\ntwo\r\n", 5, 10, 10);
    CHECK_LINES("\r\n\r\n", 2, 4, 4);
}
END_TEST

START_TEST(a_lone_cr_is_an_end)
{
    CHECK_LINES("one\rtwo\r", 4, 8, 8);
    CHECK_LINES("\r\r", 1, 2, 2);
    CHECK_LINES("a\n\rb", 2, 3, 4);
}
END_TEST

START_TEST(all_of_them_in_one_text)
{
    CHECK_LINES("a\nb\r\nc\rd\r\r\ne", 2, 5, 7, 9, 11, 12);
}
END_TEST

START_TEST(what_is_no_end)
{
    CHECK_LINES("a\fb\vc\x1c\xc2\x85\xe2\x80\xa8"
                "d",
                12);
    CHECK_LINES("a\0b\nc", 4, 5);
}
END_TEST

START_TEST(many_lines)
{
    enum { COUNT = 10000 };
    char *text = malloc(2 * COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(text + 2 * i, "x\n", 2);
    }
    struct hr_lines lines;
    struct hr_error err = {0};
    ck_assert(hr_lines_init(&lines, text, 2 * COUNT, &err));
    ck_assert_uint_eq(hr_lines_count(&lines), COUNT + 1);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(hr_lines_find(&lines, 2 * i + 1), i);
    }
    hr_lines_finish(&lines);
    free(text);
}
END_TEST

START_TEST(spans)
{
    struct hr_span span = hr_span(2, 5);
    ck_assert_uint_eq(hr_span_size(span), 3);
    ck_assert(hr_span_has(span, 2));
    ck_assert(hr_span_has(span, 4));
    ck_assert(!hr_span_has(span, 5));
    ck_assert(!hr_span_empty(span));
    ck_assert(hr_span_empty(hr_span(5, 5)));
    ck_assert(hr_span_covers(span, hr_span(3, 5)));
    ck_assert(hr_span_covers(span, span));
    ck_assert(!hr_span_covers(span, hr_span(3, 6)));
    ck_assert(!hr_span_covers(span, hr_span(1, 3)));
}
END_TEST

START_TEST(line_skip_counts_every_kind_of_newline)
{
    static const char text[] = "a\nb\r\nc\rd";
    size_t size = sizeof text - 1;
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 0), 0);
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 1), 2);
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 2), 5);
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 3), 7);
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 4), size);
    ck_assert_uint_eq(hr_line_skip(text, size, 0, 99), size);
    ck_assert_uint_eq(hr_line_skip(NULL, 0, 0, 3), 0);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("lines");
    TCase *lines = tcase_create("lines");
    tcase_add_test(lines, an_empty_text_has_one_line);
    tcase_add_test(lines, lf);
    tcase_add_test(lines, crlf_is_one_end);
    tcase_add_test(lines, a_lone_cr_is_an_end);
    tcase_add_test(lines, all_of_them_in_one_text);
    tcase_add_test(lines, what_is_no_end);
    tcase_add_test(lines, many_lines);
    tcase_add_test(lines, spans);
    tcase_add_test(lines, line_skip_counts_every_kind_of_newline);
    suite_add_tcase(suite, lines);
    return suite;
}
