/*
 * Embedded shards: N private redis-server processes, which the server starts, watches and ends.
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
 * A process that ends by itself is started again, after 50 ms at first, later after up to 2 s. A
 * process left over from a killed server is ended before its successor starts, because two
 * processes would ruin one append-only file.
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
 * outlive it. Fails with CONFIG if the directory or the module is not there to be used, or if the
 * directory holds another number of shards; with ERR if it belongs to another server, or if a
 * process cannot be started.
 */
bool embedded_start(struct event_base *base, const struct config *config, const struct log *log,
                    struct embedded **out, struct error *err) QUIPU_MUST_CHECK;
/* nshards addresses, owned by embedded. */
const struct shard_address *embedded_addresses(const struct embedded *embedded);
/* False, with CONFIG, if a process could not be run at all. Waiting for it is of no use. */
bool embedded_is_viable(const struct embedded *embedded, struct error *err) QUIPU_MUST_CHECK;

struct embedded_status {
    int pid; /* 0: not running now */
    unsigned restarts;
};
struct embedded_status embedded_status(const struct embedded *embedded, size_t shard);

/*
 * Ends all processes in order: SIGTERM, which flushes the append-only file, and SIGKILL after 10 s.
 * Then calls done, once, later.
 */
void embedded_stop(struct embedded *embedded, void (*done)(void *arg), void *arg);
/* Kills processes that still run, and frees it. */
void embedded_free(struct embedded *embedded);

#endif
