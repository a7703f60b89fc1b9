/*
 * What a load asks a server of its datasets, and tells it. in: words; out: replies.
 *
 * Example: DATASET INFO survey answers [name survey prefix survey_ ... rows 12], which becomes a
 * dataset_info that is not empty; or -NODATASET, which is no error.
 */
#include "tools/dataset_calls.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/must.h"

struct redisReply *
dataset_ask(struct dataset_calls *calls, const struct slice *words, size_t nwords,
            struct error *err)
{
    if (!calls->connection && !connection_open(&calls->address, &calls->connection, err)) {
        return NULL;
    }
    connection_send(calls->connection, words, nwords);
    return connection_receive(calls->connection, err);
}

bool
dataset_tell(struct dataset_calls *calls, const struct slice *words, size_t nwords,
             struct error *err)
{
    struct redisReply *reply = dataset_ask(calls, words, nwords, err);
    bool ok = reply && reply->type != REDIS_REPLY_ERROR;
    if (reply && !ok) {
        (void) error_set(err, "SERVER", "the server answers: %s", reply->str);
    }
    if (reply) {
        freeReplyObject(reply);
    }
    return ok;
}

static void
info_take(struct arena *arena, struct dataset_info *info, struct slice name,
          const struct redisReply *value)
{
    struct slice *const texts[] = {&info->name, &info->prefix, &info->keys, &info->method};
    static const char *const names[] = {"name", "prefix", "keys", "method"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (slice_equal(name, slice_str(names[i])) && value->str) {
            *texts[i] = arena_copy(arena, reply_slice(value));
        }
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("partitions"))) {
        info->npartitions = value->integer;
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("progress"))) {
        info->percent = value->integer;
    }
    if (value->type == REDIS_REPLY_INTEGER && slice_equal(name, slice_lit("rows"))) {
        info->is_empty = value->integer == 0;
    }
}

bool
reply_is_no_dataset(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NODATASET", 9) == 0;
}

bool
dataset_ask_info(struct dataset_calls *calls, struct arena *arena, struct slice name,
                 struct dataset_info *info, bool *found, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("INFO"), name};
    struct redisReply *reply = dataset_ask(calls, words, 3, err);
    if (!reply) {
        return false;
    }
    *info = (struct dataset_info){.is_known = reply->type == REDIS_REPLY_ARRAY, .percent = 100};
    *found = !reply_is_no_dataset(reply);
    for (size_t i = 0; info->is_known && i + 1 < reply->elements; i += 2) {
        info_take(arena, info, reply_slice(reply->element[i]), reply->element[i + 1]);
    }
    freeReplyObject(reply);
    return true;
}

bool
dataset_tell_labels(struct dataset_calls *calls, struct slice name, const struct slice *words,
                    size_t nwords, struct error *err)
{
    struct slice *command = must_array(nwords + 3, sizeof *command);
    command[0] = slice_lit("DATASET");
    command[1] = slice_lit("LABELS");
    command[2] = name;
    memcpy(command + 3, words, nwords * sizeof *words);
    bool ok = dataset_tell(calls, command, nwords + 3, err);
    free(command);
    return ok;
}

void
dataset_calls_rest(struct dataset_calls *calls)
{
    connection_free(calls->connection);
    calls->connection = NULL;
}
