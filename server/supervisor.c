/*
 * Sends lines to the supervisor's socket. in: what happens to the server; out: one datagram each.
 *
 *     NOTIFY_SOCKET=/run/systemd/notify     a path
 *     NOTIFY_SOCKET=@quipu-test             an abstract name: a NUL in place of the @
 *
 * The socket is opened for each datagram: they are few, and a supervisor that was started again has
 * another socket under the same name.
 */
#include "server/supervisor.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"

struct supervisor {
    struct sockaddr_un address;
    socklen_t address_bytes; /* 0: nobody is told */
};

struct supervisor *
supervisor_new(void)
{
    struct supervisor *supervisor = must_alloc(sizeof *supervisor);
    *supervisor = (struct supervisor){.address.sun_family = AF_UNIX};
    const char *name = getenv("NOTIFY_SOCKET");
    size_t len = name ? strlen(name) : 0;
    if (len > 1 && len < sizeof supervisor->address.sun_path && strchr("/@", name[0])) {
        memcpy(supervisor->address.sun_path, name, len);
        supervisor->address_bytes =
            (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
        if (name[0] == '@') {
            supervisor->address.sun_path[0] = '\0';
        }
    }
    unsetenv("NOTIFY_SOCKET");
    return supervisor;
}

void
supervisor_free(struct supervisor *supervisor)
{
    free(supervisor);
}

/* Sends one datagram, never waiting: a supervisor that does not read holds nobody up. */
static void
tell(const struct supervisor *supervisor, const char *lines, size_t nbytes)
{
    if (supervisor->address_bytes == 0) {
        return;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return;
    }
    (void) !sendto(fd, lines, nbytes, MSG_NOSIGNAL, (const struct sockaddr *) &supervisor->address,
                   supervisor->address_bytes);
    close(fd);
}

enum { LINES_BYTES = 1024, STATUS_BYTES = 800 };

/* A status is one line of at most STATUS_BYTES. */
static int
status_len(const char *status)
{
    size_t len = strcspn(status, "\n");
    return (int) (len < STATUS_BYTES ? len : STATUS_BYTES);
}

void
supervisor_ready(const struct supervisor *supervisor, const char *status)
{
    char lines[LINES_BYTES];
    int n = snprintf(lines, sizeof lines, "READY=1\nSTATUS=%.*s\n", status_len(status), status);
    tell(supervisor, lines, (size_t) n);
}

void
supervisor_reloading(const struct supervisor *supervisor)
{
    char lines[LINES_BYTES];
    int n =
        snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%lld\n", (long long) now_us());
    tell(supervisor, lines, (size_t) n);
}

void
supervisor_waiting(const struct supervisor *supervisor, const char *status, int64_t more_ms)
{
    char lines[LINES_BYTES];
    int n = snprintf(lines, sizeof lines, "STATUS=%.*s\nEXTEND_TIMEOUT_USEC=%lld\n",
                     status_len(status), status, (long long) more_ms * 1000);
    tell(supervisor, lines, (size_t) n);
}

void
supervisor_stopping(const struct supervisor *supervisor, int64_t most_ms)
{
    char lines[LINES_BYTES];
    int n = snprintf(lines, sizeof lines, "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%lld\n",
                     (long long) most_ms * 1000);
    tell(supervisor, lines, (size_t) n);
}
