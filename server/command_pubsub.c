/*
 * SUBSCRIBE and theirs: a session at one shard, whose every reply goes to the client as it comes.
 * in: SUBSCRIBE news; out: confirmations and messages.
 *
 * All channels and patterns are kept at one shard, the first, and PUBLISH goes there; in a cluster
 * any node will do, since nodes tell each other. Sharded channels (SSUBSCRIBE, SPUBLISH) are at the
 * shard of their slot.
 */
#include "server/client.h"
#include "server/command_families.h"
#include "server/conversation.h"
#include "server/forward.h"
#include "server/server.h"

static enum command_outcome
subscribe_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    const struct executor *executor = call->server->executor;
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
    session_write(session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

/* At the shard of all these channels. */
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
        (void) error_set(&err, "CROSSSLOT", "Keys in request don't hash to the same slot");
    }
    if (!is_one_slot ||
        !conversation_subscribe_slot(client_conversation(call->client), slot, call->args,
                                     call->nargs, call->request, &err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    return COMMAND_RUNS;
}

/* Where nothing is subscribed, Redis confirms all the same. */
static enum command_outcome
unsubscribe_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (!conversation->is_subscribed) {
        return subscribe_run(call);
    }
    session_write(conversation->session, call->args, call->nargs);
    conversation_settle(conversation, call->request);
    return COMMAND_RUNS;
}

#define PUBSUB(name, arity, run, arguments, summary)                                               \
    {                                                                                              \
        name, arity, REQUEST_ALONE, run, 0, false, 0, 0, 0, arguments, summary, NULL               \
    }

static const struct command COMMANDS[] = {
    PUBSUB("subscribe", -2, subscribe_run, "channel [channel ...]", "Listens to channels"),
    PUBSUB("psubscribe", -2, subscribe_run, "pattern [pattern ...]",
           "Listens to channels that match patterns"),
    PUBSUB("ssubscribe", -2, ssubscribe_run, "channel [channel ...]",
           "Listens to sharded channels"),
    PUBSUB("unsubscribe", -1, unsubscribe_run, "[channel ...]", "Listens no more"),
    PUBSUB("punsubscribe", -1, unsubscribe_run, "[pattern ...]", "Listens no more"),
    PUBSUB("sunsubscribe", -1, unsubscribe_run, "[channel ...]", "Listens no more"),
};

struct command_family
command_pubsub_family(void)
{
    return (struct command_family){"pubsub", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
