/*
 * Gives each connection that asks a client inside the server, as many as there may be at a time, and lets the others
 * wait for their turn. in: commands' words; out: their replies.
 *
 * Example: 513 connections send a command at the same moment. 512 have a client each; the last one waits. The first
 * reply comes, its client is idle, and makes room: the last one is asked in the loop's next turn.
 */
#include "server/http/asker.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/config/config.h"
#include "server/http/inner_client.h"
#include "server/table/services.h"

enum {
    IDLE_MS = 3000, /* more than a user's rate limit looks back (server/client/throttle.h) */
    TURNS_AT_ONCE = 16,
    NEXT_TURN_MS = 1000,           /* the loop's next turn has come by then */
    WAITING_BYTES_MOST = 64 << 20, /* of all requests that wait, together */
};

struct askers {
    struct services *services;
    struct list with_client; /* the one used last at the end */
    size_t nclients;
    size_t nending;      /* in this turn of the loop; the far ends are closed in the next one */
    struct list waiting; /* the one that has waited for longest first */
    size_t waiting_bytes;
    struct event *turn; /* the loop's next turn: some of those that wait may be asked */
};

struct asker {
    struct askers *askers;
    const char *address, *local_address;
    const struct asker_events *events;
    void *arg;
    bool is_asked; /* also while it waits */
    struct inner_client *client;
    struct list in_with_client;
    struct access client_access; /* as which the client was made */
    int64_t used_ms;
    /* while it waits */
    struct list in_waiting;
    int64_t since_ms;
    struct asker_request request;
    size_t bytes; /* that it holds */
};

/* -- its life ---------------------------------------------------------------------------------- */

struct asker *
asker_new(struct askers *askers, const char *address, const char *local_address,
          const struct asker_events *events, void *arg)
{
    struct asker *asker = must_alloc(sizeof *asker);
    asker->askers = askers;
    asker->address = address;
    asker->local_address = local_address;
    asker->events = events;
    asker->arg = arg;
    list_init(&asker->in_with_client);
    list_init(&asker->in_waiting);
    return asker;
}

/* Soon, from the loop. */
static void
turn_come(struct askers *askers)
{
    static const struct timeval NOW = {0, 0};
    bool is_needed = askers->nending > 0 || !list_is_empty(&askers->waiting);
    if (is_needed && evtimer_add(askers->turn, &NOW) != 0) {
        out_of_memory();
    }
}

static void
client_end(struct asker *asker)
{
    if (asker->client) {
        list_remove(&asker->in_with_client);
        asker->askers->nclients--;
        asker->askers->nending++;
        turn_come(asker->askers);
    }
    inner_client_free(asker->client);
    asker->client = NULL;
    access_fini(&asker->client_access);
}

static void
wait_end(struct asker *asker)
{
    list_remove(&asker->in_waiting);
    asker->askers->waiting_bytes -= asker->bytes;
    asker->bytes = 0;
}

void
asker_end(struct asker *asker)
{
    asker->is_asked = false;
    client_end(asker);
    wait_end(asker);
}

void
asker_free(struct asker *asker)
{
    asker_end(asker);
    free(asker);
}

uint64_t
asker_client_id(const struct asker *asker)
{
    return asker->client ? inner_client_id(asker->client) : 0;
}

/* -- its client -------------------------------------------------------------------------------- */

static void
on_reply(void *arg, struct slice reply)
{
    struct asker *asker = arg;
    asker->used_ms = now_coarse_ms();
    list_remove(&asker->in_with_client);
    list_add_last(&asker->askers->with_client, &asker->in_with_client);
    asker->is_asked = false;
    turn_come(asker->askers);
    asker->events->on_reply(asker->arg, reply);
}

static bool
is_waiting(const struct asker *asker)
{
    return !list_is_empty(&asker->in_waiting);
}

static void
lost(struct asker *asker, const struct error *why)
{
    struct error cause = *why;
    bool was_asked = asker->is_asked;
    asker_end(asker);
    if (was_asked) {
        asker->events->on_lost(asker->arg, &cause);
    }
}

static void
on_lost(void *arg, const struct error *why)
{
    struct asker *asker = arg;
    if (is_waiting(asker)) {
        client_end(asker); /* it did nothing; another one will ask */
    } else {
        lost(asker, why);
    }
}

static const struct inner_client_events CLIENT_EVENTS = {.on_reply = on_reply, .on_lost = on_lost};

/*
 * Whether there may be another client now: of those that do nothing, the one that was idle for longest ends. Few do in
 * one turn of the loop, as files are not back before the next one.
 */
