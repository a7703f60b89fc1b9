/*
 * Opens the sockets that clients connect to, and accepts their connections.
 * in: bind, port, tls-port, unixsocket, http-port, https-port; out: accepted connections.
 *
 *     bind 127.0.0.1 -::1, port 7379     -> 127.0.0.1:7379, and [::1]:7379 where there is IPv6
 */
#include "server/client/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/must.h"
#include "server/config/address.h"

/* When descriptors run out, accepting pauses, instead of a busy loop. */
enum { ACCEPT_REST_MS = 100 };

struct endpoint {
    struct listener *listener;
    int fd;
    enum listener_kind kind;
    char address[ADDRESS_BYTES];
    struct evconnlistener *evlistener; /* owns fd, once started */
    struct event *rest;
};

struct listener {
    const struct log *log;
    int backlog;
    struct endpoint *endpoints;
    size_t nendpoints;
    char *unix_path; /* NULL: none */
    listener_accept_fn *accept;
    void *arg;
};

static void
endpoint_add(struct listener *listener, int fd, enum listener_kind kind)
{
    size_t n = listener->nendpoints;
    struct endpoint *grown = must_grow(listener->endpoints, n + 1, sizeof *grown);
    grown[n] = (struct endpoint){.listener = listener, .fd = fd, .kind = kind};
    address_of_socket(fd, grown[n].address);
    listener->endpoints = grown;
    listener->nendpoints++;
}

/* -1 and errno: it failed. */
static int
tcp_socket(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0) {
        int cause = errno;
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

/* '*' stands for every address of a family, as in redis.conf: `bind * -::*`. */
static const char *
node_of(const char *host)
{
    if (strcmp(host, "*") == 0) {
        return "0.0.0.0";
    }
    return strcmp(host, "::*") == 0 ? "::" : host;
}

/* The code of a bind() that failed: CONFIG, where the next one would fail as well. */
static const char *
code_of(int cause)
{
    return cause == EACCES || cause == ENOENT || cause == ENOTDIR ? "CONFIG" : "ERR";
}

static bool
tcp_bind(struct listener *listener, const char *host, int port, enum listener_kind kind,
         struct error *err)
{
    bool is_optional = host[0] == '-';
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    host += is_optional;
    snprintf(service, sizeof service, "%d", port);
    int status = getaddrinfo(node_of(host), service, &hints, &found);
    if (status != 0) {
        return is_optional || error_set(err, "ERR", "bind %s: %s", host, gai_strerror(status));
    }
    int fd = tcp_socket(found);
    int cause = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        bool is_missing = cause == EADDRNOTAVAIL || cause == EAFNOSUPPORT;
        return (is_optional && is_missing) ||
               error_set(err, code_of(cause), "cannot listen on %s port %d: %s", host, port,
                         strerror(cause));
    }
    endpoint_add(listener, fd, kind);
    return true;
}

/* True: a server answers at the socket. False: a server that was killed has left it. */
static bool
unix_is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_alive = connect(fd, (const struct sockaddr *) address, sizeof *address) == 0;
    close(fd);
    return is_alive;
}

static bool
unix_bind(struct listener *listener, const char *path, mode_t mode, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return error_set(err, "CONFIG", "unixsocket: the path is longer than %zu bytes",
                         sizeof address.sun_path - 1);
    }
    strcpy(address.sun_path, path);
    if (unix_is_alive(&address)) {
        return error_set(err, "ERR", "cannot listen on %s: another process does", path);
    }
    struct stat status;
    if (lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode)) {
        return error_set(err, "CONFIG", "cannot listen on %s: it is there and is no socket", path);
    }
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0777 & ~mode);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof address) == 0;
    umask(mask);
    if (!ok) {
        (void) error_set(err, code_of(errno), "cannot listen on %s: %s", path, strerror(errno));
        close(fd);
        return false;
    }
    listener->unix_path = must_copy(slice_str(path));
    endpoint_add(listener, fd, LISTENER_UNIX);
    return true;
}

static bool
port_bind(struct listener *listener, const struct config_words *hosts, int64_t port,
          enum listener_kind kind, struct error *err)
{
    for (size_t i = 0; port && i < hosts->nwords; i++) {
        if (!tcp_bind(listener, hosts->words[i].ptr, (int) port, kind, err)) {
            return false;
        }
    }
    return true;
}

