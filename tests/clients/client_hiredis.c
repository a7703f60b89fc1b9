/*
 * hiredis with its defaults: commands, counts, a pipeline, a transaction, a subscription, threads.
 *
 *     client_hiredis HOST PORT      -> hiredis 0.14.1: 1242 checks
 *
 * in: a server without keys; out: exit status 0, or 1 and the first wrong answer.
 */
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NTHREADS = 8, NROUNDS = 100, NPIPELINED = 1000 };

static const char *host;
static int port;
static int nchecks;

static void
fail(const char *what, const char *got)
{
    fprintf(stderr, "hiredis: %s: got %s\n", what, got);
    exit(1);
}

static redisContext *
client_new(void)
{
    redisContext *context = redisConnect(host, port);
    if (!context || context->err) {
        fail("connect", context ? context->errstr : "no memory");
    }
    return context;
}

/* A reply as text: integers and strings as they are, nil, arrays in brackets. */
static size_t
reply_print(const redisReply *reply, char *out, size_t size)
{
    switch (reply->type) {
    case REDIS_REPLY_INTEGER: return (size_t) snprintf(out, size, "%lld", reply->integer);
    case REDIS_REPLY_NIL: return (size_t) snprintf(out, size, "nil");
    case REDIS_REPLY_ARRAY: break;
    default: return (size_t) snprintf(out, size, "%s", reply->str);
    }
    size_t len = (size_t) snprintf(out, size, "[");
    for (size_t i = 0; i < reply->elements && len < size; i++) {
        len += (size_t) snprintf(out + len, size - len, i ? " " : "");
        len += len < size ? reply_print(reply->element[i], out + len, size - len) : 0;
    }
    return len + (len < size ? (size_t) snprintf(out + len, size - len, "]") : 0);
}

static void
reply_check(redisContext *context, redisReply *reply, const char *wanted, const char *what)
{
    char text[1024];
    if (!reply) {
        fail(what, context->errstr);
    }
    (void) reply_print(reply, text, sizeof text);
    if (strcmp(text, wanted) != 0) {
        fail(what, text);
    }
    __atomic_add_fetch(&nchecks, 1, __ATOMIC_RELAXED);
    freeReplyObject(reply);
}

static void
check(redisContext *context, const char *wanted, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(context, format, args);
    va_end(args);
    reply_check(context, reply, wanted, format);
}

static void
check_next(redisContext *context, const char *wanted, const char *what)
{
    void *reply = NULL;
    (void) redisGetReply(context, &reply);
    reply_check(context, reply, wanted, what);
}

static void
ordinary(redisContext *context)
{
    check(context, "PONG", "PING");
    check(context, "OK", "SET greeting %s", "hello world");
    check(context, "hello world", "GET greeting");
    check(context, "nil", "GET nothing");
    check(context, "OK", "MSET a 1 b 2 c 3");
    check(context, "[1 2 nil 3]", "MGET a b z c");
    check(context, "3", "DEL a b c");
    check(context, "2", "RPUSH list x y");
    check(context, "[x y]", "LRANGE list 0 -1");
    check(context, "[k [1 [2]]]", "EVAL %s 1 k", "return {KEYS[1], {1, {2}}}");
    check(context, "ERR unknown command 'NOSUCH', with args beginning with: 'x' ", "NOSUCH x");
    check(context, "PONG", "PING");
    check(context, "OK", "SET bytes %b", "a\0b\r\n", (size_t) 5);
    check(context, "5", "STRLEN bytes");
}

static void
counts(redisContext *context)
{
    for (int i = 0; i < 100; i++) {
        redisAppendCommand(context, "HSET profile_%d sex %s age %d", i, i % 2 ? "m" : "f", i % 10);
    }
    for (int i = 0; i < 100; i++) {
        check_next(context, "2", "a row");
    }
    check(context, "[[f 50] [m 50]]", "COUNT sex from current");
    check(context, "10", "QUERY %s", "count from current where age = 3");
}

static void
pipeline(redisContext *context)
{
    char text[16];
    for (int i = 0; i < NPIPELINED; i++) {
        redisAppendCommand(context, "SET k%d %d", i, i);
        redisAppendCommand(context, "GET k%d", i);
    }
    for (int i = 0; i < NPIPELINED; i++) {
        snprintf(text, sizeof text, "%d", i);
        check_next(context, "OK", "SET in a pipeline");
        check_next(context, text, "GET in a pipeline");
    }
    check(context, "OK", "MULTI");
    check(context, "QUEUED", "SET {t}n 1");
    check(context, "QUEUED", "INCR {t}n");
    check(context, "[OK 2]", "EXEC");
}

static void
messages(redisContext *context)
{
    redisContext *subscriber = client_new();
    check(subscriber, "[subscribe news 1]", "SUBSCRIBE news");
    check(context, "1", "PUBLISH news hello");
    check_next(subscriber, "[message news hello]", "a message");
    redisFree(subscriber);
    redisContext *waiting = client_new();
    redisAppendCommand(waiting, "BLPOP queue 10");
    int is_done = 0;
    while (!is_done) {
        (void) redisBufferWrite(waiting, &is_done);
    }
    check(context, "1", "RPUSH queue job");
    check_next(waiting, "[queue job]", "BLPOP");
    redisFree(waiting);
}

static void *
thread_run(void *arg)
{
    (void) arg;
    redisContext *context = client_new();
    for (int i = 0; i < NROUNDS; i++) {
        redisReply *reply = redisCommand(context, "INCR together");
        if (!reply || reply->type != REDIS_REPLY_INTEGER) {
            fail("INCR together", reply ? reply->str : context->errstr);
        }
        freeReplyObject(reply);
        check(context, "100", "QUERY %s", "count from current");
    }
    redisFree(context);
    return NULL;
}

static void
together(redisContext *context)
{
    pthread_t threads[NTHREADS];
    char wanted[16];
    for (int i = 0; i < NTHREADS; i++) {
        if (pthread_create(&threads[i], NULL, thread_run, NULL) != 0) {
            fail("pthread_create", "an error");
        }
    }
    for (int i = 0; i < NTHREADS; i++) {
        (void) pthread_join(threads[i], NULL);
    }
    snprintf(wanted, sizeof wanted, "%d", NTHREADS * NROUNDS);
    check(context, wanted, "GET together");
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: client_hiredis host port\n", stderr);
        return 2;
    }
    host = argv[1];
    port = atoi(argv[2]);
    redisContext *context = client_new();
    ordinary(context);
    counts(context);
    pipeline(context);
    messages(context);
    together(context);
    redisFree(context);
    printf("hiredis %d.%d.%d: %d checks\n", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH, nchecks);
    return 0;
}
