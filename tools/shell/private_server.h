/*
 * A server of the shell's own, over files: two embedded shards in a directory.
 *
 *     private_server_start(NULL, &server, &err)            in a temporary directory
 *     private_server_address(server)
 *     private_server_end(server)                           and the directory is gone
 */
#ifndef QUIPU_TOOLS_SHELL_PRIVATE_SERVER_H
#define QUIPU_TOOLS_SHELL_PRIVATE_SERVER_H

#include "base/error.h"
#include "tools/connection.h"

struct private_server;

/*
 * Starts it, and waits until it answers. directory: where the data is, and stays; NULL: a temporary
 * one. Fails with IO; nothing is left then.
 */
bool private_server_start(const char *directory, struct private_server **out,
                          struct error *err) QUIPU_MUST_CHECK;
/* Borrowed. */
const struct connection_address *private_server_address(const struct private_server *server);
/* Asks it to end, waits for that, removes what is temporary, and frees it. NULL is ignored. */
void private_server_end(struct private_server *server);

#endif
