/*
 * A broadcast sends every shard the same command and gathers the replies. in: a command; out: each
 * shard's reply, then the end.
 */
#include "executor/shards/broadcast.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/shards/long_call.h"
#include "executor/shards/shards.h"
#include "executor/shards/shards_parts.h"

struct broadcast_part {
    struct broadcast *broadcast;
    size_t shard;
};

struct broadcast {
    struct shards *shards;
    broadcast_part_fn *on_part;
    broadcast_end_fn *on_end;
    void *arg;
    size_t nrunning;
    struct error err; /* the first */
    struct broadcast_part parts[];
};

static void
part_ended(struct broadcast *broadcast)
{
    if (--broadcast->nrunning == 0) {
        broadcast->on_end(broadcast->arg, error_is_set(&broadcast->err) ? &broadcast->err : NULL);
        free(broadcast);
    }
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct broadcast_part *part = arg;
    struct broadcast *broadcast = part->broadcast;
    struct error own = {"", ""};
    if (err) {
        (void) error_set(&broadcast->err, err->code, "%s", err->message);
    } else if (!broadcast->shards->is_closing && !error_is_set(&broadcast->err) &&
               !broadcast->on_part(broadcast->arg, reply, part->shard, &own)) {
        (void) error_set(&broadcast->err, own.code, "%s", own.message);
    }
    part_ended(broadcast);
}

static bool
part_send(struct broadcast_part *part, const struct slice *args, size_t nargs,
          enum broadcast_kind kind, struct error *err)
{
    struct shards *shards = part->broadcast->shards;
    struct long_call *call;
    if (kind == BROADCAST_LONG) {
        return long_call_start(shards, part->shard, args, nargs, on_reply, part, &call, err);
    }
    struct link *link = shard_link(shards->at[part->shard], LANE_COUNTS, err);
    if (link) {
        link_send(link, args, nargs, reply_collect,
                  reply_collector_new(shard_name(shards->at[part->shard]), on_reply, part));
    }
    return link != NULL;
}

bool
broadcast_start(struct shards *shards, const struct slice *args, size_t nargs,
                enum broadcast_kind kind, broadcast_part_fn *on_part, broadcast_end_fn *on_end,
                void *arg, struct error *err)
{
    if (!shards_are_ready(shards, err)) {
        return false;
    }
    struct broadcast *broadcast =
        must_alloc(sizeof *broadcast + shards_count_active(shards) * sizeof *broadcast->parts);
    broadcast->shards = shards;
    broadcast->on_part = on_part;
    broadcast->on_end = on_end;
    broadcast->arg = arg;
    for (size_t i = 0; i < shards->nshards; i++) {
        if (!shards_has(shards, i)) {
            continue;
        }
        struct broadcast_part *part = &broadcast->parts[broadcast->nrunning];
        *part = (struct broadcast_part){broadcast, i};
        struct error own = {"", ""};
        if (part_send(part, args, nargs, kind, &own)) {
            broadcast->nrunning++;
        } else {
            (void) error_set(&broadcast->err, own.code, "%s", own.message);
        }
    }
    if (broadcast->nrunning == 0) {
        *err = broadcast->err;
        free(broadcast);
        return false;
    }
    return true;
}
