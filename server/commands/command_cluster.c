/*
 * The command CLUSTER: describes to clients in cluster mode one node, which owns all slots. in:
 * CLUSTER SLOTS, and the address that the client has used; out: slots 0 to 16383, at that address.
 *
 *     client came to 10.0.0.7:7379    -> 0 16383 [10.0.0.7 7379 <id>]
 *     cluster-announce-ip 192.0.2.1   -> 0 16383 [192.0.2.1 7379 <id>]     behind a translator
 *     client came by the unix socket  -> 0 16383 ["" 7379 <id>]            as Redis says "where you
 *                                                                          are"
 *
 * So such a client sends all commands to this server, which finds their shards. The shards' own
 * slots are not shown: the shards may be no cluster at all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/slot.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/config/config.h"
#include "server/proxy/slot_keys.h"
#include "server/table/services.h"

enum { LAST_SLOT = CLUSTER_SLOTS - 1 };

/* -- where the node is ------------------------------------------------------------------------- */

struct endpoint {
    struct slice host; /* empty: the host that the client has used */
    int64_t port;
    bool is_tls;
};

/* "[::1]:7379" -> "::1", 7379. False: the client came by the unix socket. */
static bool
local_split(const char *address, struct endpoint *out)
{
    static const struct slice MAPPED = SLICE_LIT("::ffff:"); /* IPv4 over an IPv6 socket */
    const char *colon = strrchr(address, ':');
    if (address[0] == '/' || address[0] == '?' || !colon ||
        !slice_to_int64(slice_str(colon + 1), &out->port) || out->port == 0) {
        return false;
    }
    struct slice host = slice_of(address, (size_t) (colon - address));
    if (host.len > 2 && host.ptr[0] == '[') {
        host = slice_of(host.ptr + 1, host.len - 2);
    }
    if (slice_starts_with(host, MAPPED) && memchr(host.ptr, '.', host.len)) {
        host = slice_of(host.ptr + MAPPED.len, host.len - MAPPED.len);
    }
    out->host = host;
    return true;
}

/* The host is borrowed from the client, or from the configuration. */
static struct endpoint
endpoint_of(const struct call *call)
{
    const struct config *config = call->services->config;
    struct endpoint endpoint = {.host = slice_lit("")};
    if (local_split(client_local_address(call->client), &endpoint)) {
        endpoint.is_tls = endpoint.port == config->tls_port;
    } else {
        endpoint.port = config->port ? config->port : config->tls_port;
        endpoint.is_tls = config->port == 0 && config->tls_port != 0;
    }
    if (config->cluster_announce_ip[0]) {
        endpoint.host = slice_str(config->cluster_announce_ip);
    }
    int64_t port =
        endpoint.is_tls ? config->cluster_announce_tls_port : config->cluster_announce_port;
    endpoint.port = port ? port : endpoint.port;
    return endpoint;
}

static void
node_id_write(const struct call *call)
{
    resp_write_bulk_str(call->out, call->services->facts->run_id);
}

/* -- what is said of it ------------------------------------------------------------------------ */

static enum command_outcome
slots_run(struct call *call)
{
    struct endpoint endpoint = endpoint_of(call);
    resp_write_array(call->out, 1);
    resp_write_array(call->out, 3);
    resp_write_int(call->out, 0);
    resp_write_int(call->out, LAST_SLOT);
    resp_write_array(call->out, 4);
    resp_write_bulk(call->out, endpoint.host);
    resp_write_int(call->out, endpoint.port);
    node_id_write(call);
    resp_write_map(call->out, 0); /* other names of the node */
    return COMMAND_REPLIED;
}

static enum command_outcome
shards_run(struct call *call)
{
    struct resp_writer *out = call->out;
    struct endpoint endpoint = endpoint_of(call);
    resp_write_array(out, 1);
    resp_write_map(out, 2);
    resp_write_bulk_str(out, "slots");
    resp_write_array(out, 2);
    resp_write_int(out, 0);
    resp_write_int(out, LAST_SLOT);
    resp_write_bulk_str(out, "nodes");
    resp_write_array(out, 1);
    resp_write_map(out, 7);
    resp_write_bulk_str(out, "id");
    node_id_write(call);
    resp_write_bulk_str(out, endpoint.is_tls ? "tls-port" : "port");
    resp_write_int(out, endpoint.port);
    resp_write_bulk_str(out, "ip");
    resp_write_bulk(out, endpoint.host);
    resp_write_bulk_str(out, "endpoint");
    resp_write_bulk(out, endpoint.host);
    resp_write_bulk_str(out, "role");
    resp_write_bulk_str(out, "master");
    resp_write_bulk_str(out, "replication-offset");
    resp_write_int(out, 0);
    resp_write_bulk_str(out, "health");
    resp_write_bulk_str(out, "online");
    return COMMAND_REPLIED;
}

