/*
 * A connection to a shard for one client alone: for what depends on the connection it comes by
 * (WATCH, blocking commands, subscriptions).
 *
 *     struct session *session = session_new(shards, shard, resp3, &OWNER, client);
 *     session_call(session, args, nargs, on_piece, request)       answered
 *     session_write(session, args, nargs)                         what comes back is on_push's
 *
 * Commands may be sent at once; they wait for the connection. It is not made again when it is lost.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SESSION_H
#define QUIPU_EXECUTOR_SHARDS_SESSION_H

#include "executor/shards/link.h"
#include "executor/shards/script_user.h"

struct session;
struct shards;

struct session_owner {
    /* A whole reply that no call waits for. */
    void (*on_push)(void *arg, struct slice bytes);
    /* The connection is lost; the calls that wait are told too. Only session_free is left. */
    void (*on_lost)(void *arg, const char *why);
    /* After session_end_wait: whether it had waited; where that cannot be told, true. */
    void (*on_wait_ended)(void *arg, bool has_waited);
};

/* shard is one that shards_has. Never NULL. */
struct session *session_new(struct shards *shards, size_t shard, bool resp3,
                            const struct session_owner *owner, void *arg);
/* Nobody is called any more. From inside its callbacks too. NULL is ignored. */
void session_free(struct session *session);
/* The same, but calls that wait are told, a moment later. */
void session_close(struct session *session);
bool session_is_lost(const struct session *session);
/* A call has been sent and is not answered. */
bool session_is_waiting(const struct session *session);
/* It has been sent for so long that the shard must have it: what INFO counts. */
bool session_is_blocked(const struct session *session);
/*
 * Has the shard end the wait of a blocking command, as CLIENT UNBLOCK does, whose reply fn is told;
 * how is TIMEOUT or ERROR. False: it cannot be asked, and fn is not called. A shard that has paused
 * its clients, as in a failover by hand, answers when that is over.
 */
bool session_unblock(struct session *session, struct slice how, link_reply_fn *fn, void *arg);
/*
 * The same for one that nobody waits for any more: as soon as the shard can be asked, and its owner
 * is told, not from inside. What the shard had for it already comes as its reply. False: it is lost.
 */
bool session_end_wait(struct session *session);
bool session_is_at(const struct session *session, size_t shard, bool resp3);

void session_call(struct session *session, const struct slice *args, size_t nargs,
                  link_reply_fn *fn, void *arg);
void session_call_bytes(struct session *session, struct slice bytes, link_reply_fn *fn, void *arg);
/*
 * What is called next runs as a user of the shard's that may use these keys alone, until
 * session_unconfine, which must follow. False, with err: the shard does not let Quipu make users.
 */
bool session_confine(struct session *session, const struct script_keys *keys,
                     struct error *err) QUIPU_MUST_CHECK;
void session_unconfine(struct session *session);
/* The shard is told; what follows is answered so. */
void session_set_resp3(struct session *session, bool resp3);
void session_write(struct session *session, const struct slice *args, size_t nargs);
void session_write_bytes(struct session *session, struct slice bytes);

/* Called every LINK_TICK_MS. */
void session_tick(struct shards *shards, int64_t now_ms);
/* Frees those that were let go: from the loop, in nobody's callback. */
void session_reap(struct shards *shards);
void session_free_all(struct shards *shards);

#endif
