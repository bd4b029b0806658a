/* Decorate and strip: the bytes come back, and twice is once. */
#define _GNU_SOURCE /* memmem */
#include "fuzz.h"

#include "rewrite/decorate.h"
#include "rewrite/edits.h"

static void decorate(const char *text, size_t size, struct hr_bytes *out)
{
    struct hr_defs defs;
    struct hr_edits edits;
    struct hr_error err = {0};
    struct hr_decorate_options options = {
        .style = size % 3 == 0 ? HR_STYLE_MODULE : HR_STYLE_DECORATORS,
        .nested = true,
        .explicit_super = true,
    };
    HR_FUZZ_CHECK(hr_fuzz_collect(&defs, text, size, HR_DEFS_DETAIL));
    hr_edits_init(&edits);
    HR_FUZZ_CHECK(hr_decorate(&defs, &options, &edits, NULL, &err));
    HR_FUZZ_CHECK(hr_edits_apply(&edits, text, size, out, NULL, &err));
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
}

static void strip(const struct hr_bytes *text, struct hr_bytes *out)
{
    struct hr_defs defs;
    struct hr_edits edits;
    struct hr_error err = {0};
    HR_FUZZ_CHECK(hr_fuzz_collect(&defs, text->data, text->size, HR_DEFS_OUTLINE));
    hr_edits_init(&edits);
    HR_FUZZ_CHECK(hr_strip(&defs, &edits, NULL, &err));
    HR_FUZZ_CHECK(hr_edits_apply(&edits, text->data, text->size, out, NULL, &err));
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
}

/* What the command gives to the library: Python that parses, without a BOM. */
static bool is_input(const char *text, size_t size)
{
    struct hr_defs defs;
    struct hr_error err = {0};
    hr_defs_init(&defs);
    bool ok = memchr(text, '\0', size) == NULL &&
              !(size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) &&
              hr_defs_collect_python(&defs, text, size, HR_DEFS_DETAIL, &err) &&
              defs.errors.count == 0;
    HR_FUZZ_CHECK(err.kind != HR_ERROR_MEMORY);
    hr_defs_finish(&defs);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    struct hr_bytes once = {0}, back = {0};
    /* What names hot_restart already, or the file that a copy is of, may be taken for
     * ours: it need not come back. */
    bool ours = size > 0 && (memmem(text, size, "hot_restart", 11) != NULL ||
                             memmem(text, size, "hr: origin", 10) != NULL);
    if (is_input(text, size)) {
        decorate(text, size, &once);
        if (once.size > 0) {
            strip(&once, &back);
        }
        if (!ours && once.size > 0) {
            HR_FUZZ_CHECK(back.size == size && memcmp(back.data, text, size) == 0);
        }
    }
    hr_bytes_finish(&once);
    hr_bytes_finish(&back);
    free(text);
    return 0;
}
