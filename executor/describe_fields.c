/*
 * Learns a dataset's fields from its shards. in: a dataset; out: names and bytes, added up.
 *
 *     by sets       the fields script in every partition: {"sex", 604, 2, "age", 2050, 31}
 *     by columns    QUIPU.INFO current FIELDS at every shard: {{"field", "sex", ..., "values", 2, "bytes", 604}}
 */
#include "executor/describe_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/dataset_question.h"
#include "executor/executor_parts.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

struct describe_fields {
    struct shards *shards;
    struct arena *arena;
    struct map known; /* name: its place in fields */
    struct field_size *fields;
    size_t nfields, capacity;
    bool is_by_columns;
    struct dataset_question *question;
    describe_fields_done_fn *done;
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

/* ---- By sets ---- */

static bool
names_take(struct describe_fields *learning, const struct resp_value *reply)
{
    bool ok = reply->type == VALUE_ARRAY && reply_count(reply) % 3 == 0;
    for (size_t i = 0; ok && i < reply_count(reply); i += 3) {
        ok = field_take(learning, reply_at(reply, i), reply_at(reply, i + 1),
                        reply_at(reply, i + 2));
    }
    return ok;
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
infos_take(struct describe_fields *learning, const struct resp_value *reply)
{
    bool ok = reply->type == VALUE_ARRAY;
    for (size_t i = 0; ok && i < reply_count(reply); i++) {
        ok = info_take(learning, reply_at(reply, i));
    }
    return ok;
}

/* ---- The end ---- */

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct describe_fields *learning = arg;
    return (learning->is_by_columns ? infos_take(learning, reply) : names_take(learning, reply)) ||
           reply_misshapen(shard_name(shards_at(learning->shards, shard)),
                           "a question for the fields", err);
}

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
    learning->done(learning->arg, learning->fields, learning->nfields, err);
    learning_free(learning);
}

/* ---- Starting, cancelling ---- */

bool
describe_fields_start(struct executor *executor, struct handle *dataset,
                      describe_fields_done_fn *done, void *arg, struct describe_fields **out,
                      struct error *err)
{
    struct describe_fields *learning = must_alloc(sizeof *learning);
    *learning = (struct describe_fields){.shards = executor->shards,
                                         .arena = arena_new(),
                                         .is_by_columns = dataset_is_columns(dataset->dataset),
                                         .done = done,
                                         .arg = arg};
    map_init(&learning->known, learning->arena);
    const struct dataset_question_request request = {.script = SCRIPT_FIELDS,
                                                     .batch_partitions = 4,
                                                     .section = "FIELDS",
                                                     .on_part = on_part,
                                                     .on_end = on_end,
                                                     .arg = learning};
    if (!dataset_question_start(executor, dataset, &request, &learning->question, err)) {
        learning_free(learning);
        return false;
    }
    *out = learning;
    return true;
}

void
describe_fields_cancel(struct describe_fields *learning)
{
    dataset_question_cancel(learning->question);
    learning_free(learning);
}
