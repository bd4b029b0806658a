/* The index as it stands: its memory, and looking things up in it. */
#include "defs/defs.h"

#include <stdlib.h>
#include <string.h>

void hr_defs_init(struct hr_defs *defs)
{
    *defs = (struct hr_defs){0};
    hr_array_init(&defs->defs, sizeof(struct hr_def));
    hr_array_init(&defs->decorators, sizeof(struct hr_decorator));
    hr_array_init(&defs->params, sizeof(struct hr_param));
    hr_array_init(&defs->bindings, sizeof(struct hr_binding));
    hr_array_init(&defs->supers, sizeof(struct hr_super));
    hr_array_init(&defs->errors, sizeof(struct hr_error));
    hr_array_init(&defs->globals, sizeof(struct hr_span));
}

void hr_defs_finish(struct hr_defs *defs)
{
    if (defs != NULL) {
        hr_array_finish(&defs->defs);
        hr_array_finish(&defs->decorators);
        hr_array_finish(&defs->params);
        hr_array_finish(&defs->bindings);
        hr_array_finish(&defs->supers);
        hr_array_finish(&defs->errors);
        hr_array_finish(&defs->globals);
        hr_bytes_finish(&defs->names);
    }
}

void hr_defs_spill(struct hr_defs *defs)
{
    hr_array_spill(&defs->defs);
    hr_array_spill(&defs->decorators);
    hr_array_spill(&defs->params);
    hr_array_spill(&defs->bindings);
    hr_array_spill(&defs->supers);
    hr_array_spill(&defs->globals);
    hr_bytes_spill(&defs->names);
}

void hr_defs_let_go(const struct hr_defs *defs)
{
    hr_array_let_go(&defs->defs);
    hr_array_let_go(&defs->decorators);
    hr_array_let_go(&defs->params);
    hr_array_let_go(&defs->bindings);
    hr_array_let_go(&defs->supers);
    hr_array_let_go(&defs->globals);
    hr_bytes_let_go(&defs->names);
}

void hr_defs_clear(struct hr_defs *defs)
{
    hr_array_shrink(&defs->defs, 0);
    hr_array_shrink(&defs->decorators, 0);
    hr_array_shrink(&defs->params, 0);
    hr_array_shrink(&defs->bindings, 0);
    hr_array_shrink(&defs->supers, 0);
    hr_array_shrink(&defs->globals, 0);
    hr_bytes_clear(&defs->names);
}

const char *hr_defs_qualname(const struct hr_defs *defs, uint32_t index)
{
    return defs->names.data + hr_defs_at(defs, index)->qualname;
}

uint32_t hr_defs_find(const struct hr_defs *defs, const char *qualname)
{
    size_t size = strlen(qualname);
    unsigned long number = 1;
    const char *hash = strchr(qualname, '#');
    if (hash != NULL) {
        size = (size_t)(hash - qualname);
        number = strtoul(hash + 1, NULL, 10);
    }
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const char *name = hr_defs_qualname(defs, i);
        if (strncmp(name, qualname, size) == 0 && name[size] == '\0' &&
            hr_defs_at(defs, i)->ordinal + 1 == number) {
            return i;
        }
    }
    return HR_NONE;
}

uint32_t hr_defs_find_line(const struct hr_defs *defs, uint32_t line)
{
    uint32_t found = HR_NONE;
    uint32_t i = 0;
    while (i < defs->defs.count) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (line >= def->first_line && line <= def->end_line) {
            found = i;
            i++;
        } else {
            i = def->after;
        }
    }
    return found;
}

bool hr_defs_check(const struct hr_defs *defs, struct hr_error *err)
{
    if (defs->errors.count == 0) {
        return true;
    }
    *err = *(const struct hr_error *)hr_array_at(&defs->errors, 0);
    return false;
}
