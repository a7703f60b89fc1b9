/*
 * INFO's sections: the server's state as `name:value` lines.
 *
 *     info_print(server, slice_lit("clients"), &text)
 *
 *     # Clients
 *     connected_clients:1
 *     ...
 */
#ifndef QUIPU_SERVER_INFO_H
#define QUIPU_SERVER_INFO_H

#include "base/strbuf.h"

struct server;

/*
 * Appends a section, by name in any case; "all", "default" and "everything" are all of them. One
 * that does not exist appends nothing, as in Redis. Cannot fail.
 */
void info_print(struct server *server, struct slice section, struct strbuf *out);

#endif