/* There is no cluster bus: port 0 behind the @. */
static enum command_outcome
nodes_run(struct call *call)
{
    struct endpoint endpoint = endpoint_of(call);
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s %.*s:%lld@0 myself,master - 0 0 1 connected 0-%d\n",
                  call->services->facts->run_id, SLICE_ARG(endpoint.host),
                  (long long) endpoint.port, LAST_SLOT);
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}

/* Counts the slots whose shard is connected. */
static size_t
nslots_served(const struct executor *executor)
{
    size_t n = 0, last = executor_nshards(executor);
    bool connected = false;
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        size_t shard = executor_shard_of_slot(executor, slot);
        if (shard != last && executor_has_shard(executor, shard)) {
            connected = executor_shard_status(executor, shard).connected;
        } else if (shard != last) {
            connected = false;
        }
        last = shard;
        n += connected;
    }
    return n;
}

/* Some slots without a shard leave the others usable: `fail` only if none is served. */
static enum command_outcome
info_run(struct call *call)
{
    size_t nserved = nslots_served(call->services->executor);
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "cluster_state:%s\r\n", nserved ? "ok" : "fail");
    strbuf_printf(&text, "cluster_slots_assigned:%d\r\n", CLUSTER_SLOTS);
    strbuf_printf(&text, "cluster_slots_ok:%zu\r\n", nserved);
    strbuf_printf(&text, "cluster_slots_pfail:0\r\n");
    strbuf_printf(&text, "cluster_slots_fail:%zu\r\n", CLUSTER_SLOTS - nserved);
    strbuf_printf(&text, "cluster_known_nodes:1\r\ncluster_size:1\r\n");
    strbuf_printf(&text, "cluster_current_epoch:1\r\ncluster_my_epoch:1\r\n");
    strbuf_printf(&text, "cluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n");
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}

static enum command_outcome
myid_run(struct call *call)
{
    node_id_write(call);
    return COMMAND_REPLIED;
}

