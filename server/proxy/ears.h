/*
 * A subscriber's ears: a connection to each shard, except the one where the client subscribes. They
 * hear messages that a script or a transaction publishes at those shards.
 *
 *     SUBSCRIBE news     shard 0: the conversation's own session, which confirms
 *                        shards 1, 2: an ear each, told the same; only messages are passed on
 *
 * A message is published at one shard, and each subscriber has one connection there. So it comes
 * once. In a cluster there are no ears, since nodes pass messages on.
 */
#ifndef QUIPU_SERVER_PROXY_EARS_H
#define QUIPU_SERVER_PROXY_EARS_H

#include "executor/shards/session.h"

struct client;
struct ear;

struct executor;

/* All zero except the client: no ears. */
struct ears {
    struct client *client;
    struct ear *first;
    size_t nsettling; /* ears that have not confirmed the last command yet */
    int64_t since_ms;
    void (*on_settled)(void *arg); /* all have confirmed, or are lost; never called from inside
                                      ears_tell */
    void *arg;
};

/*
 * Sends the command to every shard except `own`. Shards that cannot be reached now are left to
 * ears_tick.
 */
void ears_tell(struct ears *ears, struct executor *executor, size_t own, bool resp3,
               const struct slice *args, size_t nargs);
void ears_set_resp3(struct ears *ears, bool resp3);
/*
 * Must be called every second. True: a lost shard is there again, and the client must subscribe
 * again.
 */
bool ears_tick(struct ears *ears, int64_t now_ms, int64_t timeout_ms);
void ears_close(struct ears *ears);

/*
 * ears_mark_ask asks a subscribing session for a mark, which it sends after all earlier
 * confirmations. ears_is_mark recognises the mark.
 */
void ears_mark_ask(struct session *session);
bool ears_is_mark(struct slice bytes);

#endif
