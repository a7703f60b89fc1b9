/*
 * The scripted cluster. in: commands by the shards' connections; out: what the test's script answers,
 * with the nodes' addresses filled in.
 */
#include "tests/scripted_cluster.h"

#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "executor/shards/shards_open.h"
#include "net/stream.h"

/* -- answers ----------------------------------------------------------------------------------- */

/* The node that the two bytes name; NULL: they name none. */
static const struct scripted_node *
named_node(const struct scripted_cluster *cluster, const char *text)
{
    size_t n = (size_t) (text[1] - '0');
    return (text[0] == '@' || text[0] == '#') && n < cluster->setup->nnodes ? &cluster->nodes[n]
                                                                            : NULL;
}

static const char *
answer(void *arg, const char *command)
{
    struct scripted_node *node = arg;
    struct scripted_cluster *cluster = node->cluster;
    struct strbuf *out = &cluster->text;
    const char *text =
        cluster->setup->answer(cluster->setup->arg, (size_t) (node - cluster->nodes), command);
    strbuf_clear(out);
    for (const char *at = text; at && *at; at++) {
        const struct scripted_node *named = named_node(cluster, at);
        if (named) {
            strbuf_append_str(out, *at == '#' ? strchr(named->name, ':') + 1 : named->name);
            at++;
        } else {
            strbuf_append_char(out, *at);
        }
    }
    strbuf_append_char(out, '\0');
    return text ? out->ptr : NULL;
}

/* -- what stands above the shards -------------------------------------------------------------- */

static void
on_shard(void *arg, struct shard *shard)
{
    (void) arg, (void) shard;
}

static bool
minds_eviction(void *arg)
{
    (void) arg;
    return false;
}

static bool
serves_clients(void *arg, struct error *why)
{
    (void) arg, (void) why;
    return true;
}

static void
on_tick(void *arg, int64_t now_ms)
{
    struct scripted_cluster *cluster = arg;
    struct error why = {"", ""};
    cluster->is_ready = shards_are_ready(cluster->shards, &why);
    if (cluster->setup->on_tick) {
        cluster->setup->on_tick(cluster->setup->arg, now_ms);
    }
}

static const struct shards_owner OWNER = {.greet = on_shard,
                                          .on_up = on_shard,
                                          .minds_eviction = minds_eviction,
                                          .serves_clients = serves_clients,
                                          .on_tick = on_tick};

/* -- life -------------------------------------------------------------------------------------- */

void
scripted_cluster_open(struct scripted_cluster *cluster, const struct scripted_setup *setup)
{
    static const struct log LOG = {.level = LOG_WARNING};
    static char host[] = "127.0.0.1";
    struct shard_address addresses[SCRIPTED_NODES];
    struct error err = {"", ""};
    *cluster = (struct scripted_cluster){
        .setup = setup, .settings = {.timeout_ms = setup->timeout_ms}, .base = event_base_new()};
    cluster->loop = stream_loop_new(cluster->base);
    strbuf_init(&cluster->text);
    for (size_t i = 0; i < setup->nnodes; i++) {
        struct scripted_node *node = &cluster->nodes[i];
        node->cluster = cluster;
        node->shard = scripted_shard_new(cluster->base, answer, node, SCRIPTED_AT_ONCE);
        addresses[i] = (struct shard_address){NULL, host, scripted_shard_port(node->shard)};
        snprintf(node->name, sizeof node->name, "%s:%d", host, addresses[i].port);
    }
    const struct shards_setup shards = {.loop = cluster->loop,
                                        .log = &LOG,
                                        .settings = &cluster->settings,
                                        .is_cluster = setup->is_cluster,
                                        .scripts = setup->scripts,
                                        .nscripts = setup->nscripts,
                                        .owner = &OWNER,
                                        .owner_arg = cluster};
    size_t naddresses = setup->is_cluster ? 1 : setup->nnodes;
    ck_assert_msg(shards_new(&shards, addresses, naddresses, &cluster->shards, &err), "%s",
                  err.message);
}

void
scripted_cluster_close(struct scripted_cluster *cluster)
{
    shards_close(cluster->shards);
    shards_disconnect(cluster->shards);
}

void
scripted_cluster_free(struct scripted_cluster *cluster)
{
    shards_free(cluster->shards);
    for (size_t i = 0; i < cluster->setup->nnodes; i++) {
        scripted_cluster_kill(cluster, i);
    }
    stream_loop_free(cluster->loop);
    event_base_free(cluster->base);
    strbuf_fini(&cluster->text);
}

void
scripted_cluster_kill(struct scripted_cluster *cluster, size_t node)
{
    if (cluster->nodes[node].shard) {
        scripted_shard_free(cluster->nodes[node].shard);
        cluster->nodes[node].shard = NULL;
    }
}

void
scripted_cluster_run(const struct scripted_cluster *cluster, int ms)
{
    const bool never = false;
    (void) scripted_wait(cluster->base, &never, ms);
}
