/*
 * Where a module that failed goes on in its edited text (layer 4b, without Python).
 */
#ifndef HR_RUNTIME_RESUME_H
#define HR_RUNTIME_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

struct hr_resume {
    bool told;     /* false: several statements may be what became of it; the rest
                    * means nothing then */
    size_t offset; /* in the new text: the start of the statement to go on with; its
                    * size if none is left */
    uint32_t line; /* 0-based: of that statement */
    struct hr_array changed; /* of uint32_t: 0-based lines of statements above it that
                              * are not in the old text */
};

/*
 * Fills *resume (zeroed) with the place in the new text that stands for the statement
 * of the old one that holds 0-based `line`.  False: HR_ERROR_SYNTAX and others of the
 * cut.  hr_resume_finish frees it either way.
 */
bool hr_resume_find(struct hr_resume *resume, const char *old_text, size_t old_size,
                    uint32_t line, const char *text, size_t size, struct hr_error *err);

/* Takes a zeroed struct. */
void hr_resume_finish(struct hr_resume *resume);

#endif
