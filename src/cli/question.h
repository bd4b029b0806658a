/* Questions about a file: --list, --guard, --extract and --at (layer 4a). */
#ifndef HR_CLI_QUESTION_H
#define HR_CLI_QUESTION_H

#include "cli/source.h"
#include "cli/task.h"

/* Answers the one that the settings ask, into the task's output.  False with err
 * filled; then a part of an answer may stand there. */
bool hr_question_answer(struct hr_task *task, struct hr_source_text *source,
                        struct hr_error *err);

#endif
