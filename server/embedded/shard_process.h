/*
 * Starts one redis-server process for an embedded shard.
 *
 *     redis-server --port 0 --unixsocket <dir>/redis.sock --dir <dir> --appendonly yes ...
 *
 * The process has its own process group. So Ctrl-C in a terminal reaches only the server, which
 * then ends its shards in order. When the server dies, however that happens, the kernel sends the
 * process SIGTERM.
 */
#ifndef QUIPU_SERVER_EMBEDDED_SHARD_PROCESS_H
#define QUIPU_SERVER_EMBEDDED_SHARD_PROCESS_H

#include <sys/types.h>

#include "server/config/config_values.h"

/* The exit status if the program could not be run at all. Its log says why. */
enum { SHARD_PROCESS_NO_EXEC = 127 };

struct shard_process {
    const char *program; /* a path, or a name to be found in PATH */
    const char *dir;
    const char *socket; /* absolute, or relative to dir */
    const char *log_path;
    int64_t appendfsync;
    const char *module; /* the path of quipu.so; NULL: none */
};

/* Fails with ERR if the log cannot be opened, or the system allows no more processes. */
bool shard_process_start(const struct shard_process *process, pid_t *pid,
                         struct error *err) QUIPU_MUST_CHECK;

/*
 * Finds the module that directive redis-module means. path: the caller frees it; NULL: no module.
 * Fails with ERR if there is no such file.
 */
bool shard_process_module(const char *setting, char **path, struct error *err) QUIPU_MUST_CHECK;

#endif
