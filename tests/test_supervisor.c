/*
 * server/supervisor: what comes out of NOTIFY_SOCKET.
 */
#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/supervisor.h"
#include "tests/suite.h"

/* A socket of an abstract name, or of a path; the name is put into NOTIFY_SOCKET. */
static int
socket_open(bool is_path, char *name, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(name, size, "%squipu-test-%d", is_path ? "/tmp/" : "@", (int) getpid());
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (!is_path) {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t bytes = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len + is_path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, bytes), 0);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

/* The next datagram; "" if none is there. */
static const char *
told(int fd)
{
    static char text[2048];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

START_TEST(test_lines)
{
    char name[64];
    int fd = socket_open(_i == 1, name, sizeof name);
    struct supervisor *supervisor = supervisor_new();
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    supervisor_waiting(supervisor, "waiting: shard 0 loads", 10000);
    ck_assert_str_eq(told(fd), "STATUS=waiting: shard 0 loads\nEXTEND_TIMEOUT_USEC=10000000\n");
    supervisor_ready(supervisor, "serving on 127.0.0.1:7379");
    ck_assert_str_eq(told(fd), "READY=1\nSTATUS=serving on 127.0.0.1:7379\n");
    supervisor_stopping(supervisor, 30000);
    ck_assert_str_eq(told(fd), "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=30000000\n");
    int64_t before = now_us();
    supervisor_reloading(supervisor);
    long long at;
    ck_assert_int_eq(sscanf(told(fd), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &at), 1);
    ck_assert(before <= at && at <= now_us());
    supervisor_free(supervisor);
    close(fd);
    if (_i == 1) {
        unlink(name);
    }
}
END_TEST

/* A status is one line, and its datagram is never cut in the middle of one. */
START_TEST(test_status)
{
    char name[64], status[4000];
    int fd = socket_open(false, name, sizeof name);
    struct supervisor *supervisor = supervisor_new();
    supervisor_ready(supervisor, "one\nSTOPPING=1");
    ck_assert_str_eq(told(fd), "READY=1\nSTATUS=one\n");
    memset(status, 'x', sizeof status - 1);
    status[sizeof status - 1] = '\0';
    supervisor_waiting(supervisor, status, 1);
    const char *text = told(fd);
    ck_assert_uint_lt(strlen(text), 1024);
    ck_assert_ptr_nonnull(strstr(text, "x\nEXTEND_TIMEOUT_USEC=1000\n"));
    supervisor_free(supervisor);
    close(fd);
}
END_TEST

/* Nobody listens there, or it is no name of a socket: nothing happens. */
START_TEST(test_nobody)
{
    char path[300];
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    const char *const names[] = {NULL, "", "/", "@", "vsock:2:1234", "/tmp/quipu-none", path};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i]) {
            setenv("NOTIFY_SOCKET", names[i], 1);
        } else {
            unsetenv("NOTIFY_SOCKET");
        }
        struct supervisor *supervisor = supervisor_new();
        supervisor_ready(supervisor, "serving");
        supervisor_reloading(supervisor);
        supervisor_stopping(supervisor, 1);
        supervisor_free(supervisor);
    }
    supervisor_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("supervisor");
    TCase *tcase = tcase_create("supervisor");
    tcase_add_loop_test(tcase, test_lines, 0, 2);
    tcase_add_test(tcase, test_status);
    tcase_add_test(tcase, test_nobody);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
