/*
 * A subscriber's ears: a connection to each shard, except the one where the client subscribes. They
 * hear messages that a script or a transaction publishes at those shards.
 *
 *     SUBSCRIBE news     shard 0: the conversation's own session, which confirms
 *                        shards 1, 2: an ear each, told the same; only messages are passed on
 *
 * A message is published at one shard, and each subscriber has one connection there. So it comes
 * once. In a cluster there are no ears, since nodes pass messages on.
 *
 * Commands go to the ears as they come, without waiting for the answers to earlier ones; they are
 * numbered, so that it is known which ones all shards have.
 *
 * A client that listens to nothing more keeps its ears for as long as shard-timeout. Otherwise a
 * program that subscribes for each of its jobs would connect to all shards for each, and its message
 * may be faster than that. So the connections to shards are at most one for each shard and each
 * client that listens, or has listened in these seconds. They do not stay until the client leaves,
 * because a client of a pool may never subscribe again.
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
    uint64_t ntold;        /* commands so far; the number of the last one */
    bool is_resting;       /* nothing is subscribed */
    int64_t rest_since_ms; /* since when */
    /* An ear has confirmed a command, or is lost; never called from inside ears_tell. */
    void (*on_confirmed)(void *arg);
    void *arg;
};

/*
 * Sends the command to every shard except `own`. Shards that cannot be reached now are left to
 * ears_tick.
 */
void ears_tell(struct ears *ears, struct executor *executor, size_t own, bool resp3,
               const struct slice *args, size_t nargs);
/* Whether all ears have confirmed the command of this number, and those before it. */
bool ears_have_confirmed(const struct ears *ears, uint64_t number);
/* Nothing is subscribed any more, and everything is confirmed. */
void ears_rest(struct ears *ears);
void ears_set_resp3(struct ears *ears, bool resp3);
/*
 * Must be called every second, with shard-timeout (0: for ever). True: a lost shard is there again,
 * and the client must subscribe again.
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