/* The node has no replicas, and talks to no other node. */
static enum command_outcome
replicas_run(struct call *call)
{
    if (slice_equal_nocase(call->args[2], slice_str(call->services->facts->run_id))) {
        resp_write_array(call->out, 0);
    } else {
        resp_write_err(call->out, "Unknown node %.*s", SLICE_ARG(call->args[2]));
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
links_run(struct call *call)
{
    resp_write_array(call->out, 0);
    return COMMAND_REPLIED;
}

/* -- slots and keys ---------------------------------------------------------------------------- */

static enum command_outcome
keyslot_run(struct call *call)
{
    resp_write_int(call->out, key_slot(call->args[2]));
    return COMMAND_REPLIED;
}

/* The errors are in Redis' words. */
static bool
int_parse(struct call *call, struct slice word, int64_t *out)
{
    if (!slice_to_int64(word, out)) {
        resp_write_err(call->out, "value is not an integer or out of range");
        return false;
    }
    return true;
}

static enum command_outcome
countkeysinslot_run(struct call *call)
{
    int64_t slot;
    if (!int_parse(call, call->args[2], &slot)) {
        return COMMAND_REPLIED;
    }
    if (slot < 0 || slot > LAST_SLOT) {
        resp_write_err(call->out, "Invalid slot");
        return COMMAND_REPLIED;
    }
    return slot_keys_count(call, (unsigned) slot);
}

static enum command_outcome
getkeysinslot_run(struct call *call)
{
    int64_t slot, max;
    if (!int_parse(call, call->args[2], &slot) || !int_parse(call, call->args[3], &max)) {
        return COMMAND_REPLIED;
    }
    if (slot < 0 || slot > LAST_SLOT || max < 0) {
        resp_write_err(call->out, "Invalid slot or number of keys");
        return COMMAND_REPLIED;
    }
    return slot_keys_list(call, (unsigned) slot, (size_t) max);
}

/* -- of the connection ------------------------------------------------------------------------- */

/* READONLY READWRITE ASKING: nothing changes, because the one node serves all slots. */
static enum command_outcome
mode_run(struct call *call)
{
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

/* -- the table --------------------------------------------------------------------------------- */

enum cluster_op {
    CLUSTER_SHOW_SLOTS,
    CLUSTER_SHOW_SHARDS,
    CLUSTER_SHOW_NODES,
    CLUSTER_SHOW_INFO,
    CLUSTER_SHOW_ID,
    CLUSTER_SHOW_REPLICAS,
    CLUSTER_SHOW_LINKS,
    CLUSTER_SLOT_OF_KEY,
    CLUSTER_COUNT_KEYS,
    CLUSTER_LIST_KEYS,
    CLUSTER_SET_MODE
};

/*
 * If cluster-enabled is `no`, answers in the words of a Redis outside a cluster: clients that try
 * both ways look for them.
 */
static enum command_outcome
cluster_run(struct call *call)
{
    if (!call->services->config->cluster_enabled) {
        resp_write_err(call->out, "This instance has cluster support disabled");
        return COMMAND_REPLIED;
    }
    switch ((enum cluster_op) call->command->op) {
    case CLUSTER_SHOW_SLOTS: return slots_run(call);
    case CLUSTER_SHOW_SHARDS: return shards_run(call);
    case CLUSTER_SHOW_NODES: return nodes_run(call);
    case CLUSTER_SHOW_INFO: return info_run(call);
    case CLUSTER_SHOW_ID: return myid_run(call);
    case CLUSTER_SHOW_REPLICAS: return replicas_run(call);
    case CLUSTER_SHOW_LINKS: return links_run(call);
    case CLUSTER_SLOT_OF_KEY: return keyslot_run(call);
    case CLUSTER_COUNT_KEYS: return countkeysinslot_run(call);
    case CLUSTER_LIST_KEYS: return getkeysinslot_run(call);
    case CLUSTER_SET_MODE: return mode_run(call);
    }
    abort();
}

static const struct command SUBCOMMANDS[] = {
    {.name = "slots",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_SLOTS,
     .summary = "All slots, where the client came to"},
    {.name = "shards",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_SHARDS,
     .summary = "The same, as a map"},
    {.name = "nodes",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_NODES,
     .summary = "The same, as text: one node"},
    {.name = "info",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_INFO,
     .summary = "How many slots are served"},
    {.name = "myid",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_ID,
     .summary = "The node's id"},
    {.name = "myshardid",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_ID,
     .summary = "The same"},
    {.name = "replicas",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_REPLICAS,
     .arguments = "node-id",
     .summary = "Its replicas: none"},
    {.name = "slaves",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_REPLICAS,
     .arguments = "node-id",
     .summary = "The same"},
    {.name = "links",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SHOW_LINKS,
     .summary = "Its connections to other nodes: none"},
    {.name = "keyslot",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SLOT_OF_KEY,
     .arguments = "key",
     .summary = "The slot of a key"},
    /* Alone, as KEYS and SCAN are: they go over all shards, in steps. */
    {.name = "countkeysinslot",
     .arity = 3,
     .class = REQUEST_ALONE,
     .run = cluster_run,
     .op = CLUSTER_COUNT_KEYS,
     .is_about_all_datasets = true,
     .arguments = "slot",
     .summary = "How many keys are in a slot"},
    {.name = "getkeysinslot",
     .arity = 4,
     .class = REQUEST_ALONE,
     .run = cluster_run,
     .op = CLUSTER_LIST_KEYS,
     .is_about_all_datasets = true,
     .arguments = "slot count",
     .summary = "Keys that are in a slot"},
};

static struct command_family
cluster_subcommands(void)
{
    return (struct command_family){"cluster", SUBCOMMANDS,
                                   sizeof SUBCOMMANDS / sizeof *SUBCOMMANDS};
}

static const struct command COMMANDS[] = {
    {.name = "cluster",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .summary = "One node that owns all slots",
     .subcommands = cluster_subcommands},
    {.name = "readonly",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SET_MODE,
     .summary = "Accepted: there are no replicas"},
    {.name = "readwrite",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SET_MODE,
     .summary = "Accepted: there are no replicas"},
    {.name = "asking",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = cluster_run,
     .op = CLUSTER_SET_MODE,
     .summary = "Accepted: no slot is anywhere else"},
};

struct command_family
command_cluster_family(void)
{
    return (struct command_family){"cluster", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
