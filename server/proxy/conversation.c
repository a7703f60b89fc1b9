/*
 * Keeps the state of a client that outlasts one command: a transaction, watched keys,
 * subscriptions. in: commands that open and close it, and what a shard sends to a subscriber; out:
 * the client's own connection to a shard, and messages to the client.
 */
#include "server/proxy/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/redirect.h"
#include "server/access/acl_user.h"
#include "server/client/client_list.h"
#include "server/config/config.h"
#include "server/proxy/ears.h"
#include "server/proxy/session_command.h"
#include "server/table/services.h"

static struct conversation *
conversation_open(struct client *client)
{
    struct conversation *conversation = must_alloc(sizeof *conversation);
    *conversation = (struct conversation){.client = client};
    conversation->ears.client = client;
    conversation->confirmations =
        (struct confirmations){.client = client, .ears = &conversation->ears};
    strbuf_init(&conversation->commands);
    strbuf_init(&conversation->asked);
    script_keys_init(&conversation->keys);
    return conversation;
}

/* Frees a conversation that was reset: it holds nothing. */
static void
conversation_free(struct conversation *conversation)
{
    free(conversation);
}

void
conversation_close_multi(struct conversation *conversation)
{
    conversation->is_open = conversation->is_dirty = conversation->has_slot = false;
    strbuf_fini(&conversation->commands);
    strbuf_init(&conversation->commands);
    free(conversation->ends);
    conversation->ends = NULL;
    conversation->ncommands = conversation->ends_capacity = 0;
    strbuf_fini(&conversation->asked);
    strbuf_init(&conversation->asked);
    free(conversation->asked_ends);
    conversation->asked_ends = NULL;
    conversation->has_script = false;
    script_keys_fini(&conversation->keys);
    script_keys_init(&conversation->keys);
}

void
conversation_unwatch(struct conversation *conversation)
{
    static const struct slice ARGS[] = {SLICE_LIT("UNWATCH")};
    if (conversation->is_watching && !session_is_lost(conversation->session)) {
        session_call(conversation->session, ARGS, 1, NULL, NULL);
    }
    conversation->is_watching = conversation->has_lost_watch = false;
}

bool
conversation_is_blocked(const struct conversation *conversation)
{
    return conversation->session && session_is_waiting(conversation->session);
}

static bool
conversation_waits(const struct conversation *conversation)
{
    return conversation->command && session_command_is_blocking(conversation->command);
}

static bool
conversation_end_wait(struct conversation *conversation)
{
    return conversation_waits(conversation) && conversation->session &&
           !session_command_is_on_its_way(conversation->command) &&
           session_end_wait(conversation->session);
}

void
conversation_set_resp3(struct conversation *conversation, bool resp3)
{
    if (conversation->session) {
        session_set_resp3(conversation->session, resp3);
    }
    ears_set_resp3(&conversation->ears, resp3);
}

/* -- waiting for confirmations ----------------------------------------------------------------- */

void
conversation_settle(struct conversation *conversation, struct request *request)
{
    ears_mark_ask(conversation->session);
    confirmations_await(&conversation->confirmations, request);
}

/* An SSUBSCRIBE on its way to the shard of its channels. */
struct slot_subscription {
    struct redirect redirect;
    struct strbuf bytes;     /* the command */
    struct strbuf elsewhere; /* the shard's answer that the slot is elsewhere */
};

static void
slot_subscription_free(struct slot_subscription *sharded)
{
    if (sharded) {
        redirect_cancel(&sharded->redirect);
        strbuf_fini(&sharded->bytes);
        strbuf_fini(&sharded->elsewhere);
        free(sharded);
    }
}

static bool
is_listening(const struct conversation *conversation)
{
    return conversation->nsubscribed + conversation->nsharded > 0;
}

/* A subscription is confirmed, or has failed. */
static void
settling_end(struct conversation *conversation, struct request *request, const struct error *err)
{
    slot_subscription_free(conversation->sharded);
    conversation->sharded = NULL;
    if (!confirmations_are_awaited(&conversation->confirmations)) {
        conversation->is_subscribed = is_listening(conversation); /* also after Valkey's -NOSUB */
        if (conversation->nsubscribed == 0) {
            ears_rest(&conversation->ears);
        }
    }
    request_finish(request, err);
}

/* Ends the requests that are confirmed. */
static void
settle(struct conversation *conversation)
{
    struct request *request;
    while ((request = confirmations_next(&conversation->confirmations)) != NULL) {
        settling_end(conversation, request, NULL);
    }
}

/* Fails the oldest subscription that is under way. False: there is none. */
static bool
settling_fail(struct conversation *conversation, const struct error *err)
{
    struct request *request = confirmations_drop(&conversation->confirmations);
    if (request) {
        settling_end(conversation, request, err);
    }
    return request != NULL;
}

