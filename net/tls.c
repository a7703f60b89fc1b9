/*
 * What connections with TLS need: certificates, keys and ciphers, read and checked.
 * in: names of files, protocols and ciphers; out: an SSL_CTX, or what is wrong with which of them.
 *
 *     tls-cert-file server.crt, tls-key-file other.key
 *         -> ERR tls-key-file other.key: is not the key of tls-cert-file server.crt
 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/must.h"

static bool
is_given(const char *text)
{
    return text && text[0];
}

/* The first error in OpenSSL's queue is the cause. */
static bool
openssl_error(const struct tls_settings *settings, const char *directive, const char *value,
              struct error *err)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
                                                          : ERR_reason_error_string(code);
    ERR_clear_error();
    return error_set(err, "ERR", "%s%s %s: %s", settings->prefix, directive, value,
                     reason ? reason : "cannot be used");
}

/* Never asks at a terminal, unlike OpenSSL. */
static int
on_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void) writing;
    const char *password = arg;
    size_t len = password ? strlen(password) : 0;
    if (size <= 0 || len >= (size_t) size) {
        return 0;
    }
    memcpy(buffer, password ? password : "", len);
    return (int) len;
}

static bool
certificate_use(SSL_CTX *context, const struct tls_settings *settings, struct error *err)
{
    if (!is_given(settings->cert_file) && !is_given(settings->key_file)) {
        return true;
    }
    if (!is_given(settings->cert_file) || !is_given(settings->key_file)) {
        return error_set(err, "ERR", "%scert-file and %skey-file go together", settings->prefix,
                         settings->prefix);
    }
    if (SSL_CTX_use_certificate_chain_file(context, settings->cert_file) != 1) {
        return openssl_error(settings, "cert-file", settings->cert_file, err);
    }
    SSL_CTX_set_default_passwd_cb(context, on_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, (void *) settings->key_file_pass);
    bool ok = SSL_CTX_use_PrivateKey_file(context, settings->key_file, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    if (!ok && ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) {
        ERR_clear_error();
        return error_set(err, "ERR", "%skey-file %s: is not the key of %scert-file %s",
                         settings->prefix, settings->key_file, settings->prefix,
                         settings->cert_file);
    }
    return ok || openssl_error(settings, "key-file", settings->key_file, err);
}

static bool
authorities_use(SSL_CTX *context, const struct tls_settings *settings, struct error *err)
{
    if (is_given(settings->ca_cert_file)) {
        if (SSL_CTX_load_verify_file(context, settings->ca_cert_file) != 1) {
            return openssl_error(settings, "ca-cert-file", settings->ca_cert_file, err);
        }
        /* Tells a client with several certificates which one is needed. */
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings->ca_cert_file));
    }
    if (is_given(settings->ca_cert_dir) &&
        SSL_CTX_load_verify_dir(context, settings->ca_cert_dir) != 1) {
        return openssl_error(settings, "ca-cert-dir", settings->ca_cert_dir, err);
    }
    return true;
}

static const struct {
    const char *name;
    uint64_t option; /* the option that switches it off */
} PROTOCOLS[] = {{"TLSv1", SSL_OP_NO_TLSv1},
                 {"TLSv1.1", SSL_OP_NO_TLSv1_1},
                 {"TLSv1.2", SSL_OP_NO_TLSv1_2},
                 {"TLSv1.3", SSL_OP_NO_TLSv1_3}};
enum { NPROTOCOLS = sizeof PROTOCOLS / sizeof *PROTOCOLS };

static bool
protocol_find(struct slice name, uint64_t *option)
{
    for (size_t i = 0; i < NPROTOCOLS; i++) {
        if (slice_equal_nocase(name, slice_str(PROTOCOLS[i].name))) {
            *option = PROTOCOLS[i].option;
            return true;
        }
    }
    return false;
}

