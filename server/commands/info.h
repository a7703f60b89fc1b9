/*
 * INFO's sections: the server's state as `name:value` lines.
 *
 *     info_print(services, slice_lit("clients"), &text)
 *
 *     # Clients
 *     connected_clients:1
 *     ...
 */
#ifndef QUIPU_SERVER_COMMANDS_INFO_H
#define QUIPU_SERVER_COMMANDS_INFO_H

#include "base/strbuf.h"

struct services;

/*
 * Appends the kinds of shards, each once: "redis 7.0.15, valkey 9.1.2". Nothing before a shard was
 * reached.
 */
void info_print_shard_kinds(const struct services *services, struct strbuf *out);
/* True for "all", "default" and "everything". */
bool info_is_all(struct slice section);
/*
 * Appends a section, by name in any case, or all sections. An unknown section appends nothing, as
 * in Redis. `keyspace` is not here, because shards are asked for it: see
 * server/commands/command_info.c. Cannot fail.
 */
void info_print(struct services *services, struct slice section, struct strbuf *out);

#endif
