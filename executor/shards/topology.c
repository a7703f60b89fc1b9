/*
 * Topology keeps the map of the shard that owns each hash slot, and asks a cluster for the map
 * again when it may be old. in: a static list, or CLUSTER SLOTS; out: the owner of each slot.
 *
 *     QUIET --moved, trouble, or the interval is over--> ASKED --map--> QUIET
 *                                                          +--no answer for a while--> another node
 */
#include "executor/shards/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/shards_parts.h"

enum {
    INTERVAL_MS = 5000, /* when all is well */
    TROUBLE_MS = 100,   /* when something is wrong: at most so often */
    ANSWER_MS = 300,    /* then another node is asked */
    LET_GO_MS = 1000,  /* a shard that owns nothing is kept for this long after it was last meant */
    OLD_CALL_MS = 500, /* a call that waits longer is trouble */
    LOADING_PATIENCE_MS = 2000,
    NODE_ID_BYTES = 41
};

struct topology {
    size_t nseeds;
    bool is_asked;
    bool is_wanted;
    uint64_t asked_id; /* the answer that is waited for */
    int64_t asked_ms, learnt_ms;
    size_t next;                         /* the node to ask next */
    int64_t idle_since_ms[MAX_SHARDS];   /* 0: it owns something */
    char ids[MAX_SHARDS][NODE_ID_BYTES]; /* as in the last map; empty: not in it */
};

/* -- numbers and owners ------------------------------------------------------------------------ */

static void
topology_static(struct shards *shards)
{
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        shards->owners[slot] = (uint16_t) (slot * shards->nshards / CLUSTER_SLOTS);
    }
    for (size_t i = 0; i < shards->nshards; i++) {
        shards->is_active[i] = true;
    }
}

struct topology *
topology_new(struct shards *shards, const struct shard_address *addresses, size_t naddresses)
{
    struct topology *topology = must_alloc(sizeof *topology);
    shards->nshards = naddresses;
    for (size_t i = 0; i < naddresses; i++) {
        shards->at[i] = shard_new(shards, &addresses[i], i);
    }
    topology->nseeds = naddresses;
    topology->is_wanted = true;
    if (shards->setup.is_cluster) {
        memset(shards->owners, 0xff, sizeof shards->owners);
    } else {
        topology_static(shards);
    }
    return topology;
}

void
topology_free(struct topology *topology)
{
    free(topology);
}

/*
 * A node that loads does not say who owns what. If no other node was reached, that is the reason.
 */
static const struct shard *
loading_node(const struct shards *shards)
{
    const struct shard *loads = NULL;
    for (size_t i = 0; i < shards->nshards; i++) {
        struct error ignored = {"", ""};
        if (shard_is_ready(shards->at[i], &ignored)) {
            return NULL;
        }
        loads = shard_loading(shards->at[i]) ? shards->at[i] : loads;
    }
    return loads;
}

struct shard *
topology_owner(const struct shards *shards, unsigned slot, struct error *why)
{
    if (shards->owners[slot] == NO_SHARD) {
        const struct shard *loads = loading_node(shards);
        if (loads) {
            (void) shard_is_ready(loads, why);
        }
        error_set(why, "SHARDDOWN", "no node of the cluster is known to serve slot %u", slot);
        return NULL;
    }
    return shards->at[shards->owners[slot]];
}

/* True: the shard has been loading for so long that waiting makes no sense. */
static bool
loads_for_long(const struct shard *shard, struct error *why)
{
    const struct loading *loading = shard ? shard_loading(shard) : NULL;
    return loading && now_ms() - loading->since_ms >= LOADING_PATIENCE_MS &&
           !shard_is_ready(shard, why);
}

bool
topology_loads(const struct shards *shards, unsigned slot, struct error *why)
{
    unsigned owner = shards->owners[slot];
    return loads_for_long(owner == NO_SHARD ? loading_node(shards) : shards->at[owner], why);
}

bool
topology_loads_somewhere(const struct shards *shards)
{
    struct error ignored = {"", ""};
    for (size_t i = 0; i < shards->nshards; i++) {
        if (shards->is_active[i] && loads_for_long(shards->at[i], &ignored)) {
            return true;
        }
    }
    return loads_for_long(loading_node(shards), &ignored);
}

bool
topology_is_known(const struct shards *shards, struct error *why)
{
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        if (!topology_owner(shards, slot, why)) {
            return false;
        }
    }
    return true;
}

