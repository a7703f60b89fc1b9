/*
 * Datasets beside others. in: a dataset's name; out: names of those beside it, and which are dead.
 *
 *     DATASET LIST     survey.20261128T070000.00009ix: prefix survey_, no alias
 *     CLIENT LIST      no name=quipu-load:survey.20261128T070000.00009ix
 *     DATASET DROP survey.20261128T070000.00009ix
 */
#include "tools/beside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hiredis/hiredis.h>

#include "tools/key_start.h"

/* What stands before a dataset's name where its own would be rows of the prefix. */
static const char *const STARTS[] = {"", "_", "Q"};
enum { NSTARTS = sizeof STARTS / sizeof *STARTS };
static const char STAMP[] =
    "00000000T000000.*******"; /* 0: a digit; *: a random letter, or a digit */

bool
beside_name(struct arena *arena, struct slice dataset, struct slice prefix, struct slice *name,
            struct error *err)
{
    time_t now = time(NULL);
    struct tm parts;
    char stamp[32], key_start[KEY_START_BYTES];
    if (!key_start_make(key_start, err)) {
        return false;
    }
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", gmtime_r(&now, &parts));
    for (size_t i = 0; i < NSTARTS; i++) {
        *name = arena_printf(arena, "%s%.*s.%s.%.*s", STARTS[i], SLICE_ARG(dataset), stamp,
                             KEY_START_RANDOM, key_start + KEY_START_TIME);
        struct slice rows = arena_printf(arena, "%.*s:", SLICE_ARG(*name));
        if (!slice_starts_with(rows, prefix) && !slice_starts_with(prefix, rows)) {
            break;
        }
    }
    return true;
}

static bool
is_of_stamp(char c, char wanted)
{
    return wanted == '0'   ? isdigit((unsigned char) c) != 0
           : wanted == '*' ? isdigit((unsigned char) c) || islower((unsigned char) c)
                           : c == wanted;
}

/* Whether it is a name that beside_name gives. */
static bool
is_beside(struct slice name, struct slice dataset)
{
    for (size_t i = 0; i < NSTARTS; i++) {
        struct slice rest = name;
        size_t nstart = strlen(STARTS[i]);
        if (name.len != nstart + dataset.len + sizeof STAMP ||
            !slice_starts_with(name, slice_str(STARTS[i]))) {
            continue;
        }
        rest = slice_of(name.ptr + nstart, name.len - nstart);
        bool is_stamp = slice_starts_with(rest, dataset) && rest.ptr[dataset.len] == '.';
        for (size_t k = 0; is_stamp && STAMP[k]; k++) {
            is_stamp = is_of_stamp(rest.ptr[dataset.len + 1 + k], STAMP[k]);
        }
        if (is_stamp) {
            return true;
        }
    }
    return false;
}

const char *
beside_client(struct arena *arena, struct slice name)
{
    char *client = (char *) (uintptr_t) arena_printf(arena, "quipu-load:%.*s", SLICE_ARG(name)).ptr;
    for (char *at = client; *at; at++) {
        *at = *at > ' ' && *at < 0x7f ? *at : '_'; /* CLIENT SETNAME takes no others */
    }
    return client;
}

/* The reply, which the caller frees; NULL with err: IO; NULL: an error reply. */
static struct redisReply *
ask(struct connection *connection, const struct slice *words, size_t nwords, struct error *err)
{
    connection_send(connection, words, nwords);
    struct redisReply *reply = connection_receive(connection, err);
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

/* The name of a dataset of the list that nobody means; empty: somebody may. */
static struct slice
name_if_left(const struct redisReply *pairs, const struct beside_about *about)
{
    struct slice name = slice_lit(""), prefix = slice_lit(""), state = slice_lit("");
    size_t naliases = 1;
    for (size_t i = 0; i + 1 < pairs->elements; i += 2) {
        struct slice what = reply_slice(pairs->element[i]);
        const struct redisReply *value = pairs->element[i + 1];
        if (slice_equal(what, slice_lit("name"))) {
            name = reply_slice(value);
        } else if (slice_equal(what, slice_lit("prefix"))) {
            prefix = reply_slice(value);
        } else if (slice_equal(what, slice_lit("state"))) {
            state = reply_slice(value);
        } else if (slice_equal(what, slice_lit("aliases"))) {
            naliases = value->elements;
        }
    }
    bool is_left = naliases == 0 && is_beside(name, about->dataset) &&
                   slice_equal(prefix, about->prefix) && !slice_equal(name, about->name) &&
                   !slice_equal(state, slice_lit("dropping"));
    return is_left ? name : slice_lit("");
}

static bool
is_claimed(struct arena *arena, const struct redisReply *clients, struct slice name)
{
    struct slice wanted = arena_printf(arena, " name=%s ", beside_client(arena, name));
    return memmem(clients->str, (size_t) clients->len, wanted.ptr, wanted.len) != NULL;
}

bool
beside_drop_dead(struct connection *connection, const struct beside_about *about,
                 struct arena *arena, struct strbuf *notes, struct error *err)
{
    const struct slice list[] = {slice_lit("DATASET"), slice_lit("LIST")};
    const struct slice who[] = {slice_lit("CLIENT"), slice_lit("LIST")};
    /* The datasets first: who makes one has claimed it before. */
    struct redisReply *datasets = ask(connection, list, 2, err);
    struct redisReply *clients = datasets ? ask(connection, who, 2, err) : NULL;
    for (size_t i = 0; clients && clients->str && i < datasets->elements; i++) {
        struct slice name = name_if_left(datasets->element[i], about);
        if (!name.len || is_claimed(arena, clients, name)) {
            continue;
        }
        const struct slice drop[] = {slice_lit("DATASET"), slice_lit("DROP"), name};
        struct redisReply *dropped = ask(connection, drop, 3, err);
        if (dropped) {
            strbuf_printf(notes, "%.*s, which %s, is dropped\n", SLICE_ARG(name), about->why);
            freeReplyObject(dropped);
        }
    }
    freeReplyObject(clients);
    freeReplyObject(datasets);
    return !error_is_set(err);
}
