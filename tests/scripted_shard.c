/*
 * The scripted shard. in: commands by its connections; out: what the test's script answers, whole
 * or a byte in each turn of the loop.
 */
#include "tests/scripted_shard.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/strbuf.h"

struct connection {
    struct scripted_shard *shard;
    struct connection *next;
    int fd; /* -1: closed */
    struct event *input, *output;
    struct strbuf in, out;
    bool closes; /* when all is sent */
};

struct scripted_shard {
    struct event_base *base;
    scripted_answer_fn *answer;
    void *arg;
    enum scripted_pace pace;
    int fd, port;
    struct event *accepts;
    struct connection *connections;
};

static void
connection_close(struct connection *connection)
{
    if (connection->fd >= 0) {
        event_free(connection->input);
        event_free(connection->output);
        close(connection->fd);
        connection->fd = -1;
    }
}

static void
send_later(struct connection *connection)
{
    const struct timeval now = {0, 0};
    evtimer_add(connection->output, &now);
}

static void
on_output(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct connection *connection = arg;
    struct slice left = strbuf_slice(&connection->out);
    size_t len = connection->shard->pace == SCRIPTED_AT_ONCE || left.len == 0 ? left.len : 1;
    ssize_t sent = send(connection->fd, left.ptr, len, MSG_NOSIGNAL);
    struct strbuf rest;
    strbuf_init(&rest);
    sent = sent < 0 ? 0 : sent;
    strbuf_append(&rest, slice_of(left.ptr + sent, left.len - (size_t) sent));
    strbuf_fini(&connection->out);
    connection->out = rest;
    if (connection->out.len) {
        send_later(connection);
    } else if (connection->closes) {
        connection_close(connection);
    }
}

/* The words of the first command in text, with spaces between; how long it is, 0: not all there. */
static size_t
command_take(const char *text, struct strbuf *words)
{
    char *end;
    long nwords = strtol(text + (text[0] == '*'), &end, 10);
    if (text[0] != '*' || strncmp(end, "\r\n", 2) != 0) {
        return 0;
    }
    const char *at = end + 2;
    for (long i = 0; i < nwords; i++) {
        long len = at[0] == '$' ? strtol(at + 1, &end, 10) : 0;
        if (at[0] != '$' || strncmp(end, "\r\n", 2) != 0 || strlen(end + 2) < (size_t) len + 2) {
            return 0;
        }
        strbuf_append_str(words, i ? " " : "");
        strbuf_append(words, slice_of(end + 2, (size_t) len));
        at = end + 2 + len + 2;
    }
    return (size_t) (at - text);
}

static void
answer_send(struct connection *connection, const char *answer)
{
    size_t len = answer ? strlen(answer) : 0;
    bool closes = len && answer[len - 1] == '!';
    strbuf_append(&connection->out, slice_of(answer, len - closes));
    connection->closes = connection->closes || closes;
    send_later(connection);
}

static void
on_input(evutil_socket_t fd, short events, void *arg)
{
    (void) events;
    struct connection *connection = arg;
    struct scripted_shard *shard = connection->shard;
    char bytes[4096];
    ssize_t len = recv(fd, bytes, sizeof bytes, 0);
    if (len <= 0) {
        connection_close(connection);
        return;
    }
    strbuf_append(&connection->in, slice_of(bytes, (size_t) len));
    strbuf_append_char(&connection->in, '\0');
    const char *text = connection->in.ptr;
    struct strbuf words, rest;
    size_t used;
    strbuf_init(&words);
    strbuf_init(&rest);
    while ((used = command_take(text, &words)) > 0) {
        text += used;
        strbuf_append_char(&words, '\0');
        answer_send(connection, shard->answer(shard->arg, words.ptr));
        strbuf_clear(&words);
    }
    strbuf_append_str(&rest, text);
    strbuf_fini(&words);
    strbuf_fini(&connection->in);
    connection->in = rest;
}

static void
on_accept(evutil_socket_t fd, short events, void *arg)
{
    (void) events;
    struct scripted_shard *shard = arg;
    struct connection *connection = must_alloc(sizeof *connection);
    connection->shard = shard;
    connection->fd = accept(fd, NULL, NULL);
    strbuf_init(&connection->in);
    strbuf_init(&connection->out);
    connection->input =
        event_new(shard->base, connection->fd, EV_READ | EV_PERSIST, on_input, connection);
    connection->output = evtimer_new(shard->base, on_output, connection);
    event_add(connection->input, NULL);
    connection->next = shard->connections;
    shard->connections = connection;
}

struct scripted_shard *
scripted_shard_new(struct event_base *base, scripted_answer_fn *answer, void *arg,
                   enum scripted_pace pace)
{
    struct scripted_shard *shard = must_alloc(sizeof *shard);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    shard->base = base;
    shard->answer = answer;
    shard->arg = arg;
    shard->pace = pace;
    shard->fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(shard->fd, (struct sockaddr *) &address, sizeof address) != 0 ||
        listen(shard->fd, 64) != 0 ||
        getsockname(shard->fd, (struct sockaddr *) &address, &size) != 0) {
        abort();
    }
    shard->port = ntohs(address.sin_port);
    shard->accepts = event_new(base, shard->fd, EV_READ | EV_PERSIST, on_accept, shard);
    event_add(shard->accepts, NULL);
    return shard;
}

void
scripted_shard_free(struct scripted_shard *shard)
{
    while (shard->connections) {
        struct connection *connection = shard->connections;
        shard->connections = connection->next;
        connection_close(connection);
        strbuf_fini(&connection->in);
        strbuf_fini(&connection->out);
        free(connection);
    }
    event_free(shard->accepts);
    close(shard->fd);
    free(shard);
}

int
scripted_shard_port(const struct scripted_shard *shard)
{
    return shard->port;
}

const char *
scripted_greeting(const char *command)
{
    static const struct {
        const char *start, *answer;
    } ANSWERS[] = {
        {"PING", "+PONG\r\n"},      {"HELLO", "*0\r\n"}, {"COMMAND", "*0\r\n"},
        {"INFO", "$-1\r\n"},        {"AUTH", "+OK\r\n"}, {"ACL USERS", "*0\r\n"},
        {"ACL SETUSER", "+OK\r\n"},
    };
    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
        if (strncmp(command, ANSWERS[i].start, strlen(ANSWERS[i].start)) == 0) {
            return ANSWERS[i].answer;
        }
    }
    return NULL;
}

bool
scripted_wait(struct event_base *base, const bool *is_done, int most_ms)
{
    int64_t end_ms = now_ms() + most_ms;
    const struct timeval slice = {0, 2000};
    while (!*is_done && now_ms() < end_ms) {
        event_base_loopexit(base, &slice);
        event_base_dispatch(base);
    }
    return *is_done;
}
