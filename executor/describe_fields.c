/*
 * Learns a dataset's fields from its shards. in: a dataset; out: names and bytes, added up.
 *
 *     by sets       the fields script in every partition: {"sex", 604, 2, "age", 2050, 31}
 *     by columns    QUIPU.INFO current FIELDS at every shard: {{"field", "sex", ..., "values", 2, "bytes", 604}}
 *
 * A broadcast cannot be cancelled. So one whose asker has left goes on to its end, and is freed
 * there.
 */
#include "executor/describe_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/sets/scatter.h"
#include "executor/shards/broadcast.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

struct describe_fields {
    struct shards *shards;
    struct arena *arena;
    struct map known; /* name: its place in fields */
    struct field_size *fields;
    size_t nfields, capacity;
    struct scatter *scatter;       /* by sets */
    describe_fields_done_fn *done; /* NULL: nobody waits for it any more */
    void *arg;
};

static void
learning_free(struct describe_fields *learning)
{
    arena_free(learning->arena);
    free(learning);
}

/* The field's place; it is made if it is new. */
static struct field_size *
field_get(struct describe_fields *learning, struct slice name)
{
    size_t *known = map_find(&learning->known, name);
    if (known) {
        return &learning->fields[*known];
    }
    learning->fields = arena_room(learning->arena, learning->fields, learning->nfields,
                                  &learning->capacity, sizeof *learning->fields);
    struct field_size *field = &learning->fields[learning->nfields];
    *field = (struct field_size){.name = arena_copy(learning->arena, name)};
    *map_add(&learning->known, field->name, NULL) = learning->nfields++;
    return field;
}

/* Takes what one shard says of one field. False: it has another shape. */
static bool
field_take(struct describe_fields *learning, const struct resp_value *name,
           const struct resp_value *bytes, const struct resp_value *nvalues)
{
    int64_t n = 0;
    if (!name || !bytes || !nvalues || !reply_is_text(name)) {
        return false;
    }
    struct field_size *field = field_get(learning, reply_text(name));
    if (!reply_add(bytes, &field->bytes) || !reply_add(nvalues, &n)) {
        return false;
    }
    field->nvalues = n > field->nvalues ? n : field->nvalues;
    return true;
}

static bool
misshapen(const struct describe_fields *learning, size_t shard, struct error *err)
{
    return reply_misshapen(shard_name(shards_at(learning->shards, shard)),
                           "a question for the fields", err);
}

/* ---- By sets ---- */

static bool
on_names(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct describe_fields *learning = arg;
    bool ok = reply->type == VALUE_ARRAY && reply_count(reply) % 3 == 0;
    for (size_t i = 0; ok && i < reply_count(reply); i += 3) {
        ok = field_take(learning, reply_at(reply, i), reply_at(reply, i + 1),
                        reply_at(reply, i + 2));
    }
    return ok || misshapen(learning, shard, err);
}

/* ---- By columns ---- */

/* Reads {"field", name, ..., "bytes", n, ...}. */
static bool
info_take(struct describe_fields *learning, const struct resp_value *info)
{
    const struct resp_value *name = NULL, *bytes = NULL, *nvalues = NULL;
    for (size_t i = 0; i + 1 < reply_count(info); i += 2) {
        struct slice key = reply_text(reply_at(info, i));
        name = slice_equal(key, slice_lit("field")) ? reply_at(info, i + 1) : name;
        bytes = slice_equal(key, slice_lit("bytes")) ? reply_at(info, i + 1) : bytes;
        nvalues = slice_equal(key, slice_lit("values")) ? reply_at(info, i + 1) : nvalues;
    }
    return field_take(learning, name, bytes, nvalues);
}

static bool
on_infos(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct describe_fields *learning = arg;
    if (reply_is_error(reply, shard_name(shards_at(learning->shards, shard)), err)) {
        return false;
    }
    bool ok = reply->type == VALUE_ARRAY;
    for (size_t i = 0; ok && i < reply_count(reply); i++) {
        ok = info_take(learning, reply_at(reply, i));
    }
    return ok || misshapen(learning, shard, err);
}

/* ---- The end ---- */

static int
by_name(const void *a, const void *b)
{
    const struct field_size *one = a, *other = b;
    return slice_compare(one->name, other->name);
}

static void
on_end(void *arg, const struct error *err)
{
    struct describe_fields *learning = arg;
    if (learning->nfields) {
        qsort(learning->fields, learning->nfields, sizeof *learning->fields, by_name);
    }
    if (learning->done) {
        learning->done(learning->arg, learning->fields, learning->nfields, err);
    }
    learning_free(learning);
}

/* ---- Starting, cancelling ---- */

static bool
ask(struct describe_fields *learning, struct handle *dataset, struct error *err)
{
    struct slice name = dataset->dataset->name;
    if (dataset_is_columns(dataset->dataset)) {
        struct slice args[] = {slice_lit("QUIPU.INFO"), name, slice_lit("FIELDS")};
        return broadcast_start(learning->shards, args, 3, BROADCAST_SHORT, on_infos, on_end,
                               learning, err);
    }
    struct scatter_request request = {
        .script = SCRIPT_FIELDS, .args = &name, .nargs = 1, .batch_partitions = 4, .window = 2};
    return scatter_start(learning->shards, dataset, &request, on_names, on_end, learning,
                         &learning->scatter, err);
}

bool
describe_fields_start(struct executor *executor, struct handle *dataset,
                      describe_fields_done_fn *done, void *arg, struct describe_fields **out,
                      struct error *err)
{
    struct describe_fields *learning = must_alloc(sizeof *learning);
    *learning = (struct describe_fields){
        .shards = executor->shards, .arena = arena_new(), .done = done, .arg = arg};
    map_init(&learning->known, learning->arena);
    if (!ask(learning, dataset, err)) {
        learning_free(learning);
        return false;
    }
    *out = learning;
    return true;
}

void
describe_fields_cancel(struct describe_fields *learning)
{
    if (learning->scatter) {
        scatter_cancel(learning->scatter);
        learning_free(learning);
    } else {
        learning->done = NULL;
    }
}
