/*
 * Runs a quipu-server beside the shell. in: a directory, or none; out: an address.
 *
 *     /tmp/quipu-ab12cd/         made by us, mode 700, removed at the end
 *       quipu.sock               the only way in: no port
 *       server.log
 *       data/                    unless a directory was named
 */
#include "tools/shell/private_server.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/must.h"
#include "tools/shell/dialog.h"
#include "tools/shell/programs.h"
#include "tools/shell/signals.h"

enum { START_MS_MOST = 60000, TRY_MS = 5, END_MS_MOST = 20000, PATH_BYTES = 128 };

struct private_server {
    pid_t pid; /* 0: it has ended */
    char own[PATH_BYTES], socket[PATH_BYTES + 32], log[PATH_BYTES + 32];
    char data[PATH_MAX];
    struct connection_address address;
};

const struct connection_address *
private_server_address(const struct private_server *server)
{
    return &server->address;
}

/* -- its end ----------------------------------------------------------------------------------- */

static int
on_entry(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void) facts;
    (void) kind;
    (void) where;
    return remove(path);
}

/* False: it is still there. */
static bool
wait_end(struct private_server *server, int most_ms)
{
    int64_t until_ms = now_ms() + most_ms;
    while (waitpid(server->pid, NULL, WNOHANG) == 0) {
        if (now_ms() > until_ms) {
            return false;
        }
        (void) signals_poll(NULL, 0, 20); /* SIGCHLD ends it */
    }
    server->pid = 0;
    return true;
}

void
private_server_end(struct private_server *server)
{
    if (!server) {
        return;
    }
    if (server->pid > 0) {
        kill(server->pid, SIGTERM);
        if (!wait_end(server, END_MS_MOST)) {
            kill(server->pid, SIGKILL);
            (void) wait_end(server, END_MS_MOST);
        }
    }
    enum { DESCRIPTORS = 16 };
    (void) nftw(server->own, on_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    free(server);
}

/* -- its start --------------------------------------------------------------------------------- */

/* The last line of its log, which says why it ended. */
static bool
fail_by_log(const struct private_server *server, struct error *err)
{
    char line[400] = "", last[400] = "it ended at once";
    FILE *log = fopen(server->log, "r");
    while (log && fgets(line, sizeof line, log)) {
        snprintf(last, sizeof last, "%.*s", (int) strcspn(line, "\n"), line);
    }
    if (log) {
        fclose(log);
    }
    return error_set(err, "IO", "quipu-server does not start: %s", last);
}

/* Whether it answers, and its shards do. */
static bool
is_ready(struct dialog *dialog)
{
    const struct slice args[] = {slice_lit("DATASET"), slice_lit("LIST")};
    const struct dialog_wait wait = {.patience_ms = 1000};
    struct redisReply *reply = NULL;
    struct error ignored = {0};
    bool ready = dialog_call(dialog, args, 2, &wait, &reply, &ignored) == DIALOG_REPLY &&
                 reply->type == REDIS_REPLY_ARRAY;
    freeReplyObject(reply);
    return ready;
}

static bool
wait_ready(struct private_server *server, struct error *err)
{
    struct dialog *dialog = dialog_new(&server->address);
    int64_t until_ms = now_ms() + START_MS_MOST;
    bool ready = false;
    while (!ready && !error_is_set(err)) {
        ready = access(server->socket, F_OK) == 0 && is_ready(dialog);
        if (!ready && waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            (void) fail_by_log(server, err);
        } else if (signals_has_end() || signals_has_interrupt()) {
            (void) error_set(err, "IO", "interrupted");
        } else if (now_ms() > until_ms) {
            (void) error_set(err, "IO", "quipu-server does not answer: see %s", server->log);
        } else if (!ready) {
            (void) signals_poll(NULL, 0, TRY_MS);
        }
    }
    dialog_free(dialog);
    return ready;
}

static bool
directories_make(struct private_server *server, const char *directory, struct error *err)
{
    const char *top = getenv("TMPDIR");
    const char *path = top && *top && strlen(top) < PATH_BYTES - 32 ? top : "/tmp";
    snprintf(server->own, sizeof server->own, "%s/quipu-XXXXXX", path);
    if (!mkdtemp(server->own)) {
        return error_set(err, "IO", "%s: %s", server->own, strerror(errno));
    }
    snprintf(server->socket, sizeof server->socket, "%s/quipu.sock", server->own);
    snprintf(server->log, sizeof server->log, "%s/server.log", server->own);
    if (!directory) {
        snprintf(server->data, sizeof server->data, "%s/data", server->own);
        return true;
    }
    if ((mkdir(directory, 0700) != 0 && errno != EEXIST) || !realpath(directory, server->data)) {
        return error_set(err, "IO", "%s: %s", directory, strerror(errno));
    }
    return true;
}

bool
private_server_start(const char *directory, struct private_server **out, struct error *err)
{
    struct private_server *server = must_alloc(sizeof *server);
    bool ok = directories_make(server, directory, err);
    const char *const words[] = {"quipu-server",
                                 "--port",
                                 "0",
                                 "--unixsocket",
                                 server->socket,
                                 "--dir",
                                 server->data,
                                 "--shards",
                                 "embedded",
                                 "2",
                                 "--appendfsync",
                                 directory ? "everysec" : "no",
                                 NULL};
    server->address = (struct connection_address){.unix_path = server->socket, .host = "localhost"};
    ok = ok &&
         program_start((char *const *) (uintptr_t) words, server->log, true, &server->pid, err);
    if (!ok || !wait_ready(server, err)) {
        server->pid = ok ? server->pid : 0;
        private_server_end(server);
        return false;
    }
    *out = server;
    return true;
}
