/*
 * A subscriber's ears: at each shard but the one where it subscribes, a connection that hears what
 * is published there, by a script or in a transaction.
 *
 *     SUBSCRIBE news     shard 0: the conversation's own session, which confirms
 *                        shards 1, 2: an ear each, told the same; only messages are passed on
 *
 * A message is published at one shard, and each subscriber has one connection there: so it comes
 * once. In a cluster there are none, since nodes tell each other.
 */
#ifndef QUIPU_SERVER_PROXY_EARS_H
#define QUIPU_SERVER_PROXY_EARS_H

#include "executor/shards/session.h"

struct client;
struct ear;

/* All zero but for the client: none. */
struct executor;

struct ears {
    struct client *client;
    struct ear *first;
    size_t nsettling; /* that have not said yet that they heard what was told last */
    int64_t since_ms;
    void (*on_settled)(void *arg); /* all have, or are lost; not from inside ears_tell */
    void *arg;
};

/* Tells every shard but `own`; those that cannot be reached now are left out, until ears_tick. */
void ears_tell(struct ears *ears, struct executor *executor, size_t own, bool resp3,
               const struct slice *args, size_t nargs);
void ears_set_resp3(struct ears *ears, bool resp3);
/* To be called every second. True: a shard that was lost is there again, and the client has to
 * subscribe anew. */
bool ears_tick(struct ears *ears, int64_t now_ms, int64_t timeout_ms);
void ears_close(struct ears *ears);

/* What a session that subscribes is asked to say when it has said all before it, and that. */
void ears_mark_ask(struct session *session);
bool ears_is_mark(struct slice bytes);

#endif
