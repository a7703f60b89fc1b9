/*
 * The Redis that rows are read from: one server, or all masters of a cluster.
 *
 *     origin_open(&url, &origin, &err)
 *     for (size_t i = 0; i < origin_count(origin); i++) ... origin_ask(origin_at(origin, i), ...)
 *     origin_free(origin)
 */
#ifndef QUIPU_TOOLS_ORIGIN_H
#define QUIPU_TOOLS_ORIGIN_H

#include "tools/redis_url.h"

struct connection;
struct redisReply;
struct ssl_ctx_st;
struct origin;

struct origin_node {
    const char *address; /* "10.0.0.1:6379" */
    const char *run_id;  /* of the process: another one's SCAN cursors mean nothing to it */
    struct connection *connection; /* in its database */
};

/*
 * Connects to the server, and to every master where it is a cluster's; by tls (borrowed) where the
 * URL says so. The caller frees *out. Fails with IO (a connection, a password, a master that is
 * down).
 */
bool origin_open(const struct redis_url *url, struct ssl_ctx_st *tls, struct origin **out,
                 struct error *err) QUIPU_MUST_CHECK;
void origin_free(struct origin *origin);

size_t origin_count(const struct origin *origin);
const struct origin_node *origin_at(const struct origin *origin, size_t index);
/*
 * Which master had which slots when it was opened, as a short text that is equal only for the same
 * layout; "" where there is no cluster.
 */
const char *origin_layout(const struct origin *origin);
/* True when slots were moving then. */
bool origin_is_moving(const struct origin *origin);

/*
 * One command and its reply, which the caller frees. NULL with err set: IO, or, where the reply is
 * an error, that one.
 */
struct redisReply *origin_ask(const struct origin_node *node, const struct slice *args,
                              size_t nargs, struct error *err);
/* The same without waiting: sends, and takes the oldest reply; error replies are replies. */
void origin_send(const struct origin_node *node, const struct slice *args, size_t nargs);
struct redisReply *origin_receive(const struct origin_node *node, struct error *err);

#endif
