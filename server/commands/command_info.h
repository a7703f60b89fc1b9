/*
 * What INFO keeps between two calls: the number of keys of all shards, which is asked for at most
 * once a second, and the requests that wait for it.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_INFO_H
#define QUIPU_SERVER_COMMANDS_COMMAND_INFO_H

#include "server/proxy/key_totals.h"

struct info_waiter;

/* All zero: nothing is known yet. */
struct info_keyspace {
    struct key_totals totals; /* from known_ms; if that is 0: not known, or the shards failed
                                 since */
    int64_t known_ms;
    bool is_asking; /* a question is under way, since asked_ms */
    int64_t asked_ms;
    struct key_totals_work work;
    struct info_waiter *waiters;
    struct event *timer; /* NULL until the first request waited */
};

/* Call it after the executor was freed. Waiting requests are not answered any more. */
void info_keyspace_fini(struct info_keyspace *keyspace);

#endif
