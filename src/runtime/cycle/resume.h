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
#include "base/span.h"

struct hr_resume_change {
    struct hr_span span; /* of the statement, without comments around it */
    uint32_t line;       /* 0-based */
};

struct hr_resume {
    bool told;     /* false: several statements may be what became of it; the rest
                    * means nothing then */
    size_t offset; /* in the new text: the start of the statement to go on with; its
                    * size if none is left */
    size_t end;    /* where that statement ends */
    uint32_t line; /* 0-based: of that statement */
    size_t failed; /* in the old text: the start of the failed statement */
    bool same;     /* it reads as the failed one */
    struct hr_array changed; /* of struct hr_resume_change: statements above it that are
                              * not in the old text */
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
