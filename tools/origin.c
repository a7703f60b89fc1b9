/*
 * Connections to the servers that rows are read from.
 * in: a URL; out: a connection to each master.
 *
 *     seed: INFO server, CLUSTER NODES (an error: no cluster)
 *     each master: the same; its own line says which of its slots are on the move
 *
 *     <id> 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-5460 [5461->-<id>]
 */
#include "tools/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "tools/connection.h"

struct origin {
    struct arena *arena;
    struct redis_url url;
    struct ssl_ctx_st *tls;
    struct origin_node *nodes;
    size_t nnodes;
    uint64_t layout_hash; /* over the masters' lines, in any order */
    char layout[24];
    bool is_moving;
};

/* -- commands ---------------------------------------------------------------------------------- */

void
origin_send(const struct origin_node *node, const struct slice *args, size_t nargs)
{
    connection_send(node->connection, args, nargs);
}

struct redisReply *
origin_receive(const struct origin_node *node, struct error *err)
{
    return connection_receive(node->connection, err);
}

struct redisReply *
origin_ask(const struct origin_node *node, const struct slice *args, size_t nargs,
           struct error *err)
{
    origin_send(node, args, nargs);
    struct redisReply *reply = origin_receive(node, err);
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        (void) error_set(err, "IO", "%s: %s", node->address, reply->str);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/* -- one connection ---------------------------------------------------------------------------- */

/* The word behind a name, to the end of its line; empty: there is no such line. */
static struct slice
line_value(struct slice text, const char *name)
{
    const char *at = memmem(text.ptr, text.len, name, strlen(name));
    if (!at) {
        return slice_of("", 0);
    }
    at += strlen(name);
    return slice_of(at, strcspn(at, "\r\n"));
}

static bool
node_identify(struct origin *origin, struct origin_node *node, struct error *err)
{
    struct slice args[] = {slice_lit("INFO"), slice_lit("server")};
    struct redisReply *reply = origin_ask(node, args, 2, err);
    if (!reply) {
        return false;
    }
    struct slice text = reply_slice(reply);
    node->run_id = arena_copy(origin->arena, line_value(text, "run_id:")).ptr;
    freeReplyObject(reply);
    return true;
}

/* The origin's URL, but for host and port. */
static bool
node_connect(struct origin *origin, const char *host, int port, struct error *err)
{
    const struct redis_url *url = &origin->url;
    const struct connection_address address = {
        .unix_path = host ? NULL : url->unix_path,
        .host = host,
        .port = port,
        .tls = url->is_tls ? origin->tls : NULL,
        .user = url->user,
        .password = url->password ? url->password : getenv("REDISCLI_AUTH"),
        .db = url->db,
    };
    struct origin_node *node = &origin->nodes[origin->nnodes];
    if (!connection_open(&address, &node->connection, err)) {
        return false;
    }
    origin->nnodes++; /* it is ours to free, whatever comes */
    node->address = connection_name(node->connection);
    return node_identify(origin, node, err);
}

/* -- a cluster --------------------------------------------------------------------------------- */

static bool
holds(struct slice s, const char *part)
{
    return memmem(s.ptr, s.len, part, strlen(part)) != NULL;
}

/* A master's line of CLUSTER NODES. */
struct master {
    struct slice id, place, flags, slots;
};

static bool
line_parse(struct slice line, struct master *out)
{
    out->id = slice_shift(&line, ' ');
    out->place = slice_shift(&line, ' ');
    out->flags = slice_shift(&line, ' ');
    for (int passed = 0; passed < 5; passed++) { /* master, ping, pong, epoch, link */
        (void) slice_shift(&line, ' ');
    }
    out->slots = line;
    return holds(out->flags, "master") && !holds(out->flags, "noaddr") &&
           !holds(out->flags, "handshake");
}

/* What a master says of itself goes into the layout. */
static void
layout_add(struct origin *origin, struct slice text)
{
    while (text.len) {
        struct master master;
        if (line_parse(slice_shift(&text, '\n'), &master) && holds(master.flags, "myself")) {
            origin->layout_hash += slice_hash(master.id) * 31 + slice_hash(master.slots);
            origin->is_moving |= holds(master.slots, "[");
        }
    }
}

static bool
layout_ask(struct origin *origin, const struct origin_node *node, struct error *err)
{
    struct slice args[] = {slice_lit("CLUSTER"), slice_lit("NODES")};
    struct redisReply *reply = origin_ask(node, args, 2, err);
    if (!reply) {
        return false;
    }
    layout_add(origin, slice_of(reply->str, reply->len));
    freeReplyObject(reply);
    return true;
}

/* 10.0.0.1:6379@16379,name; one whose own address is not known to it has none: the seed's. */
static bool
master_connect(struct origin *origin, const struct master *master, struct error *err)
{
    struct slice place = master->place;
    const char *at = memchr(place.ptr, '@', place.len);
    size_t len = at ? (size_t) (at - place.ptr) : place.len;
    const char *colon = len ? memrchr(place.ptr, ':', len) : NULL;
    int64_t port;
    if (!colon ||
        !slice_to_int64(slice_of(colon + 1, len - (size_t) (colon - place.ptr) - 1), &port)) {
        return error_set(err, "IO", "CLUSTER NODES has a node in an unknown form");
    }
    if (holds(master->flags, "fail")) {
        return error_set(err, "IO", "%.*s: a master of the cluster is down", (int) len, place.ptr);
    }
    const char *host =
        arena_copy(origin->arena, slice_of(place.ptr, (size_t) (colon - place.ptr))).ptr;
    if (!node_connect(origin, host[0] ? host : origin->url.host, (int) port, err)) {
        return false;
    }
    return layout_ask(origin, &origin->nodes[origin->nnodes - 1], err);
}

/* Every master that has slots. The seed's connection is the first node's; it is let go. */
static bool
masters_connect(struct origin *origin, struct slice text, struct error *err)
{
    size_t nlines = 1;
    for (size_t i = 0; i < text.len; i++) {
        nlines += text.ptr[i] == '\n';
    }
    connection_free(origin->nodes[0].connection);
    origin->nnodes = 0;
    origin->nodes = arena_array(origin->arena, nlines, sizeof *origin->nodes);
    while (text.len) {
        struct master master;
        if (line_parse(slice_shift(&text, '\n'), &master) && master.slots.len &&
            !master_connect(origin, &master, err)) {
            return false;
        }
    }
    snprintf(origin->layout, sizeof origin->layout, "%016llx",
             (unsigned long long) origin->layout_hash);
    return origin->nnodes > 0 || error_set(err, "IO", "the cluster has no masters with slots");
}

/* A server that is no cluster's answers CLUSTER NODES with an error: it is the only one. */
static bool
cluster_find(struct origin *origin, struct error *err)
{
    struct slice args[] = {slice_lit("CLUSTER"), slice_lit("NODES")};
    origin_send(&origin->nodes[0], args, 2);
    struct redisReply *reply = origin_receive(&origin->nodes[0], err);
    if (!reply) {
        return false;
    }
    bool ok = true;
    if (reply->type == REDIS_REPLY_STRING) {
        ok = masters_connect(origin, slice_of(reply->str, reply->len), err);
    }
    freeReplyObject(reply);
    return ok;
}

/* -- the origin -------------------------------------------------------------------------------- */

bool
origin_open(const struct redis_url *url, struct ssl_ctx_st *tls, struct origin **out,
            struct error *err)
{
    struct origin *origin = must_alloc(sizeof *origin);
    origin->arena = arena_new();
    origin->url = *url;
    origin->tls = tls;
    origin->nodes = arena_array(origin->arena, 1, sizeof *origin->nodes);
    if (!node_connect(origin, url->unix_path ? NULL : url->host, url->port, err) ||
        !cluster_find(origin, err)) {
        origin_free(origin);
        return false;
    }
    *out = origin;
    return true;
}

void
origin_free(struct origin *origin)
{
    if (!origin) {
        return;
    }
    for (size_t i = 0; i < origin->nnodes; i++) {
        connection_free(origin->nodes[i].connection);
    }
    arena_free(origin->arena);
    free(origin);
}

size_t
origin_count(const struct origin *origin)
{
    return origin->nnodes;
}

const struct origin_node *
origin_at(const struct origin *origin, size_t index)
{
    return &origin->nodes[index];
}

const char *
origin_layout(const struct origin *origin)
{
    return origin->layout;
}

bool
origin_is_moving(const struct origin *origin)
{
    return origin->is_moving;
}
