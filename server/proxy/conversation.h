/*
 * What a client has under way that outlasts one command: MULTI's commands, WATCH, subscriptions,
 * and the connection of its own to a shard (executor/shards/session.h) that the last two, and blocking
 * commands, need.
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
#include "server/proxy/ears.h"

struct acl_user;
struct client_conversations;
struct client_list;
struct session_command;
struct slot_subscription;

struct conversation {
    struct client *client;
    struct session *session;         /* NULL: none */
    struct session_command *command; /* WATCH or a blocking one, under way; or NULL */
    bool is_watching;
    bool has_lost_watch; /* of a key that went to another shard: EXEC answers null */
    bool asks;           /* the session is to the shard that a slot is on its way to */
    bool is_subscribed;
    int64_t nsubscribed;     /* channels and patterns, as the shard last said */
    int64_t nsharded;        /* sharded channels */
    struct ears ears;        /* at the other shards */
    struct strbuf confirmed; /* by the session, while the ears are being told */
    bool is_marked;          /* it has said all, and they have not */
    struct channel_set channels;
    unsigned watched_slot;
    struct request *settling; /* a subscription whose confirmations are on their way; or NULL */
    struct slot_subscription *sharded; /* that one, where its channels are a slot's; or NULL */
    /* MULTI */
    bool is_open;
    bool is_dirty; /* a command was refused: EXEC will be */
    bool has_slot;
    unsigned slot; /* of all its keys */
    struct strbuf commands;
    size_t *ends;                    /* of each, in commands */
    size_t ncommands, ends_capacity; /* of ends and asked_ends */
    struct strbuf asked;             /* the same as the client sent them, where rows were renamed */
    size_t *asked_ends;              /* of each, in asked; none of it: it is in commands */
    uint64_t user_version;           /* acl_user_version when MULTI began */
    bool has_script;                 /* that may not use all keys: */
    struct script_keys keys;         /* those of all commands */
};

/* For the clients: how their conversations begin, are asked about, and end. */
const struct client_conversations *conversation_hooks(void);
/* How many of these clients wait in a blocking command. */
size_t conversation_count_blocked(const struct client_list *clients);
/* Ends all of it: the client has left, or begins anew. */
void conversation_reset(struct conversation *conversation);
/* The client has changed its protocol: so does its session. */
void conversation_set_resp3(struct conversation *conversation, bool resp3);
/* A command waits at its session. */
bool conversation_is_blocked(const struct conversation *conversation);
/* The other shards are told what the one that the client subscribes at is told. */
void conversation_tell_ears(struct conversation *conversation, size_t own, const struct slice *args,
                            size_t nargs);
/* Forgets MULTI's commands. */
void conversation_close_multi(struct conversation *conversation);
/* No key is watched any more. */
void conversation_unwatch(struct conversation *conversation);
/*
 * The client's session to a shard: the one it has, or a new one. NULL, and ERR: it watches or
 * subscribes elsewhere.
 */
struct session *conversation_session(struct conversation *conversation, size_t shard, bool resp3,
                                     struct error *err);

/*
 * Subscribes, at the shard that owns the slot: SSUBSCRIBE. The request ends as by
 * conversation_settle. False, with err: the connection watches or subscribes elsewhere.
 */
bool conversation_subscribe_slot(struct conversation *conversation, unsigned slot,
                                 const struct slice *args, size_t nargs, struct request *request,
                                 struct error *err);
/*
 * Behind a command that was written to the session: the request, which holds up all that follow, is
 * done when the shard's answers to it have gone to the client.
 */
void conversation_settle(struct conversation *conversation, struct request *request);
/* Whether the user may listen to all that this one listens to. */
bool conversation_may_listen(const struct conversation *conversation, const struct acl_user *user);
/* Rights have changed: a blocked command that is not allowed any more stops waiting, soon. */
void conversation_recheck(struct conversation *conversation);
#endif
