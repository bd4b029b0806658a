#include "suite.h"

#include <string.h>

#include "base/bytes.h"
#include "syntax/tree.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* The linker has calls of ts_parser_set_language go here. */
bool __wrap_ts_parser_set_language(void *parser, const void *language);
bool __real_ts_parser_set_language(void *parser, const void *language);

static bool other_version;
static struct hr_parser *parser;

bool __wrap_ts_parser_set_language(void *of, const void *language)
{
    return !other_version && __real_ts_parser_set_language(of, language);
}
static struct hr_tree tree;

static void set_up(void)
{
    struct hr_error err = {0};
    parser = hr_parser_create(&err);
    ck_assert_ptr_nonnull(parser);
    hr_tree_init(&tree);
}

static void tear_down(void)
{
    hr_tree_finish(&tree);
    hr_parser_destroy(parser);
}

static void parse(const char *text, size_t start, size_t end)
{
    struct hr_error err = {0};
    ck_assert(hr_parser_parse(parser, text, hr_span(start, end), &tree, &err));
}

/* What holds for every tree: pre-order, children inside their parents. */
static void check_shape(void)
{
    for (uint32_t i = 0; i < tree.nodes.count; i++) {
        const struct hr_node *node = hr_tree_node(&tree, i);
        const struct hr_node *parent = hr_tree_node(&tree, node->parent);
        ck_assert_uint_gt(node->after, i);
        ck_assert_uint_le(node->after, tree.nodes.count);
        ck_assert_uint_le(node->start, node->end);
        if (i > 0) {
            ck_assert_uint_lt(node->parent, i);
            ck_assert_uint_le(node->after, parent->after);
            ck_assert_uint_ge(node->start, parent->start);
            ck_assert_uint_le(node->end, parent->end);
        }
    }
}

START_TEST(nodes_have_kinds_fields_and_places)
{
    static const char text[] = "x\ndef f(a): return a\n";
    parse(text, 2, sizeof text - 1);
    check_shape();
    ck_assert(!tree.has_error);
    ck_assert_int_eq(hr_tree_node(&tree, 0)->kind, HR_NODE_MODULE);
    ck_assert_uint_eq(hr_tree_node(&tree, 0)->parent, 0);
    const struct hr_node *function = hr_tree_node(&tree, 1);
    ck_assert_int_eq(function->kind, HR_NODE_FUNCTION);
    ck_assert_uint_eq(function->start, 2); /* offsets are those of the whole text */
    uint32_t name = hr_tree_child(&tree, 1, HR_FIELD_NAME);
    ck_assert_int_eq(hr_tree_node(&tree, name)->kind, HR_NODE_IDENTIFIER);
    ck_assert_uint_eq(hr_tree_node(&tree, name)->start, 6);
    uint32_t body = hr_tree_child(&tree, 1, HR_FIELD_BODY);
    ck_assert_int_eq(hr_tree_node(&tree, body)->kind, HR_NODE_BLOCK);
    ck_assert_int_eq(hr_tree_node(&tree, body + 1)->kind, HR_NODE_RETURN);
    ck_assert_uint_eq(hr_tree_child(&tree, 1, HR_FIELD_SUPERCLASSES), 0);
}
END_TEST

START_TEST(errors_and_missing_tokens_are_error_nodes)
{
    static const char *const texts[] = {"def f(: pass\n", "a b c\n", "f(1\n",
                                        "class A(B: pass\n", "x = = 1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        parse(texts[i], 0, strlen(texts[i]));
        check_shape();
        ck_assert_msg(tree.has_error, "%s", texts[i]);
        bool found = false;
        for (uint32_t n = 0; n < tree.nodes.count; n++) {
            found = found || hr_tree_node(&tree, n)->kind == HR_NODE_ERROR;
        }
        ck_assert_msg(found, "%s", texts[i]);
    }
}
END_TEST

START_TEST(a_tree_is_used_again)
{
    parse("a = [1, 2, 3]\n", 0, 14);
    size_t count = tree.nodes.count;
    parse("b\n", 0, 2);
    ck_assert_uint_lt(tree.nodes.count, count);
    parse("", 0, 0);
    ck_assert_uint_eq(tree.nodes.count, 1);
    parse("a = [1, 2, 3]\n", 0, 14);
    ck_assert_uint_eq(tree.nodes.count, count);
}
END_TEST

