/*
 * A session gives one client a connection of its own to a shard, for commands that cannot share
 * one. in: a client's commands; out: replies, pushes, or that the connection is lost.
 *
 * What a session has to send goes ahead of the output of other connections in the same turn. So a
 * client that subscribes, and then asks over another connection whether its result is there, is told
 * that it is, or hears the message.
 *
 * The greeting is sent in one piece with the client's first command and ahead of it, so nothing
 * waits for its answer. A session may be let go in the middle of its own callback, so it is freed
 * when the loop comes round. (It does not use an early tick: libevent would postpone the next one
 * each time.)
 */
#include "executor/shards/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "executor/shards/forward.h"
#include "executor/shards/login.h"
#include "executor/shards/shard.h"
#include "executor/shards/shards_parts.h"

struct session {
    struct shards *shards;
    struct list in_sessions; /* of the shards */
    size_t shard;
    bool resp3;
    bool is_lost;
    bool is_free; /* the owner has let go of it */
    struct link *connection;
    bool is_up;                     /* the greeting was answered */
    int64_t shard_client;           /* its CLIENT ID there; 0: not known */
    bool ends_wait;                 /* ends the wait when the ID is known */
    struct wait_end *wait_end;      /* CLIENT UNBLOCK is under way */
    struct script_user script_user; /* session_confine's */
    struct session_owner owner;
    void *arg;
};

/* A CLIENT UNBLOCK whose answer may come when the session is gone. */
struct wait_end {
    struct session *session; /* NULL: the session is gone */
};

static const int64_t FOR_EVER = 0;

static void
on_connected(void *arg, struct link *link)
{
    (void) arg;
    link_greeted(link);
}

static void
on_down(void *arg, struct link *link, const char *why)
{
    struct session *session = arg;
    (void) link;
    session->is_lost = true;
    if (!session->is_free && session->owner.on_lost) {
        session->owner.on_lost(session->arg, why);
    }
}

static void
on_push(void *arg, struct link *link, struct slice bytes)
{
    struct session *session = arg;
    (void) link;
    if (!session->is_free && session->owner.on_push) {
        session->owner.on_push(session->arg, bytes);
    }
}

static const struct link_owner LINK_OWNER = {on_connected, NULL, on_down, on_push};

static void
wait_ended(struct session *session, bool has_waited)
{
    if (!session->is_free && session->owner.on_wait_ended) {
        session->owner.on_wait_ended(session->arg, has_waited);
    }
}

/* The answer is :1 where the client waited, else :0. */
static void
on_unblocked(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct wait_end *end = arg;
    struct session *session = end->session;
    bool has_waited = err || !slice_equal(piece, slice_lit(":0\r\n"));
    if (!err && !is_last) {
        return;
    }
    free(end);
    if (session) {
        session->wait_end = NULL;
        wait_ended(session, has_waited);
    }
}

static bool
unblock_send(struct session *session)
{
    struct wait_end *end = must_alloc(sizeof *end);
    end->session = session;
    if (!session_unblock(session, slice_lit("TIMEOUT"), on_unblocked, end)) {
        free(end);
        return false;
    }
    session->wait_end = end;
    return true;
}

bool
session_end_wait(struct session *session)
{
    if (session->is_lost) {
        return false;
    }
    if (session->shard_client == 0 && !session->is_up) {
        session->ends_wait = true;
        return true;
    }
    return session->wait_end || unblock_send(session);
}

/* The answer is ":340\r\n": short, so it comes in one piece. */
static void
on_id(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct session *session = arg;
    int64_t id;
    session->is_up = true;
    if (!err && is_last && piece.len > 3 && piece.ptr[0] == ':' &&
        slice_to_int64(slice_of(piece.ptr + 1, piece.len - 3), &id)) {
        session->shard_client = id;
    }
    if (session->ends_wait && !err && is_last) {
        session->ends_wait = false;
        if (!unblock_send(session)) {
            wait_ended(session, true);
        }
    }
}

/* If a password is refused or RESP3 is not known, the client's own commands will fail too. */
static void
greet(struct session *session)
{
    struct slice auth[LOGIN_WORDS];
    size_t nauth = login_words(session->shards->setup.settings, auth);
    if (nauth) {
        link_send(session->connection, auth, nauth, NULL, NULL);
    }
    if (session->resp3) {
        struct slice hello[] = {slice_lit("HELLO"), slice_lit("3")};
        link_send(session->connection, hello, 2, NULL, NULL);
    }
    struct slice id[] = {slice_lit("CLIENT"), slice_lit("ID")};
    link_send(session->connection, id, 2, on_id, session);
}

