/* A line that is held to the grammar while it is read is the line that is cut. */
#include "fuzz.h"

#include "syntax/grammar.h"

static void check_same(const struct hr_logical_line *one,
                       const struct hr_logical_line *other)
{
    HR_FUZZ_CHECK(one->start == other->start && one->first == other->first);
    HR_FUZZ_CHECK(one->end == other->end && one->next == other->next);
    HR_FUZZ_CHECK(one->line == other->line && one->last_line == other->last_line);
    HR_FUZZ_CHECK(one->depth == other->depth && one->kind == other->kind);
    HR_FUZZ_CHECK(one->name.start == other->name.start);
    HR_FUZZ_CHECK(one->name.end == other->name.end);
    HR_FUZZ_CHECK(one->is_async == other->is_async);
    HR_FUZZ_CHECK(one->opens_block == other->opens_block);
    HR_FUZZ_CHECK(one->has_off == other->has_off);
    if (one->kind == HR_LINE_FUNCTION || one->kind == HR_LINE_CLASS) {
        HR_FUZZ_CHECK(one->colon == other->colon);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    struct hr_cut judged, plain;
    struct hr_logical_line one, other;
    struct hr_judge judge = {.depth = 0};
    struct hr_error err = {0};
    bool python = hr_grammar_check(text, size, &err);
    HR_FUZZ_CHECK(python == (err.kind == HR_ERROR_NONE));
    err = (struct hr_error){0};
    hr_cut_init(&judged, text, size);
    hr_cut_init(&plain, text, size);
    judged.judge = &judge;
    while (hr_cut_line(&judged, &one, &err)) {
        if (python) {
            HR_FUZZ_CHECK(hr_cut_line(&plain, &other, &err));
            check_same(&one, &other);
        }
    }
    HR_FUZZ_CHECK(python == (err.kind == HR_ERROR_NONE));
    if (python) {
        HR_FUZZ_CHECK(!hr_cut_line(&plain, &other, &err));
        HR_FUZZ_CHECK(err.kind == HR_ERROR_NONE);
    }
    free(text);
    return 0;
}
