/*
 * TLS: contexts made from settings, for connections that are accepted and that are opened.
 *
 *     struct tls_settings settings = {.prefix = "tls-", .cert_file = "server.crt", ...};
 *     tls_server_new(&settings, &context, &err)
 *     stream_open(loop, fd, tls_accept(context), &HANDLERS, client);
 *     tls_free(context);          connections that use it go on
 *
 * Settings are those of redis.conf. A mistake in them is an error that names the directive and the
 * file, at start, not a connection that fails later.
 */
#ifndef QUIPU_NET_TLS_H
#define QUIPU_NET_TLS_H

#include "base/error.h"

struct ssl_ctx_st;
struct ssl_st;

/* Whether the other side must show a certificate. A server's always must. */
enum tls_peers { TLS_PEERS_UNASKED, TLS_PEERS_REQUIRED, TLS_PEERS_OPTIONAL };

/* Texts: NULL or empty for none. Nothing is borrowed longer than the call. */
struct tls_settings {
    const char *prefix; /* of the directives, for messages: "tls-" */
    const char *cert_file, *key_file, *key_file_pass;
    const char *ca_cert_file, *ca_cert_dir;
    const char *protocols;    /* "TLSv1.2 TLSv1.3"; none: both */
    const char *ciphers;      /* of TLS 1.2 */
    const char *ciphersuites; /* of TLS 1.3 */
    enum tls_peers peers;     /* a server's clients */
};

/*
 * For connections that are accepted: needs a certificate and its key, and a CA unless clients are
 * unasked. Fails with ERR.
 */
bool tls_server_new(const struct tls_settings *settings, struct ssl_ctx_st **out,
                    struct error *err) QUIPU_MUST_CHECK;
/*
 * For connections that are opened: the other side's certificate must be good by the CA given, or by
 * those this machine trusts. Fails with ERR.
 */
bool tls_client_new(const struct tls_settings *settings, struct ssl_ctx_st **out,
                    struct error *err) QUIPU_MUST_CHECK;
/* Sessions keep what they need. NULL is ignored. */
void tls_free(struct ssl_ctx_st *context);
/* A session in accept state, for stream_open, which takes it over. Never NULL. */
struct ssl_st *tls_accept(struct ssl_ctx_st *context);
/* One in connect state, whose other side must show a certificate of this host. Never NULL. */
struct ssl_st *tls_connect(struct ssl_ctx_st *context, const char *host);

#endif
