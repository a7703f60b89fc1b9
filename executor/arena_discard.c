/*
 * Frees arenas. in: an arena; out: nothing. Freeing takes a quarter of a microsecond for each page of
 * memory that was used.
 */
#include "executor/arena_discard.h"

#include <stdlib.h>

#include "base/must.h"

enum { MANY_BYTES = 1 << 21 };

struct discard {
    struct arena *arena; /* NULL: it is gone */
};

static void
run(void *arg)
{
    struct discard *discard = arg;
    arena_free(discard->arena);
    discard->arena = NULL;
}

static void
on_run(void *arg)
{
    struct discard *discard = arg;
    arena_free(discard->arena); /* where the thread has ended before */
    free(discard);
}

void
arena_discard(struct side_thread *side, struct arena *arena)
{
    if (!arena || arena_bytes(arena) < MANY_BYTES) {
        arena_free(arena);
        return;
    }
    struct discard *discard = must_alloc(sizeof *discard);
    discard->arena = arena;
    side_thread_run(side, run, on_run, discard);
}
