/*
 * Messages about files, collected a file at a time so that threads do not mix
 * them (layer 4a).
 */
#ifndef HR_CLI_REPORT_H
#define HR_CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "cli/options.h"

enum hr_severity { HR_SEVERITY_ERROR, HR_SEVERITY_WARNING, HR_SEVERITY_NOTE };

struct hr_report {
    const struct hr_settings *settings; /* borrowed */
    const char *file;                   /* the name that is shown; borrowed */
    struct hr_bytes text;
    size_t errors;
};

void hr_report_init(struct hr_report *report, const struct hr_settings *settings,
                    const char *file);
void hr_report_finish(struct hr_report *report);

/*
 * Adds a message.  Warnings go unless --quiet, notes only with --verbose.  `line`
 * and `column` are 1-based, 0: no position.  `id` is a short stable word.
 */
void hr_report_add(struct hr_report *report, enum hr_severity severity, const char *id,
                   size_t line, size_t column, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The same for an error of the lower layers; its kind gives the id. */
void hr_report_error(struct hr_report *report, const struct hr_error *err);

#endif
