/*
 * Starting one redis-server process for an embedded shard.
 *
 *     redis-server --port 0 --unixsocket <dir>/redis.sock --dir <dir> --appendonly yes ...
 *
 * It runs in a process group of its own, so that Ctrl-C in a terminal reaches only the server,
 * which then ends its shards in order; and it gets SIGTERM from the kernel when the server dies,
 * however that dies.
 */
#ifndef QUIPU_SERVER_EMBEDDED_SHARD_PROCESS_H
#define QUIPU_SERVER_EMBEDDED_SHARD_PROCESS_H

#include <sys/types.h>

#include "server/config/config_values.h"

/* The exit status where the program could not be run at all; its log says why. */
enum { SHARD_PROCESS_NO_EXEC = 127 };

struct shard_process {
    const char *program; /* a path, or a name to be found in PATH */
    const char *dir;
    const char *socket; /* absolute, or within dir */
    const char *log_path;
    int64_t appendfsync;
    const char *module; /* the path of quipu.so; NULL: none */
};

/* Fails with ERR where the log cannot be opened or there can be no more processes. */
bool shard_process_start(const struct shard_process *process, pid_t *pid,
                         struct error *err) QUIPU_MUST_CHECK;

/*
 * What directive redis-module means: a path, which the caller frees; NULL: none. Fails with ERR
 * where there is no such file.
 */
bool shard_process_module(const char *setting, char **path, struct error *err) QUIPU_MUST_CHECK;

#endif
