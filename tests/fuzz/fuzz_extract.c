/* The surrogate of each definition holds that definition, at its own line. */
#include "fuzz.h"

#include "rewrite/extract.h"

static void check(const struct hr_defs *defs, uint32_t index,
                  const struct hr_bytes *out)
{
    const struct hr_def *def = hr_defs_at(defs, index);
    struct hr_defs again;
    HR_FUZZ_CHECK(hr_fuzz_collect(&again, out->data, out->size, HR_DEFS_OUTLINE));
    uint32_t found = hr_defs_find(&again, hr_defs_qualname(defs, index));
    if (strchr(hr_defs_qualname(defs, index), '#') == NULL) {
        HR_FUZZ_CHECK(found != HR_NONE);
        const struct hr_def *other = hr_defs_at(&again, found);
        HR_FUZZ_CHECK(other->line == def->line && other->end_line == def->end_line);
        HR_FUZZ_CHECK(other->after - found == def->after - index);
    }
    hr_defs_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    struct hr_defs defs;
    if (hr_fuzz_collect(&defs, text, size, HR_DEFS_DETAIL)) {
        for (uint32_t i = 0; i < defs.defs.count && i < 20; i++) {
            struct hr_bytes out = {0};
            struct hr_error err = {0};
            if (hr_extract(&defs, i, &out, &err)) {
                check(&defs, i, &out);
            } else {
                HR_FUZZ_CHECK(err.kind == HR_ERROR_SYNTAX ||
                              err.kind == HR_ERROR_LIMIT);
            }
            hr_bytes_finish(&out);
        }
    }
    hr_defs_finish(&defs);
    free(text);
    return 0;
}
