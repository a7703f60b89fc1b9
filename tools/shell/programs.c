/*
 * Starts programs. in: a name and words; out: a child.
 *
 * Example: build/quipu starts build/quipu-load; a quipu that was copied alone finds it in PATH.
 */
#include "tools/shell/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tools/shell/signals.h"

/* The program's path beside our own. False: there is none. */
static bool
path_beside(const char *name, char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    size_t room = slash ? size - (size_t) (slash + 1 - path) : 0;
    return slash && snprintf(slash + 1, room, "%s", name) < (int) room && access(path, X_OK) == 0;
}

static void
child_run(char *const *argv, const char *path, int log, bool is_apart, int report)
{
    signals_restore();
    if (is_apart) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    }
    if (log >= 0) {
        int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
    }
    if (path) {
        execv(path, argv);
    } else {
        execvp(argv[0], argv);
    }
    int why = errno;
    ssize_t told = write(report, &why, sizeof why);
    _exit(told > 0 ? 127 : 126);
}

bool
program_start(char *const *argv, const char *log_path, bool is_apart, pid_t *pid, struct error *err)
{
    char path[4096];
    bool is_beside = path_beside(argv[0], path, sizeof path);
    int log = log_path ? open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    int report[2]; /* closed by a good exec */
    if ((log_path && log < 0) || pipe2(report, O_CLOEXEC) != 0) {
        return error_set(err, "IO", "%s: %s", log_path ? log_path : "pipe", strerror(errno));
    }
    fflush(NULL);
    *pid = fork();
    if (*pid == 0) {
        child_run(argv, is_beside ? path : NULL, log, is_apart, report[1]);
    }
    close(report[1]);
    if (log >= 0) {
        close(log);
    }
    int why = *pid < 0 ? errno : 0;
    bool has_failed = *pid < 0 || read(report[0], &why, sizeof why) > 0;
    close(report[0]);
    if (has_failed && *pid > 0) {
        (void) signals_wait_child(*pid);
    }
    return !has_failed || error_set(err, "IO", "%s cannot be started: %s", argv[0], strerror(why));
}
