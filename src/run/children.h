/*
 * What child processes that the program starts afresh are given of hr-run's options
 * (layer 5).
 */
#ifndef HR_RUN_CHILDREN_H
#define HR_RUN_CHILDREN_H

#include "run/options.h"

/* Has multiprocessing start this program, with these options; needs the interpreter.
 * Never fails: without it, such children run unguarded. */
void hr_children_inherit(struct hr_run_options *options);

#endif
