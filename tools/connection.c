/*
 * Connects a tool to a server, and sends and reads by it. in: an address, commands; out: replies.
 *
 * hiredis connects and parses replies; OpenSSL, where there is TLS, stands between its socket and
 * its reader.
 */
#include "tools/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "net/tls.h"
#include "tools/resp.h"

enum { CONNECT_TIMEOUT_S = 5, SILENCE_S_MOST = 60, READ_BYTES = 64 * 1024 };

struct connection {
    redisContext *context;
    SSL *ssl; /* NULL: plain */
    int silence_s;
    struct strbuf out;
    char name[300];
};

static bool
fail(const struct connection *connection, const char *why, struct error *err)
{
    return error_set(err, "IO", "%s: %s", connection->name, why);
}

/* -- bytes ------------------------------------------------------------------------------------- */

static const char *
ssl_reason(const SSL *ssl)
{
    long verified = SSL_get_verify_result(ssl);
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (verified != X509_V_OK) {
        return X509_verify_cert_error_string(verified);
    }
    return reason ? reason : errno ? strerror(errno) : "the connection was closed";
}

/* Of a call that returned n <= 0: true where it is to be tried again later. */
static bool
is_later(const struct connection *connection, int n)
{
    if (!connection->ssl) {
        return errno == EAGAIN || errno == EINTR;
    }
    int why = SSL_get_error(connection->ssl, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static const char *
io_reason(const struct connection *connection)
{
    return connection->ssl ? ssl_reason(connection->ssl) : strerror(errno);
}

ssize_t
connection_write(struct connection *connection, struct slice bytes, struct error *err)
{
    enum { MOST = 1 << 30 };
    int len = bytes.len < MOST ? (int) bytes.len : MOST;
    errno = 0;
    ssize_t n = connection->ssl ? SSL_write(connection->ssl, bytes.ptr, len)
                                : write(connection->context->fd, bytes.ptr, (size_t) len);
    if (n > 0) {
        return n;
    }
    if (is_later(connection, (int) n)) {
        return 0;
    }
    (void) fail(connection, io_reason(connection), err);
    return -1;
}

/* One piece of what has come: 1; nothing now: 0; the end, or a loss: -1. */
static int
read_some(struct connection *connection, struct error *err)
{
    char bytes[READ_BYTES];
    errno = 0;
    ssize_t n = connection->ssl ? SSL_read(connection->ssl, bytes, sizeof bytes)
                                : read(connection->context->fd, bytes, sizeof bytes);
    if (n > 0) {
        redisReader *reader = connection->context->reader;
        if (redisReaderFeed(reader, bytes, (size_t) n) == REDIS_OK) {
            return 1;
        }
        (void) fail(connection, reader->errstr, err);
        return -1;
    }
    if (n < 0 && is_later(connection, (int) n)) {
        return 0;
    }
    (void) fail(connection, n == 0 ? "Server closed the connection" : io_reason(connection), err);
    return -1;
}

bool
connection_read(struct connection *connection, struct error *err)
{
    int n;
    do {
        n = read_some(connection, err);
    } while (n > 0 && connection->ssl); /* poll does not see what OpenSSL has read already */
    return n >= 0;
}

struct redisReply *
connection_reply(struct connection *connection, struct error *err)
{
    void *reply = NULL;
    if (redisReaderGetReply(connection->context->reader, &reply) != REDIS_OK) {
        (void) fail(connection, connection->context->reader->errstr, err);
        return NULL;
    }
    return reply;
}

/* -- commands, waiting for them ---------------------------------------------------------------- */

void
connection_send(struct connection *connection, const struct slice *args, size_t nargs)
{
    resp_append_array(&connection->out, nargs);
    for (size_t i = 0; i < nargs; i++) {
        resp_append_bulk(&connection->out, args[i]);
    }
}

static bool
flush(struct connection *connection, struct error *err)
{
    struct slice rest = strbuf_slice(&connection->out);
    while (rest.len) {
        ssize_t n = connection_write(connection, rest, err);
        if (n == 0) {
            return fail(connection, "it takes no more bytes", err);
        }
        if (n < 0) {
            return false;
        }
        rest = slice_of(rest.ptr + n, rest.len - (size_t) n);
    }
    strbuf_clear(&connection->out);
    return true;
}

/* Waits for more of a reply. */
static bool
read_more(struct connection *connection, struct error *err)
{
    int n = read_some(connection, err);
    return n > 0 || (n == 0 && error_set(err, "IO", "%s: no reply for %d s", connection->name,
                                         connection->silence_s));
}

struct redisReply *
connection_receive(struct connection *connection, struct error *err)
{
    if (!flush(connection, err)) {
        return NULL;
    }
    for (;;) {
        struct redisReply *reply = connection_reply(connection, err);
        if (reply || error_is_set(err) || !read_more(connection, err)) {
            return reply;
        }
    }
}

void
connection_set_silence(struct connection *connection, int seconds)
{
    const struct timeval silence = {seconds, 0};
    connection->silence_s = seconds;
    redisSetTimeout(connection->context, silence);
}

/* -- a reply, part by part --------------------------------------------------------------------- */

/* hiredis' parser calls these in place of those that build the reply. A pointer that is not NULL
 * lets it go on. */
struct telling {
    const struct reply_parts *parts;
    void *arg;
    struct error *err;
    struct error answered; /* an error reply */
};

static int
depth_of(const redisReadTask *task)
{
    int depth = 0;
    while ((task = task->parent)) {
        depth++;
    }
    return depth;
}

static void *
go_on_if(struct telling *telling, bool ok)
{
    return ok ? telling : NULL;
}

static void *
tell_text(const redisReadTask *task, char *bytes, size_t len)
{
    struct telling *telling = task->privdata;
    struct slice text = slice_of(bytes, len);
    if (task->type != REDIS_REPLY_ERROR) {
        return go_on_if(telling,
                        telling->parts->text(telling->arg, text, depth_of(task), telling->err));
    }
    char code[ERROR_CODE_BYTES];
    struct slice word = slice_shift(&text, ' ');
    snprintf(code, sizeof code, "%.*s", SLICE_ARG(word));
    (void) error_set(&telling->answered, code, "%.*s", SLICE_ARG(text));
    return telling;
}

static void *
tell_array(const redisReadTask *task, int nelements)
{
    struct telling *telling = task->privdata;
    return go_on_if(telling, telling->parts->array(telling->arg, (size_t) nelements, depth_of(task),
                                                   telling->err));
}

static void *
tell_null(const redisReadTask *task)
{
    struct telling *telling = task->privdata;
    return go_on_if(telling, telling->parts->null(telling->arg, depth_of(task), telling->err));
}

static void *
refuse_integer(const redisReadTask *task, long long value)
{
    struct telling *telling = task->privdata;
    (void) error_set(telling->err, "IO", "a number in a reply that shall have texts: %lld", value);
    return NULL;
}

static void
free_nothing(void *reply)
{
    (void) reply;
}

bool
connection_receive_parts(struct connection *connection, const struct reply_parts *parts, void *arg,
                         struct error *err)
{
    static redisReplyObjectFunctions tell = {
        .createString = tell_text,
        .createArray = tell_array,
        .createInteger = refuse_integer,
        .createNil = tell_null,
        .freeObject = free_nothing,
    };
    if (!flush(connection, err)) {
        return false;
    }
    struct telling telling = {.parts = parts, .arg = arg, .err = err};
    redisReader *reader = connection->context->reader;
    redisReplyObjectFunctions *own = reader->fn;
    void *reply = NULL;
    reader->fn = &tell;
    reader->privdata = &telling;
    bool ok = true;
    while (ok && !reply) {
        ok = redisReaderGetReply(reader, &reply) == REDIS_OK ||
             (error_is_set(err) ? false : fail(connection, reader->errstr, err));
        ok = ok && (reply || read_more(connection, err));
    }
    if (ok) { /* else the reader may have a part of a reply, which is none of its own to free */
        reader->fn = own;
    }
    reader->privdata = NULL;
    if (ok && error_is_set(&telling.answered)) {
        *err = telling.answered;
        ok = false;
    }
    return ok;
}

/* -- opening ----------------------------------------------------------------------------------- */

static bool
handshake(struct connection *connection, const struct connection_address *address,
          struct error *err)
{
    connection->ssl = tls_connect(address->tls, address->host);
    SSL_set_mode(connection->ssl,
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_fd(connection->ssl, connection->context->fd);
    errno = 0;
    return SSL_connect(connection->ssl) == 1 ||
           error_set(err, "IO", "%s: TLS: %s", connection->name, ssl_reason(connection->ssl));
}

/* For a command whose reply says nothing but that it was done. */
static bool
do_one(struct connection *connection, const struct slice *args, size_t nargs, struct error *err)
{
    connection_send(connection, args, nargs);
    struct redisReply *reply = connection_receive(connection, err);
    bool ok = reply && reply->type != REDIS_REPLY_ERROR;
    if (reply && !ok) {
        (void) fail(connection, reply->str, err);
    }
    if (reply) {
        freeReplyObject(reply);
    }
    return ok;
}

static bool
login(struct connection *connection, const struct connection_address *address, struct error *err)
{
    char number[16];
    snprintf(number, sizeof number, "%d", address->db);
    struct slice database[] = {slice_lit("SELECT"), slice_str(number)};
    struct slice both[] = {slice_lit("AUTH"), slice_str(address->user ? address->user : ""),
                           slice_str(address->password ? address->password : "")};
    struct slice one[] = {both[0], both[2]};
    if (address->password &&
        !(address->user ? do_one(connection, both, 3, err) : do_one(connection, one, 2, err))) {
        return false;
    }
    if (address->client) {
        const struct slice name[] = {slice_lit("CLIENT"), slice_lit("SETNAME"),
                                     slice_str(address->client)};
        struct error ignored = {0};
        bool ok = do_one(connection, name, 3, &ignored);
        (void) ok; /* nobody needs it to have one */
    }
    return address->db == 0 || do_one(connection, database, 2, err);
}

bool
connection_open(const struct connection_address *address, struct connection **out,
                struct error *err)
{
    const struct timeval patience = {CONNECT_TIMEOUT_S, 0};
    struct connection *connection = must_alloc(sizeof *connection);
    strbuf_init(&connection->out);
    if (address->unix_path) {
        snprintf(connection->name, sizeof connection->name, "%s", address->unix_path);
        connection->context = redisConnectUnixWithTimeout(address->unix_path, patience);
    } else {
        snprintf(connection->name, sizeof connection->name,
                 strchr(address->host, ':') ? "[%s]:%d" : "%s:%d", address->host, address->port);
        connection->context = redisConnectWithTimeout(address->host, address->port, patience);
    }
    must_have(connection->context);
    bool ok = connection->context->err == 0 || fail(connection, connection->context->errstr, err);
    if (ok) {
        redisEnableKeepAlive(connection->context);
        redisSetTimeout(connection->context, patience);
        ok = (!address->tls || handshake(connection, address, err)) &&
             login(connection, address, err);
    }
    if (!ok) {
        connection_free(connection);
        return false;
    }
    connection_set_silence(connection, SILENCE_S_MOST);
    *out = connection;
    return true;
}

void
connection_free(struct connection *connection)
{
    if (connection) {
        SSL_free(connection->ssl);
        redisFree(connection->context);
        strbuf_fini(&connection->out);
        free(connection);
    }
}

const char *
connection_name(const struct connection *connection)
{
    return connection->name;
}

int
connection_fd(const struct connection *connection)
{
    return connection->context->fd;
}

void
connection_set_nonblocking(struct connection *connection)
{
    int fd = connection->context->fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

bool
reply_is_strings(const struct redisReply *reply)
{
    bool is_all = reply->type == REDIS_REPLY_ARRAY;
    for (size_t i = 0; is_all && i < reply->elements; i++) {
        is_all = reply->element[i]->type == REDIS_REPLY_STRING;
    }
    return is_all;
}

struct slice
reply_slice(const struct redisReply *reply)
{
    return slice_of(reply->str ? reply->str : "", reply->str ? reply->len : 0);
}
