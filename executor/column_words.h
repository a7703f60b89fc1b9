/*
 * The words with which a shard's module is asked: QUIPU.PARTIAL, QUIPU.ROWS, QUIPU.FIND.
 *
 *     QUIPU.PARTIAL max-partial-bytes 268435456 fields "likes multi ," "count likes from current timeout 10000"
 */
#ifndef QUIPU_EXECUTOR_COLUMN_WORDS_H
#define QUIPU_EXECUTOR_COLUMN_WORDS_H

#include "base/arena.h"
#include "executor/executor_settings.h"
#include "planner/bind.h"

enum { COLUMN_WORDS_MOST = 10 };

struct column_words {
    struct slice items[COLUMN_WORDS_MOST];
    size_t n;
};

void column_words_add(struct column_words *words, struct slice word);
/* How the query's fields are read, which a shard does not know; nothing where all are as they are. */
void column_words_add_fields(struct column_words *words, struct arena *arena,
                             const struct bound_query *query);
/*
 * The text of a count as shards get it. text is the query with the dataset's own name. Where the query
 * names no time limit and no suppression limit, the text gets these; timeout_ms 0 is a day.
 */
struct slice column_words_text(struct arena *arena, const struct bound_query *query,
                               struct slice text, int64_t timeout_ms, int64_t suppress_below);
/* QUIPU.PARTIAL with all its words; they live in the arena, the last is the text. */
struct column_words column_words_of_count(struct arena *arena, const struct bound_query *query,
                                          struct slice text,
                                          const struct executor_settings *settings);

#endif
