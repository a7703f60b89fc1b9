/*
 * TLS: makes contexts from settings, for accepted and for opened connections.
 *
 *     struct tls_settings settings = {.prefix = "tls-", .cert_file = "server.crt", ...};
 *     tls_server_new(&settings, &context, &err)
 *     stream_open(loop, fd, tls_accept(context), &HANDLERS, client);
 *     tls_free(context);          connections that use it go on
 *
 * The settings are those of redis.conf. A mistake in them is an error at start, which names the
 * directive and the file, and not a connection that fails later.
 */
#ifndef QUIPU_NET_TLS_H
#define QUIPU_NET_TLS_H

#include "base/error.h"

struct ssl_ctx_st;
struct ssl_st;

/* Whether a client must show a certificate. A server always must. */
enum tls_peers { TLS_PEERS_UNASKED, TLS_PEERS_REQUIRED, TLS_PEERS_OPTIONAL };

/* Texts: NULL or empty for none. Nothing is borrowed longer than the call. */
struct tls_settings {
    const char *prefix; /* the beginning of the directives' names, for messages: "tls-" */
    const char *cert_file, *key_file, *key_file_pass;
    const char *ca_cert_file, *ca_cert_dir;
    const char *protocols;    /* "TLSv1.2 TLSv1.3"; none: both */
    const char *ciphers;      /* of TLS 1.2 */
    const char *ciphersuites; /* of TLS 1.3 */
    enum tls_peers peers;     /* for a server: whether its clients must show a certificate */
};

/*
 * Makes a context for accepted connections. It needs a certificate and its key, and a CA unless
 * peers is UNASKED. Fails with ERR.
 */
bool tls_server_new(const struct tls_settings *settings, struct ssl_ctx_st **out,
                    struct error *err) QUIPU_MUST_CHECK;
/*
 * Makes a context for opened connections. The CA given, or those that this machine trusts, must
 * have signed the other side's certificate. Fails with ERR.
 */
bool tls_client_new(const struct tls_settings *settings, struct ssl_ctx_st **out,
                    struct error *err) QUIPU_MUST_CHECK;
/* Frees a context. Sessions keep what they need. NULL is ignored. */
void tls_free(struct ssl_ctx_st *context);
/* A session in accept state, for stream_open, which takes it over. Never NULL. */
struct ssl_st *tls_accept(struct ssl_ctx_st *context);
/* A session in connect state. The other side must show a certificate for this host. Never NULL. */
struct ssl_st *tls_connect(struct ssl_ctx_st *context, const char *host);

#endif
