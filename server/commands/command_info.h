/*
 * What INFO keeps between two calls: requests that wait until the shards have told how many keys
 * they have (server/metrics/key_figures.h).
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_INFO_H
#define QUIPU_SERVER_COMMANDS_COMMAND_INFO_H

struct event;
struct info_waiter;

/* All zero: nobody waits. */
struct info_waiters {
    struct info_waiter *first;
    struct event *timer; /* NULL until the first request waited */
};

/* Call it after the executor was freed. Waiting requests are not answered any more. */
void info_waiters_fini(struct info_waiters *waiters);

#endif
