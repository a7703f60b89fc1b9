/*
 * Looks after the directory of the embedded shards: its lock, its layout, and the processes that a
 * killed server left. in: a path and the number of shards; out: one place for each shard, where
 * nothing else runs.
 *
 * A shard of a killed server is found by its socket: the process that listens on
 * <dir>/shard-0/redis.sock is ours, and the kernel says its id. The kernel has sent it SIGTERM
 * already, and it needs time to write its file.
 */
#include "server/embedded/shard_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"

enum { LEFTOVER_TIMEOUT_MS = 10000 };

struct place {
    const char *path;
    const char *log;
    const char *socket_arg;
    int fd; /* of the directory, if the socket is reached through it; else -1 */
};

struct shard_dir {
    struct arena *arena;
    const char *path; /* absolute */
    int lock_fd;
    size_t nshards;
    struct place *places;
    struct shard_address *addresses;
};

/* -- whose it is ------------------------------------------------------------------------------- */

/* Like mkdir -p. */
static bool
directories_make(const char *path, struct error *err)
{
    char partial[PATH_MAX];
    if (strlen(path) >= sizeof partial) {
        return error_set(err, "CONFIG", "dir: the path is too long");
    }
    for (const char *at = path; at; at = strchr(at + 1, '/')) {
        const char *end = strchr(at + 1, '/');
        size_t len = end ? (size_t) (end - path) : strlen(path);
        memcpy(partial, path, len);
        partial[len] = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            return error_set(err, "CONFIG", "dir %s: %s", partial, strerror(errno));
        }
        if (!end) {
            break;
        }
    }
    return true;
}

static bool
dir_lock(struct shard_dir *dir, struct error *err)
{
    struct slice path = arena_printf(dir->arena, "%s/lock", dir->path);
    dir->lock_fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (dir->lock_fd < 0) {
        return error_set(err, "CONFIG", "%s: %s", path.ptr, strerror(errno));
    }
    return flock(dir->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
           error_set(err, "ERR", "dir %s is in use by another quipu-server", dir->path);
}

/* -- how many shards --------------------------------------------------------------------------- */

static bool
layout_write(struct shard_dir *dir, const char *path, struct error *err)
{
    char text[32];
    int len = snprintf(text, sizeof text, "shards %zu\n", dir->nshards);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, text, (size_t) len) == len && fsync(fd) == 0;
    if (!ok) {
        (void) error_set(err, "ERR", "%s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool
layout_check(struct shard_dir *dir, struct error *err)
{
    struct slice path = arena_printf(dir->arena, "%s/layout", dir->path);
    size_t nshards = 0;
    FILE *file = fopen(path.ptr, "re");
    if (!file) {
        return errno == ENOENT ? layout_write(dir, path.ptr, err)
                               : error_set(err, "ERR", "%s: %s", path.ptr, strerror(errno));
    }
    bool is_read = fscanf(file, "shards %zu", &nshards) == 1;
    fclose(file);
    if (!is_read) {
        return error_set(err, "ERR", "%s does not say `shards N`: it is damaged", path.ptr);
    }
    return nshards == dir->nshards ||
           error_set(err, "CONFIG",
                     "the data in %s is spread over %zu shards, and %zu were asked for: start with "
                     "--shards embedded %zu, or with another --dir and load again",
                     dir->path, nshards, dir->nshards, nshards);
}

/* -- where each lives -------------------------------------------------------------------------- */

static bool
place_make(struct shard_dir *dir, size_t shard, struct error *err)
{
    struct place *place = &dir->places[shard];
    struct slice path = arena_printf(dir->arena, "%s/shard-%zu", dir->path, shard);
    struct slice socket = arena_printf(dir->arena, "%s/redis.sock", path.ptr);
    struct sockaddr_un address;
    place->path = path.ptr;
    place->log = arena_printf(dir->arena, "%s/redis.log", path.ptr).ptr;
    place->socket_arg = socket.ptr;
    if (mkdir(place->path, 0700) != 0 && errno != EEXIST) {
        return error_set(err, "ERR", "%s: %s", place->path, strerror(errno));
    }
    if (socket.len >= sizeof address.sun_path) {
        place->fd = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place->fd < 0) {
            return error_set(err, "ERR", "%s: %s", place->path, strerror(errno));
        }
        place->socket_arg = "redis.sock";
        socket = arena_printf(dir->arena, "/proc/self/fd/%d/redis.sock", place->fd);
    }
    dir->addresses[shard].unix_path = (char *) socket.ptr;
    return true;
}

/* -- what a killed server left ----------------------------------------------------------------- */

/* The process that listens on a socket; 0: there is none. */
static pid_t
listener_pid(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    strcpy(address.sun_path, path); /* place_make has checked its length */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        peer.pid = 0;
    }
    close(fd);
    return peer.pid;
}

/* Waits by a descriptor, so that a process which ended but was not waited for counts as ended. */
static bool
process_end(int pidfd, int signal_number)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    return pidfd_send_signal(pidfd, signal_number, NULL, 0) != 0 ||
           poll(&ended, 1, LEFTOVER_TIMEOUT_MS) > 0;
}

