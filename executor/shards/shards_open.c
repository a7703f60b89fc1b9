/*
 * The shards' life: they are made, ticked and closed here. in: addresses, and callbacks from above;
 * out: struct shards, connected and ticked.
 *
 * At every LINK_TICK_MS, calls that have waited too long are ended. Shards, redirects, sessions and
 * the topology do what is due, and then the callbacks from above run.
 */
#include "executor/shards/shards_open.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/shards/command_table.h"
#include "executor/shards/long_call.h"
#include "executor/shards/redirect.h"
#include "executor/shards/script_user.h"
#include "executor/shards/session.h"
#include "executor/shards/shard.h"
#include "executor/shards/shards_parts.h"
#include "executor/shards/topology.h"

static void
on_reap_sessions(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    session_reap(arg);
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct shards *shards = arg;
    int64_t now = stream_loop_read_clock(shards->setup.loop) / 1000;
    for (size_t i = 0; i < shards->nshards; i++) {
        shard_tick(shards->at[i], now);
    }
    redirect_tick(shards, now);
    session_tick(shards, now);
    topology_tick(shards, now);
    shards->setup.owner->on_tick(shards->setup.owner_arg, now);
}

static bool
addresses_check(const struct shard_address *addresses, size_t nshards, bool is_cluster,
                struct error *err)
{
    if (nshards == 0 || nshards > MAX_SHARDS) {
        return error_set(err, "ERR", "there must be 1 to %d shards, not %zu", MAX_SHARDS, nshards);
    }
    for (size_t i = 0; i < nshards; i++) {
        bool tcp = addresses[i].host && addresses[i].port > 0 && addresses[i].port < 65536;
        if ((is_cluster || !addresses[i].unix_path) && !tcp) {
            return error_set(err, "ERR",
                             "shard %zu has neither a socket's path nor a host and port", i);
        }
    }
    return true;
}

bool
shards_new(const struct shards_setup *setup, const struct shard_address *addresses, size_t nshards,
           struct shards **out, struct error *err)
{
    if (!addresses_check(addresses, nshards, setup->is_cluster, err)) {
        return false;
    }
    struct shards *shards = must_alloc(sizeof *shards);
    shards->setup = *setup;
    shards->base = stream_loop_base(setup->loop);
    list_init(&shards->redirects);
    list_init(&shards->sessions);
    script_server_name(shards->script_server);
    shards->reap_sessions = event_new(shards->base, -1, 0, on_reap_sessions, shards);
    shards->tick = event_new(shards->base, -1, EV_PERSIST, on_tick, shards);
    shards->topology = topology_new(shards, addresses, nshards);
    struct timeval tick = {0, LINK_TICK_MS * 1000};
    event_add(shards->tick, &tick);
    *out = shards;
    return true;
}

void
shards_close(struct shards *shards)
{
    shards->is_closing = true;
}

void
shards_disconnect(struct shards *shards)
{
    struct error err = {"", ""};
    long_call_end_all(shards);
    session_free_all(shards);
    for (size_t i = 0; i < shards->nshards; i++) {
        shard_free(shards->at[i]);
    }
    error_set(&err, "SHARDDOWN", "the server is shutting down");
    redirect_fail_all(shards, &err);
}

void
shards_free(struct shards *shards)
{
    topology_free(shards->topology);
    command_table_free(shards->commands);
    command_table_free(shards->old_commands);
    event_free(shards->reap_sessions);
    event_free(shards->tick);
    free(shards);
}
