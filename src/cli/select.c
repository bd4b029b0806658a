#include "cli/select.h"

#include <fnmatch.h>

static bool matches_any(const struct hr_array *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(*(const char **)hr_array_at(patterns, i), name, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* Does a pattern name the definition, or one around it? */
static bool matches(const struct hr_array *patterns, const struct hr_defs *defs,
                    uint32_t def)
{
    if (patterns->count == 0) {
        return false;
    }
    for (uint32_t i = def; i != HR_NONE; i = hr_defs_at(defs, i)->parent) {
        if (matches_any(patterns, hr_defs_qualname(defs, i))) {
            return true;
        }
    }
    return false;
}

bool hr_select_wanted(void *context, const struct hr_defs *defs, uint32_t index)
{
    const struct hr_settings *settings = context;
    if (matches(&settings->exclude, defs, index)) {
        return false;
    }
    if (settings->include.count == 0 || matches(&settings->include, defs, index)) {
        return true;
    }
    const struct hr_def *def = hr_defs_at(defs, index);
    if (def->kind != HR_DEF_CLASS) {
        return false;
    }
    for (uint32_t i = index + 1; i < def->after; i = hr_defs_at(defs, i)->after) {
        if (hr_defs_at(defs, i)->kind == HR_DEF_FUNCTION &&
            matches(&settings->include, defs, i) &&
            !matches(&settings->exclude, defs, i)) {
            return true;
        }
    }
    return false;
}
