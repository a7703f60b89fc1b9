/*
 * Ears bring a subscriber the messages of shards where it does not subscribe itself.
 * in: SUBSCRIBE, UNSUBSCRIBE and their kin; out: messages of other shards, to the client.
 *
 *     HEARING, owes n marks --lost, or no mark in time--> LOST --the shard is there again--> the
 *         client is told to subscribe anew
 *     resting --told--> HEARING        resting --lost, or for too long--> gone
 *
 * An ear is told every command from its first one on, except those that only the conversation's own
 * session gets. So the command that it has confirmed last is the last one told, less the marks that
 * it owes.
 */
#include "server/proxy/ears.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/executor.h"
#include "server/client/client.h"
#include "server/table/services.h"

struct ear {
    struct ears *ears;
    struct ear *next;
    size_t shard;
    struct session *session; /* NULL: lost */
    uint64_t told;           /* the number of its last command */
    uint64_t nowed;          /* marks that it owes */
    int64_t since_ms;        /* since when it owes the next one */
};

static const struct slice MARK = SLICE_LIT("quipu:settled");

void
ears_mark_ask(struct session *session)
{
    const struct slice ping[] = {SLICE_LIT("PING"), MARK};
    session_write(session, ping, 2);
}

/* The mark is a bulk string; to a subscriber in RESP2 it is {pong, text}. */
bool
ears_is_mark(struct slice bytes)
{
    return slice_equal(bytes, slice_lit("$13\r\nquipu:settled\r\n")) ||
           slice_equal(bytes, slice_lit("*2\r\n$4\r\npong\r\n$13\r\nquipu:settled\r\n"));
}

/* True for "message" and "pmessage". The conversation's own session sends everything else, too. */
static bool
is_message(struct slice bytes)
{
    enum { HEAD_BYTES = 32 };
    static const struct slice WORD = SLICE_LIT("message\r\n");
    size_t len = bytes.len < HEAD_BYTES ? bytes.len : HEAD_BYTES;
    return len > 0 && (bytes.ptr[0] == '*' || bytes.ptr[0] == '>') &&
           memmem(bytes.ptr, len, WORD.ptr, WORD.len) != NULL;
}

/* Last of all: the conversation may close the ears now. */
static void
confirmed(const struct ears *ears)
{
    ears->on_confirmed(ears->arg);
}

static void
on_push(void *arg, struct slice bytes)
{
    struct ear *ear = arg;
    if (ear->nowed > 0 && ears_is_mark(bytes)) {
        ear->nowed--;
        ear->since_ms = now_coarse_ms();
        confirmed(ear->ears);
    } else if (is_message(bytes)) {
        client_push(ear->ears->client, bytes);
    }
}

/* Frees an ear, and returns the next one. */
static struct ear *
ear_free(struct ear *ear)
{
    struct ear *next = ear->next;
    session_free(ear->session);
    free(ear);
    return next;
}

static void
ear_remove(struct ear *ear)
{
    struct ear **place = &ear->ears->first;
    while (*place != ear) {
        place = &(*place)->next;
    }
    *place = ear_free(ear);
}

static void
ear_lose(struct ear *ear)
{
    bool owed = ear->nowed > 0;
    session_free(ear->session);
    ear->session = NULL;
    ear->nowed = 0;
    if (owed) {
        confirmed(ear->ears);
    }
}

static void
on_lost(void *arg, const char *why)
{
    struct ear *ear = arg;
    (void) why;
    if (ear->ears->is_resting) {
        ear_remove(ear);
    } else {
        ear_lose(ear);
    }
}

static const struct session_owner OWNER = {on_push, on_lost, NULL};

static struct ear *
ear_at(struct ears *ears, struct executor *executor, size_t shard, bool resp3)
{
    struct ear *ear = ears->first;
    while (ear && ear->shard != shard) {
        ear = ear->next;
    }
    if (!ear) {
        ear = must_alloc(sizeof *ear);
        *ear = (struct ear){.ears = ears, .next = ears->first, .shard = shard};
        ears->first = ear;
        if (executor_shard_status(executor, shard).connected) {
            ear->session = session_new(executor_shards(executor), shard, resp3, &OWNER, ear);
        }
    }
    return ear;
}

void
ears_tell(struct ears *ears, struct executor *executor, size_t own, bool resp3,
          const struct slice *args, size_t nargs)
{
    ears->is_resting = false;
    ears->ntold++;
    for (size_t i = 0; i < executor_nshards(executor); i++) {
        if (i == own || !executor_has_shard(executor, i)) {
            continue;
        }
        struct ear *ear = ear_at(ears, executor, i, resp3);
        if (!ear->session || session_is_lost(ear->session)) {
            continue;
        }
        session_write(ear->session, args, nargs);
        ears_mark_ask(ear->session);
        ear->told = ears->ntold;
        ear->since_ms = ear->nowed++ ? ear->since_ms : now_coarse_ms();
    }
}

bool
ears_have_confirmed(const struct ears *ears, uint64_t number)
{
    for (const struct ear *ear = ears->first; ear; ear = ear->next) {
        if (ear->nowed > 0 && ear->told - ear->nowed < number) {
            return false;
        }
    }
    return true;
}

/* A lost one would have told the client to subscribe again; the next SUBSCRIBE makes it anew. */
void
ears_rest(struct ears *ears)
{
    ears->is_resting = true;
    ears->rest_since_ms = now_coarse_ms();
    for (struct ear **place = &ears->first; *place;) {
        if ((*place)->session) {
            place = &(*place)->next;
        } else {
            *place = ear_free(*place);
        }
    }
}

void
ears_set_resp3(struct ears *ears, bool resp3)
{
    for (struct ear *ear = ears->first; ear; ear = ear->next) {
        if (ear->session) {
            session_set_resp3(ear->session, resp3);
        }
    }
}

bool
ears_tick(struct ears *ears, int64_t now_ms, int64_t timeout_ms)
{
    const struct executor *executor = client_services(ears->client)->executor;
    if (ears->is_resting) {
        if (timeout_ms && now_ms - ears->rest_since_ms > timeout_ms) {
            ears_close(ears);
        }
        return false;
    }
    for (struct ear *ear = ears->first; ear; ear = ear->next) {
        if (!ear->session && executor_shard_status(executor, ear->shard).connected) {
            return true;
        }
        if (ear->nowed > 0 && timeout_ms && now_ms - ear->since_ms > timeout_ms) {
            ear_lose(ear); /* that may have closed all ears */
            return false;
        }
    }
    return false;
}

void
ears_close(struct ears *ears)
{
    while (ears->first) {
        ears->first = ear_free(ears->first);
    }
}
