#include "suite.h"

#include <string.h>

#include "defs/handlers.h"

static const char text[] = "def f():\n"                                   /* 0 */
                           "    try:\n"                                   /* 1 */
                           "        with suppress(KeyError) as s, x():\n" /* 2 */
                           "            try:\n"                           /* 3 */
                           "                g()\n"                        /* 4 */
                           "            except ValueError as e:\n"        /* 5 */
                           "                raise\n"                      /* 6 */
                           "            except (A, b.C) as q:\n"          /* 7 */
                           "                raise q\n"                    /* 8 */
                           "            except D: h()\n"                  /* 9 */
                           "    except:\n"                                /* 10 */
                           "        z()\n"                                /* 11 */
                           "    try: k()\n"                               /* 12 */
                           "    except* OSError: pass\n"                  /* 13 */
                           "    def inner():\n"                           /* 14 */
                           "        try: return 1\n"                      /* 15 */
                           "        except G: pass\n"                     /* 16 */
                           "@x\n"                                         /* 17 */
                           "def g():\n"                                   /* 18 */
                           "    with (a as b,\n"                          /* 19 */
                           "          c(lambda: 0),): d()\n"              /* 20 */
                           "    try:\n"                                   /* 21 */
                           "        e()\n"                                /* 22 */
                           "    except A as n: h(); raise n;\n"           /* 23 */
                           "    except B as n: raise n from m\n"          /* 24 */
                           "    except C as n:\n"                         /* 25 */
                           "        if i: j(); raise\n"                   /* 26 */
                           "    except D:\n"                              /* 27 */
                           "        raise\n"                              /* 28 */
                           "        # no\n"                               /* 29 */
                           "    except E: pass\n"                         /* 30 */
                           "    else:\n"                                  /* 31 */
                           "        k()\n"                                /* 32 */
                           "    try: pass\n"                              /* 33 */
                           "    finally: pass\n"                          /* 34 */
                           "    for i in j:\n"                            /* 35 */
                           "        try: k()\n"                           /* 36 */
                           "        except A: l()\n"                      /* 37 */
                           "        finally: m(); continue\n"             /* 38 */
                           "    try:\n"                                   /* 39 */
                           "        n()\n"                                /* 40 */
                           "    finally:\n"                               /* 41 */
                           "        for i in j: k(); break\n"             /* 42 */
                           "    try:\n"                                   /* 43 */
                           "        n()\n"                                /* 44 */
                           "    finally:\n"                               /* 45 */
                           "        if o: raise\n"                        /* 46 */
                           "        return p\n"                           /* 47 */
                           "    try:\n"                                   /* 48 */
                           "        n()\n"                                /* 49 */
                           "    finally:\n"                               /* 50 */
                           "        if o:\n"                              /* 51 */
                           "            return q\n"                       /* 52 */
                           "        return p\n";                          /* 53 */

static struct hr_array found;

static uint32_t from; /* the line that is read first */

static void find(uint32_t line, size_t column)
{
    struct hr_error err = {0};
    hr_array_init(&found, sizeof(struct hr_handler));
    ck_assert(
        hr_handlers_find(text, sizeof text - 1, from, line, column, &found, &err));
}

static void is(size_t index, enum hr_handler_kind kind, const char *expression,
               bool reraises)
{
    const struct hr_handler *handler = hr_array_at(&found, index);
    ck_assert_uint_lt(index, found.count);
    ck_assert_int_eq(handler->kind, kind);
    ck_assert_uint_eq(hr_span_size(handler->expression), strlen(expression));
    ck_assert_mem_eq(text + handler->expression.start, expression, strlen(expression));
    ck_assert_int_eq(handler->reraises, reraises);
}

START_TEST(a_finally_that_leaves_is_one)
{
    find(36, 13);
    ck_assert_uint_eq(found.count, 2);
    is(0, HR_HANDLER_FINALLY, "", false);
    is(1, HR_HANDLER_EXCEPT, "A", false);
    hr_array_finish(&found);
    find(37, 18); /* in the clause */
    ck_assert_uint_eq(found.count, 1);
    is(0, HR_HANDLER_FINALLY, "", false);
    hr_array_finish(&found);
    find(49, SIZE_MAX);
    ck_assert_uint_eq(found.count, 1);
    is(0, HR_HANDLER_FINALLY, "", false);
    hr_array_finish(&found);
}
END_TEST

