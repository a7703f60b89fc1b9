/*
 * Reads the configuration again while it is in use.
 *
 *     config_reload(&config, &changed, &fixed, &err)      "query-timeout max-cells", "port"
 *
 * The settings become what a restart would give: the defaults, then the present file, then the
 * command line. So a change by CONFIG SET that is not in the file is undone.
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_RELOAD_H
#define QUIPU_SERVER_CONFIG_CONFIG_RELOAD_H

#include "server/config/config.h"

/*
 * Changes the directives that can change while the server runs (those of CONFIG SET), and appends
 * the names of the changed ones to changed. Other directives keep their values; those that differ
 * in the file are appended to fixed. All changes are made or none. Fails with ERR, which names the
 * line and the word, if the file cannot be read or has a mistake. Without a file it does nothing.
 */
bool config_reload(struct config *config, struct strbuf *changed, struct strbuf *fixed,
                   struct error *err) QUIPU_MUST_CHECK;

#endif