static bool
protocols_use(SSL_CTX *context, const struct tls_settings *settings, struct error *err)
{
    const char *text = is_given(settings->protocols) ? settings->protocols : "TLSv1.2 TLSv1.3";
    uint64_t off = 0, option;
    for (size_t i = 0; i < NPROTOCOLS; i++) {
        off |= PROTOCOLS[i].option;
    }
    for (size_t len; *text; text += len) {
        len = strspn(text, " ");
        if (len > 0) {
            continue;
        }
        len = strcspn(text, " ");
        if (!protocol_find(slice_of(text, len), &option)) {
            char quoted[ERROR_QUOTE_BYTES];
            return error_set(err, "ERR",
                             "%sprotocols: expected TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3, not %s",
                             settings->prefix, error_quote(quoted, slice_of(text, len)));
        }
        off &= ~option;
    }
    SSL_CTX_set_options(context, off);
    return true;
}

static bool
ciphers_use(SSL_CTX *context, const struct tls_settings *settings, struct error *err)
{
    if (is_given(settings->ciphers) && SSL_CTX_set_cipher_list(context, settings->ciphers) != 1) {
        return openssl_error(settings, "ciphers", settings->ciphers, err);
    }
    if (is_given(settings->ciphersuites) &&
        SSL_CTX_set_ciphersuites(context, settings->ciphersuites) != 1) {
        return openssl_error(settings, "ciphersuites", settings->ciphersuites, err);
    }
    return true;
}

static SSL_CTX *
context_new(const SSL_METHOD *method)
{
    static const unsigned char SESSIONS[] = "quipu";
    SSL_CTX *context = must_have(SSL_CTX_new(method));
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_session_id_context(context, SESSIONS, sizeof SESSIONS - 1);
    ERR_clear_error();
    return context;
}

/* Sets what both kinds of context have; takes over the context. */
static bool
context_finish(SSL_CTX *context, const struct tls_settings *settings, SSL_CTX **out,
               struct error *err)
{
    if (!certificate_use(context, settings, err) || !authorities_use(context, settings, err) ||
        !protocols_use(context, settings, err) || !ciphers_use(context, settings, err)) {
        SSL_CTX_free(context);
        return false;
    }
    *out = context;
    return true;
}

bool
tls_server_new(const struct tls_settings *settings, SSL_CTX **out, struct error *err)
{
    static const int MODES[] = {[TLS_PEERS_UNASKED] = SSL_VERIFY_NONE,
                                [TLS_PEERS_REQUIRED] =
                                    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                [TLS_PEERS_OPTIONAL] = SSL_VERIFY_PEER};
    if (!is_given(settings->cert_file)) {
        return error_set(err, "ERR", "%sport needs %scert-file and %skey-file", settings->prefix,
                         settings->prefix, settings->prefix);
    }
    if (settings->peers != TLS_PEERS_UNASKED && !is_given(settings->ca_cert_file) &&
        !is_given(settings->ca_cert_dir)) {
        return error_set(err, "ERR",
                         "clients' certificates cannot be checked without %sca-cert-file or "
                         "%sca-cert-dir; `%sauth-clients no` asks for none",
                         settings->prefix, settings->prefix, settings->prefix);
    }
    SSL_CTX *context = context_new(TLS_server_method());
    SSL_CTX_set_verify(context, MODES[settings->peers], NULL);
    return context_finish(context, settings, out, err);
}

bool
tls_client_new(const struct tls_settings *settings, SSL_CTX **out, struct error *err)
{
    SSL_CTX *context = context_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (!is_given(settings->ca_cert_file) && !is_given(settings->ca_cert_dir)) {
        SSL_CTX_set_default_verify_paths(context);
    }
    return context_finish(context, settings, out, err);
}

void
tls_free(SSL_CTX *context)
{
    SSL_CTX_free(context);
}

static SSL *
session_new(SSL_CTX *context)
{
    return must_have(SSL_new(context));
}

SSL *
tls_accept(SSL_CTX *context)
{
    SSL *ssl = session_new(context);
    SSL_set_accept_state(ssl);
    return ssl;
}

SSL *
tls_connect(SSL_CTX *context, const char *host)
{
    SSL *ssl = session_new(context);
    SSL_set_connect_state(ssl);
    SSL_set_tlsext_host_name(ssl, host);
    SSL_set1_host(ssl, host);
    return ssl;
}
