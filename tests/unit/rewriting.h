/* Shared by the tests of decorate, super and strip: a text through them. */
#ifndef HR_TESTS_REWRITING_H
#define HR_TESTS_REWRITING_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rewrite/decorate.h"

static inline struct hr_decorate_options hr_all_options(void)
{
    return (struct hr_decorate_options){.nested = true, .explicit_super = true};
}

/* The instrumented text, or with NULL options the stripped one; free() it. */
static inline char *hr_rewritten(const char *text,
                                 const struct hr_decorate_options *options,
                                 size_t *left_count)
{
    struct hr_error err = {0};
    struct hr_defs defs;
    struct hr_edits edits;
    struct hr_bytes out;
    struct hr_array left;
    hr_defs_init(&defs);
    hr_edits_init(&edits);
    hr_bytes_init(&out);
    hr_array_init(&left, sizeof(struct hr_left));
    size_t size = strlen(text);
    ck_assert_msg(hr_defs_collect(&defs, text, size, HR_DEFS_SUPERS, &err), "%s",
                  err.message);
    bool ok = options != NULL ? hr_decorate(&defs, options, &edits, &left, &err)
                              : hr_strip(&defs, &edits, &left, &err);
    ck_assert_msg(ok, "%s", err.message);
    ck_assert_msg(hr_edits_apply(&edits, text, size, &out, NULL, &err), "%s",
                  err.message);
    if (left_count != NULL) {
        *left_count = left.count;
    }
    hr_array_finish(&left);
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
    return hr_bytes_steal(&out);
}

static inline bool hr_take_step(void *job, const struct hr_defs *defs,
                                struct hr_error *err)
{
    ck_assert_uint_gt(defs->defs.count, 0);
    ck_assert_uint_eq(hr_defs_at(defs, 0)->parent, HR_NONE);
    return hr_decorating_take(job, defs, err);
}

/* A text without a super(), a statement at a time; free() it. */
static inline char *hr_rewritten_in_steps(const char *text,
                                          const struct hr_decorate_options *options)
{
    struct hr_error err = {0};
    struct hr_defs defs;
    struct hr_edits edits;
    struct hr_bytes out;
    size_t size = strlen(text);
    hr_defs_init(&defs);
    hr_edits_init(&edits);
    hr_bytes_init(&out);
    struct hr_decorating *job =
        hr_decorating_create(text, size, options, &edits, NULL, &err);
    ck_assert_ptr_nonnull(job);
    struct hr_defs_taking taking = {
        .depth = HR_DEFS_OUTLINE, .python = true, .take = hr_take_step, .context = job};
    ck_assert_msg(hr_defs_take(&defs, text, size, &taking, &err), "%s", err.message);
    ck_assert_uint_eq(defs.defs.count, 0);
    ck_assert(hr_decorating_end(job, &defs, &err));
    hr_decorating_destroy(job);
    ck_assert(hr_edits_apply(&edits, text, size, &out, NULL, &err));
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
    return hr_bytes_steal(&out);
}

/* Instrumented it is `expected`, twice the same, and stripped the text again. */
static inline void hr_check_text(const char *text, const char *expected,
                                 const struct hr_decorate_options *options)
{
    char *once = hr_rewritten(text, options, NULL);
    ck_assert_str_eq(once, expected);
    if (strstr(text, "super") == NULL) {
        char *steps = hr_rewritten_in_steps(text, options);
        ck_assert_str_eq(steps, expected);
        free(steps);
    }
    char *twice = hr_rewritten(once, options, NULL);
    ck_assert_str_eq(twice, expected);
    char *back = hr_rewritten(once, NULL, NULL);
    ck_assert_str_eq(back, text);
    free(back);
    free(twice);
    free(once);
}

#endif
