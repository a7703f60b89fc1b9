/*
 * Reads partial counts. in: a shard's bytes; out: partials that were checked.
 *
 *     loop    copy the bytes --> [side thread: decode, in an arena of its own] --> join the arenas, done
 *
 * Example: a shard has counted 260,000 cells with a sum each. Their megabyte takes some milliseconds to
 * read, and every shard sends as much.
 */
#include "executor/partials_reading.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/arena_discard.h"

/* Reading so many takes a tenth of a millisecond or more; a thread's start of work takes some 50 us. */
enum { MANY_BYTES = 1 << 15 };

struct partials_reading {
    struct side_thread *side;
    struct arena *own; /* the bytes, and what was read */
    struct slice bytes;
    struct partials *partials; /* NULL: they were not read, or are no count */
    struct arena *arena;
    partials_read_fn *done; /* NULL: nobody waits for it any more */
    void *arg;
};

static struct partials *
decode(struct arena *arena, struct slice bytes)
{
    struct error odd = {"", ""};
    struct partials *partials;
    return partials_decode(arena, bytes, &partials, &odd) ? partials : NULL;
}

static void
run(void *arg)
{
    struct partials_reading *reading = arg;
    reading->partials = decode(reading->own, reading->bytes);
}

static void
on_run(void *arg)
{
    struct partials_reading *reading = arg;
    if (reading->done) {
        arena_join(reading->arena, reading->own);
        reading->done(reading->arg, reading->partials);
    } else {
        arena_discard(reading->side, reading->own);
    }
    free(reading);
}

void
partials_read(struct side_thread *side, struct slice bytes, struct arena *arena,
              partials_read_fn *done, void *arg, struct partials_reading **out)
{
    if (bytes.len < MANY_BYTES) {
        done(arg, decode(arena, arena_copy(arena, bytes)));
        return;
    }
    struct partials_reading *reading = must_alloc(sizeof *reading);
    *reading = (struct partials_reading){
        .side = side, .own = arena_new(), .arena = arena, .done = done, .arg = arg};
    reading->bytes = arena_copy(reading->own, bytes);
    *out = reading;
    side_thread_run(side, run, on_run, reading);
}

void
partials_reading_cancel(struct partials_reading *reading)
{
    reading->done = NULL;
}
