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

static size_t
first_shard(const struct executor *executor)
{
    size_t shard = 0;
    while (shard + 1 < executor_nshards(executor) && !executor_has_shard(executor, shard)) {
        shard++;
    }
    return shard;
}

/* The shard of all these channels; false, with the reply written, where it is not one. */
static bool
sharded_place(struct call *call, size_t *shard)
{
    unsigned slot = 0;
    for (size_t i = 1; i < call->nargs; i++) {
        unsigned next = key_slot(call->args[i]);
        if (i > 1 && next != slot) {
            resp_write_error_text(
                call->out, slice_lit("CROSSSLOT Keys in request don't hash to the same slot"));
            return false;
        }
        slot = next;
    }
    *shard = executor_shard_of_slot(call->server->executor, slot);
    return true;
}

static enum command_outcome
subscribe_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    const struct executor *executor = call->server->executor;
    struct error err = {"", ""};
    size_t shard = first_shard(executor);
    if (call->command->op && !sharded_place(call, &shard)) {
        return COMMAND_REPLIED;
    }
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

#define PUBSUB(name, arity, run, sharded, arguments, summary)                                      \
    {                                                                                              \
        name, arity, REQUEST_ALONE, run, sharded, false, 0, 0, 0, arguments, summary, NULL         \
    }

static const struct command COMMANDS[] = {
    PUBSUB("subscribe", -2, subscribe_run, 0, "channel [channel ...]", "Listens to channels"),
    PUBSUB("psubscribe", -2, subscribe_run, 0, "pattern [pattern ...]",
           "Listens to channels that match patterns"),
    PUBSUB("ssubscribe", -2, subscribe_run, 1, "channel [channel ...]",
           "Listens to sharded channels"),
    PUBSUB("unsubscribe", -1, unsubscribe_run, 0, "[channel ...]", "Listens no more"),
    PUBSUB("punsubscribe", -1, unsubscribe_run, 0, "[pattern ...]", "Listens no more"),
    PUBSUB("sunsubscribe", -1, unsubscribe_run, 0, "[channel ...]", "Listens no more"),
};

struct command_family
command_pubsub_family(void)
{
    return (struct command_family){"pubsub", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
