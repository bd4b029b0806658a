/* The guard: a line map for every line, and the same definitions in the new text. */
#include "fuzz.h"

#include "base/lines.h"
#include "rewrite/guard.h"

static void check_map(const struct hr_bytes *out, const struct hr_line_map *map,
                      const char *text, size_t size)
{
    struct hr_lines old_lines, new_lines;
    struct hr_error err = {0};
    HR_FUZZ_CHECK(hr_lines_init(&old_lines, text, size, &err));
    HR_FUZZ_CHECK(hr_lines_init(&new_lines, out->data, out->size, &err));
    size_t count = hr_lines_count(&new_lines);
    bool open = hr_span_size(hr_lines_span(&new_lines, count - 1)) > 0;
    HR_FUZZ_CHECK(map->lines.count == count - !open);
    for (size_t i = 0; i < map->lines.count; i++) {
        HR_FUZZ_CHECK(hr_line_map_at(map, i).line < hr_lines_count(&old_lines));
    }
    hr_lines_finish(&old_lines);
    hr_lines_finish(&new_lines);
}

static void check_again(const struct hr_bytes *out, const struct hr_defs *defs)
{
    struct hr_defs again;
    HR_FUZZ_CHECK(hr_fuzz_collect(&again, out->data, out->size, HR_DEFS_OUTLINE));
    HR_FUZZ_CHECK(again.defs.count == defs->defs.count);
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        HR_FUZZ_CHECK(strcmp(hr_defs_qualname(&again, i), hr_defs_qualname(defs, i)) ==
                      0);
    }
    hr_defs_finish(&again);
}

static void check(const char *text, size_t size, enum hr_defs_depth depth)
{
    struct hr_defs defs;
    struct hr_bytes out = {0};
    struct hr_line_map map;
    struct hr_error err = {0};
    hr_line_map_init(&map);
    if (hr_fuzz_collect(&defs, text, size, depth)) {
        HR_FUZZ_CHECK(hr_guard(&defs, NULL, &out, &map, NULL, &err));
        if (out.size > 0) {
            check_map(&out, &map, text, size);
            check_again(&out, &defs);
        }
    }
    hr_line_map_finish(&map);
    hr_bytes_finish(&out);
    hr_defs_finish(&defs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    check(text, size, HR_DEFS_GUARD);
    check(text, size, HR_DEFS_DETAIL);
    free(text);
    return 0;
}
