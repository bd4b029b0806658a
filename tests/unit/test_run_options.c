#include "suite.h"

#include <string.h>

#include "run/options.h"

static struct hr_run_options parse(char **argv)
{
    int argc = 0;
    struct hr_run_options options;
    while (argv[argc] != NULL) {
        argc++;
    }
    ck_assert(hr_run_options_parse(&options, argc, argv));
    return options;
}

#define ARGV(...)                                                                      \
    (char *[])                                                                         \
    {                                                                                  \
        (char *)"hr-run", __VA_ARGS__, NULL                                            \
    }
#define ARG(text) ((char *)(text))

START_TEST(own_options_end_at_the_first_other)
{
    struct hr_run_options options =
        parse(ARGV(ARG("--include=a*"), ARG("--stop"), ARG("never"), ARG("--exclude"),
                   ARG("b"), ARG("x.py"), ARG("--include=c")));
    ck_assert_int_eq(options.action, HR_RUN_PYTHON);
    ck_assert_int_eq(options.first, 6);
    ck_assert_uint_eq(options.include.count, 1);
    ck_assert_str_eq(options.include.items[0], "a*");
    ck_assert_uint_eq(options.exclude.count, 1);
    ck_assert_str_eq(options.exclude.items[0], "b");
    ck_assert_str_eq(options.stop, "never");
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(nothing_is_pythons_too)
{
    struct hr_run_options options = parse((char *[]){ARG("hr-run"), NULL});
    ck_assert_int_eq(options.action, HR_RUN_PYTHON);
    ck_assert_int_eq(options.first, 1);
    ck_assert_ptr_null(options.stop);
    ck_assert_int_eq(options.only_wrapped, HR_RUN_UNSAID);
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(pythons_options_are_left)
{
    struct hr_run_options options =
        parse(ARGV(ARG("--check-hash-based-pycs"), ARG("always")));
    ck_assert_int_eq(options.action, HR_RUN_PYTHON);
    ck_assert_int_eq(options.first, 1);
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(nobodys_options_are_usage)
{
    struct hr_run_options options = parse(ARGV(ARG("--includes"), ARG("x")));
    ck_assert_int_eq(options.action, HR_RUN_USAGE);
    ck_assert_str_eq(options.message, "unknown option --includes");
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(wrong_values_are_usage)
{
    struct hr_run_options options = parse(ARGV(ARG("--stop=sometimes")));
    ck_assert_int_eq(options.action, HR_RUN_USAGE);
    ck_assert_ptr_nonnull(strstr(options.message, "'sometimes'"));
    hr_run_options_finish(&options);
    options = parse(ARGV(ARG("--include")));
    ck_assert_int_eq(options.action, HR_RUN_USAGE);
    ck_assert_ptr_nonnull(strstr(options.message, "--include"));
    hr_run_options_finish(&options);
    options = parse(ARGV(ARG("--exclude=")));
    ck_assert_int_eq(options.action, HR_RUN_USAGE);
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(help_and_version)
{
    struct hr_run_options options = parse(ARGV(ARG("--help"), ARG("--stop=x")));
    ck_assert_int_eq(options.action, HR_RUN_HELP);
    hr_run_options_finish(&options);
    options = parse(ARGV(ARG("--stop=never"), ARG("--version")));
    ck_assert_int_eq(options.action, HR_RUN_VERSION);
    hr_run_options_finish(&options);
    hr_run_options_finish(NULL);
}
END_TEST

START_TEST(words_of_a_variable)
{
    struct hr_run_options options;
    ck_assert(hr_run_options_parse_text(
        &options, "  --include='a *' --stop \"never\"\n--only-wrapped --exclude=b''c "
                  "--ignore KeyError --stop-on-exit --ignore=a.B"));
    ck_assert_int_eq(options.action, HR_RUN_PYTHON);
    ck_assert_str_eq(options.include.items[0], "a *");
    ck_assert_str_eq(options.stop, "never");
    ck_assert_str_eq(options.exclude.items[0], "bc");
    ck_assert_int_eq(options.only_wrapped, HR_RUN_YES);
    ck_assert_int_eq(options.stop_on_exit, HR_RUN_YES);
    ck_assert_int_eq(options.stop_on_interrupt, HR_RUN_UNSAID);
    ck_assert_uint_eq(options.ignore.count, 2);
    ck_assert_str_eq(options.ignore.items[1], "a.B");
    hr_run_options_finish(&options);
    static const char *const wrong[] = {
        "--stop=x", "x.py", "--include 'a", "-O", "--help", "--python=", NULL};
    for (size_t i = 0; wrong[i] != NULL; i++) {
        ck_assert(hr_run_options_parse_text(&options, wrong[i]));
        ck_assert_int_eq(options.action, HR_RUN_USAGE);
        hr_run_options_finish(&options);
    }
    ck_assert(hr_run_options_parse_text(&options, ""));
    ck_assert_int_eq(options.action, HR_RUN_PYTHON);
    hr_run_options_finish(&options);
}
END_TEST

START_TEST(what_is_said_wins)
{
    struct hr_run_options defaults;
    struct hr_run_options options =
        parse(ARGV(ARG("--stop=never"), ARG("--include=a")));
    ck_assert(hr_run_options_parse_text(
        &defaults,
        "--stop=always --on-crash=wait --include=b --exclude=c --only-wrapped"));
    hr_run_options_fall_back(&options, &defaults);
    ck_assert_str_eq(options.stop, "never");
    ck_assert_str_eq(options.on_crash, "wait");
    ck_assert_uint_eq(options.include.count, 1);
    ck_assert_str_eq(options.include.items[0], "a");
    ck_assert_str_eq(options.exclude.items[0], "c");
    ck_assert_int_eq(options.only_wrapped, HR_RUN_YES);
    hr_run_options_finish(&options);
    hr_run_options_finish(&defaults);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("run-options");
    TCase *tcase = tcase_create("run-options");
    tcase_add_test(tcase, own_options_end_at_the_first_other);
    tcase_add_test(tcase, nothing_is_pythons_too);
    tcase_add_test(tcase, pythons_options_are_left);
    tcase_add_test(tcase, nobodys_options_are_usage);
    tcase_add_test(tcase, wrong_values_are_usage);
    tcase_add_test(tcase, help_and_version);
    tcase_add_test(tcase, words_of_a_variable);
    tcase_add_test(tcase, what_is_said_wins);
    suite_add_tcase(suite, tcase);
    return suite;
}
