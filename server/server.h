/*
 * The server: its life from configuration to exit.
 *
 *     STARTING --all shards are there--> RUNNING --SIGTERM, SIGINT, SHUTDOWN--> DRAINING
 *        |                                  ^                                    |  |
 *     SIGTERM, SIGINT                       +---------- SHUTDOWN ABORT ----------+  |
 *        |                                                                          |
 *        +-----> STOPPING <--- all has ended, shutdown-timeout, a second signal ----+
 *                    |
 *                    +--- shards ended ---> exit
 *
 * A shard that loads its data counts as being there: commands for it answer LOADING.
 */
#ifndef QUIPU_SERVER_SERVER_H
#define QUIPU_SERVER_SERVER_H

#include "server/config/config.h"

/*
 * Runs a server until a signal ends it. It works on the configuration's memory, which the caller
 * frees afterwards. True: it ended in order. If it cannot start it fails with CONFIG where it could
 * not start a second time either, because the configuration has a mistake, and else with ERR.
 */
bool server_run(const struct config *config, struct error *err) QUIPU_MUST_CHECK;

#endif