static bool
settling_lose(struct conversation *conversation)
{
    struct error err = {"", ""};
    error_set(&err, "SHARDDOWN", "the connection to the shard was lost");
    return settling_fail(conversation, &err);
}

void
conversation_reset(struct conversation *conversation)
{
    conversation_close_multi(conversation);
    if (conversation->command) {
        session_command_abandon(conversation->command);
        conversation->command = NULL;
    }
    session_close(conversation->session); /* calls that wait there are told, and go */
    conversation->session = NULL;
    conversation->is_watching = conversation->is_subscribed = false;
    conversation->nsubscribed = conversation->nsharded = 0;
    ears_close(&conversation->ears);
    channel_set_clear(&conversation->channels);
    while (settling_lose(conversation)) {
    }
}

/* -- the session ------------------------------------------------------------------------------- */

/*
 * Reads "*3 subscribe channel :2", the number of subscriptions now. SSUBSCRIBE and SUNSUBSCRIBE
 * have a count of their own.
 */
static void
take_number(struct conversation *conversation, struct slice bytes)
{
    static const struct slice WORD = SLICE_LIT("subscribe\r\n"), SSUB = SLICE_LIT("\nssubscribe"),
                              SUNSUB = SLICE_LIT("\nsunsubscribe");
    const char *colon = bytes.len ? memrchr(bytes.ptr, ':', bytes.len) : NULL;
    int64_t n;
    if (colon && memmem(bytes.ptr, bytes.len < 32 ? bytes.len : 32, WORD.ptr, WORD.len) &&
        slice_to_int64(slice_of(colon + 1, (size_t) (bytes.ptr + bytes.len - colon) - 3), &n)) {
        size_t head = bytes.len < 32 ? bytes.len : 32;
        bool is_sharded = memmem(bytes.ptr, head, SSUB.ptr, SSUB.len) != NULL ||
                          memmem(bytes.ptr, head, SUNSUB.ptr, SUNSUB.len) != NULL;
        *(is_sharded ? &conversation->nsharded : &conversation->nsubscribed) = n;
        conversation->is_subscribed =
            is_listening(conversation) || confirmations_are_awaited(&conversation->confirmations);
    }
}

/* The session has answered a command whole. */
static void
on_mark(struct conversation *conversation)
{
    struct slot_subscription *sharded = conversation->sharded;
    if (!sharded || !redirect_follow(&sharded->redirect, strbuf_slice(&sharded->elsewhere))) {
        confirmations_mark(&conversation->confirmations);
        settle(conversation);
    }
}

static void
on_push(void *arg, struct slice bytes)
{
    struct conversation *conversation = arg;
    if (confirmations_are_awaited(&conversation->confirmations) && ears_is_mark(bytes)) {
        on_mark(conversation);
        return;
    }
    if (conversation->sharded &&
        executor_is_cluster(client_services(conversation->client)->executor) &&
        redirect_is(bytes)) {
        strbuf_append(&conversation->sharded->elsewhere, bytes);
        return;
    }
    take_number(conversation, bytes);
    confirmations_take(&conversation->confirmations, bytes);
}

/* Confirms a subscription only when messages from all shards reach the client. */
static void
on_ear_confirmed(void *arg)
{
    settle(arg);
}

void
conversation_tell_ears(struct conversation *conversation, size_t own, const struct slice *args,
                       size_t nargs)
{
    struct executor *executor = client_services(conversation->client)->executor;
    if (!executor_is_cluster(executor)) {
        conversation->ears.on_confirmed = on_ear_confirmed;
        conversation->ears.arg = conversation;
        ears_tell(&conversation->ears, executor, own, client_is_resp3(conversation->client), args,
                  nargs);
    }
}

static bool
conversation_tick(struct conversation *conversation, int64_t now_ms)
{
    int64_t timeout_ms = client_services(conversation->client)->config->shard_timeout_ms;
    return conversation->ears.first && ears_tick(&conversation->ears, now_ms, timeout_ms);
}

/*
 * A client that subscribes or watches must learn of the loss. For a blocking command its error is
 * enough, and for an SSUBSCRIBE on its way to another shard.
 */
static void
on_lost(void *arg, const char *why)
{
    struct conversation *conversation = arg;
    (void) why;
    if (conversation->is_subscribed) {
        client_kill(conversation->client);
    } else {
        (void) settling_lose(conversation);
    }
}

static void
on_wait_ended(void *arg, bool has_waited)
{
    struct conversation *conversation = arg;
    client_wait_ended(conversation->client, has_waited);
}

static const struct session_owner OWNER = {on_push, on_lost, on_wait_ended};

