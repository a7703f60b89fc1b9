/*
 * The listening sockets: TCP on each address of `bind`, the same for TLS, a unix socket, and those
 * of HTTP.
 *
 *     listener_bind(&config, &log, &listener, &err)        the ports are ours, nobody can connect
 *     listener_start(listener, base, on_accept, server, &err)      now they can
 *
 * There are two steps, so that a taken port is noticed before shards are started, and no client
 * sees a server that is not ready.
 */
#ifndef QUIPU_SERVER_CLIENT_LISTENER_H
#define QUIPU_SERVER_CLIENT_LISTENER_H

#include "base/log.h"
#include "server/config/config.h"

struct event_base;
struct listener;

enum listener_kind {
    LISTENER_TCP,
    LISTENER_TLS,
    LISTENER_UNIX,
    LISTENER_HTTP, /* these two: for server/http */
    LISTENER_HTTPS
};

/* Gets a new connection. The callee owns fd, which is non-blocking and closed on exec. */
typedef void listener_accept_fn(void *arg, int fd, enum listener_kind kind);

/*
 * Fails with the address: with CONFIG where a later try would fail as well (no right to the port,
 * no folder for the socket), else with ERR. An address with '-' ahead of it is skipped if this
 * machine does not have it. A unix socket that no process answers on is replaced. The log is
 * borrowed.
 */
bool listener_bind(const struct config *config, const struct log *log, struct listener **out,
                   struct error *err) QUIPU_MUST_CHECK;
bool listener_start(struct listener *listener, struct event_base *base, listener_accept_fn *accept,
                    void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Appends "127.0.0.1:7379, [::1]:7379, 127.0.0.1:7380 (TLS)". */
void listener_print(const struct listener *listener, struct strbuf *out);
/* Closes all sockets and removes the unix socket. NULL is fine. */
void listener_free(struct listener *listener);

#endif
