/*
 * Embedded shards: N private redis-server processes, started, watched and ended by us.
 *
 *     <dir>/lock             held while a server runs on this directory
 *     <dir>/layout           "shards 2": how many there are, fixed once written
 *     <dir>/shard-0/         redis.sock, redis.log and the append-only file
 *     <dir>/shard-1/
 *
 *     struct embedded *embedded;
 *     embedded_start(base, &config, &log, &embedded, &err)
 *     executor_new(base, ..., embedded_addresses(embedded), 2, ...)
 *     embedded_stop(embedded, on_stopped, server)        ... the loop runs ... on_stopped(server)
 *     embedded_free(embedded)
 *
 * A process that ends by itself is started again, after 50 ms at first, at most 2 s. One that is
 * left over from a server that was killed is ended before its successor starts, as two on one
 * append-only file would ruin it.
 */
#ifndef QUIPU_SERVER_EMBEDDED_EMBEDDED_H
#define QUIPU_SERVER_EMBEDDED_EMBEDDED_H

#include "base/log.h"
#include "executor/executor.h"
#include "server/config/config_values.h"

struct event_base;
struct embedded;

/*
 * Starts config->shards.nshards processes under config->dir. Config and log are borrowed and must
 * outlive it. Fails with ERR: the directory cannot be used, is another server's, holds another
 * number of shards, or a process cannot be started.
 */
bool embedded_start(struct event_base *base, const struct config *config, const struct log *log,
                    struct embedded **out, struct error *err) QUIPU_MUST_CHECK;
/* nshards of them, owned by it. */
const struct shard_address *embedded_addresses(const struct embedded *embedded);
/* False, with ERR, once a process could not be run at all: there is no use in waiting for it. */
bool embedded_is_viable(const struct embedded *embedded, struct error *err) QUIPU_MUST_CHECK;

struct embedded_status {
    int pid; /* 0: not running at the moment */
    unsigned restarts;
};
struct embedded_status embedded_status(const struct embedded *embedded, size_t shard);

/*
 * Ends all processes in order (SIGTERM, which flushes the append-only file; SIGKILL after 10 s),
 * then calls done, later and once.
 */
void embedded_stop(struct embedded *embedded, void (*done)(void *arg), void *arg);
/* Processes that still run are killed. */
void embedded_free(struct embedded *embedded);

#endif