/* The number of the shard at an address: the one that it has, or a new one. */
static size_t
shard_number(struct shards *shards, const char *host, int port)
{
    char name[160];
    const struct shard_address address = {NULL, (char *) host, port};
    snprintf(name, sizeof name, "%s:%d", host, port);
    for (size_t i = 0; i < shards->nshards; i++) {
        if (strcmp(shard_name(shards->at[i]), name) == 0) {
            if (shards->topology->idle_since_ms[i]) {
                shards->topology->idle_since_ms[i] = now_ms(); /* somebody means to ask it */
            }
            shard_revive(shards->at[i]);
            return i;
        }
    }
    if (shards->nshards == MAX_SHARDS) {
        log_write(shards->setup.log, LOG_WARNING, "cluster: node %s is one too many: %d were met",
                  name, MAX_SHARDS);
        return NO_SHARD;
    }
    size_t number = shards->nshards++;
    shards->at[number] = shard_new(shards, &address, number);
    shards->topology->idle_since_ms[number] = now_ms();
    log_write(shards->setup.log, LOG_NOTICE, "cluster: node %s is shard %zu", name, number);
    return number;
}

/* Reads "host:port", "[::1]:6379", and an IPv6 address without brackets: the last colon counts. */
struct shard *
topology_shard_at(struct shards *shards, const char *address)
{
    char host[128];
    const char *colon = strrchr(address, ':');
    int port = colon ? atoi(colon + 1) : 0;
    size_t len = colon ? (size_t) (colon - address) : 0;
    if (port <= 0 || port > 65535 || len == 0 || len >= sizeof host) {
        return NULL;
    }
    snprintf(host, sizeof host, "%.*s", (int) len, address);
    size_t number = shard_number(shards, host, port);
    return number == NO_SHARD ? NULL : shards->at[number];
}

struct shard *
topology_shard_of_node(const struct shards *shards, struct slice id)
{
    for (size_t i = 0; i < shards->nshards; i++) {
        if (shards->is_active[i] && slice_equal(slice_str(shards->topology->ids[i]), id)) {
            return shards->at[i];
        }
    }
    return NULL;
}

void
topology_moved(struct shards *shards, unsigned slot, struct shard *shard)
{
    size_t number = shard_index(shard);
    shards->owners[slot] = (uint16_t) number;
    shards->epoch++;
    shards->is_active[number] = true;
    shards->topology->idle_since_ms[number] = 0;
    topology_refresh_soon(shards);
}

void
topology_refresh_soon(struct shards *shards)
{
    shards->topology->is_wanted = true;
}

/* -- the map ----------------------------------------------------------------------------------- */

struct asked {
    struct shards *shards;
    uint64_t id;
    char host[128]; /* of the node that is asked: an empty address means this one */
};

/* One range: first, last, {address, port, id, ...} of its master, then its replicas. */
static bool
range_read(struct asked *asked, const struct resp_value *range, uint16_t *owners)
{
    int64_t first, last, port;
    if (reply_count(range) < 3 || reply_count(reply_at(range, 2)) < 2) {
        return false;
    }
    const struct resp_value *master = reply_at(range, 2), *name = reply_at(master, 0);
    struct slice named = reply_text(name); /* nil: the node does not know its own address */
    char host[128];
    if (!reply_int(reply_at(range, 0), &first) || !reply_int(reply_at(range, 1), &last) ||
        !reply_int(reply_at(master, 1), &port) ||
        !(reply_is_text(name) || name->type == VALUE_NIL) || named.len >= sizeof host ||
        first < 0 || last < first || last >= CLUSTER_SLOTS || port <= 0 || port > 65535) {
        return false;
    }
    snprintf(host, sizeof host, "%.*s", SLICE_ARG(named));
    size_t number = shard_number(asked->shards, named.len ? host : asked->host, (int) port);
    for (int64_t slot = first; slot <= last; slot++) {
        owners[slot] = (uint16_t) number;
    }
    if (number != NO_SHARD && master->nelements > 2) {
        struct slice id = master->elements[2].text;
        snprintf(asked->shards->topology->ids[number], NODE_ID_BYTES, "%.*s", SLICE_ARG(id));
    }
    return true;
}

