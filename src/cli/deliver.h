/* Where the new text of a file goes (layer 4a). */
#ifndef HR_CLI_DELIVER_H
#define HR_CLI_DELIVER_H

#include "base/bytes.h"
#include "cli/source.h"
#include "cli/task.h"
#include "rewrite/edits.h"

/* A file as it shall be: its text with edits, or bytes that were made of both. */
struct hr_result {
    struct hr_source_text *source;
    struct hr_edits edits;
    struct hr_bytes converted;
};

/* To the standard output, into a file, or as a difference, as the settings say.  What
 * goes wrong stands in the task's report. */
void hr_deliver(struct hr_task *task, const struct hr_result *result);

/* An answer grows in task->out: of a large file, what stands there waits in a file from
 * now on, where that can be done. */
void hr_deliver_early(struct hr_task *task, const struct hr_source_text *source);

/* Drops what has been answered. */
void hr_deliver_nothing(struct hr_task *task);

#endif
