/*
 * SUBSCRIBE and its kin: a session at one shard, whose replies all go to the client as they come.
 * in: SUBSCRIBE news; out: confirmations and messages.
 *
 * All channels and patterns are kept at the first shard, and PUBLISH goes there. What scripts and
 * transactions publish at other shards is heard by ears (server/proxy/ears.h). In a cluster any
 * node will do, since nodes tell each other. Sharded channels (SSUBSCRIBE, SPUBLISH) are at the
 * shard of their slot.
 */
#include "base/slot.h"
#include "executor/executor.h"
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

/* UNSUBSCRIBE takes the same way if nothing is subscribed. */
static enum command_outcome
listen_run(struct call *call, bool begins)
{
    struct conversation *conversation = client_conversation(call->client);
    const struct executor *executor = call->services->executor;
    struct error err = {"", ""};
    size_t shard = executor_any_shard(executor);
    if (!executor_has_shard(executor, shard)) {
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
    if (begins) {
        conversation_tell_ears(conversation, shard, call->args, call->nargs);
    }
    session_write(session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

static enum command_outcome
subscribe_run(struct call *call)
{
    enum command_outcome outcome = listen_run(call, true);
    if (outcome == COMMAND_RUNS) {
        channels_add(call);
    }
    return outcome;
}

/* Subscribes at the shard that has all these channels. */
static enum command_outcome
ssubscribe_run(struct call *call)
{
    unsigned slot = key_slot(call->args[1]);
    struct error err = {"", ""};
    bool is_one_slot = true;
    for (size_t i = 2; i < call->nargs; i++) {
        is_one_slot = is_one_slot && key_slot(call->args[i]) == slot;
    }
    if (!is_one_slot) {
        (void) error_set(&err, "CROSSSLOT", ROUTE_CROSSSLOT);
    }
    if (!is_one_slot ||
        !conversation_subscribe_slot(client_conversation(call->client), slot, call->args,
                                     call->nargs, call->request, &err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    channels_add(call);
    return COMMAND_RUNS;
}

/* Redis confirms even if nothing is subscribed. */
static enum command_outcome
unsubscribe_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (!conversation->is_subscribed) {
        return listen_run(call, false);
    }
    channels_remove(call);
    if ((enum channel_kind) call->command->op != CHANNEL_SHARDED && conversation->ears.first) {
        conversation_tell_ears(conversation, executor_any_shard(call->services->executor),
                               call->args, call->nargs);
    }
    session_write(conversation->session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

static const struct command COMMANDS[] = {
    {.name = "subscribe",
     .arity = -2,
     .class = REQUEST_ALONE,
     .run = subscribe_run,
     .op = CHANNEL_PLAIN,
     .is_without_rows = true,
     .arguments = "channel [channel ...]",
     .summary = "Listens to channels"},
    {.name = "psubscribe",
     .arity = -2,
     .class = REQUEST_ALONE,
     .run = subscribe_run,
     .op = CHANNEL_PATTERN,
     .is_without_rows = true,
     .arguments = "pattern [pattern ...]",
     .summary = "Listens to channels that match patterns"},
    {.name = "ssubscribe",
     .arity = -2,
     .class = REQUEST_ALONE,
     .run = ssubscribe_run,
     .op = CHANNEL_SHARDED,
     .is_without_rows = true,
     .arguments = "channel [channel ...]",
     .summary = "Listens to sharded channels"},
    {.name = "unsubscribe",
     .arity = -1,
     .class = REQUEST_ALONE,
     .run = unsubscribe_run,
     .op = CHANNEL_PLAIN,
     .is_without_rows = true,
     .arguments = "[channel ...]",
     .summary = "Listens no more"},
    {.name = "punsubscribe",
     .arity = -1,
     .class = REQUEST_ALONE,
     .run = unsubscribe_run,
     .op = CHANNEL_PATTERN,
     .is_without_rows = true,
     .arguments = "[pattern ...]",
     .summary = "Listens no more"},
    {.name = "sunsubscribe",
     .arity = -1,
     .class = REQUEST_ALONE,
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
