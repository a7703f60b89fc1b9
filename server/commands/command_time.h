/*
 * Measures how long commands take, for their figures and for SLOWLOG.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_TIME_H
#define QUIPU_SERVER_COMMANDS_COMMAND_TIME_H

#include "server/client/call.h"

/* The start of a call, in microseconds of a clock that only goes forward. */
int64_t command_start_us(const struct call *call);
/*
 * For command_run: the command began at started_us, and has been answered or still runs. It is
 * counted, and goes into the slow log if it took long, now or when it ends.
 */
void command_time(struct call *call, int64_t started_us, enum command_outcome outcome);
/*
 * Call it first when a query has ended, while its request still has it: if it was slow, its plan is
 * kept for the slow log.
 */
void command_time_query(struct request *request);

#endif
