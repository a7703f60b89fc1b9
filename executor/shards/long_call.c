/*
 * Long calls run commands that may take seconds, each over a connection of its own; a shard has a
 * few. in: a command for a shard; out: its reply, by a connection that no other call uses.
 *
 *     WAITING --a connection is free, or one more may be made--> SENT --reply, or lost--> told
 *        |                                                        |
 *        +-- cancel: forgotten                                    +-- cancel: connection closed
 */
#include "executor/shards/long_call.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/must.h"
#include "executor/shards/session.h"
#include "executor/shards/shard.h"
#include "executor/shards/shards_parts.h"

enum { MOST_CONNECTIONS = 32, MOST_IDLE = 8 };

/* One connection: it works for a call, or is idle. */
struct crew_member {
    struct crew *crew;
    struct session *session;
    struct long_call *call; /* NULL: idle */
    struct list in_members; /* of the crew */
};

/* A shard's connections. */
struct crew {
    struct crew *next; /* of all shards */
    struct shards *shards;
    size_t shard;
    size_t nmembers, nidle;
    struct list members;
    struct list waiting; /* long_call, the oldest first */
};

struct long_call {
    struct crew *crew;
    struct crew_member *member; /* NULL: it waits */
    struct list in_waiting;     /* of the crew */
    struct strbuf command;
    struct reply_collector *collector; /* of the reply that will come */
    reply_fn *fn;
    void *arg;
};

static void
call_free(struct long_call *call)
{
    strbuf_fini(&call->command);
    free(call);
}

/* ---- Connections ---- */

/* Drops what a connection still waits for; it is closed a moment later. */
static void
member_dismiss(struct crew_member *member)
{
    struct crew *crew = member->crew;
    list_remove(&member->in_members);
    crew->nmembers--;
    crew->nidle -= member->call == NULL;
    session_free(member->session);
    free(member);
}

/* A connection at work is told by the end of its call. */
static void
on_lost(void *arg, const char *why)
{
    (void) why;
    struct crew_member *member = arg;
    if (!member->call) {
        member_dismiss(member);
    }
}

static const struct session_owner SESSION_OWNER = {NULL, on_lost, NULL};

static struct crew_member *
member_new(struct crew *crew)
{
    struct crew_member *member = must_alloc(sizeof *member);
    member->crew = crew;
    member->session = session_new(crew->shards, crew->shard, false, &SESSION_OWNER, member);
    list_add_first(&crew->members, &member->in_members);
    crew->nmembers++;
    crew->nidle++;
    return member;
}

static struct crew *
crew_of(struct shards *shards, size_t shard)
{
    struct crew *crew = shards->crews;
    while (crew && crew->shard != shard) {
        crew = crew->next;
    }
    if (!crew) {
        crew = must_alloc(sizeof *crew);
        crew->shards = shards;
        crew->shard = shard;
        list_init(&crew->members);
        list_init(&crew->waiting);
        crew->next = shards->crews;
        shards->crews = crew;
    }
    return crew;
}

/* Finds an idle connection. NULL: all are at work. */
static struct crew_member *
crew_find(struct crew *crew)
{
    LIST_EACH (struct crew_member, member, &crew->members, in_members) {
        if (!member->call) {
            return member;
        }
    }
    return crew->nmembers < MOST_CONNECTIONS ? member_new(crew) : NULL;
}

static void on_reply(void *arg, const struct resp_value *reply, const struct error *err);

static void
call_send(struct long_call *call, struct crew_member *member)
{
    call->member = member;
    member->call = call;
    member->crew->nidle--;
    call->collector =
        reply_collector_new(shard_name(call->crew->shards->at[call->crew->shard]), on_reply, call);
    session_call_bytes(member->session, strbuf_slice(&call->command), reply_collect,
                       call->collector);
    strbuf_fini(&call->command);
    strbuf_init(&call->command);
}

/* Sends calls that wait, as long as there are connections for them. */
static void
crew_go_on(struct crew *crew)
{
    struct crew_member *member;
    while (!list_is_empty(&crew->waiting) && (member = crew_find(crew)) != NULL) {
        struct long_call *call = LIST_FIRST(&crew->waiting, struct long_call, in_waiting);
        list_remove(&call->in_waiting);
        call_send(call, member);
    }
}

/* The call has its answer, or the connection is lost. */
static void
member_release(struct crew_member *member)
{
    member->call = NULL;
    member->crew->nidle++;
    if (session_is_lost(member->session) || member->crew->nidle > MOST_IDLE) {
        member_dismiss(member);
    }
}

/* ---- Calls ---- */

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct long_call *call = arg;
    struct crew *crew = call->crew;
    reply_fn *fn = call->fn;
    void *fn_arg = call->arg;
    member_release(call->member);
    call_free(call);
    crew_go_on(crew);
    fn(fn_arg, reply, err);
}

bool
long_call_start(struct shards *shards, size_t shard, const struct slice *args, size_t nargs,
                reply_fn *fn, void *arg, struct long_call **out, struct error *err)
{
    if (!shard_link(shards->at[shard], LANE_COUNTS, err)) {
        return false;
    }
    struct crew *crew = crew_of(shards, shard);
    struct long_call *call = must_alloc(sizeof *call);
    call->crew = crew;
    call->fn = fn;
    call->arg = arg;
    strbuf_init(&call->command);
    command_append(&call->command, args, nargs);
    list_add_last(&crew->waiting, &call->in_waiting);
    crew_go_on(crew);
    *out = call;
    return true;
}

/* Takes a call off its connection, which is closed, or out of the calls that wait. */
static void
call_withdraw(struct long_call *call)
{
    if (call->member) {
        member_dismiss(call->member);
        reply_collector_free(call->collector);
    } else {
        list_remove(&call->in_waiting);
    }
}

void
long_call_cancel(struct long_call *call)
{
    struct crew *crew = call->crew;
    call_withdraw(call);
    call_free(call);
    crew_go_on(crew);
}

/* Tells the owner of a call, who then frees what belongs to it. */
static void
call_end(struct long_call *call, const struct error *err)
{
    reply_fn *fn = call->fn;
    void *arg = call->arg;
    call_withdraw(call);
    call_free(call);
    fn(arg, NULL, err);
}

void
long_call_end_all(struct shards *shards)
{
    struct error err = {"", ""};
    error_set(&err, "SHARDDOWN", "the server is shutting down");
    while (shards->crews) {
        struct crew *crew = shards->crews;
        while (!list_is_empty(&crew->waiting)) {
            call_end(LIST_FIRST(&crew->waiting, struct long_call, in_waiting), &err);
        }
        struct crew_member *member = LIST_FIRST(&crew->members, struct crew_member, in_members);
        if (member && member->call) {
            call_end(member->call, &err);
            continue;
        }
        if (member) {
            member_dismiss(member);
            continue;
        }
        shards->crews = crew->next;
        free(crew);
    }
}