static bool
leftover_end(const struct shard_dir *dir, size_t shard, const struct log *log, struct error *err)
{
    pid_t pid = listener_pid(dir->addresses[shard].unix_path);
    int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        return true;
    }
    log_write(log, LOG_NOTICE, "shard %zu: waiting for an earlier redis-server, pid %d, to end",
              shard, (int) pid);
    bool has_ended = process_end(pidfd, SIGTERM) || process_end(pidfd, SIGKILL);
    close(pidfd);
    return has_ended ||
           error_set(err, "ERR", "shard %zu: an earlier redis-server, pid %d, does not end", shard,
                     (int) pid);
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool
dir_prepare(struct shard_dir *dir, const char *path, const struct log *log, struct error *err)
{
    char absolute[PATH_MAX];
    if (!directories_make(path, err)) {
        return false;
    }
    if (!realpath(path, absolute)) {
        return error_set(err, "CONFIG", "dir %s: %s", path, strerror(errno));
    }
    dir->path = arena_printf(dir->arena, "%s", absolute).ptr;
    if (!dir_lock(dir, err) || !layout_check(dir, err)) {
        return false;
    }
    for (size_t i = 0; i < dir->nshards; i++) {
        if (!place_make(dir, i, err) || !leftover_end(dir, i, log, err)) {
            return false;
        }
    }
    return true;
}

bool
shard_dir_open(const char *path, size_t nshards, const struct log *log, struct shard_dir **out,
               struct error *err)
{
    struct arena *arena = arena_new();
    struct shard_dir *dir = arena_alloc(arena, sizeof *dir);
    dir->arena = arena;
    dir->lock_fd = -1;
    dir->nshards = nshards;
    dir->places = arena_array(arena, nshards, sizeof *dir->places);
    dir->addresses = arena_array(arena, nshards, sizeof *dir->addresses);
    for (size_t i = 0; i < nshards; i++) {
        dir->places[i].fd = -1;
    }
    if (!dir_prepare(dir, path, log, err)) {
        shard_dir_close(dir);
        return false;
    }
    *out = dir;
    return true;
}

void
shard_dir_close(struct shard_dir *dir)
{
    if (!dir) {
        return;
    }
    for (size_t i = 0; i < dir->nshards; i++) {
        if (dir->places[i].fd >= 0) {
            close(dir->places[i].fd);
        }
    }
    if (dir->lock_fd >= 0) {
        close(dir->lock_fd);
    }
    arena_free(dir->arena);
}

const struct shard_address *
shard_dir_addresses(const struct shard_dir *dir)
{
    return dir->addresses;
}

const char *
shard_dir_path(const struct shard_dir *dir, size_t shard)
{
    return dir->places[shard].path;
}

const char *
shard_dir_log(const struct shard_dir *dir, size_t shard)
{
    return dir->places[shard].log;
}

const char *
shard_dir_socket_arg(const struct shard_dir *dir, size_t shard)
{
    return dir->places[shard].socket_arg;
}
