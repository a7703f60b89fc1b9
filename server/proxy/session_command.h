/*
 * A client's command over its own connection to the shard that owns the slot of its keys: WATCH,
 * and commands that wait for other clients (BLPOP). The command follows the slot, also if the slot
 * moves away while the command waits.
 */
#ifndef QUIPU_SERVER_PROXY_SESSION_COMMAND_H
#define QUIPU_SERVER_PROXY_SESSION_COMMAND_H

#include "server/proxy/route.h"

struct session_command;

/*
 * Starts a command. Its answer ends the call's request. False, with the error written: its keys are
 * in several slots, or the client watches or subscribes at another shard.
 */
bool session_command_start(struct call *call, const struct route *route, bool is_watch);
/*
 * The client's rights have changed. A waiting command that is no longer allowed soon ends with
 * NOPERM. A value that the shard had given it by then is passed on.
 */
void session_command_recheck(struct session_command *command);
/* The client leaves. The command is not sent again; if it waits to be sent, it fails. */
void session_command_abandon(struct session_command *command);

/* True for a blocking command, false for WATCH. */
bool session_command_is_blocking(const struct session_command *command);
/* True while it waits for its slot's owner to be known, so that no shard has it. */
bool session_command_is_on_its_way(const struct session_command *command);

#endif
