#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "rewrite/edits.h"

static struct hr_edits edits;
static struct hr_bytes out;
static struct hr_line_map map;
static struct hr_error error;

static void set_up(void)
{
    hr_edits_init(&edits);
    hr_bytes_init(&out);
    hr_line_map_init(&map);
    error = (struct hr_error){0};
}

static void tear_down(void)
{
    hr_edits_finish(&edits);
    hr_bytes_finish(&out);
    hr_line_map_finish(&map);
}

static void expect(const char *text, const char *expected, const char *lines)
{
    ck_assert_msg(hr_edits_apply(&edits, text, strlen(text), &out, &map, &error), "%s",
                  error.message);
    ck_assert_str_eq(out.data != NULL ? out.data : "", expected);
    struct hr_bytes shown = {0};
    for (size_t i = 0; i < map.lines.count; i++) {
        struct hr_line_origin origin = hr_line_map_at(&map, i);
        hr_bytes_append_text(&shown, i > 0 ? " " : "");
        if (origin.origin == HR_ORIGIN_NONE) {
            hr_bytes_append_text(&shown, "-");
        } else if (origin.origin == HR_ORIGIN_LINE) {
            hr_bytes_printf(&shown, "=%u", origin.line);
        } else {
            hr_bytes_printf(&shown, origin.shift != 0 ? "%u%+d" : "%u", origin.line,
                            origin.shift);
        }
    }
    ck_assert_str_eq(shown.data != NULL ? shown.data : "", lines);
    hr_bytes_finish(&shown);
}

START_TEST(the_last_may_come_first)
{
    for (int i = 0; i < 40; i++) { /* their texts are shared */
        hr_edits_insert_text(&edits, (size_t)i / 2, i % 3 > 0 ? "x" : "yy");
    }
    hr_edits_insert_text(&edits, 0, "first");
    hr_edits_put_first(&edits);
    hr_edits_insert_text(&edits, 5, "late");
    ck_assert(hr_edits_apply(&edits, "0123456789abcdefghij", 20, &out, NULL, &error));
    ck_assert_str_eq(out.data, "firstyyx0xyy1xx2yyx3xyy4xxlate5yyx6xyy7xx8yyx9"
                               "xyyaxxbyyxcxyydxxeyyxfxyygxxhyyxixyyj");
    ck_assert_uint_lt(edits.pool.size, 40);
}
END_TEST

START_TEST(no_edit_changes_nothing)
{
    expect("a\nb\r\nc\rd", "a\nb\r\nc\rd", "0 1 2 3");
}
END_TEST

START_TEST(an_empty_text)
{
    hr_edits_insert_text(&edits, 0, "x\n");
    expect("", "x\n", "-");
}
END_TEST

START_TEST(whole_lines_come_in)
{
    hr_edits_insert_lines(&edits, 2, "x\ny\n", 4, HR_ORIGIN_NONE, 0);
    hr_edits_insert_lines(&edits, 4, "z\n", 2, HR_ORIGIN_LINE, 7);
    expect("a\nb\n", "a\nx\ny\nb\nz\n", "0 - - 1 =7");
}
END_TEST

START_TEST(a_line_shifts)
{
    hr_edits_insert_text(&edits, 2, " ");
    hr_edits_replace(&edits, hr_span(4, 6), "", 0);
    expect("a\nb\n  c\nd\n", "a\n b\nc\nd\n", "0 1+1 2-2 3");
}
END_TEST

START_TEST(a_line_is_broken_in_two)
{
    hr_edits_replace(&edits, hr_span(2, 3), "\nx\n  ", 5);
    expect("a: b\nc\n", "a:\nx\n  b\nc\n", "0 - 0-1 1");
}
END_TEST

START_TEST(lines_go)
{
    hr_edits_replace(&edits, hr_span(2, 5), "", 0);
    expect("a\nb\r\nc\n", "a\nc\n", "0 2");
}
END_TEST

START_TEST(all_may_go)
{
    hr_edits_replace(&edits, hr_span(0, 4), "", 0);
    expect("a\nb\n", "", "");
}
END_TEST

START_TEST(insertions_at_one_place_keep_their_order)
{
    hr_edits_insert_text(&edits, 1, "1");
    hr_edits_replace(&edits, hr_span(1, 2), "3", 1);
    hr_edits_insert_text(&edits, 1, "2");
    hr_edits_insert_text(&edits, 0, "0");
    expect("abc", "0a123c", "0+3");
}
END_TEST

START_TEST(edits_that_overlap_are_refused)
{
    hr_edits_replace(&edits, hr_span(0, 2), "x", 1);
    hr_edits_insert_text(&edits, 1, "y");
    ck_assert(!hr_edits_apply(&edits, "abc", 3, &out, &map, &error));
    ck_assert_int_eq(error.kind, HR_ERROR_UNSUPPORTED);
    ck_assert_str_eq(error.message, "two edits overlap at byte 1");
}
END_TEST

START_TEST(an_edit_past_the_end_is_refused)
{
    hr_edits_replace(&edits, hr_span(2, 4), "x", 1);
    ck_assert(!hr_edits_apply(&edits, "abc", 3, &out, NULL, &error));
    ck_assert_int_eq(error.kind, HR_ERROR_UNSUPPORTED);
}
END_TEST

