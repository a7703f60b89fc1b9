/*
 * Reads the configuration file again while the server runs, as SIGHUP asks for.
 * in: a signal; out: a configuration in use, and lines in the log.
 *
 *     notice configuration read again: changed: query-timeout
 *     warning configuration: cannot change while running, left as before: port
 *     warning configuration not read, nothing has changed: quipu.conf:3: unknown directive 'prot'
 *
 * server/config/config_reload.c compares and takes values. The log gets names and no values: one
 * may be a secret.
 */
#include "server/reload.h"

#include "base/log.h"
#include "server/access/access.h"
#include "server/access/stats.h"
#include "server/config/config.h"
#include "server/config/config_reload.h"
#include "server/config/directive.h"
#include "server/table/services.h"

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
 * Takes the password that new clients need. A password that is not in the file was set while
 * running, and is kept: SIGHUP, which log rotation sends too, must not open the server.
 */
static void
password_take(struct services *services, const struct config *before)
{
    const struct directive *directive = directive_find(slice_lit("requirepass"));
    if (before->requirepass.is_set && !services->config->requirepass.is_set) {
        services->config->requirepass = before->requirepass;
        log_write(services->log, LOG_WARNING,
                  "configuration: requirepass is not in the file any more and is kept: CONFIG SET "
                  "requirepass \"\" takes it away");
    } else if (!directive_is_same(directive, before, services->config)) {
        access_apply_password(services->acl, services->config);
    }
}

/* Takes all or nothing. Certificates are read again even if their names are the same. */
static bool
config_take(struct services *services, struct strbuf *changed, struct strbuf *fixed,
            struct error *err)
{
    struct config before = *services->config;
    if (!config_reload(services->config, changed, fixed, err)) {
        return false;
    }
    if (!services->control->reload_tls(services->server, err)) {
        *services->config = before;
        return false;
    }
    password_take(services, &before);
    services->control->apply_config(services->server);
    return true;
}

void
reload_config(struct services *services)
{
    struct strbuf changed, fixed;
    struct error err = {0};
    strbuf_init(&changed);
    strbuf_init(&fixed);
    services->stats->config_reloads++;
    if (!config_take(services, &changed, &fixed, &err)) {
        log_write(services->log, LOG_WARNING, "configuration not read, nothing has changed: %s",
                  err.message);
    } else if (!services->config->file) {
        log_write(services->log, LOG_NOTICE, "no configuration file was given: none is read");
    } else {
        changes_log(services->log, &changed, &fixed);
    }
    strbuf_fini(&changed);
    strbuf_fini(&fixed);
}
