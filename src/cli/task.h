/* The work on one file, on any thread (layer 4a). */
#ifndef HR_CLI_TASK_H
#define HR_CLI_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/file.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/report.h"

enum hr_phase {
    HR_PHASE_READ,  /* from the disk, and decoding */
    HR_PHASE_PARSE, /* syntax, definitions and the edits */
    HR_PHASE_WORK,  /* what is left to do before the new text is written */
    HR_PHASE_WRITE,
    HR_PHASE_COUNT,
};

struct hr_task {
    const struct hr_settings *settings; /* borrowed, as inputs and input */
    const struct hr_inputs *inputs;
    const struct hr_input *input;
    bool color;
    bool executable;              /* the file is; known once it was read */
    struct hr_file_stamp as_read; /* the input, where it is changed in place */
    /* --- results --- */
    struct hr_report report;
    struct hr_bytes out; /* for the standard output */
    int spool;           /* what comes before it, in a file without a name; or -1 */
    size_t spooled;      /* bytes of an answer in there */
    bool spool_failed;   /* an answer has to wait in memory */
    char *replaced;      /* a file whose folder has to reach the disk; or NULL */
    bool changed;        /* the file changed, or would */
    bool failed;
    size_t definitions;
    size_t bytes; /* read */
    double seconds[HR_PHASE_COUNT];
};

void hr_task_init(struct hr_task *task, const struct hr_settings *settings,
                  const struct hr_inputs *inputs, size_t index, bool color);
void hr_task_finish(struct hr_task *task);

/* Never fails: what goes wrong stands in the report, and task->failed. */
void hr_task_run(struct hr_task *task);

/* Reports `err`, and that the file failed. */
void hr_task_fail(struct hr_task *task, const struct hr_error *err);

/* The name that a person sees for an input. */
const char *hr_task_shown_name(const struct hr_settings *settings,
                               const struct hr_input *input);

#endif
