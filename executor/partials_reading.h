/*
 * Reads the partial counts that a shard sent: many bytes beside the event loop, which they would hold
 * up, few at once.
 *
 *     partials_read(side, bytes, arena, on_read, asked, &asked->reading)
 *     on_read(asked, partials)            they are in the arena now; NULL: the bytes are no count
 */
#ifndef QUIPU_EXECUTOR_PARTIALS_READING_H
#define QUIPU_EXECUTOR_PARTIALS_READING_H

#include "answer/partials.h"
#include "executor/side_thread.h"

struct partials_reading;

typedef void partials_read_fn(void *arg, struct partials *partials);

/*
 * done is called once, unless the reading is cancelled first: from inside this call where the bytes are
 * few, and *out is not set then. The bytes are copied. The arena is not touched before done.
 */
void partials_read(struct side_thread *side, struct slice bytes, struct arena *arena,
                   partials_read_fn *done, void *arg, struct partials_reading **out);
void partials_reading_cancel(struct partials_reading *reading);

#endif
