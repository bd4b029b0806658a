#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/guard/linetable.h"

static void write_table(struct hr_bytes *out, int first_line,
                        const struct hr_location *locations, size_t count)
{
    int line = first_line;
    hr_bytes_init(out);
    for (size_t i = 0; i < count; i++) {
        hr_location_write(out, &line, &locations[i]);
    }
    ck_assert(!out->failed);
}

static void check_back(const struct hr_bytes *table, int first_line,
                       const struct hr_location *locations, size_t count)
{
    struct hr_location_reader reader = {.data = (const unsigned char *)table->data,
                                        .size = table->size,
                                        .line = first_line};
    struct hr_location got;
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(hr_location_next(&reader, &got), "entry %zu is not there", i);
        ck_assert_int_eq(got.units, locations[i].units);
        ck_assert_int_eq(got.line, locations[i].line);
        ck_assert_int_eq(got.end_line, locations[i].end_line);
        ck_assert_int_eq(got.column, locations[i].column);
        ck_assert_int_eq(got.end_column, locations[i].end_column);
    }
    ck_assert(!hr_location_next(&reader, &got));
}

/* One of each form, at the edges between the forms. */
static const struct hr_location each_form[] = {
    {1, 10, 10, 0, 0},     {8, 10, 10, 79, 94},
    {2, 10, 10, 79, 95},   {2, 10, 10, 80, 81},
    {3, 11, 11, 127, 127}, {3, 13, 13, 5, 4},
    {3, 16, 16, 0, 1},     {1, 15, 15, 0, 1},
    {1, 15, 15, -1, -1},   {4, -1, -1, -1, -1},
    {5, 90, 90, -1, -1},   {6, 90, 95, 3, 200},
    {7, 1, 100000, 0, 70}, {1, 100000, 100000, 128, 5000},
    {1, 0, 1, 0, 0},
};
#define EACH_FORM (sizeof each_form / sizeof *each_form)

START_TEST(every_form_comes_back)
{
    struct hr_bytes table;
    write_table(&table, 9, each_form, EACH_FORM);
    check_back(&table, 9, each_form, EACH_FORM);
    hr_bytes_finish(&table);
}
END_TEST

START_TEST(forms_are_the_shortest)
{
    static const struct {
        struct hr_location location;
        const char *bytes;
        size_t size;
    } cases[] = {
        {{1, 5, 5, 0, 0}, "\x80\x00", 2},
        {{8, 5, 5, 17, 32}, "\x97\x1f", 2},
        {{1, 6, 6, 4, 20}, "\xd8\x04\x14", 3},
        {{1, 7, 7, 4, 20}, "\xe0\x04\x14", 3},
        {{2, 5, 5, -1, -1}, "\xe9\x00", 2},
        {{2, 4, 4, -1, -1}, "\xe9\x03", 2},
        {{1, -1, -1, -1, -1}, "\xf8", 1},
        {{1, 4, 4, 1, 2}, "\xf0\x03\x00\x02\x03", 5},
        {{1, 5, 7, 1, 200}, "\xf0\x00\x02\x02\x49\x03", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hr_bytes out;
        write_table(&out, 5, &cases[i].location, 1);
        ck_assert_msg(out.size == cases[i].size &&
                          memcmp(out.data, cases[i].bytes, out.size) == 0,
                      "case %zu", i);
        hr_bytes_finish(&out);
    }
}
END_TEST

START_TEST(long_runs_are_split)
{
    const struct hr_location run = {20, 3, 3, 1, 2};
    const struct hr_location parts[] = {
        {8, 3, 3, 1, 2}, {8, 3, 3, 1, 2}, {4, 3, 3, 1, 2}};
    struct hr_bytes table;
    write_table(&table, 3, &run, 1);
    check_back(&table, 3, parts, 3);
    hr_bytes_finish(&table);
}
END_TEST

START_TEST(random_tables_come_back)
{
    srand(20);
    for (int round = 0; round < 2000; round++) {
        struct hr_location locations[20];
        for (size_t i = 0; i < 20; i++) {
            int line = rand() % 300;
            bool columns = rand() % 4 != 0;
            int column = columns ? rand() % 200 : -1;
            locations[i] = (struct hr_location){1 + rand() % 8, line,
                                                columns ? line + rand() % 3 : line,
                                                column, columns ? rand() % 200 : -1};
        }
        struct hr_bytes table;
        write_table(&table, round % 50, locations, 20);
        check_back(&table, round % 50, locations, 20);
        hr_bytes_finish(&table);
    }
}
END_TEST

START_TEST(damaged_tables_end_early)
{
    struct hr_bytes table;
    write_table(&table, 9, each_form, EACH_FORM);
    for (size_t size = 0; size < table.size; size++) {
        /* A copy of its own size, for the sanitizer to watch its end. */
        unsigned char *part = malloc(size > 0 ? size : 1);
        memcpy(part, table.data, size);
        struct hr_location_reader reader = {.data = part, .size = size, .line = 9};
        struct hr_location got;
        size_t count = 0;
        while (hr_location_next(&reader, &got)) {
            count++;
        }
        ck_assert_uint_lt(count, EACH_FORM);
        free(part);
    }
    hr_bytes_finish(&table);
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
    srand(21);
    for (int round = 0; round < 5000; round++) {
        unsigned char bytes[32];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (unsigned char)(rand() % 256);
        }
        struct hr_location_reader reader = {
            .data = bytes, .size = sizeof bytes, .line = 1};
        struct hr_location got;
        while (hr_location_next(&reader, &got)) {
            ck_assert_int_ge(got.units, 1);
            ck_assert_int_le(got.units, 8);
        }
    }
}
END_TEST

