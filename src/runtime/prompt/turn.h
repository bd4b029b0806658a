/*
 * Whose turn it is to have the prompt (layer 4b): one thread at a time, and of the
 * processes of one terminal session one at a time.
 */
#ifndef HR_RUNTIME_TURN_H
#define HR_RUNTIME_TURN_H

#include "runtime/state.h"

/* Whether a prompt could be opened at all: a terminal, or a pipe or a socket with
 * commands at the standard input.  Cheap. */
bool hr_turn_is_possible(const struct hr_state *state);

/* Whether no thread of this process has the turn; holds as long as the GIL is held. */
bool hr_turn_is_free(const struct hr_state *state);

/* Waits, without the GIL, for the turn.  False, without an exception: no memory.  A
 * lock file that cannot be made keeps nobody waiting. */
bool hr_turn_take(struct hr_state *state);

void hr_turn_give(struct hr_state *state);

#endif
