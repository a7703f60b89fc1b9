/*
 * INFO's sections: the server's state as `name:value` lines.
 *
 *     info_print(services, slice_lit("clients"), &text)
 *
 *     # Clients
 *     connected_clients:1
 *     ...
 */
#ifndef QUIPU_SERVER_METRICS_INFO_H
#define QUIPU_SERVER_METRICS_INFO_H

#include "base/strbuf.h"

struct services;

/* True for "all", "default" and "everything". */
bool info_is_all(struct slice section);
/*
 * Appends a section, by name in any case, or several: "default" leaves out commandstats and
 * latencystats, as in Redis; "all" and "everything" have them. An unknown section appends nothing,
 * as in Redis. `keyspace` is not here, because shards are asked for it: see
 * server/commands/command_info.c. Cannot fail.
 */
void info_print(struct services *services, struct slice section, struct strbuf *out);

#endif
