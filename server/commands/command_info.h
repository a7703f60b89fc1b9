/*
 * What INFO keeps between two of its calls: the keys of all shards, asked for at most once a
 * second, and who waits for them.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_INFO_H
#define QUIPU_SERVER_COMMANDS_COMMAND_INFO_H

#include "server/proxy/key_totals.h"

struct info_waiter;

/* All zero: nothing is known. */
struct info_keyspace {
    struct key_totals totals; /* of known_ms; that is 0: never, or the shards failed since */
    int64_t known_ms;
    bool is_asking; /* since asked_ms */
    int64_t asked_ms;
    struct key_totals_work work;
    struct info_waiter *waiters;
    struct event *timer; /* NULL until somebody waited */
};

/* After the executor was freed: nobody is answered any more. */
void info_keyspace_fini(struct info_keyspace *keyspace);

#endif