struct session *
conversation_session(struct conversation *conversation, size_t shard, bool resp3, struct error *err)
{
    struct session *session = conversation->session;
    if (session && session_is_at(session, shard, resp3)) {
        return session;
    }
    if (conversation->is_subscribed) {
        error_set(err, "CROSSSLOT", "this connection subscribes at another shard");
        return NULL;
    }
    if (conversation->is_watching && session) {
        error_set(err, "CROSSSLOT",
                  "this connection watches keys of another shard: give their names the same {tag}");
        return NULL;
    }
    session_free(session);
    conversation->asks = false;
    struct services *services = client_services(conversation->client);
    conversation->session =
        session_new(executor_shards(services->executor), shard, resp3, &OWNER, conversation);
    return conversation->session;
}

bool
conversation_joins(const struct conversation *conversation, size_t shard)
{
    bool resp3 = client_is_resp3(conversation->client);
    return !confirmations_are_awaited(&conversation->confirmations) ||
           (conversation->session && session_is_at(conversation->session, shard, resp3));
}

/* -- sharded channels -------------------------------------------------------------------------- */

static bool
slot_subscribe(struct conversation *conversation, struct error *err)
{
    struct redirect *redirect = &conversation->sharded->redirect;
    strbuf_clear(&conversation->sharded->elsewhere);
    if (!shards_has(redirect->shards, redirect->shard)) {
        redirect_wait(redirect, "no node of the cluster is known to serve it");
        return true;
    }
    conversation->is_subscribed = is_listening(conversation);
    struct session *session = conversation_session(conversation, redirect->shard,
                                                   client_is_resp3(conversation->client), err);
    if (session) {
        conversation->is_subscribed = true;
        session_write_bytes(session, strbuf_slice(&conversation->sharded->bytes));
        ears_mark_ask(session);
    }
    return session != NULL;
}

static void
slot_go(void *arg, const struct error *err)
{
    struct conversation *conversation = arg;
    struct error why = {"", ""};
    if (!err && !slot_subscribe(conversation, &why)) {
        err = &why;
    }
    if (err) {
        (void) settling_fail(conversation, err);
    }
}

bool
conversation_subscribe_slot(struct conversation *conversation, unsigned slot,
                            const struct slice *args, size_t nargs, struct request *request,
                            struct error *err)
{
    struct executor *executor = client_services(conversation->client)->executor;
    struct slot_subscription *sharded = must_alloc(sizeof *sharded);
    redirect_init(&sharded->redirect, executor_shards(executor), slot, slot_go, conversation);
    sharded->redirect.is_whole = true;
    strbuf_init(&sharded->bytes);
    strbuf_init(&sharded->elsewhere);
    command_append(&sharded->bytes, args, nargs);
    conversation->sharded = sharded;
    if (!slot_subscribe(conversation, err)) {
        slot_subscription_free(sharded);
        conversation->sharded = NULL;
        return false;
    }
    confirmations_await(&conversation->confirmations, request);
    request_hold(request);
    return true;
}

/* -- what has changed since ------------------------------------------------------------------ */

static bool
channel_is_heard(void *arg, enum channel_kind kind, struct slice name)
{
    return acl_user_hears(arg, name, kind == CHANNEL_PATTERN);
}

bool
conversation_may_listen(const struct conversation *conversation, const struct acl_user *user)
{
    return !conversation->is_subscribed ||
           channel_set_all(&conversation->channels, channel_is_heard, (void *) user);
}

void
conversation_recheck(struct conversation *conversation)
{
    if (conversation->command) {
        session_command_recheck(conversation->command);
    }
}

/* -- for the clients --------------------------------------------------------------------------- */

static void
conversation_measure(const struct conversation *conversation, struct conversation_sizes *sizes)
{
    *sizes = (struct conversation_sizes){
        .nsubscribed = conversation->nsubscribed,
        .nqueued = conversation->is_open ? (int64_t) conversation->ncommands : -1,
        .queued_bytes = conversation->commands.len,
        .own_bytes = sizeof *conversation,
    };
}

const struct client_conversations *
conversation_hooks(void)
{
    static const struct client_conversations HOOKS = {
        .open = conversation_open,
        .free = conversation_free,
        .end = conversation_reset,
        .waits = conversation_waits,
        .end_wait = conversation_end_wait,
        .tick = conversation_tick,
        .measure = conversation_measure,
    };
    return &HOOKS;
}

size_t
conversation_count_blocked(const struct client_list *clients)
{
    size_t n = 0;
    LIST_EACH (struct client_node, node, &clients->connected, in_list) {
        const struct session *session = client_conversation(node->client)->session;
        n += session && session_is_blocked(session);
    }
    return n;
}
