/*
 * Commands on one row: HSET HMSET HSETNX HDEL HINCRBY DEL UNLINK write the hash and the index in
 * one script; EXISTS HGET HMGET HGETALL HLEN HKEYS HVALS read it.
 *
 *     struct row_command command = {ROW_HSET, slice_lit("profile_7"), args, 2};
 *     row_submit(rows, &command, on_row_done, client, &err)
 *
 * Commands on the same row run in the order they were submitted.
 */
#ifndef QUIPU_EXECUTOR_SETS_ROW_H
#define QUIPU_EXECUTOR_SETS_ROW_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

struct resp_value;
struct rows;

/* Callbacks of the code above. */
struct rows_owner {
    /* False, with why, until the catalog agrees with the shards. */
    bool (*knows_datasets)(void *arg, struct error *why);
    /* A partition no longer knows the dataset: the catalog is out of date. */
    void (*on_old_catalog)(void *arg);
};

/* All of it is borrowed, and must outlive the rows. */
struct rows_setup {
    struct shards *shards;
    const struct catalog *catalog;
    struct handles *handles;
    const struct rows_owner *owner;
    void *owner_arg;
};

/* Makes the container of all row commands under way. */
struct rows *rows_new(const struct rows_setup *setup);
/* Drops commands that wait to be sent. No callback is called. */
void rows_drop(struct rows *rows);
/* Call it after the shards' connections have ended. */
void rows_free(struct rows *rows);

/* Commands taken since the start, or the last reset. */
struct rows_counters {
    uint64_t reads, writes;
};
struct rows_counters rows_counters(const struct rows *rows);
void rows_reset_counters(struct rows *rows);

enum row_op {
    ROW_HSET,
    ROW_HMSET,
    ROW_HSETNX,
    ROW_HDEL,
    ROW_HINCRBY,
    ROW_DEL,
    ROW_UNLINK,
    ROW_EXISTS,
    ROW_HGET,
    ROW_HMGET,
    ROW_HGETALL,
    ROW_HLEN,
    ROW_HKEYS,
    ROW_HVALS
};

struct row_command {
    enum row_op op;
    struct slice key;
    const struct slice *args; /* the words after the key: field value ... */
    size_t nargs;
};

/*
 * Exactly one of reply and err is not NULL. Both are freed when the callback returns. The reply is
 * Redis' answer to the command. An error from Redis, such as WRONGTYPE, is a reply too.
 */
typedef void row_done_fn(void *arg, const struct resp_value *reply, const struct error *err);

/*
 * Takes a command. key and args are copied. The caller has checked the number of args. Fails at
 * once (ERR), without calling done, if the key is a row of no dataset. Otherwise done is called
 * once, later. The client may have left by then, so arg must outlive it. A command cannot be
 * cancelled: a write that was taken is carried out.
 */
bool row_submit(struct rows *rows, const struct row_command *command, row_done_fn *done, void *arg,
                struct error *err) QUIPU_MUST_CHECK;

#endif