static bool
room_make(struct askers *askers)
{
    LIST_EACH (struct asker, other, &askers->with_client, in_with_client) {
        if (askers->nclients < ASKER_CLIENTS_MOST || askers->nending >= ASKER_ENDING_MOST) {
            break;
        }
        if (!other->is_asked || is_waiting(other)) {
            client_end(other);
        }
    }
    return askers->nclients < ASKER_CLIENTS_MOST &&
           askers->nclients + askers->nending < ASKER_CLIENTS_MOST + ASKER_ENDING_MOST;
}

static bool
client_fits(const struct asker *asker, const struct access *access)
{
    return asker->client && asker->client_access.user == access->user &&
           asker->client_access.is_authenticated == access->is_authenticated;
}

/* Asks by the client that the asker has, or by a new one, for which there is room. */
static void
client_ask(struct asker *asker, const struct asker_request *request)
{
    struct askers *askers = asker->askers;
    struct error err = {0};
    if (!asker->client) {
        const struct client_adoption adoption = {asker->address, asker->local_address,
                                                 request->access};
        if (!inner_client_open(askers->services, &adoption, &CLIENT_EVENTS, asker, &asker->client,
                               &err)) {
            lost(asker, &err);
            return;
        }
        access_assign(&asker->client_access, request->access);
        list_add_last(&askers->with_client, &asker->in_with_client);
        askers->nclients++;
    }
    inner_client_ask(asker->client, request->args, request->nargs);
}

/* -- its turn ---------------------------------------------------------------------------------- */

static void
wait_refuse(struct asker *asker, const char *why)
{
    struct error err = {0};
    (void) error_set(&err, "ERR", "%s", why);
    lost(asker, &err);
}

static void
wait_over(struct asker *asker)
{
    wait_refuse(asker, "too many requests of browsers are under way");
}

static void
wait_begin(struct asker *asker, const struct asker_request *request)
{
    struct askers *askers = asker->askers;
    struct slice *args = arena_array(request->arena, request->nargs, sizeof *args);
    memcpy(args, request->args, request->nargs * sizeof *args);
    size_t bytes = arena_bytes(request->arena) + request->more_bytes;
    if (bytes > WAITING_BYTES_MOST - askers->waiting_bytes) {
        wait_refuse(asker, "the requests of browsers that wait are too large together");
        return;
    }
    asker->request = *request;
    asker->request.args = args;
    asker->bytes = bytes;
    askers->waiting_bytes += bytes;
    asker->since_ms = now_coarse_ms();
    list_add_last(&askers->waiting, &asker->in_waiting);
    if (asker->client) {
        turn_come(askers);
    }
}

/* Who is asked for in the loop's next turn waits for it even if http-queue-timeout is 0. */
static bool
may_wait(const struct askers *askers)
{
    return askers->services->config->http_queue_timeout_ms > 0 ||
           evtimer_pending(askers->turn, NULL);
}

void
asker_ask(struct asker *asker, const struct asker_request *request)
{
    struct askers *askers = asker->askers;
    asker->is_asked = true;
    if (!client_fits(asker, request->access)) {
        client_end(asker);
    }
    /* Who has a client waits, too, if others do: else those who ask without a pause would keep them from their turn. */
    if (list_is_empty(&askers->waiting) && (asker->client || room_make(askers))) {
        client_ask(asker, request);
    } else if (may_wait(askers)) {
        wait_begin(asker, request);
    } else {
        wait_over(asker);
    }
}

static void
turn_take(struct asker *asker)
{
    struct error err = {0};
    wait_end(asker);
    if (asker->events->may_ask(asker->arg, &err)) {
        client_ask(asker, &asker->request);
    } else {
        lost(asker, &err);
    }
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct askers *askers = arg;
    askers->nending = 0;
    for (int i = 0; i < TURNS_AT_ONCE && !list_is_empty(&askers->waiting); i++) {
        struct asker *first = LIST_FIRST(&askers->waiting, struct asker, in_waiting);
        if (!first->client && !room_make(askers)) {
            return;
        }
        turn_take(first);
    }
    turn_come(askers);
}

void
asker_tick(struct asker *asker, int64_t now_ms)
{
    int64_t timeout_ms = asker->askers->services->config->http_queue_timeout_ms;
    if (asker->client && !asker->is_asked && now_ms - asker->used_ms > IDLE_MS) {
        client_end(asker);
    } else if (is_waiting(asker) &&
               now_ms - asker->since_ms > (timeout_ms > 0 ? timeout_ms : NEXT_TURN_MS)) {
        wait_over(asker);
    }
}

/* -- all of them ------------------------------------------------------------------------------- */

struct askers *
askers_new(struct services *services)
{
    struct askers *askers = must_alloc(sizeof *askers);
    askers->services = services;
    list_init(&askers->with_client);
    list_init(&askers->waiting);
    askers->turn = must_have(evtimer_new(services->base, on_turn, askers));
    return askers;
}

void
askers_free(struct askers *askers)
{
    event_free(askers->turn);
    free(askers);
}
