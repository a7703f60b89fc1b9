/*
 * One request to several shards: the command goes to each of them, and the replies are merged into
 * one.
 *
 *     DBSIZE, KEYS, SCRIPT LOAD        to all shards
 *     MGET a b c, DEL a b c            to the shards that have the keys, each with its own
 *
 * An MGET of many keys is asked and answered a window of keys at a time, as its client takes the
 * values.
 *
 * The merged reply is complete, or it is an error: the first that a shard gave, or that a shard is
 * down. If windows of the reply were sent before, the client's connection ends. (Writes at the
 * other shards are then carried out, as with any Redis client that talks to several servers.)
 */
#ifndef QUIPU_SERVER_PROXY_FAN_H
#define QUIPU_SERVER_PROXY_FAN_H

#include "server/proxy/route.h"

struct fan;

/*
 * Merges the replies when all shards have answered, none with an error. False: reply *odd has a
 * wrong shape, and nothing is written.
 */
typedef bool fan_merge_fn(struct request *request, const struct slice *replies, size_t nreplies,
                          void *arg, size_t *odd);

/* Each fails with SHARDDOWN if nothing was sent. The caller must then end the request. */
bool fan_all_shards(struct call *call, const struct slice *args, size_t nargs, struct error *err);
bool fan_by_slot(struct call *call, const struct slice *args, const struct route *route,
                 struct error *err);
/*
 * The same as fan_all_shards, in RESP2, with its own merge function. arg is freed (free) with the
 * fan. For commands whose replies name keys.
 */
bool fan_all_shards_merge(struct call *call, const struct slice *args, size_t nargs,
                          fan_merge_fn *merge, void *arg, struct error *err);
/* Takes the elements of an array's bytes, one by one. */
bool fan_next_element(struct slice *rest, struct slice *element);
/* Takes the header off an aggregate, and gives its count. */
bool fan_take_header(struct slice *rest, int64_t *count);

#endif
