/* The patterns of match statements (layer 1, inside syntax). */
#ifndef HR_SYNTAX_PATTERNS_H
#define HR_SYNTAX_PATTERNS_H

#include <stdbool.h>

#include "syntax/token.h"

/* What stands between `case` and its guard or ':'. */
bool hr_patterns(struct hr_recogniser *p);

#endif
