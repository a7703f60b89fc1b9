/*
 * Frees an arena whose owner is done with it: a large one beside the event loop, since giving a hundred
 * megabytes back to the system takes ten milliseconds and more.
 */
#ifndef QUIPU_EXECUTOR_ARENA_DISCARD_H
#define QUIPU_EXECUTOR_ARENA_DISCARD_H

#include "base/arena.h"
#include "executor/side_thread.h"

/* NULL is fine. */
void arena_discard(struct side_thread *side, struct arena *arena);

#endif
