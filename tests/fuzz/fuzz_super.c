/* Both depths decide alike about every super() of Python text, and what strip looks for
 * is found without harm in any text. */
#include "fuzz.h"

#include "rewrite/marks.h"
#include "syntax/grammar.h"

static void check_alike(const struct hr_defs *one, const struct hr_defs *two)
{
    HR_FUZZ_CHECK(one->supers.count == two->supers.count);
    for (size_t i = 0; i < one->supers.count; i++) {
        const struct hr_super *a = hr_array_at(&one->supers, i);
        const struct hr_super *b = hr_array_at(&two->supers, i);
        HR_FUZZ_CHECK(a->call.start == b->call.start && a->reason == b->reason);
        struct hr_bytes arguments = {0};
        if (a->reason == HR_SUPER_OK) {
            hr_super_arguments(one, a, &arguments);
            HR_FUZZ_CHECK(arguments.size > 2);
        }
        hr_bytes_finish(&arguments);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    struct hr_defs supers, detail;
    bool ok = hr_fuzz_collect(&supers, text, size, HR_DEFS_SUPERS);
    HR_FUZZ_CHECK(hr_fuzz_collect(&detail, text, size, HR_DEFS_DETAIL) == ok);
    /* Where a tree has errors, how far they reach depends on what it is a tree of. */
    struct hr_error refused = {0};
    if (ok && detail.errors.count == 0 && hr_grammar_check(text, size, &refused)) {
        check_alike(&supers, &detail);
    }
    hr_defs_finish(&supers);
    hr_defs_finish(&detail);
    struct hr_array found;
    struct hr_bytes names = {0};
    struct hr_error err = {0};
    hr_array_init(&found, sizeof(struct hr_own_super));
    HR_FUZZ_CHECK(hr_super_find_ours(text, size, NULL, &found, &names, &err));
    hr_array_finish(&found);
    hr_bytes_finish(&names);
    free(text);
    return 0;
}
