/*
 * One request of several shards: the command sent to each, the replies merged into one.
 *
 *     DBSIZE, KEYS, SCRIPT LOAD        to all shards
 *     MGET a b c, DEL a b c            to the shards that have the keys, each with its own
 *
 * MGET of many keys is asked and told in windows of them, as its client takes the values.
 *
 * The merged reply is complete or it is an error: the first that a shard gave, or that it is down.
 * Where windows of it were told before, its connection ends. (What the others were told to write is
 * written then, as with any Redis client that talks to several servers.)
 */
#ifndef QUIPU_SERVER_PROXY_FAN_H
#define QUIPU_SERVER_PROXY_FAN_H

#include "server/proxy/route.h"

struct fan;

/* What is done when all shards' replies, none of them an error, are there. False: *odd has another
 * shape than it must; nothing is written. */
typedef bool fan_merge_fn(struct request *request, const struct slice *replies, size_t nreplies,
                          void *arg, size_t *odd);

/* Each fails with SHARDDOWN where nothing was sent, and the request is still the caller's to end.
 */
bool fan_all_shards(struct call *call, const struct slice *args, size_t nargs, struct error *err);
bool fan_by_slot(struct call *call, const struct slice *args, const struct route *route,
                 struct error *err);
/*
 * The same to all shards, in RESP2, with a merge of its own; arg is freed (free) with the fan. For
 * commands whose replies name keys.
 */
bool fan_all_shards_merge(struct call *call, const struct slice *args, size_t nargs,
                          fan_merge_fn *merge, void *arg, struct error *err);
/* The elements of an array's bytes, one by one. */
bool fan_next_element(struct slice *rest, struct slice *element);
/* The count in an aggregate's header, which is taken off. */
bool fan_take_header(struct slice *rest, int64_t *count);

#endif
