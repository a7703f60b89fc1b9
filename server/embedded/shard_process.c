/*
 * Starts a redis-server in a shard's directory. in: paths and settings; out: a process id.
 *
 *     {"redis-server", "/data/shard-0", "/data/shard-0/redis.sock", ...}     -> pid 4711
 */
#include "server/embedded/shard_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *
appendfsync_name(int64_t appendfsync)
{
    switch (appendfsync) {
    case APPENDFSYNC_ALWAYS: return "always";
    case APPENDFSYNC_NO: return "no";
    }
    return "everysec";
}

/* Gives the child a clean start: no handlers, no blocked signals, no descriptors. */
static void
child_clean(int log_fd)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        signal(signal_number, SIG_DFL);
    }
    int null_fd = open("/dev/null", O_RDONLY);
    dup2(null_fd, STDIN_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0); /* hiredis' sockets are not closed on exec */
}

/* In the child: does not return. */
static void
child_exec(const struct shard_process *process, pid_t parent, int log_fd)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(0); /* the parent died before prctl */
    }
    child_clean(log_fd);
    const char *const args[] = {
        process->program, "--port", "0", "--unixsocket", process->socket, "--unixsocketperm", "700",
        "--dir", process->dir, "--appendonly", "yes", "--appendfsync",
        appendfsync_name(process->appendfsync), "--aof-use-rdb-preamble", "yes", "--save", "",
        "--daemonize", "no",
        /* The server decides about datasets; else the module begins with its own. */
        process->module ? "--loadmodule" : NULL, process->module, "no-dataset", NULL};
    execvp(process->program, (char **) (void *) args);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", process->program, strerror(errno));
    _exit(SHARD_PROCESS_NO_EXEC);
}

bool
shard_process_start(const struct shard_process *process, pid_t *pid, struct error *err)
{
    int log_fd = open(process->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        return error_set(err, "ERR", "%s: %s", process->log_path, strerror(errno));
    }
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0) {
        child_exec(process, parent, log_fd);
    }
    int cause = errno;
    close(log_fd);
    return *pid > 0 || error_set(err, "ERR", "cannot start a process: %s", strerror(cause));
}

/*
 * The module of the running program: quipu.so beside it, as in a build, or else where it is
 * installed. NULL: there is none.
 */
static char *
module_of_ours(void)
{
    static const char *const PLACES[] = {"quipu.so", QUIPU_MODULE_FROM_PROGRAM};
    char program[PATH_MAX], path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0) {
        return NULL;
    }
    program[len] = '\0';
    char *slash = strrchr(program, '/');
    int folder_len = slash ? (int) (slash - program) : 0;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        int n = snprintf(path, sizeof path, "%.*s/%s", folder_len, program, PLACES[i]);
        char *found = n < (int) sizeof path ? realpath(path, NULL) : NULL;
        if (found) {
            return found;
        }
    }
    return NULL;
}

bool
shard_process_module(const char *setting, char **path, struct error *err)
{
    *path = NULL;
    if (strcmp(setting, "none") == 0 || setting[0] == '\0') {
        return true;
    }
    if (strcmp(setting, "auto") == 0) {
        *path = module_of_ours();
        return true;
    }
    *path = realpath(setting, NULL);
    return *path || error_set(err, "CONFIG", "redis-module: %s: %s", setting, strerror(errno));
}