/* The map of:
 *
 *   def f():      0 exact
 *    try:         none
 *     return (1   1 exact, 2 columns right
 *       + 2)      2 exact
 *    except:      line 0
 *     return      line 0
 */
static void make_map(struct hr_line_map *map)
{
    hr_line_map_init(map);
    hr_line_map_add(map, HR_ORIGIN_EXACT, 0, 0);
    hr_line_map_add(map, HR_ORIGIN_NONE, 0, 0);
    hr_line_map_add(map, HR_ORIGIN_EXACT, 1, 2);
    hr_line_map_add(map, HR_ORIGIN_EXACT, 2, 0);
    hr_line_map_add(map, HR_ORIGIN_LINE, 0, 0);
    hr_line_map_add(map, HR_ORIGIN_LINE, 0, 0);
}

static bool same_place(const struct hr_location *a, const struct hr_location *b)
{
    return a->units == b->units && a->line == b->line && a->end_line == b->end_line &&
           a->column == b->column && a->end_column == b->end_column &&
           a->made_up == b->made_up;
}

START_TEST(map_each_origin)
{
    static const struct {
        struct hr_location from;
        struct hr_location to;
    } cases[] = {
        {{1, 1, 1, 0, 8}, {1, 1, 1, 0, 8}},
        {{2, 2, 2, 1, 4}, {2, -1, -1, -1, -1}},
        {{3, 3, 3, 6, 12}, {3, 2, 2, 4, 10}},
        {{1, 3, 4, 6, 10}, {1, 2, 3, 4, 10}},
        {{1, 3, 3, 1, 12}, {1, 2, 2, -1, -1}}, /* left of what was moved */
        {{1, 3, 3, -1, -1}, {1, 2, 2, -1, -1}},
        {{4, 5, 5, 1, 10}, {4, 1, 1, -1, -1}},
        {{1, 2, 6, 1, 10}, {1, -1, -1, -1, -1}},
        {{1, 1, 6, 0, 10}, {1, 1, 3, 0, 7}}, /* the whole definition */
        {{1, 3, 6, 4, 10}, {1, 2, 3, 2, 7}},
        {{1, 0, 1, 0, 0}, {1, 0, 1, 0, 0}},
        {{1, -1, -1, -1, -1}, {1, -1, -1, -1, -1}},
        {{1, 8, 8, 1, 2}, {1, 3, 3, 1, 2}}, /* past the map's end */
    };
    struct hr_line_map map;
    struct hr_array ends;
    make_map(&map);
    hr_array_init(&ends, sizeof(struct hr_line_end));
    *(struct hr_line_end *)hr_array_push(&ends) = (struct hr_line_end){0, 2, 7};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hr_location got = hr_location_map(&cases[i].from, &map, &ends);
        ck_assert_msg(same_place(&got, &cases[i].to), "case %zu: %d-%d %d-%d", i,
                      got.line, got.end_line, got.column, got.end_column);
    }
    hr_array_finish(&ends);
    hr_line_map_finish(&map);
}
END_TEST

START_TEST(map_without_ends)
{
    const struct hr_location whole = {1, 1, 6, 0, 10};
    struct hr_line_map map;
    make_map(&map);
    struct hr_location got = hr_location_map(&whole, &map, NULL);
    ck_assert_int_eq(got.line, 1);
    ck_assert_int_eq(got.end_line, 1);
    ck_assert_int_eq(got.column, -1);
    hr_line_map_finish(&map);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("linetable");
    TCase *tcase = tcase_create("linetable");
    tcase_add_test(tcase, every_form_comes_back);
    tcase_add_test(tcase, forms_are_the_shortest);
    tcase_add_test(tcase, long_runs_are_split);
    tcase_add_test(tcase, random_tables_come_back);
    tcase_add_test(tcase, damaged_tables_end_early);
    tcase_add_test(tcase, random_bytes_do_no_harm);
    tcase_add_test(tcase, map_each_origin);
    tcase_add_test(tcase, map_without_ends);
    suite_add_tcase(suite, tcase);
    return suite;
}
