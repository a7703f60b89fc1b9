/*
 * Reading the configuration again while it is in use.
 *
 *     config_reload(&config, &changed, &fixed, &err)      "query-timeout max-cells", "port"
 *
 * What would stand after a restart: defaults, the file as it is now, the command line. So what
 * CONFIG SET has changed and the file does not say is undone.
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_RELOAD_H
#define QUIPU_SERVER_CONFIG_CONFIG_RELOAD_H

#include "server/config/config.h"

/*
 * Takes what can change while running (as CONFIG SET could) and appends the names of what has; to
 * fixed, the names of what is another and cannot change, which is left as it was. All or nothing:
 * fails with ERR, which names line and word, where the file cannot be read or has a mistake.
 * Without a file there is nothing to do.
 */
bool config_reload(struct config *config, struct strbuf *changed, struct strbuf *fixed,
                   struct error *err) QUIPU_MUST_CHECK;

#endif
