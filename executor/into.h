/*
 * INTO: an answer is written into a hash.
 *
 *     into_check(executor, key, &err)                      before anything is counted
 *     into = into_start(executor, &answer, &target, on_written, query);
 *     ... on_written(query, ncells, NULL)     or     on_written(query, 0, &err)
 *
 *     pieces --script--> quipu:into:5f0c...{06S}    at the shard that owns the key's slot; it expires
 *     last   --script--> the same, and it is renamed to the key
 *
 * So the key changes in one step, from what it was to the whole answer, whatever its type was. If
 * anything fails before that, the key stays as it is.
 */
#ifndef QUIPU_EXECUTOR_INTO_H
#define QUIPU_EXECUTOR_INTO_H

#include "answer/answer.h"

struct executor;
struct into;

/*
 * Fails with ERR if the key is Quipu's own, or would be a row of a dataset; with NODATASET if a DROP
 * under way would remove it.
 */
bool into_check(const struct executor *executor, struct slice key,
                struct error *err) QUIPU_MUST_CHECK;

struct into_target {
    struct slice key;
    int64_t seconds;    /* its life; 0: for ever */
    uint64_t max_bytes; /* of the records on their way */
};

/* ncells is how many fields the hash has. Exactly one of ncells and err means something. */
typedef void into_done_fn(void *arg, uint64_t ncells, const struct error *err);

/*
 * Starts to write; the answer and the key are copied. An answer without a cell removes the key. done
 * is called once, later, unless the work is cancelled first. Errors come through done: LIMIT, ERR
 * (two cells have the same labels), SHARDDOWN, or what the shard says (READONLY, OOM, ...).
 */
struct into *into_start(struct executor *executor, const struct answer *answer,
                        const struct into_target *target, into_done_fn *done, void *arg);
/* Ends the work with an error at its next step. If the last step is under way, the key changes. */
void into_refuse(struct into *into, const struct error *why);
/* done is not called any more. If the last step is under way, the key changes. */
void into_cancel(struct into *into);

#endif
