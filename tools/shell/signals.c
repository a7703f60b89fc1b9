/*
 * Notes signals, and lets them in only where the program waits. in: signals; out: whether they came.
 *
 * Example: Ctrl-C while a query is sent stays pending; the wait for its reply ends at once, and the
 * query is cancelled.
 */
#include "tools/shell/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* A handler has no argument to be told of an owner. */
static volatile sig_atomic_t has_interrupt, has_end;
static sigset_t mask_before;

static void
on_signal(int number)
{
    if (number == SIGINT) {
        has_interrupt = 1;
    } else if (number == SIGTERM || number == SIGHUP) {
        has_end = 1;
    }
}

void
signals_init(void)
{
    static const int NOTED[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCHLD};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof NOTED / sizeof *NOTED; i++) {
        sigaction(NOTED[i], &action, NULL);
        sigaddset(&blocked, NOTED[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &blocked, &mask_before);
}

int
signals_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    return ppoll(fds, nfds, timeout_ms < 0 ? NULL : &timeout, &mask_before);
}

bool
signals_take_interrupt(void)
{
    bool had = has_interrupt;
    has_interrupt = 0;
    return had;
}

bool
signals_has_interrupt(void)
{
    return has_interrupt;
}

bool
signals_has_end(void)
{
    return has_end;
}

void
signals_restore(void)
{
    static const int CHANGED[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < sizeof CHANGED / sizeof *CHANGED; i++) {
        signal(CHANGED[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

int
signals_wait_child(pid_t pid)
{
    int status;
    bool is_told = false;
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            break;
        }
        if (ended < 0 && errno != EINTR) {
            return 127;
        }
        (void) signals_poll(NULL, 0, 200); /* SIGCHLD ends it */
        if (has_end && !is_told) {
            kill(pid, SIGTERM);
            is_told = true;
        }
    }
    has_interrupt = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