static bool
bind_all(struct listener *listener, const struct config *config, struct error *err)
{
    if (!port_bind(listener, &config->bind, config->port, LISTENER_TCP, err) ||
        !port_bind(listener, &config->bind, config->tls_port, LISTENER_TLS, err)) {
        return false;
    }
    const struct config_words *http_hosts =
        config->http_bind.nwords ? &config->http_bind : &config->bind;
    if (!port_bind(listener, http_hosts, config->http_port, LISTENER_HTTP, err) ||
        !port_bind(listener, http_hosts, config->https_port, LISTENER_HTTPS, err)) {
        return false;
    }
    if (config->unixsocket[0] &&
        !unix_bind(listener, config->unixsocket, (mode_t) config->unixsocketperm, err)) {
        return false;
    }
    return listener->nendpoints > 0 || error_set(err, "ERR", "no address of `bind` is there");
}

bool
listener_bind(const struct config *config, const struct log *log, struct listener **out,
              struct error *err)
{
    struct listener *listener = must_alloc(sizeof *listener);
    listener->log = log;
    listener->backlog = (int) config->tcp_backlog;
    if (!bind_all(listener, config, err)) {
        listener_free(listener);
        return false;
    }
    *out = listener;
    return true;
}

static void
on_accept(struct evconnlistener *evlistener, evutil_socket_t fd, struct sockaddr *address, int len,
          void *arg)
{
    (void) evlistener, (void) address, (void) len;
    struct endpoint *endpoint = arg;
    endpoint->listener->accept(endpoint->listener->arg, fd, endpoint->kind);
}

static void
on_accept_error(struct evconnlistener *evlistener, void *arg)
{
    struct endpoint *endpoint = arg;
    struct timeval rest = {0, ACCEPT_REST_MS * 1000};
    log_write(endpoint->listener->log, LOG_WARNING, "accept on %s: %s", endpoint->address,
              strerror(errno));
    evconnlistener_disable(evlistener);
    event_add(endpoint->rest, &rest);
}

static void
on_rested(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct endpoint *endpoint = arg;
    evconnlistener_enable(endpoint->evlistener);
}

bool
listener_start(struct listener *listener, struct event_base *base, listener_accept_fn *accept,
               void *arg, struct error *err)
{
    listener->accept = accept;
    listener->arg = arg;
    for (size_t i = 0; i < listener->nendpoints; i++) {
        struct endpoint *endpoint = &listener->endpoints[i];
        endpoint->evlistener = evconnlistener_new(base, on_accept, endpoint,
                                                  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                                  listener->backlog, endpoint->fd);
        endpoint->rest = event_new(base, -1, 0, on_rested, endpoint);
        if (!endpoint->evlistener || !endpoint->rest) {
            return error_set(err, "ERR", "cannot listen on %s: %s", endpoint->address,
                             strerror(errno));
        }
        evconnlistener_set_error_cb(endpoint->evlistener, on_accept_error);
    }
    return true;
}

static bool
is_http(enum listener_kind kind)
{
    return kind == LISTENER_HTTP || kind == LISTENER_HTTPS;
}

static const char *
scheme_of(enum listener_kind kind)
{
    return !is_http(kind) ? "" : kind == LISTENER_HTTP ? "http://" : "https://";
}

void
listener_print(const struct listener *listener, struct strbuf *out)
{
    for (size_t i = 0; i < listener->nendpoints; i++) {
        const struct endpoint *endpoint = &listener->endpoints[i];
        strbuf_printf(out, "%s%s%s%s%s", i ? ", " : "", scheme_of(endpoint->kind),
                      endpoint->kind == LISTENER_UNIX ? listener->unix_path : endpoint->address,
                      endpoint->kind == LISTENER_TLS ? " (TLS)" : "",
                      is_http(endpoint->kind) ? "/" : "");
    }
}

static void
endpoint_close(struct endpoint *endpoint)
{
    if (endpoint->rest) {
        event_free(endpoint->rest);
    }
    if (endpoint->evlistener) {
        evconnlistener_free(endpoint->evlistener);
    } else {
        close(endpoint->fd);
    }
}

void
listener_free(struct listener *listener)
{
    if (!listener) {
        return;
    }
    for (size_t i = 0; i < listener->nendpoints; i++) {
        endpoint_close(&listener->endpoints[i]);
    }
    if (listener->unix_path) {
        unlink(listener->unix_path);
        free(listener->unix_path);
    }
    free(listener->endpoints);
    free(listener);
}