struct session *
session_new(struct shards *shards, size_t shard, bool resp3, const struct session_owner *owner,
            void *arg)
{
    struct session *session = must_alloc(sizeof *session);
    struct link_settings settings = shard_link_settings(shards->at[shard]);
    session->shards = shards;
    session->shard = shard;
    session->resp3 = resp3;
    session->owner = *owner;
    session->arg = arg;
    list_add_first(&shards->sessions, &session->in_sessions);
    settings.timeout_ms = &FOR_EVER;
    settings.is_session = true;
    session->connection = link_new(&settings, &LINK_OWNER, session);
    greet(session);
    return session;
}

void
session_close(struct session *session)
{
    if (session) {
        session->is_free = true;
        event_active(session->shards->reap_sessions, EV_TIMEOUT, 0);
    }
}

void
session_free(struct session *session)
{
    if (session) {
        session_close(session);
        link_forget_all(session->connection);
    }
}

static void
session_end(struct session *session)
{
    list_remove(&session->in_sessions);
    session->is_free = true;
    if (session->wait_end) {
        session->wait_end->session = NULL;
    }
    link_free(session->connection);
    free(session);
}

bool
session_is_lost(const struct session *session)
{
    return session->is_lost;
}

bool
session_is_waiting(const struct session *session)
{
    return session->is_up && !session->is_lost && link_ncalls(session->connection) > 0;
}

bool
session_is_blocked(const struct session *session)
{
    enum { ARRIVED_MS = 8 };
    return session_is_waiting(session) &&
           link_is_late(session->connection, now_coarse_ms(), ARRIVED_MS);
}

/* -- ending a wait ----------------------------------------------------------------------------- */

/* A CLIENT UNBLOCK that waits behind a pause. */
struct unblocking {
    link_reply_fn *fn;
    void *arg;
};

/* EXEC's answer is {EVAL's answer, CLIENT UNBLOCK's answer}. */
static void
on_unblocking(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct unblocking *unblocking = arg;
    struct error own = {"", ""};
    bool is_told = !err && reply->type == VALUE_ARRAY && reply->nelements == 2 &&
                   reply->elements[1].type == VALUE_INTEGER;
    if (is_told) {
        struct slice text = reply->elements[1].integer ? slice_lit(":1\r\n") : slice_lit(":0\r\n");
        unblocking->fn(unblocking->arg, text, true, NULL);
    } else {
        (void) error_set(&own, "ERR", "the shard does not end the wait");
        unblocking->fn(unblocking->arg, slice_of("", 0), true, err ? err : &own);
    }
    free(unblocking);
}

/* True: Redis is older than 7.2, or has not named its version. */
static bool
ends_by_unblocking_the_paused(const struct shard *shard)
{
    int major = 0, minor = 0;
    (void) sscanf(shard_status(shard).version, "%d.%d", &major, &minor);
    return major < 7 || (major == 7 && minor < 2);
}

/*
 * Redis 7.0 crashes on CLIENT UNBLOCK of a client that a pause has put off. So the command is sent
 * in a transaction with a script. A pause puts the script off too, so nobody is paused when it
 * runs.
 */
static bool
unblock_behind_pause(struct session *session, const struct slice *args, size_t nargs,
                     link_reply_fn *fn, void *arg)
{
    struct shards *shards = session->shards;
    struct slice multi[] = {slice_lit("MULTI")}, exec[] = {slice_lit("EXEC")};
    struct slice script[] = {slice_lit("EVAL"), slice_lit("return 0"), slice_lit("0")};
    struct error err = {"", ""};
    struct unblocking *unblocking = must_alloc(sizeof *unblocking);
    *unblocking = (struct unblocking){fn, arg};
    struct reply_collector *collector =
        reply_collector_new(shard_name(shards->at[session->shard]), on_unblocking, unblocking);
    size_t shard = session->shard;
    if (!forward_past_others(shards, shard, multi, 1, NULL, NULL, &err)) {
        reply_collector_free(collector);
        free(unblocking);
        return false;
    }
    /* The link is ready and takes what follows. */
    (void) !forward_past_others(shards, shard, script, 3, NULL, NULL, &err);
    (void) !forward_past_others(shards, shard, args, nargs, NULL, NULL, &err);
    (void) !forward_past_others(shards, shard, exec, 1, reply_collect, collector, &err);
    return true;
}

