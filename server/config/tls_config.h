/*
 * TLS contexts from the configuration.
 *
 *     tls_config_clients(&config, &context, &err)      tls-cert-file, ...; NULL with tls-port 0
 *     tls_config_shards(&config, &context, &err)       shard-tls-...; NULL with shard-tls no
 */
#ifndef QUIPU_SERVER_CONFIG_TLS_CONFIG_H
#define QUIPU_SERVER_CONFIG_TLS_CONFIG_H

#include "net/tls.h"
#include "server/config/config_values.h"

/* Each makes a context, which the caller frees (tls_free). Fails with ERR, naming the directive. */
bool tls_config_clients(const struct config *config, struct ssl_ctx_st **out,
                        struct error *err) QUIPU_MUST_CHECK;
bool tls_config_shards(const struct config *config, struct ssl_ctx_st **out,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
