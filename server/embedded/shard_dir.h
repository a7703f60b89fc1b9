/*
 * The directory of embedded shards: whose it is, how many shards it holds, and where each one
 * lives.
 *
 *     <dir>/lock          locked by the server that runs on it
 *     <dir>/layout        "shards 2\n"
 *     <dir>/shard-0/      redis.sock, redis.log, the append-only file
 *
 *     shard_dir_open("./quipu-data", 2, &log, &dir, &err)
 *     shard_dir_addresses(dir)[0].unix_path     -> "/home/me/quipu-data/shard-0/redis.sock"
 *
 * A unix socket's path holds 107 bytes. Where one is longer, the shard binds "redis.sock" within
 * its working directory, and we reach it through a descriptor of that: /proc/self/fd/9/redis.sock.
 */
#ifndef QUIPU_SERVER_EMBEDDED_SHARD_DIR_H
#define QUIPU_SERVER_EMBEDDED_SHARD_DIR_H

#include "base/error.h"
#include "base/log.h"
#include "executor/executor.h"

struct shard_dir;

/*
 * Makes the directory where it is not there, and locks it. What still runs in it from a server that
 * was killed is ended first; that may take seconds, and is logged. Fails with ERR: it cannot be
 * made, is another server's, or holds another number of shards.
 */
bool shard_dir_open(const char *path, size_t nshards, const struct log *log, struct shard_dir **out,
                    struct error *err) QUIPU_MUST_CHECK;
/* Unlocks it. NULL is fine. */
void shard_dir_close(struct shard_dir *dir);

/* All borrowed from dir. */
const struct shard_address *shard_dir_addresses(const struct shard_dir *dir);
const char *shard_dir_path(const struct shard_dir *dir, size_t shard);
const char *shard_dir_log(const struct shard_dir *dir, size_t shard);
/* What redis-server is told to bind. */
const char *shard_dir_socket_arg(const struct shard_dir *dir, size_t shard);

#endif
