/* Tasks over threads, results in order (layer 4a). */
#ifndef HR_CLI_POOL_H
#define HR_CLI_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/task.h"

struct hr_pool_hooks {
    /* Makes the task of file `index`; called on any thread. */
    void (*make)(void *context, size_t index, struct hr_task *task);
    /* Takes a finished task, in order of index, on any thread. */
    void (*take)(void *context, size_t index, struct hr_task *task);
    /* Called now and then; `done` files are finished.  Only one thread at a time is in
     * `take` or here. */
    void (*tick)(void *context, size_t done);
    void *context;
};

/*
 * Runs `count` tasks on up to `jobs` threads.  Finished tasks wait for their turn,
 * but only a few dozen a thread: memory does not grow with `count`.  False without
 * memory; then nothing ran.
 */
bool hr_pool_run(size_t count, unsigned jobs, const struct hr_pool_hooks *hooks);

#endif
