/*
 * SIGHUP: the configuration file read again while the server runs.
 * in: a signal; out: a configuration in use, and lines in the log.
 *
 *     notice configuration read again: changed: query-timeout
 *     warning configuration: cannot change while running, left as before: port
 *     warning configuration not read, nothing has changed: quipu.conf:3: unknown directive 'prot'
 *
 * What is compared and taken is in server/config_reload.c. Names go into the log, no values: one
 * may be a secret.
 */
#include "server/config_reload.h"
#include "server/server.h"

static void
changes_log(const struct log *log, const struct strbuf *changed, const struct strbuf *fixed)
{
    log_write(log, LOG_NOTICE, "configuration read again: %s%s",
              changed->len ? "changed: " : "nothing has changed", strbuf_slice(changed).ptr);
    if (fixed->len) {
        log_write(log, LOG_WARNING,
                  "configuration: cannot change while running, left as before: %s",
                  strbuf_slice(fixed).ptr);
    }
}

void
server_reload(struct server *server)
{
    struct strbuf changed, fixed;
    struct error err = {0};
    strbuf_init(&changed);
    strbuf_init(&fixed);
    server->stats.config_reloads++;
    if (!server->config.file) {
        log_write(&server->log, LOG_NOTICE, "no configuration file was given: none is read");
    } else if (config_reload(&server->config, &changed, &fixed, &err)) {
        server_apply_config(server);
        changes_log(&server->log, &changed, &fixed);
    } else {
        log_write(&server->log, LOG_WARNING, "configuration not read, nothing has changed: %s",
                  err.message);
    }
    strbuf_fini(&changed);
    strbuf_fini(&fixed);
}
