/*
 * The directory of embedded shards: its lock, its number of shards, and the place of each.
 *
 *     <dir>/lock          locked by the server that runs on it
 *     <dir>/layout        "shards 2\n"
 *     <dir>/shard-0/      redis.sock, redis.log, the append-only file
 *
 *     shard_dir_open("./quipu-data", 2, &log, &dir, &err)
 *     shard_dir_addresses(dir)[0].unix_path     -> "/home/me/quipu-data/shard-0/redis.sock"
 *
 * A unix socket's path holds 107 bytes. If a path is longer, the shard binds "redis.sock" in its
 * working directory, and the server reaches it through a descriptor of that directory:
 * /proc/self/fd/9/redis.sock.
 */
#ifndef QUIPU_SERVER_EMBEDDED_SHARD_DIR_H
#define QUIPU_SERVER_EMBEDDED_SHARD_DIR_H

#include "base/error.h"
#include "base/log.h"
#include "executor/executor.h"

struct shard_dir;

/*
 * Makes the directory if it does not exist, and locks it. Processes that a killed server left
 * running in it are ended first; that may take seconds, and is logged. Fails with CONFIG if the
 * directory cannot be made or holds another number of shards, with ERR if it belongs to another
 * server.
 */
bool shard_dir_open(const char *path, size_t nshards, const struct log *log, struct shard_dir **out,
                    struct error *err) QUIPU_MUST_CHECK;
/* Unlocks and frees it. NULL is fine. */
void shard_dir_close(struct shard_dir *dir);

/* Everything below is borrowed from dir. */
const struct shard_address *shard_dir_addresses(const struct shard_dir *dir);
const char *shard_dir_path(const struct shard_dir *dir, size_t shard);
const char *shard_dir_log(const struct shard_dir *dir, size_t shard);
/* The socket path that redis-server gets as an argument. */
const char *shard_dir_socket_arg(const struct shard_dir *dir, size_t shard);

#endif
