/* --include and --exclude: which definitions are meant (layer 4a). */
#ifndef HR_CLI_SELECT_H
#define HR_CLI_SELECT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "defs/defs.h"

/* For hr_decorate_options.wanted; `settings` is a const struct hr_settings *.
 * A class is wanted too if one of its methods is. */
bool hr_select_wanted(void *settings, const struct hr_defs *defs, uint32_t def);

#endif