START_TEST(a_finally_that_may_not_leave_is_none)
{
    static const uint32_t lines[] = {33, 38, 40, 44, 47};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        find(lines[i], SIZE_MAX);
        ck_assert_uint_eq(found.count, 0);
        hr_array_finish(&found);
    }
}
END_TEST

START_TEST(handlers_stand_from_the_outside_in)
{
    find(4, SIZE_MAX);
    ck_assert_uint_eq(found.count, 6);
    is(0, HR_HANDLER_EXCEPT, "", false);
    is(1, HR_HANDLER_WITH, "suppress(KeyError)", false);
    is(2, HR_HANDLER_WITH, "x()", false);
    is(3, HR_HANDLER_EXCEPT, "ValueError", true);
    is(4, HR_HANDLER_EXCEPT, "(A, b.C)", true);
    is(5, HR_HANDLER_EXCEPT, "D", false);
    hr_array_finish(&found);
}
END_TEST

START_TEST(handlers_of_a_clause_are_those_around_its_try)
{
    find(8, SIZE_MAX);
    ck_assert_uint_eq(found.count, 3);
    hr_array_finish(&found);
    find(11, SIZE_MAX);
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
}
END_TEST

START_TEST(handlers_on_one_line_need_the_column)
{
    find(12, 9);
    ck_assert_uint_eq(found.count, 1);
    is(0, HR_HANDLER_EXCEPT_GROUP, "OSError", false);
    hr_array_finish(&found);
    find(12, SIZE_MAX);
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
}
END_TEST

START_TEST(handlers_of_no_statement_are_none)
{
    find(15, SIZE_MAX);
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
    find(99, 3);
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
}
END_TEST

START_TEST(handlers_of_a_function_that_is_read_alone)
{
    from = 17;
    find(20, 25);
    ck_assert_uint_eq(found.count, 2);
    is(0, HR_HANDLER_WITH, "a", false);
    is(1, HR_HANDLER_WITH, "c(lambda: 0)", false);
    ck_assert_uint_lt(((struct hr_handler *)found.items)[0].statement,
                      ((struct hr_handler *)found.items)[1].statement);
    hr_array_finish(&found);
    find(19, 11); /* the item itself */
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
    find(20, 10); /* within the first one */
    ck_assert_uint_eq(found.count, 1);
    is(0, HR_HANDLER_WITH, "a", false);
    hr_array_finish(&found);
    find(22, SIZE_MAX);
    ck_assert_uint_eq(found.count, 5);
    is(0, HR_HANDLER_EXCEPT, "A", true);
    is(1, HR_HANDLER_EXCEPT, "B", false);
    is(2, HR_HANDLER_EXCEPT, "C", false);
    is(3, HR_HANDLER_EXCEPT, "D", true);
    is(4, HR_HANDLER_EXCEPT, "E", false);
    hr_array_finish(&found);
    find(32, SIZE_MAX);
    ck_assert_uint_eq(found.count, 0);
    hr_array_finish(&found);
    from = 14; /* what follows is not as deep */
    find(15, 13);
    ck_assert_uint_eq(found.count, 1);
    is(0, HR_HANDLER_EXCEPT, "G", false);
    hr_array_finish(&found);
    from = 0;
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("handlers");
    TCase *tcase = tcase_create("find");
    tcase_add_test(tcase, a_finally_that_leaves_is_one);
    tcase_add_test(tcase, a_finally_that_may_not_leave_is_none);
    tcase_add_test(tcase, handlers_stand_from_the_outside_in);
    tcase_add_test(tcase, handlers_of_a_clause_are_those_around_its_try);
    tcase_add_test(tcase, handlers_on_one_line_need_the_column);
    tcase_add_test(tcase, handlers_of_no_statement_are_none);
    tcase_add_test(tcase, handlers_of_a_function_that_is_read_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
