/*
 * How long a command takes at a given rate, open loop: commands are sent when their time has come,
 * whether or not earlier ones were answered, so a server that stalls is seen stalling.
 *
 *     bench_latency 6379 20000 5 50 GET key     -> 99998 commands: p50 31 us, p99 88 us, max 410 us
 *                   port rate  s connections
 *
 * in: a port on loopback, commands a second, seconds, connections; out: percentiles of the time
 * from when a command was due to its whole reply. A connection has one command under way; one that
 * is due while all are busy waits, and its wait counts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1000, REQUEST_BYTES = 4096, REPLY_BYTES = 65536 };

struct connection {
    int fd;
    int64_t sent_ns; /* since when its command is under way; 0: none is */
};

struct bench {
    char request[REQUEST_BYTES];
    size_t request_bytes;
    struct connection connections[MAX_CONNECTIONS];
    int idle[MAX_CONNECTIONS];
    int nconnections, nidle;
    int epoll_fd;
    uint32_t *times_us;
    size_t ntimes, max_times;
};

static int64_t
now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static void
request_make(struct bench *bench, char **words, int nwords)
{
    int len = snprintf(bench->request, REQUEST_BYTES, "*%d\r\n", nwords);
    for (int i = 0; i < nwords && len < REQUEST_BYTES; i++) {
        len += snprintf(bench->request + len, (size_t) (REQUEST_BYTES - len), "$%zu\r\n%s\r\n",
                        strlen(words[i]), words[i]);
    }
    if (len >= REQUEST_BYTES) {
        fputs("the command is too long\n", stderr);
        exit(1);
    }
    bench->request_bytes = (size_t) len;
}

static void
connection_open(struct bench *bench, int index, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t) port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *) &to, sizeof to) != 0) {
        fail("connect");
    }
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t) index};
    if (epoll_ctl(bench->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll_ctl");
    }
    bench->connections[index] = (struct connection){fd, 0};
    bench->idle[bench->nidle++] = index;
}

static void
command_send(struct bench *bench, int64_t sent_ns)
{
    struct connection *connection = &bench->connections[bench->idle[--bench->nidle]];
    connection->sent_ns = sent_ns;
    if (write(connection->fd, bench->request, bench->request_bytes) !=
        (ssize_t) bench->request_bytes) {
        fail("write");
    }
}

/* A reply of one line or a short bulk string comes in one piece on loopback. */
static void
reply_take(struct bench *bench, int index)
{
    static char reply[REPLY_BYTES];
    struct connection *connection = &bench->connections[index];
    ssize_t len = read(connection->fd, reply, sizeof reply);
    if (len <= 0 || reply[0] == '-' || reply[len - 1] != '\n') {
        fprintf(stderr, "not a reply: %.*s\n", (int) (len > 0 ? len : 0), reply);
        exit(1);
    }
    if (bench->ntimes < bench->max_times) {
        bench->times_us[bench->ntimes++] = (uint32_t) ((now_ns() - connection->sent_ns) / 1000);
    }
    connection->sent_ns = 0;
    bench->idle[bench->nidle++] = index;
}

/* Sends what is due as far as connections are free; the time when the next one is due. */
static int64_t
send_due(struct bench *bench, int64_t next_ns, int64_t step_ns, bool was_busy)
{
    int64_t now = now_ns();
    while (next_ns <= now && bench->nidle > 0) {
        command_send(bench, was_busy ? next_ns : now);
        next_ns += step_ns;
    }
    return next_ns;
}

/* Until there is a reply, or until then. */
static void
wait_and_take(struct bench *bench, int64_t until_ns)
{
    struct epoll_event events[64];
    int64_t left_ns = until_ns - now_ns();
    left_ns = left_ns < 0 ? 0 : left_ns;
    struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};
    int n = epoll_pwait2(bench->epoll_fd, events, 64, &left, NULL);
    if (n < 0 && errno != EINTR) {
        fail("epoll_pwait2");
    }
    for (int i = 0; i < n; i++) {
        reply_take(bench, (int) events[i].data.u32);
    }
}

static void
run(struct bench *bench, int64_t rate, int64_t seconds)
{
    int64_t step_ns = 1000000000 / rate, next_ns = now_ns() + step_ns;
    int64_t end_ns = next_ns + seconds * 1000000000;
    while (next_ns < end_ns || bench->nidle < bench->nconnections) {
        bool was_busy = bench->nidle == 0;
        wait_and_take(bench, was_busy || next_ns >= end_ns ? INT64_MAX : next_ns);
        if (next_ns < end_ns) {
            next_ns = send_due(bench, next_ns, step_ns, was_busy);
        }
    }
}

static int
compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
    return (x > y) - (x < y);
}

static void
report(struct bench *bench)
{
    size_t n = bench->ntimes;
    if (n == 0) {
        fputs("nothing was answered\n", stderr);
        exit(1);
    }
    qsort(bench->times_us, n, sizeof *bench->times_us, compare);
    printf("%zu commands: p50 %u us, p99 %u us, max %u us\n", n, bench->times_us[n / 2],
           bench->times_us[n - 1 - n / 100], bench->times_us[n - 1]);
}

int
main(int argc, char **argv)
{
    static struct bench bench;
    if (argc < 6) {
        fputs("usage: bench_latency port rate seconds connections word...\n", stderr);
        return 2;
    }
    int64_t rate = atoll(argv[2]), seconds = atoll(argv[3]);
    bench.nconnections = atoi(argv[4]);
    if (rate < 1 || seconds < 1 || bench.nconnections < 1 || bench.nconnections > MAX_CONNECTIONS) {
        fputs("bench_latency: a number is out of range\n", stderr);
        return 2;
    }
    bench.epoll_fd = epoll_create1(0);
    bench.max_times = (size_t) (rate * (seconds + 1));
    bench.times_us = calloc(bench.max_times, sizeof *bench.times_us);
    if (bench.epoll_fd < 0 || !bench.times_us) {
        fail("bench_latency");
    }
    request_make(&bench, argv + 5, argc - 5);
    for (int i = 0; i < bench.nconnections; i++) {
        connection_open(&bench, i, atoi(argv[1]));
    }
    (void) prctl(PR_SET_TIMERSLACK, 1);
    run(&bench, rate, seconds);
    report(&bench);
    free(bench.times_us);
    return 0;
}