bool
session_unblock(struct session *session, struct slice how, link_reply_fn *fn, void *arg)
{
    struct error err = {"", ""};
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long) session->shard_client);
    struct slice args[] = {slice_lit("CLIENT"), slice_lit("UNBLOCK"), slice_str(id), how};
    if (session->shard_client == 0) {
        return false;
    }
    if (ends_by_unblocking_the_paused(session->shards->at[session->shard])) {
        return unblock_behind_pause(session, args, 4, fn, arg);
    }
    return forward_past_others(session->shards, session->shard, args, 4, fn, arg, &err);
}

bool
session_is_at(const struct session *session, size_t shard, bool resp3)
{
    return !session->is_lost && session->shard == shard && session->resp3 == resp3;
}

void
session_call(struct session *session, const struct slice *args, size_t nargs, link_reply_fn *fn,
             void *arg)
{
    link_send(session->connection, args, nargs, fn, arg);
}

void
session_call_bytes(struct session *session, struct slice bytes, link_reply_fn *fn, void *arg)
{
    link_send_bytes(session->connection, bytes, fn, arg);
}

bool
session_confine(struct session *session, const struct script_keys *keys, struct error *err)
{
    struct shards *shards = session->shards;
    if (!shard_link(shards->at[session->shard], LANE_SCRIPTS, err)) {
        return false; /* the scripts' lane has tried to get a user */
    }
    struct arena *arena = arena_new();
    struct strbuf text, rules;
    struct slice make[SCRIPT_USER_WORDS];
    session->script_user =
        script_user_of(shards->script_server, (unsigned) shards->last_script_user++);
    const struct script_user *user = &session->script_user;
    struct slice auth[LOGIN_WORDS];
    login_script_words(user, auth);
    link_send(session->connection, make, script_user_make(user, arena, make), NULL, NULL);
    strbuf_init(&text);
    strbuf_init(&rules);
    script_keys_print(keys, &text);
    script_user_confine(user, strbuf_slice(&text), &rules);
    link_send_bytes(session->connection, strbuf_slice(&rules), NULL, NULL);
    link_send(session->connection, auth, LOGIN_WORDS, NULL, NULL);
    strbuf_fini(&text);
    strbuf_fini(&rules);
    arena_free(arena);
    return true;
}

void
session_unconfine(struct session *session)
{
    struct slice auth[LOGIN_WORDS];
    login_back_words(session->shards->setup.settings, auth);
    struct slice forget[] = {slice_lit("ACL"), slice_lit("DELUSER"),
                             slice_str(session->script_user.name)};
    link_send(session->connection, auth, LOGIN_WORDS, NULL, NULL);
    link_send(session->connection, forget, 3, NULL, NULL);
}

void
session_set_resp3(struct session *session, bool resp3)
{
    if (session->resp3 != resp3 && !session->is_lost) {
        struct slice hello[] = {slice_lit("HELLO"), resp3 ? slice_lit("3") : slice_lit("2")};
        link_send(session->connection, hello, 2, NULL, NULL);
        session->resp3 = resp3;
    }
}

void
session_write(struct session *session, const struct slice *args, size_t nargs)
{
    link_write(session->connection, args, nargs);
}

void
session_write_bytes(struct session *session, struct slice bytes)
{
    link_write_bytes(session->connection, bytes);
}

void
session_tick(struct shards *shards, int64_t now)
{
    LIST_EACH (struct session, session, &shards->sessions, in_sessions) {
        if (!session->is_free) {
            link_tick(session->connection, now);
        }
    }
}

void
session_reap(struct shards *shards)
{
    LIST_EACH (struct session, session, &shards->sessions, in_sessions) {
        if (session->is_free) {
            session_end(session);
        }
    }
}

void
session_free_all(struct shards *shards)
{
    while (!list_is_empty(&shards->sessions)) {
        session_end(LIST_FIRST(&shards->sessions, struct session, in_sessions));
    }
}
