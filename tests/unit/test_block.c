#include "suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"

/* Each search against the loop that it stands for, in texts that end where their memory
 * does, from every place: what reads past the end is caught by the sanitizers' build.
 */

static uint32_t seed;

static unsigned draw(unsigned count)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % count;
}

static char *make_text(size_t size, const char *bytes)
{
    char *text = malloc(size > 0 ? size : 1);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = bytes[draw((unsigned)strlen(bytes))];
    }
    return text;
}

static size_t plain_find(const char *text, size_t size, size_t at, const char *what,
                         size_t length)
{
    for (; at + length <= size; at++) {
        if (memcmp(text + at, what, length) == 0) {
            return at;
        }
    }
    return size;
}

START_TEST(a_span)
{
    static const char *const words[] = {"a",     "ab",      "aba",
                                        "super", "super()", "hot_restart"};
    for (size_t size = 0; size < 150; size++) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            char *text = make_text(size, "absuper()");
            size_t length = strlen(words[i]);
            if (length <= size && draw(2) == 0) {
                memcpy(text + draw((unsigned)(size - length + 1)), words[i], length);
            }
            for (size_t at = 0; at <= size; at++) {
                ck_assert_uint_eq(hr_find_span(text, size, at, words[i], length),
                                  plain_find(text, size, at, words[i], length));
            }
            free(text);
        }
    }
}
END_TEST

START_TEST(what_is_ascii)
{
    for (size_t size = 0; size < 200; size++) {
        char *text = make_text(size, "abc \n");
        size_t first = size;
        if (size > 0 && draw(4) > 0) {
            first = draw((unsigned)size);
            text[first] = (char)0xc3;
        }
        for (size_t at = 0; at <= size; at++) {
            size_t end = at <= first ? first : size;
            ck_assert_uint_eq(hr_ascii_end(text, size, at), end);
        }
        free(text);
    }
}
END_TEST

START_TEST(the_end_of_a_word)
{
    for (size_t size = 0; size < 100; size++) {
        char *text = make_text(size, "aZz09_\xc3\xa4.");
        for (size_t at = 0; at <= size; at++) {
            size_t end = at;
            bool others = false;
            while (end < size && hr_is_word((unsigned char)text[end])) {
                others = others || (unsigned char)text[end] >= 0x80;
                end++;
            }
            bool other;
            ck_assert_uint_eq(hr_word_end(text, size, at, &other), end);
            ck_assert_int_eq(other, others);
        }
        free(text);
    }
}
END_TEST

START_TEST(each_byte_of_a_word)
{
    for (int byte = 0; byte < 256; byte++) {
        char text[40];
        memset(text, byte, sizeof text);
        bool other;
        size_t end = hr_is_word((unsigned char)byte) ? sizeof text : 0;
        ck_assert_uint_eq(hr_word_end(text, sizeof text, 0, &other), end);
        ck_assert_int_eq(other, byte >= 0x80);
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("block");
    TCase *tests = tcase_create("searches");
    tcase_add_test(tests, a_span);
    tcase_add_test(tests, what_is_ascii);
    tcase_add_test(tests, the_end_of_a_word);
    tcase_add_test(tests, each_byte_of_a_word);
    suite_add_tcase(suite, tests);
    return suite;
}
