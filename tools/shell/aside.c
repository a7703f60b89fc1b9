/*
 * Asks the server beside what its user asks. in: a text and a cursor, a connection; out: replies.
 *
 * Example: Tab behind `where sex = ` sends QUERY COMPLETE. A server that does not answer in 700 ms is
 * left alone for five seconds.
 */
#include "tools/shell/aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/must.h"
#include "tools/shell/dialog.h"

enum { PATIENCE_MS = 700, SILENT_MS = 5000 };

struct aside {
    struct dialog *dialog;
    int64_t silent_until_ms; /* it did not answer */
};

struct aside *
aside_new(const struct connection_address *address)
{
    struct aside *aside = must_alloc(sizeof *aside);
    aside->dialog = dialog_new(address);
    return aside;
}

void
aside_free(struct aside *aside)
{
    if (aside) {
        dialog_free(aside->dialog);
        free(aside);
    }
}

/* The reply, for the caller to free; NULL: none in time, or an error. */
static struct redisReply *
ask(struct aside *aside, const struct slice *args, size_t nargs)
{
    const struct dialog_wait wait = {.patience_ms = PATIENCE_MS, .is_aside = true};
    struct redisReply *reply = NULL;
    struct error ignored = {0};
    if (now_ms() < aside->silent_until_ms) {
        return NULL;
    }
    if (dialog_call(aside->dialog, args, nargs, &wait, &reply, &ignored) != DIALOG_REPLY) {
        aside->silent_until_ms = now_ms() + SILENT_MS;
        return NULL;
    }
    if (reply->type != REDIS_REPLY_ARRAY) {
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

struct redisReply *
aside_complete(struct aside *aside, struct slice text, size_t cursor)
{
    char place[24];
    snprintf(place, sizeof place, "%zu", cursor);
    const struct slice args[] = {slice_lit("QUERY"), slice_lit("COMPLETE"), text, slice_str(place)};
    return ask(aside, args, 4);
}

const struct redisReply *
aside_member(const struct redisReply *map, const char *name)
{
    for (size_t i = 0; map->type == REDIS_REPLY_ARRAY && i + 1 < map->elements; i += 2) {
        if (map->element[i]->str && strcmp(map->element[i]->str, name) == 0) {
            return map->element[i + 1];
        }
    }
    return NULL;
}

void
aside_query_progress(struct aside *aside, int64_t client_id, int64_t *done, int64_t *all)
{
    const struct slice args[] = {slice_lit("QUERY"), slice_lit("LIST")};
    struct redisReply *reply = client_id ? ask(aside, args, 2) : NULL;
    for (size_t i = 0; reply && i < reply->elements; i++) {
        const struct redisReply *id = aside_member(reply->element[i], "client-id");
        const struct redisReply *of_done = aside_member(reply->element[i], "partitions-done");
        const struct redisReply *of_all = aside_member(reply->element[i], "partitions");
        if (id && id->integer == client_id && of_done && of_all) {
            *done = of_done->integer;
            *all = of_all->integer;
        }
    }
    freeReplyObject(reply);
}
