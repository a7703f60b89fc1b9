/*
 * Gathers a reply that comes in pieces, and hands it on once, as a tree.
 *
 *     link_send(link, args, nargs, reply_collect, reply_collector_new(name, on_reply, arg));
 */
#ifndef QUIPU_EXECUTOR_SHARDS_REPLY_COLLECT_H
#define QUIPU_EXECUTOR_SHARDS_REPLY_COLLECT_H

#include "net/resp_value.h"

/*
 * Exactly one of reply and err is not NULL. An error reply from Redis is a reply. Both are freed
 * when the callback returns.
 */
typedef void reply_fn(void *arg, const struct resp_value *reply, const struct error *err);

struct reply_collector;

/*
 * Frees itself after calling fn. shard is the name of the shard, for errors; borrowed until then.
 */
struct reply_collector *reply_collector_new(const char *shard, reply_fn *fn, void *arg);
/* Frees a collector whose command was not sent. */
void reply_collector_free(struct reply_collector *collector);
/* A link_reply_fn whose arg is a collector. */
void reply_collect(void *collector, struct slice piece, bool is_last, const struct error *err);

#endif
