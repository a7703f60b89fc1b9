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
#include "server/access.h"
#include "server/config_reload.h"
#include "server/directive.h"
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

/*
 * The password that new clients are asked for. One that is not in the file was set while running:
 * SIGHUP, which a rotated log sends too, must not open the server.
 */
static void
password_take(struct server *server, const struct config *before)
{
    const struct directive *directive = directive_find(slice_lit("requirepass"));
    if (before->requirepass.is_set && !server->config.requirepass.is_set) {
        server->config.requirepass = before->requirepass;
        log_write(&server->log, LOG_WARNING,
                  "configuration: requirepass is not in the file any more and is kept: CONFIG SET "
                  "requirepass \"\" takes it away");
    } else if (!directive_is_same(directive, before, &server->config)) {
        access_apply_password(server);
    }
}

/* All of it or nothing. Certificates are read again whether or not their names have changed. */
static bool
config_take(struct server *server, struct strbuf *changed, struct strbuf *fixed, struct error *err)
{
    struct config before = server->config;
    if (!config_reload(&server->config, changed, fixed, err)) {
        return false;
    }
    if (!server_reload_tls(server, err)) {
        server->config = before;
        return false;
    }
    password_take(server, &before);
    server_apply_config(server);
    return true;
}

void
server_reload(struct server *server)
{
    struct strbuf changed, fixed;
    struct error err = {0};
    strbuf_init(&changed);
    strbuf_init(&fixed);
    server->stats.config_reloads++;
    if (!config_take(server, &changed, &fixed, &err)) {
        log_write(&server->log, LOG_WARNING, "configuration not read, nothing has changed: %s",
                  err.message);
    } else if (!server->config.file) {
        log_write(&server->log, LOG_NOTICE, "no configuration file was given: none is read");
    } else {
        changes_log(&server->log, &changed, &fixed);
    }
    strbuf_fini(&changed);
    strbuf_fini(&fixed);
}
