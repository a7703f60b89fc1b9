/*
 * A client's command over its own connection to a shard, the one that owns the slot of its keys by
 * then: WATCH, and what waits for other clients (BLPOP). It follows the slot, also when that moves
 * away while the command waits there.
 */
#ifndef QUIPU_SERVER_PROXY_SESSION_COMMAND_H
#define QUIPU_SERVER_PROXY_SESSION_COMMAND_H

#include "server/proxy/route.h"

struct session_command;

/*
 * Starts it; the request of the call is ended when it is answered. False, and the error is written:
 * its keys are of several slots, or the connection watches or subscribes elsewhere.
 */
bool session_command_start(struct call *call, const struct route *route, bool is_watch);
/* Its client's rights have changed: one that waits and is not allowed any more ends, soon, with
 * NOPERM; what the shard had given it by then is passed on. */
void session_command_recheck(struct session_command *command);
/* Its client leaves: it is not sent again, and fails if it waits for that. */
void session_command_abandon(struct session_command *command);

/* It is none that only watches. */
bool session_command_is_blocking(const struct session_command *command);
/* It waits for its slot's owner to be known: no shard has it. */
bool session_command_is_on_its_way(const struct session_command *command);

#endif
