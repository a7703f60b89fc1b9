/*
 * Ears bring a subscriber the messages of shards where it does not subscribe itself.
 * in: SUBSCRIBE, UNSUBSCRIBE and their kin; out: messages of other shards, to the client.
 *
 *     SETTLING --PONG--> HEARING --lost--> LOST --the shard is there again--> the client is told
 *         +----------lost, no answer in time----^                             to subscribe anew
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
    bool is_settling;
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

static void
settled(struct ear *ear)
{
    struct ears *ears = ear->ears;
    if (ear->is_settling) {
        ear->is_settling = false;
        if (--ears->nsettling == 0) {
            ears->on_settled(ears->arg);
        }
    }
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

static void
on_push(void *arg, struct slice bytes)
{
    struct ear *ear = arg;
    if (ears_is_mark(bytes)) {
        settled(ear);
    } else if (is_message(bytes)) {
        client_push(ear->ears->client, bytes);
    }
}

static void
ear_lose(struct ear *ear)
{
    session_free(ear->session);
    ear->session = NULL;
    settled(ear);
}

static void
on_lost(void *arg, const char *why)
{
    (void) why;
    ear_lose(arg);
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
    ears->since_ms = now_coarse_ms();
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
        ears->nsettling += !ear->is_settling;
        ear->is_settling = true;
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
    bool is_late = ears->nsettling && timeout_ms && now_ms - ears->since_ms > timeout_ms;
    for (struct ear *ear = ears->first; ear; ear = ear->next) {
        if (!ear->session && executor_shard_status(executor, ear->shard).connected) {
            return true;
        }
        if (ear->session && ear->is_settling && is_late) {
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
        struct ear *ear = ears->first;
        ears->first = ear->next;
        session_free(ear->session);
        free(ear);
    }
    ears->nsettling = 0;
}
