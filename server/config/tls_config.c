/*
 * Makes TLS contexts from the directives. in: struct config; out: contexts, or none if TLS is not
 * asked for.
 */
#include "server/config/tls_config.h"

static enum tls_peers
peers_of(const struct config *config)
{
    switch (config->tls_auth_clients) {
    case AUTH_CLIENTS_NO: return TLS_PEERS_UNASKED;
    case AUTH_CLIENTS_OPTIONAL: return TLS_PEERS_OPTIONAL;
    }
    return TLS_PEERS_REQUIRED;
}

bool
tls_config_clients(const struct config *config, struct ssl_ctx_st **out, struct error *err)
{
    struct tls_settings settings = {.prefix = "tls-",
                                    .cert_file = config->tls_cert_file,
                                    .key_file = config->tls_key_file,
                                    .key_file_pass = config->tls_key_file_pass,
                                    .ca_cert_file = config->tls_ca_cert_file,
                                    .ca_cert_dir = config->tls_ca_cert_dir,
                                    .protocols = config->tls_protocols,
                                    .ciphers = config->tls_ciphers,
                                    .ciphersuites = config->tls_ciphersuites,
                                    .peers = peers_of(config)};
    *out = NULL;
    return (config->tls_port == 0 && config->https_port == 0) ||
           tls_server_new(&settings, out, err);
}

bool
tls_config_shards(const struct config *config, struct ssl_ctx_st **out, struct error *err)
{
    struct tls_settings settings = {.prefix = "shard-tls-",
                                    .cert_file = config->shard_tls_cert_file,
                                    .key_file = config->shard_tls_key_file,
                                    .ca_cert_file = config->shard_tls_ca_cert_file,
                                    .ca_cert_dir = config->shard_tls_ca_cert_dir};
    *out = NULL;
    bool is_embedded = config->shards.kind == SHARDS_EMBEDDED; /* they use our unix sockets */
    return is_embedded || !config->shard_tls || tls_client_new(&settings, out, err);
}
