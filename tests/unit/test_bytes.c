#include "suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"

START_TEST(steal_of_nothing_is_an_empty_text)
{
    struct hr_bytes bytes = {0};
    char *text = hr_bytes_steal(&bytes);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(appends_of_every_kind_join_up)
{
    struct hr_bytes bytes;
    hr_bytes_init(&bytes);
    hr_bytes_append(&bytes, "a\0b", 3);
    hr_bytes_append_text(&bytes, "cd");
    hr_bytes_append_char(&bytes, 'e');
    hr_bytes_append_repeat(&bytes, 'f', 3);
    hr_bytes_append_repeat(&bytes, 'g', 0);
    hr_bytes_printf(&bytes, "%d-%s", 7, "h");
    ck_assert(!bytes.failed);
    ck_assert_uint_eq(bytes.size, 12);
    ck_assert_mem_eq(bytes.data, "a\0bcdefff7-h", 13);
    hr_bytes_finish(&bytes);
    ck_assert_ptr_null(bytes.data);
}
END_TEST

START_TEST(the_end_is_always_a_nul)
{
    struct hr_bytes bytes = {0};
    for (size_t i = 0; i < 5000; i++) {
        hr_bytes_append_char(&bytes, (char)('a' + i % 26));
        ck_assert_uint_eq(bytes.size, i + 1);
        ck_assert_int_eq(bytes.data[bytes.size], '\0');
        ck_assert_uint_lt(bytes.size, bytes.capacity);
    }
    for (size_t i = 0; i < 5000; i++) {
        ck_assert_int_eq(bytes.data[i], (char)('a' + i % 26));
    }
    hr_bytes_finish(&bytes);
}
END_TEST

START_TEST(a_long_printf_is_whole)
{
    struct hr_bytes bytes = {0};
    hr_bytes_append_text(&bytes, "<");
    hr_bytes_printf(&bytes, "%3000d", 5);
    hr_bytes_append_text(&bytes, ">");
    ck_assert_uint_eq(bytes.size, 3002);
    ck_assert_str_eq(bytes.data + 2998, "  5>");
    hr_bytes_finish(&bytes);
}
END_TEST

START_TEST(want_of_memory_sticks)
{
    struct hr_bytes bytes = {0};
    hr_bytes_append_text(&bytes, "kept");
    ck_assert(!hr_bytes_reserve(&bytes, SIZE_MAX - 8));
    ck_assert(bytes.failed);
    hr_bytes_append_text(&bytes, "lost");
    hr_bytes_append_char(&bytes, 'x');
    hr_bytes_append_repeat(&bytes, 'x', 9);
    hr_bytes_printf(&bytes, "%d", 1);
    ck_assert_uint_eq(bytes.size, 4);
    hr_bytes_clear(&bytes);
    ck_assert(bytes.failed);
    ck_assert_ptr_null(hr_bytes_steal(&bytes));
    ck_assert_ptr_null(bytes.data);
}
END_TEST

START_TEST(clear_keeps_the_memory)
{
    struct hr_bytes bytes = {0};
    hr_bytes_append_repeat(&bytes, 'x', 1000);
    const char *data = bytes.data;
    hr_bytes_clear(&bytes);
    ck_assert_uint_eq(bytes.size, 0);
    ck_assert_str_eq(bytes.data, "");
    hr_bytes_append_repeat(&bytes, 'y', 1000);
    ck_assert_ptr_eq(bytes.data, data);
    hr_bytes_finish(&bytes);
    struct hr_bytes empty = {0};
    hr_bytes_clear(&empty);
    ck_assert_ptr_null(empty.data);
}
END_TEST

START_TEST(steal_leaves_an_empty_buffer)
{
    struct hr_bytes bytes = {0};
    hr_bytes_append_text(&bytes, "text");
    char *text = hr_bytes_steal(&bytes);
    ck_assert_str_eq(text, "text");
    ck_assert_uint_eq(bytes.size, 0);
    hr_bytes_append_text(&bytes, "new");
    ck_assert_str_eq(bytes.data, "new");
    free(text);
    hr_bytes_finish(&bytes);
}
END_TEST

START_TEST(what_two_share)
{
    static const struct {
        const char *a, *b;
        size_t prefix, suffix;
    } cases[] = {
        {"", "", 0, 0},        {"", "a", 0, 0},      {"abc", "abc", 3, 0},
        {"abc", "aXc", 1, 1},  {"aa", "aaa", 2, 0},  {"abab", "ab", 2, 0},
        {"xabc", "abc", 0, 3}, {"abc", "xyz", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hr_bytes a = {0}, b = {0};
        size_t prefix = 9, suffix = 9;
        hr_bytes_append_text(&a, cases[i].a);
        hr_bytes_append_text(&b, cases[i].b);
        hr_bytes_common(&a, &b, &prefix, &suffix);
        ck_assert_uint_eq(prefix, cases[i].prefix);
        ck_assert_uint_eq(suffix, cases[i].suffix);
        ck_assert_int_eq(hr_bytes_equal(&a, &b), strcmp(cases[i].a, cases[i].b) == 0);
        hr_bytes_finish(&a);
        hr_bytes_finish(&b);
    }
}
END_TEST

START_TEST(finish_takes_null)
{
    hr_bytes_finish(NULL);
    hr_array_finish(NULL);
    struct hr_bytes bytes = {0};
    hr_bytes_finish(&bytes);
    hr_bytes_finish(&bytes);
}
END_TEST

struct item {
    size_t number;
    char rest[20];
};

START_TEST(pushed_items_are_zeroed_and_kept)
{
    struct hr_array array;
    hr_array_init(&array, sizeof(struct item));
    for (size_t i = 0; i < 1000; i++) {
        struct item *item = hr_array_push(&array);
        ck_assert_ptr_nonnull(item);
        struct item zero = {0};
        ck_assert_mem_eq(item, &zero, sizeof zero);
        item->number = i;
        memset(item->rest, 'r', sizeof item->rest);
    }
    ck_assert_uint_eq(array.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(((struct item *)hr_array_at(&array, i))->number, i);
    }
    hr_array_finish(&array);
    ck_assert_uint_eq(array.count, 0);
    ck_assert_uint_eq(array.item_size, sizeof(struct item));
}
END_TEST

START_TEST(shrink_drops_only_the_end)
{
    struct hr_array array;
    hr_array_init(&array, sizeof(int));
    for (int i = 0; i < 5; i++) {
        *(int *)hr_array_push(&array) = i;
    }
    hr_array_shrink(&array, 9);
    ck_assert_uint_eq(array.count, 5);
    hr_array_shrink(&array, 2);
    ck_assert_uint_eq(array.count, 2);
    ck_assert_int_eq(*(int *)hr_array_at(&array, 1), 1);
    ck_assert_int_eq(*(int *)hr_array_push(&array), 0);
    hr_array_finish(&array);
}
END_TEST

START_TEST(many_zeroed_items_at_once)
{
    struct hr_array array;
    hr_array_init(&array, sizeof(int));
    ck_assert(hr_array_extend(&array, 0));
    *(int *)hr_array_push(&array) = 7;
    ck_assert(hr_array_extend(&array, 100));
    ck_assert_uint_eq(array.count, 101);
    ck_assert_int_eq(*(int *)hr_array_at(&array, 0), 7);
    for (size_t i = 1; i < array.count; i++) {
        ck_assert_int_eq(*(int *)hr_array_at(&array, i), 0);
    }
    ck_assert(!hr_array_extend(&array, SIZE_MAX / 2));
    ck_assert(array.failed);
    ck_assert_ptr_null(hr_array_add(&array));
    hr_array_finish(&array);
}
END_TEST

START_TEST(an_array_too_large_fails_for_good)
{
    struct hr_array array;
    hr_array_init(&array, SIZE_MAX / 4);
    ck_assert_ptr_null(hr_array_push(&array));
    ck_assert(array.failed);
    array.item_size = 1;
    ck_assert_ptr_null(hr_array_push(&array));
    ck_assert_uint_eq(array.count, 0);
    hr_array_finish(&array);
}
END_TEST

START_TEST(errors_carry_kind_place_and_message)
{
    struct hr_error err = {0};
    ck_assert(!hr_error_set(&err, HR_ERROR_IO, "cannot %s", "read"));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    ck_assert_uint_eq(err.line, 0);
    ck_assert_str_eq(err.message, "cannot read");
    ck_assert(!hr_error_at(&err, HR_ERROR_SYNTAX, 3, 9, "bad"));
    ck_assert_int_eq(err.kind, HR_ERROR_SYNTAX);
    ck_assert_uint_eq(err.line, 3);
    ck_assert_uint_eq(err.column, 9);
    ck_assert(!hr_error_memory(&err));
    ck_assert_int_eq(err.kind, HR_ERROR_MEMORY);
    ck_assert_uint_eq(err.line, 0);
}
END_TEST

START_TEST(a_message_too_long_is_cut)
{
    struct hr_error err = {0};
    hr_error_set(&err, HR_ERROR_IO, "%01000d", 1);
    ck_assert_uint_eq(strlen(err.message), sizeof err.message - 1);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("bytes");
    TCase *bytes = tcase_create("bytes");
    tcase_add_test(bytes, steal_of_nothing_is_an_empty_text);
    tcase_add_test(bytes, appends_of_every_kind_join_up);
    tcase_add_test(bytes, the_end_is_always_a_nul);
    tcase_add_test(bytes, a_long_printf_is_whole);
    tcase_add_test(bytes, want_of_memory_sticks);
    tcase_add_test(bytes, clear_keeps_the_memory);
    tcase_add_test(bytes, steal_leaves_an_empty_buffer);
    tcase_add_test(bytes, what_two_share);
    tcase_add_test(bytes, finish_takes_null);
    suite_add_tcase(suite, bytes);
    TCase *array = tcase_create("array");
    tcase_add_test(array, pushed_items_are_zeroed_and_kept);
    tcase_add_test(array, shrink_drops_only_the_end);
    tcase_add_test(array, an_array_too_large_fails_for_good);
    tcase_add_test(array, many_zeroed_items_at_once);
    suite_add_tcase(suite, array);
    TCase *error = tcase_create("error");
    tcase_add_test(error, errors_carry_kind_place_and_message);
    tcase_add_test(error, a_message_too_long_is_cut);
    suite_add_tcase(suite, error);
    return suite;
}
