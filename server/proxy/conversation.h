/*
 * The state of a client that outlives one command: MULTI's commands, WATCH, subscriptions, and the
 * client's own connection to a shard (executor/shards/session.h). WATCH, subscriptions and blocking
 * commands need that connection.
 *
 *     MULTI            is_open: commands are checked and kept, +QUEUED
 *     EXEC             all of them go to their shard in one piece, MULTI ... EXEC
 *     WATCH k          a session to k's shard; EXEC then goes there
 *     SUBSCRIBE c      a session whose replies all go to the client as they come
 */
#ifndef QUIPU_SERVER_PROXY_CONVERSATION_H
#define QUIPU_SERVER_PROXY_CONVERSATION_H

#include "executor/shards/script_user.h"
#include "executor/shards/session.h"
#include "server/client/call.h"
#include "server/proxy/channel_set.h"
#include "server/proxy/confirmations.h"
#include "server/proxy/ears.h"

struct acl_user;
struct client_conversations;
struct client_list;
struct session_command;
struct slot_subscription;

struct conversation {
    struct client *client;
    struct session *session;         /* NULL: none */
    struct session_command *command; /* WATCH or a blocking command under way; or NULL */
    bool is_watching;
    bool has_lost_watch; /* a watched key's slot went to another shard: EXEC answers null */
    bool asks;           /* the session is to the shard to which a slot is being moved */
    bool is_subscribed;  /* or is about to be, or was until the last confirmation */
    int64_t nsubscribed; /* channels and patterns, by the shard's last reply */
    int64_t nsharded;    /* sharded channels */
    struct ears ears;    /* connections to the other shards */
    struct confirmations confirmations;
    struct channel_set channels;
    unsigned watched_slot;
    struct slot_subscription *sharded; /* an SSUBSCRIBE in a cluster that is under way; or NULL */
    /* MULTI */
    bool is_open;
    bool is_dirty; /* a command was refused, so EXEC will be too */
    bool has_slot;
    unsigned slot; /* the slot of all its keys */
    struct strbuf commands;
    size_t *ends;                    /* each command's end in commands */
    size_t ncommands, ends_capacity; /* capacity: of ends and asked_ends */
    struct strbuf asked;             /* the commands as the client sent them, where rows were
                                        renamed */
    size_t *asked_ends;              /* each command's end in asked; no bytes there: see commands */
    uint64_t user_version;           /* acl_user_version when MULTI began */
    bool has_script;                 /* a script that may use only `keys` is among them */
    struct script_keys keys;         /* the keys of all commands */
};

/* The functions by which clients begin, watch and end their conversations. */
const struct client_conversations *conversation_hooks(void);
/* The number of clients that wait in a blocking command. */
size_t conversation_count_blocked(const struct client_list *clients);
/* Ends everything: the client has left, or begins again (RESET). */
void conversation_reset(struct conversation *conversation);
/* The client has changed its protocol. The session changes it too. */
void conversation_set_resp3(struct conversation *conversation, bool resp3);
/* True if a command waits at its session. */
bool conversation_is_blocked(const struct conversation *conversation);
/* Sends the other shards the command that was sent to the client's own session. */
void conversation_tell_ears(struct conversation *conversation, size_t own, const struct slice *args,
                            size_t nargs);
/* Forgets MULTI's commands. */
void conversation_close_multi(struct conversation *conversation);
/* Stops watching keys. */
void conversation_unwatch(struct conversation *conversation);
/*
 * The client's session to a shard: its present one, or a new one. NULL, with ERR: the client
 * watches or subscribes at another shard.
 */
struct session *conversation_session(struct conversation *conversation, size_t shard, bool resp3,
                                     struct error *err);

/*
 * Whether a subscription at this shard may be under way together with those that are: they go over
 * the same session.
 */
bool conversation_joins(const struct conversation *conversation, size_t shard);
/*
 * For SSUBSCRIBE in a cluster: subscribes at the shard that owns the slot. The request ends as with
 * conversation_settle, and holds up all later requests, since nodes may send the command on to
 * another shard. False, with err: the client watches or subscribes at another shard.
 */
bool conversation_subscribe_slot(struct conversation *conversation, unsigned slot,
                                 const struct slice *args, size_t nargs, struct request *request,
                                 struct error *err);
/*
 * Call it after a command was written to the session, and told to the ears if they are concerned.
 * The request is done when all shards' answers to the command have come and gone to the client.
 */
void conversation_settle(struct conversation *conversation, struct request *request);
/* Whether the user may listen to everything that this client listens to. */
bool conversation_may_listen(const struct conversation *conversation, const struct acl_user *user);
/* Rights have changed: a blocked command that is no longer allowed soon stops waiting. */
void conversation_recheck(struct conversation *conversation);
#endif