START_TEST(lines_past_the_map_go_on)
{
    expect("a\nb\n", "a\nb\n", "0 1");
    ck_assert_uint_eq(hr_line_map_at(&map, 2).line, 2);
    ck_assert_uint_eq(hr_line_map_at(&map, 9).line, 9);
    hr_line_map_finish(&map);
    hr_line_map_init(&map);
    ck_assert_uint_eq(hr_line_map_at(&map, 4).line, 4);
    hr_line_map_add(&map, HR_ORIGIN_NONE, 0, 0);
    hr_line_map_add(&map, HR_ORIGIN_EXACT, 5, 0);
    ck_assert_uint_eq(hr_line_map_at(&map, 3).line, 7);
}
END_TEST

static size_t pick(size_t below)
{
    return below == 0 ? 0 : (size_t)rand() % below;
}

static void random_text(struct hr_bytes *text, size_t size)
{
    static const char alphabet[] = "abc \n\n\r\t";
    while (text->size < size) {
        hr_bytes_append_char(text, alphabet[pick(sizeof alphabet - 1)]);
    }
}

struct undo { /* one edit, as it shows in the new text */
    size_t at;
    size_t size;
    struct hr_span old;
};

static void check_map(const struct hr_bytes *text)
{
    struct hr_lines old_lines, new_lines;
    hr_lines_init(&old_lines, text->data, text->size, &error);
    hr_lines_init(&new_lines, out.data, out.size, &error);
    size_t count = hr_lines_count(&new_lines);
    size_t last = hr_span_size(hr_lines_span(&new_lines, count - 1)) == 0;
    ck_assert_uint_eq(map.lines.count, count - last);
    for (size_t i = 0; i < map.lines.count; i++) {
        ck_assert_uint_lt(hr_line_map_at(&map, i).line, hr_lines_count(&old_lines));
    }
    hr_lines_finish(&old_lines);
    hr_lines_finish(&new_lines);
}

/* Random disjoint edits; then their opposites, which must give the old text. */
static void edit_and_undo(size_t size, size_t count)
{
    struct hr_bytes text = {0}, piece = {0}, back = {0};
    struct undo undos[32];
    random_text(&text, size);
    hr_bytes_reserve(&text, 1);
    set_up();
    size_t at = 0, moved = 0;
    for (size_t i = 0; i < count; i++) {
        at += pick((size - at) / 2 + 1);
        struct hr_span old = hr_span(at, at + pick((size - at) / 4 + 1));
        hr_bytes_clear(&piece);
        random_text(&piece, 1 + pick(6));
        hr_edits_replace(&edits, old, piece.data, piece.size);
        undos[i] = (struct undo){.at = at + moved, .size = piece.size, .old = old};
        moved += piece.size - hr_span_size(old);
        at = old.end + 1 > size ? size : old.end + 1;
    }
    ck_assert_msg(hr_edits_apply(&edits, text.data, size, &out, &map, &error), "%s",
                  error.message);
    ck_assert_uint_eq(out.size, size + moved);
    hr_edits_finish(&edits);
    hr_edits_init(&edits);
    for (size_t i = 0; i < count; i++) {
        hr_edits_replace(&edits, hr_span(undos[i].at, undos[i].at + undos[i].size),
                         text.data + undos[i].old.start, hr_span_size(undos[i].old));
    }
    ck_assert(hr_edits_apply(&edits, out.data, out.size, &back, NULL, &error));
    ck_assert_uint_eq(back.size, size);
    ck_assert_mem_eq(back.data, text.data, size);
    if (memchr(text.data, '\r', size) == NULL &&
        memchr(out.data, '\r', out.size) == NULL) {
        check_map(&text);
    }
    tear_down();
    hr_bytes_finish(&text);
    hr_bytes_finish(&piece);
    hr_bytes_finish(&back);
}

START_TEST(random_edits_can_be_undone)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t size = 1 + pick(60);
        edit_and_undo(size, pick(size < 12 ? 2 : 5));
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("edits");
    TCase *apply = tcase_create("apply");
    tcase_add_checked_fixture(apply, set_up, tear_down);
    tcase_add_test(apply, no_edit_changes_nothing);
    tcase_add_test(apply, an_empty_text);
    tcase_add_test(apply, whole_lines_come_in);
    tcase_add_test(apply, a_line_shifts);
    tcase_add_test(apply, a_line_is_broken_in_two);
    tcase_add_test(apply, the_last_may_come_first);
    tcase_add_test(apply, lines_go);
    tcase_add_test(apply, all_may_go);
    tcase_add_test(apply, insertions_at_one_place_keep_their_order);
    tcase_add_test(apply, edits_that_overlap_are_refused);
    tcase_add_test(apply, an_edit_past_the_end_is_refused);
    tcase_add_test(apply, lines_past_the_map_go_on);
    suite_add_tcase(suite, apply);
    TCase *random = tcase_create("random");
    tcase_add_test(random, random_edits_can_be_undone);
    suite_add_tcase(suite, random);
    return suite;
}
