/*
 * How many HSETs of one field of a random row a Redis takes a second, closed loop.
 *
 *     bench_updates /run/redis.sock 5000000 50 16 1000000 7     -> 1000000 commands: 412345 a
 * second socket          rows    connections pipeline commands seed
 *
 * in: a server that has the rows profile_1 .. profile_<rows> of quipu-gen; out: commands a second.
 * value_1 (1..2) and value_2 (1..8), which every row has, are written in turn, so the fields a row
 * has stay the same, and each reply is ":0". The same seed writes the same.
 *
 * Each connection sends a pipeline of commands, waits for all its replies, and sends the next.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1000, MAX_PIPELINE = 1000, COMMAND_BYTES = 96, REPLY_BYTES = 4 };

struct connection {
    int fd;
    size_t missing_bytes; /* of the replies that are under way */
};

struct bench {
    struct connection connections[MAX_CONNECTIONS];
    int nconnections, pipeline, epoll_fd;
    uint64_t nrows, nleft, random;
    char requests[MAX_PIPELINE * COMMAND_BYTES];
};

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static double
now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
random_next(struct bench *bench)
{
    uint64_t z = bench->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t
command_write(struct bench *bench, char *out)
{
    uint64_t random = random_next(bench);
    unsigned field = 1 + (random >> 32 & 1);
    unsigned value = 1 + (unsigned) (random >> 33) % (field == 1 ? 2 : 8);
    char name[32];
    int len = snprintf(name, sizeof name, "profile_%llu",
                       (unsigned long long) (1 + (random & UINT32_MAX) % bench->nrows));
    return (size_t) snprintf(out, COMMAND_BYTES,
                             "*4\r\n$4\r\nHSET\r\n$%d\r\n%s\r\n$7\r\nvalue_%u\r\n$1\r\n%u\r\n", len,
                             name, field, value);
}

/* The next pipeline of commands, or what is left. */
static void
requests_send(struct bench *bench, struct connection *connection)
{
    size_t len = 0, n = 0;
    for (; n < (size_t) bench->pipeline && bench->nleft; n++, bench->nleft--) {
        len += command_write(bench, bench->requests + len);
    }
    connection->missing_bytes = n * REPLY_BYTES;
    if (len && write(connection->fd, bench->requests, len) != (ssize_t) len) {
        fail("write");
    }
}

static void
replies_take(struct bench *bench, struct connection *connection)
{
    static char replies[MAX_PIPELINE * REPLY_BYTES];
    ssize_t len = read(connection->fd, replies, sizeof replies);
    if (len <= 0 || (size_t) len > connection->missing_bytes ||
        memchr(replies, '-', (size_t) len) || memchr(replies, '1', (size_t) len)) {
        fprintf(stderr, "not the reply of an update: %.*s\n", (int) (len > 0 ? len : 0), replies);
        exit(1);
    }
    connection->missing_bytes -= (size_t) len;
    if (!connection->missing_bytes) {
        requests_send(bench, connection);
    }
}

static void
connection_open(struct bench *bench, int index, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &to, sizeof to) != 0) {
        fail(path);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t) index};
    if (epoll_ctl(bench->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll_ctl");
    }
    bench->connections[index] = (struct connection){fd, 0};
}

static bool
is_busy(const struct bench *bench)
{
    for (int i = 0; i < bench->nconnections; i++) {
        if (bench->connections[i].missing_bytes) {
            return true;
        }
    }
    return false;
}

static void
run(struct bench *bench)
{
    struct epoll_event events[64];
    for (int i = 0; i < bench->nconnections; i++) {
        requests_send(bench, &bench->connections[i]);
    }
    while (bench->nleft || is_busy(bench)) {
        int n = epoll_wait(bench->epoll_fd, events, 64, -1);
        for (int i = 0; i < n; i++) {
            replies_take(bench, &bench->connections[events[i].data.u32]);
        }
    }
}

int
main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 7) {
        fputs("usage: bench_updates socket rows connections pipeline commands seed\n", stderr);
        return 2;
    }
    bench.nrows = strtoull(argv[2], NULL, 10);
    bench.nconnections = atoi(argv[3]);
    bench.pipeline = atoi(argv[4]);
    uint64_t ncommands = bench.nleft = strtoull(argv[5], NULL, 10);
    bench.random = strtoull(argv[6], NULL, 10);
    if (!bench.nrows || bench.nconnections < 1 || bench.nconnections > MAX_CONNECTIONS ||
        bench.pipeline < 1 || bench.pipeline > MAX_PIPELINE || !ncommands) {
        fputs("bench_updates: a number is out of range\n", stderr);
        return 2;
    }
    bench.epoll_fd = epoll_create1(0);
    if (bench.epoll_fd < 0) {
        fail("epoll_create1");
    }
    for (int i = 0; i < bench.nconnections; i++) {
        connection_open(&bench, i, argv[1]);
    }
    double start = now_s();
    run(&bench);
    printf("%llu commands: %.0f a second\n", (unsigned long long) ncommands,
           (double) ncommands / (now_s() - start));
    return 0;
}