static void
map_take(struct shards *shards, const uint16_t *owners)
{
    struct topology *topology = shards->topology;
    bool is_active[MAX_SHARDS] = {false};
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        if (owners[slot] != NO_SHARD) {
            is_active[owners[slot]] = true;
        }
    }
    shards->epoch += memcmp(shards->owners, owners, sizeof shards->owners) != 0;
    memcpy(shards->owners, owners, sizeof shards->owners);
    for (size_t i = 0; i < shards->nshards; i++) {
        if (is_active[i]) {
            topology->idle_since_ms[i] = 0;
        } else if (!topology->idle_since_ms[i]) {
            topology->idle_since_ms[i] = now_ms();
        }
        shards->is_active[i] = is_active[i];
    }
    topology->learnt_ms = now_ms();
    topology->is_wanted = false;
}

static void
on_map(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct asked *asked = arg;
    struct shards *shards = asked->shards;
    struct topology *topology = shards->topology;
    bool is_late = asked->id != topology->asked_id;
    if (!shards->is_closing && !is_late) {
        uint16_t *owners = must_alloc(sizeof shards->owners);
        memset(owners, 0xff, sizeof shards->owners);
        bool ok = !err && reply->type == VALUE_ARRAY && reply->nelements > 0;
        for (size_t i = 0; ok && i < reply->nelements; i++) {
            ok = range_read(asked, &reply->elements[i], owners);
        }
        if (ok) {
            map_take(shards, owners);
        } else if (!err) {
            log_write(shards->setup.log, LOG_WARNING,
                      "cluster: node %s answered CLUSTER SLOTS with %.*s", asked->host,
                      SLICE_ARG(reply->type == VALUE_ERROR
                                    ? reply->text
                                    : slice_lit("a reply of another shape")));
        }
        topology->is_asked = false;
        free(owners);
    }
    free(asked);
}

/* Asks the next node that is connected. */
static void
map_ask(struct shards *shards, int64_t now)
{
    struct topology *topology = shards->topology;
    static const struct slice ARGS[] = {SLICE_LIT("CLUSTER"), SLICE_LIT("SLOTS")};
    for (size_t tried = 0; tried < shards->nshards; tried++) {
        struct error why = {"", ""};
        struct shard *shard = shards->at[topology->next++ % shards->nshards];
        struct link *link = shard_link(shard, LANE_COUNTS, &why);
        if (link && !link_is_late(link, now, ANSWER_MS)) {
            struct asked *asked = must_alloc(sizeof *asked);
            asked->shards = shards;
            asked->id = ++topology->asked_id;
            snprintf(asked->host, sizeof asked->host, "%s", shard_name(shard));
            *strrchr(asked->host, ':') = '\0';
            topology->is_asked = true;
            topology->asked_ms = now;
            link_send(link, ARGS, 2, reply_collect,
                      reply_collector_new(shard_name(shard), on_map, asked));
            return;
        }
    }
    for (size_t i = 0; i < topology->nseeds; i++) { /* none answers: back to the first addresses */
        shard_revive(shards->at[i]);
    }
}

/* True: a master is not reached, or lets calls wait. */
static bool
is_trouble(const struct shards *shards, int64_t now)
{
    struct error why = {"", ""};
    for (size_t i = 0; i < shards->nshards; i++) {
        if (shards->is_active[i] && (!shard_is_ready(shards->at[i], &why) ||
                                     shard_is_late(shards->at[i], now, OLD_CALL_MS))) {
            return true;
        }
    }
    return false;
}

void
topology_tick(struct shards *shards, int64_t now)
{
    struct topology *topology = shards->topology;
    if (!shards->setup.is_cluster) {
        return;
    }
    if (topology->is_asked && now - topology->asked_ms >= ANSWER_MS) {
        topology->is_asked = false; /* a late answer is not read */
        topology->is_wanted = true;
    }
    bool is_time = now - topology->learnt_ms >= INTERVAL_MS ||
                   ((topology->is_wanted || is_trouble(shards, now)) &&
                    now - topology->asked_ms >= TROUBLE_MS);
    if (!topology->is_asked && is_time) {
        map_ask(shards, now);
    }
    bool is_known = topology->learnt_ms != 0;
    for (size_t i = 0; is_known && i < shards->nshards; i++) {
        int64_t since = topology->idle_since_ms[i];
        if (since && now - since >= LET_GO_MS && !shard_is_retired(shards->at[i])) {
            shard_retire(shards->at[i]);
        }
    }
}
