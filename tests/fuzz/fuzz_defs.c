/* Parse and definitions: what must hold of every index. */
#include "fuzz.h"

static void check_outline(const struct hr_defs *defs)
{
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        HR_FUZZ_CHECK(def->after > i && def->after <= defs->defs.count);
        HR_FUZZ_CHECK(def->span.start <= def->keyword && def->keyword < def->span.end);
        HR_FUZZ_CHECK(def->span.end <= def->end && def->end <= defs->size);
        HR_FUZZ_CHECK(def->header_end <= def->span.end);
        HR_FUZZ_CHECK(def->body_start <= def->body && def->body <= def->span.end);
        HR_FUZZ_CHECK(def->first_line <= def->line && def->line <= def->end_line);
        HR_FUZZ_CHECK(def->name.start <= def->name.end && def->name.end <= defs->size);
        HR_FUZZ_CHECK(def->indent.start <= def->indent.end);
        HR_FUZZ_CHECK(def->indent.end <= def->keyword);
        if (i > 0) {
            HR_FUZZ_CHECK(def->keyword > hr_defs_at(defs, i - 1)->keyword);
        }
        if (def->parent != HR_NONE) {
            const struct hr_def *parent = hr_defs_at(defs, def->parent);
            HR_FUZZ_CHECK(def->parent < i && parent->after >= def->after);
            HR_FUZZ_CHECK(hr_span_covers(parent->span, def->span));
        }
        char name[400];
        int size = snprintf(name, sizeof name, "%s#%u", hr_defs_qualname(defs, i),
                            def->ordinal + 1);
        if (size < (int)sizeof name && strchr(name, '#') == name + size - 2) {
            HR_FUZZ_CHECK(hr_defs_find(defs, name) == i);
        }
    }
}

static void check_detail(const struct hr_defs *defs)
{
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        HR_FUZZ_CHECK(def->params.first + def->params.count <= defs->params.count);
        HR_FUZZ_CHECK(def->bindings.first + def->bindings.count <=
                      defs->bindings.count);
        if (def->detailed && !hr_span_empty(def->docstring)) {
            HR_FUZZ_CHECK(def->docstring.start == def->body);
            HR_FUZZ_CHECK(def->docstring.end <= def->span.end);
        }
    }
    for (size_t i = 1; i < defs->supers.count; i++) {
        const struct hr_super *call = hr_array_at(&defs->supers, i);
        HR_FUZZ_CHECK(call[-1].call.start < call->call.start);
    }
}

struct steps {
    const struct hr_defs *whole;
    uint32_t next;
};

static bool take_step(void *context, const struct hr_defs *defs, struct hr_error *err)
{
    struct steps *steps = context;
    (void)err;
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        HR_FUZZ_CHECK(steps->next < steps->whole->defs.count);
        const struct hr_def *whole = hr_defs_at(steps->whole, steps->next++);
        HR_FUZZ_CHECK(hr_defs_at(defs, i)->keyword == whole->keyword);
        HR_FUZZ_CHECK(hr_defs_at(defs, i)->ordinal == whole->ordinal);
    }
    return true;
}

/* A statement at a time: the same. */
static void check_steps(const struct hr_defs *whole)
{
    struct hr_defs defs;
    struct hr_error err = {0};
    struct steps steps = {.whole = whole};
    struct hr_defs_taking taking = {.depth = HR_DEFS_OUTLINE,
                                    .ordinals = true,
                                    .take = take_step,
                                    .context = &steps};
    hr_defs_init(&defs);
    HR_FUZZ_CHECK(hr_defs_take(&defs, whole->text, whole->size, &taking, &err));
    HR_FUZZ_CHECK(steps.next == whole->defs.count);
    hr_defs_finish(&defs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = hr_fuzz_copy(data, size);
    struct hr_defs outline, detail;
    bool one = hr_fuzz_collect(&outline, text, size, HR_DEFS_OUTLINE);
    bool two = hr_fuzz_collect(&detail, text, size, HR_DEFS_DETAIL);
    HR_FUZZ_CHECK(one == two);
    if (one) {
        HR_FUZZ_CHECK(outline.defs.count == detail.defs.count);
        check_outline(&outline);
        check_outline(&detail);
        check_detail(&detail);
        check_steps(&outline);
    }
    hr_defs_finish(&outline);
    hr_defs_finish(&detail);
    free(text);
    return 0;
}