START_TEST(a_tree_deeper_than_the_stack_is_flat)
{
    struct hr_bytes text = {0};
    hr_bytes_append_text(&text, "x = ");
    hr_bytes_append_repeat(&text, '-', 40000);
    hr_bytes_append_text(&text, "1\n");
    parse(text.data, 0, text.size);
    check_shape();
    ck_assert(!tree.has_error);
    ck_assert_uint_gt(tree.nodes.count, 40000);
    hr_bytes_finish(&text);
}
END_TEST

/* More children than 16 bits can count. */
START_TEST(a_wide_tree)
{
    struct hr_bytes text = {0};
    hr_bytes_append_text(&text, "x = [");
    for (int i = 0; i < 66000; i++) {
        hr_bytes_append_text(&text, "1, ");
    }
    hr_bytes_append_text(&text, "]\n");
    struct hr_error err = {0};
    if (!hr_parser_parse(parser, text.data, hr_span(0, text.size), &tree, &err)) {
        /* Under a sanitizer on a slow machine the deadline may come first. */
        ck_assert_int_eq(err.kind, HR_ERROR_LIMIT);
        ck_assert(SANITIZED);
    } else {
        check_shape();
        ck_assert(!tree.has_error);
        ck_assert_uint_gt(tree.nodes.count, 66000);
    }
    hr_bytes_finish(&text);
}
END_TEST

START_TEST(a_hopeless_text_ends_at_the_deadline)
{
    struct hr_bytes text = {0};
    for (int i = 0; i < 40000; i++) {
        hr_bytes_append_text(&text, "class def if else ");
    }
    struct hr_error err = {0};
    bool ok = hr_parser_parse(parser, text.data, hr_span(0, text.size), &tree, &err);
    if (!ok) {
        ck_assert_int_eq(err.kind, HR_ERROR_LIMIT);
    } else {
        ck_assert(tree.has_error);
    }
    /* The parser is as good as new. */
    parse("a = 1\n", 0, 6);
    ck_assert(!tree.has_error);
    hr_bytes_finish(&text);
}
END_TEST

START_TEST(a_grammar_of_another_version)
{
    struct hr_error err = {0};
    other_version = true;
    ck_assert_ptr_null(hr_parser_create(&err));
    other_version = false;
    ck_assert_int_eq(err.kind, HR_ERROR_UNSUPPORTED);
    ck_assert_str_eq(err.message,
                     "the grammar and the tree-sitter library do not fit each other");
}
END_TEST

/* The grammar's own scanner keeps as many indentation levels as its state holds. */
START_TEST(more_indentation_than_the_grammar_can_hold)
{
    for (size_t levels = 500; levels < 520; levels++) {
        struct hr_bytes text = {0};
        for (size_t i = 0; i < levels; i++) {
            hr_bytes_append_repeat(&text, ' ', i);
            hr_bytes_append_text(&text, "if 1:\n");
        }
        hr_bytes_append_repeat(&text, ' ', levels);
        hr_bytes_append_text(&text, "'''x\n'''\n");
        struct hr_error err = {0};
        if (!hr_parser_parse(parser, text.data, hr_span(0, text.size), &tree, &err)) {
            ck_assert_int_eq(err.kind, HR_ERROR_LIMIT);
        }
        hr_bytes_finish(&text);
    }
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("tree");
    TCase *trees = tcase_create("tree");
    tcase_add_checked_fixture(trees, set_up, tear_down);
    tcase_set_timeout(trees, 60);
    tcase_add_test(trees, nodes_have_kinds_fields_and_places);
    tcase_add_test(trees, errors_and_missing_tokens_are_error_nodes);
    tcase_add_test(trees, a_tree_is_used_again);
    tcase_add_test(trees, a_tree_deeper_than_the_stack_is_flat);
    tcase_add_test(trees, a_wide_tree);
    tcase_add_test(trees, a_hopeless_text_ends_at_the_deadline);
    tcase_add_test(trees, a_grammar_of_another_version);
    tcase_add_test(trees, more_indentation_than_the_grammar_can_hold);
    suite_add_tcase(suite, trees);
    return suite;
}
