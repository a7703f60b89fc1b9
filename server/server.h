/*
 * The server: what its parts share, and its life from configuration to exit.
 *
 *     STARTING --all shards are there--> RUNNING --SIGTERM, SIGINT, SHUTDOWN--> DRAINING
 *        |                                  ^                                    |  |
 *     SIGTERM, SIGINT                       +---------- SHUTDOWN ABORT ----------+  |
 *        |                                                                          |
 *        +-----> STOPPING <--- all has ended, shutdown-timeout, a second signal ----+
 *                    |
 *                    +--- shards ended ---> exit
 *
 * A shard that loads its data is there: what is asked of it answers LOADING.
 */
#ifndef QUIPU_SERVER_SERVER_H
#define QUIPU_SERVER_SERVER_H

#include "server/config/config.h"

/*
 * Runs a server until a signal ends it; takes over the configuration, which the caller still frees.
 * True: it ended in order. Fails with ERR where it cannot start.
 */
bool server_run(const struct config *config, struct error *err) QUIPU_MUST_CHECK;

#endif
