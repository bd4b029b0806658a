#include "cli/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WINDOW 32 /* tasks a thread that may wait for their turn */

struct slot {
    struct hr_task task;
    bool done;
};

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t finished; /* all tasks are handed out */
    pthread_cond_t room;     /* a slot is free */
    const struct hr_pool_hooks *hooks;
    struct slot *slots; /* file i stands in slot i % window */
    size_t window;
    size_t count;
    size_t next;  /* to be started */
    size_t taken; /* handed out */
    size_t done;
    size_t waiting; /* threads, for room */
    bool taking;    /* a thread hands out */
};

/* Hands out what is done and has its turn.  Whoever finishes such a task does it: a
 * thread for it alone would have to be woken for each. */
static void take_done(struct pool *pool)
{
    struct slot *slot = &pool->slots[pool->taken % pool->window];
    pool->taking = true;
    while (pool->taken < pool->count && slot->done) {
        size_t index = pool->taken;
        size_t done = pool->done;
        pthread_mutex_unlock(&pool->mutex);
        pool->hooks->tick(pool->hooks->context, done);
        pool->hooks->take(pool->hooks->context, index, &slot->task);
        hr_task_finish(&slot->task);
        pthread_mutex_lock(&pool->mutex);
        slot->done = false;
        pool->taken++;
        slot = &pool->slots[pool->taken % pool->window];
        if (pool->waiting > 0) {
            pthread_cond_broadcast(&pool->room);
        }
    }
    pool->taking = false;
    if (pool->taken == pool->count) {
        pthread_cond_signal(&pool->finished);
    }
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->next < pool->count && pool->next - pool->taken >= pool->window) {
            pool->waiting++;
            pthread_cond_wait(&pool->room, &pool->mutex);
            pool->waiting--;
        }
        if (pool->next >= pool->count) {
            break;
        }
        size_t index = pool->next++;
        struct slot *slot = &pool->slots[index % pool->window];
        pthread_mutex_unlock(&pool->mutex);
        pool->hooks->make(pool->hooks->context, index, &slot->task);
        hr_task_run(&slot->task);
        pthread_mutex_lock(&pool->mutex);
        slot->done = true;
        pool->done++;
        if (!pool->taking) {
            take_done(pool);
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Until all is handed out.  Wakes now and then, so that the progress line moves. */
static void wait_for_all(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->taken < pool->count) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        /* Nobody hands out while the lock is held: one thread at a time prints. */
        if (pthread_cond_timedwait(&pool->finished, &pool->mutex, &until) ==
                ETIMEDOUT &&
            !pool->taking) {
            pool->hooks->tick(pool->hooks->context, pool->done);
        }
    }
    pthread_mutex_unlock(&pool->mutex);
}

static void run_alone(size_t count, const struct hr_pool_hooks *hooks)
{
    for (size_t i = 0; i < count; i++) {
        struct hr_task task;
        hooks->make(hooks->context, i, &task);
        hr_task_run(&task);
        hooks->tick(hooks->context, i + 1);
        hooks->take(hooks->context, i, &task);
        hr_task_finish(&task);
    }
}

bool hr_pool_run(size_t count, unsigned jobs, const struct hr_pool_hooks *hooks)
{
    if (jobs > count) {
        jobs = (unsigned)count;
    }
    if (jobs <= 1) {
        run_alone(count, hooks);
        return true;
    }
    struct pool pool = {
        .hooks = hooks, .count = count, .window = (size_t)jobs * WINDOW};
    pthread_t *threads = calloc(jobs, sizeof *threads);
    pool.slots = calloc(pool.window, sizeof *pool.slots);
    bool ok = threads != NULL && pool.slots != NULL;
    if (ok) {
        pthread_mutex_init(&pool.mutex, NULL);
        pthread_cond_init(&pool.finished, NULL);
        pthread_cond_init(&pool.room, NULL);
        unsigned started = 0;
        while (started < jobs &&
               pthread_create(&threads[started], NULL, work, &pool) == 0) {
            started++;
        }
        if (started > 0) {
            wait_for_all(&pool);
        } else {
            run_alone(count, hooks);
        }
        for (unsigned i = 0; i < started; i++) {
            pthread_join(threads[i], NULL);
        }
        pthread_cond_destroy(&pool.room);
        pthread_cond_destroy(&pool.finished);
        pthread_mutex_destroy(&pool.mutex);
    }
    free(pool.slots);
    free(threads);
    return ok;
}
