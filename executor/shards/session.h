/*
 * A connection to a shard for one client alone. It is for commands that depend on their connection
 * (WATCH, blocking commands, subscriptions).
 *
 *     struct session *session = session_new(shards, shard, resp3, &OWNER, client);
 *     session_call(session, args, nargs, on_piece, request)       answered
 *     session_write(session, args, nargs)                         what comes back is on_push's
 *
 * Commands may be sent at once; they wait for the connection. A lost connection is not made again.
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
    /* The connection is lost. Waiting calls are told too. Only session_free may be called now. */
    void (*on_lost)(void *arg, const char *why);
    /* After session_end_wait: whether the command was waiting. True if that is not known. */
    void (*on_wait_ended)(void *arg, bool has_waited);
};

/* shard must be one for which shards_has is true. Never returns NULL. */
struct session *session_new(struct shards *shards, size_t shard, bool resp3,
                            const struct session_owner *owner, void *arg);
/* No callback is called any more. Allowed from inside the session's callbacks. NULL is ignored. */
void session_free(struct session *session);
/* The same, but waiting calls are told, a moment later. */
void session_close(struct session *session);
bool session_is_lost(const struct session *session);
/* A call has been sent and is not answered. */
bool session_is_waiting(const struct session *session);
/* A call was sent long enough ago that the shard must have it. INFO counts these. */
bool session_is_blocked(const struct session *session);
/*
 * Asks the shard to end the wait of a blocking command, with CLIENT UNBLOCK. fn is told the reply;
 * how is TIMEOUT or ERROR. False: the shard cannot be asked, and fn is not called. A shard that has
 * paused its clients, as in a manual failover, answers when the pause is over.
 */
bool session_unblock(struct session *session, struct slice how, link_reply_fn *fn, void *arg);
/*
 * Ends the wait of a blocking command whose client has left, as soon as the shard can be asked.
 * on_wait_ended is called then, never from inside. If the shard had a value for the command
 * already, that comes as its reply. False: the session is lost.
 */
bool session_end_wait(struct session *session);
bool session_is_at(const struct session *session, size_t shard, bool resp3);

void session_call(struct session *session, const struct slice *args, size_t nargs,
                  link_reply_fn *fn, void *arg);
void session_call_bytes(struct session *session, struct slice bytes, link_reply_fn *fn, void *arg);
/*
 * Calls after this run as a user of the shard that may use only these keys, until
 * session_unconfine, which must follow. False, with err: the shard does not let Quipu make users.
 */
bool session_confine(struct session *session, const struct script_keys *keys,
                     struct error *err) QUIPU_MUST_CHECK;
void session_unconfine(struct session *session);
/* Tells the shard. Later calls are answered in that protocol. */
void session_set_resp3(struct session *session, bool resp3);
void session_write(struct session *session, const struct slice *args, size_t nargs);
void session_write_bytes(struct session *session, struct slice bytes);

/* Called every LINK_TICK_MS. */
void session_tick(struct shards *shards, int64_t now_ms);
/* Frees sessions that were released. Called from the loop, outside of all callbacks. */
void session_reap(struct shards *shards);
void session_free_all(struct shards *shards);

#endif
