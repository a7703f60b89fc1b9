/*
 * How long commands take: what SLOWLOG is made of.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_TIME_H
#define QUIPU_SERVER_COMMANDS_COMMAND_TIME_H

#include "server/client/call.h"

/* Microseconds of a clock that only goes forward, for a call that is to run. */
int64_t command_start_us(const struct call *call);
/*
 * For command_run: the command has run since then, and has been answered or runs on. It comes into
 * the slow log when it took, or will have taken, long.
 */
void command_time(struct call *call, int64_t started_us, enum command_outcome outcome);

#endif
