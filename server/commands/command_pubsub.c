/*
 * SUBSCRIBE and its kin: a session at one shard, whose replies all go to the client as they come.
 * in: SUBSCRIBE news; out: confirmations and messages.
 *
 * All channels and patterns are kept at the first shard, and PUBLISH goes there. What scripts and
 * transactions publish at other shards is heard by ears (server/proxy/ears.h). In a cluster any
 * node will do, since nodes tell each other. Sharded channels (SSUBSCRIBE, SPUBLISH) are at the
 * shard of their slot.
 *
 * Clients send the job that will be answered by a message right behind SUBSCRIBE, over another
 * connection, and do not wait for the confirmation. So the commands go to the shards as they come,
 * any number at a time (server/proxy/confirmations.h). Only one that is for another shard, and an
 * SSUBSCRIBE in a cluster, wait for the confirmations of those before.
 */
#include "base/slot.h"
#include "executor/executor.h"
#include "executor/shards/shards.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/proxy/conversation.h"
#include "server/proxy/forward.h"
#include "server/table/services.h"

/* Notes the channels that the client will listen to. */
static void
channels_add(const struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    for (size_t i = 1; i < call->nargs; i++) {
        channel_set_add(&conversation->channels, (enum channel_kind) call->command->op,
                        call->args[i]);
    }
}

static void
channels_remove(const struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    enum channel_kind kind = (enum channel_kind) call->command->op;
    for (size_t i = 1; i < call->nargs; i++) {
        channel_set_remove(&conversation->channels, kind, call->args[i]);
    }
    if (call->nargs == 1) {
        channel_set_remove_all(&conversation->channels, kind);
    }
}

/* The shard at which the call subscribes, or at which it may end subscriptions. */
static size_t
listen_shard(const struct call *call)
{
    struct executor *executor = call->services->executor;
    return (enum channel_kind) call->command->op == CHANNEL_SHARDED && call->nargs > 1
               ? shards_owner(executor_shards(executor), key_slot(call->args[1]))
               : executor_any_shard(executor);
}

static enum request_class
listen_class(const struct call *call)
{
    return conversation_joins(client_conversation(call->client), listen_shard(call))
               ? REQUEST_LISTEN
               : REQUEST_ALONE;
}

static enum request_class
ssubscribe_class(const struct call *call)
{
    return executor_is_cluster(call->services->executor) ? REQUEST_ALONE : listen_class(call);
}

/* Writes the call to a session at that shard. UNSUBSCRIBE takes this way if nothing is subscribed. */
static enum command_outcome
listen_run(struct call *call, size_t shard, bool has_ears)
{
    struct conversation *conversation = client_conversation(call->client);
    struct error err = {"", ""};
    if (!executor_has_shard(call->services->executor, shard)) {
        (void) error_set(&err, "SHARDDOWN", "no shard is known for these channels");
    }
    struct session *session =
        error_is_set(&err)
            ? NULL
            : conversation_session(conversation, shard, client_is_resp3(call->client), &err);
    if (!session) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    conversation->is_subscribed = true;
    if (has_ears) {
        conversation_tell_ears(conversation, shard, call->args, call->nargs);
    }
    session_write(session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

static enum command_outcome
subscribe_run(struct call *call)
{
    enum command_outcome outcome = listen_run(call, listen_shard(call), true);
    if (outcome == COMMAND_RUNS) {
        channels_add(call);
    }
    return outcome;
}

/* In a cluster: over the nodes that have the slot. */
static enum command_outcome
slot_listen_run(struct call *call)
{
    struct error err = {"", ""};
    if (!conversation_subscribe_slot(client_conversation(call->client), key_slot(call->args[1]),
                                     call->args, call->nargs, call->request, &err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    return COMMAND_RUNS;
}

/* Subscribes at the shard that has all these channels. */
static enum command_outcome
ssubscribe_run(struct call *call)
{
    unsigned slot = key_slot(call->args[1]);
    bool is_one_slot = true;
    for (size_t i = 2; i < call->nargs; i++) {
        is_one_slot = is_one_slot && key_slot(call->args[i]) == slot;
    }
    if (!is_one_slot) {
        resp_write_error_text(call->out, slice_lit("CROSSSLOT " ROUTE_CROSSSLOT));
        return COMMAND_REPLIED;
    }
    enum command_outcome outcome = executor_is_cluster(call->services->executor)
                                       ? slot_listen_run(call)
                                       : listen_run(call, listen_shard(call), false);
    if (outcome == COMMAND_RUNS) {
        channels_add(call);
    }
    return outcome;
}

/* Redis confirms even if nothing is subscribed. */
static enum command_outcome
unsubscribe_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    const struct ears *ears = &conversation->ears;
    size_t shard = executor_any_shard(call->services->executor);
    if (!conversation->is_subscribed) {
        return listen_run(call, shard, false);
    }
    channels_remove(call);
    if ((enum channel_kind) call->command->op != CHANNEL_SHARDED && ears->first &&
        !ears->is_resting) {
        conversation_tell_ears(conversation, shard, call->args, call->nargs);
    }
    session_write(conversation->session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

static const struct command COMMANDS[] = {
    {.name = "subscribe",
     .arity = -2,
     .class = REQUEST_LISTEN,
     .class_now = listen_class,
     .run = subscribe_run,
     .op = CHANNEL_PLAIN,
     .is_without_rows = true,
     .arguments = "channel [channel ...]",
     .summary = "Listens to channels"},
    {.name = "psubscribe",
     .arity = -2,
     .class = REQUEST_LISTEN,
     .class_now = listen_class,
     .run = subscribe_run,
     .op = CHANNEL_PATTERN,
     .is_without_rows = true,
     .arguments = "pattern [pattern ...]",
     .summary = "Listens to channels that match patterns"},
    {.name = "ssubscribe",
     .arity = -2,
     .class = REQUEST_LISTEN,
     .class_now = ssubscribe_class,
     .run = ssubscribe_run,
     .op = CHANNEL_SHARDED,
     .is_without_rows = true,
     .arguments = "channel [channel ...]",
     .summary = "Listens to sharded channels"},
    {.name = "unsubscribe",
     .arity = -1,
     .class = REQUEST_LISTEN,
     .class_now = listen_class,
     .run = unsubscribe_run,
     .op = CHANNEL_PLAIN,
     .is_without_rows = true,
     .arguments = "[channel ...]",
     .summary = "Listens no more"},
    {.name = "punsubscribe",
     .arity = -1,
     .class = REQUEST_LISTEN,
     .class_now = listen_class,
     .run = unsubscribe_run,
     .op = CHANNEL_PATTERN,
     .is_without_rows = true,
     .arguments = "[pattern ...]",
     .summary = "Listens no more"},
    {.name = "sunsubscribe",
     .arity = -1,
     .class = REQUEST_LISTEN,
     .class_now = listen_class,
     .run = unsubscribe_run,
     .op = CHANNEL_SHARDED,
     .is_without_rows = true,
     .arguments = "[channel ...]",
     .summary = "Listens no more"},
};

struct command_family
command_pubsub_family(void)
{
    return (struct command_family){"pubsub", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
