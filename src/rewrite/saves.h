/*
 * What a guarded function keeps of its arguments for a new run, in variables of its own
 * (layer 3, a part of guard.c).
 */
#ifndef HR_REWRITE_SAVES_H
#define HR_REWRITE_SAVES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/span.h"
#include "defs/defs.h"

/* Whether the body may change what the parameter stands for. */
bool hr_saves_param(const struct hr_param *param);

/* A body that asks for its own names would find the saved ones among them, and may
 * hand them on (`make(**locals())`): there nothing is saved. */
bool hr_saves_show(const struct hr_defs *defs, const struct hr_def *def);

/* Whether any parameter is saved. */
bool hr_saves_any(const struct hr_defs *defs, const struct hr_def *def);

/* Appends a name that stands in function `index` as the compiler will store it. */
void hr_saves_append(const struct hr_defs *defs, uint32_t index, struct hr_span name,
                     struct hr_bytes *out);

#endif
