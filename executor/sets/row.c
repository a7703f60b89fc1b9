/*
 * Rows: commands on one row, sent to the shard that has its partition.
 * in: struct row_command; out: Redis' reply, through the callback.
 *
 * Writes of one partition that come in the same turn of the event loop go out as one call of the
 * write script, so a bulk load costs one script call for many rows. A read first sends the writes
 * that wait for its partition; from there the lane keeps the order.
 */
#include "executor/sets/row.h"

#include <stdlib.h>

#include <event2/event.h>

#include "base/list.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "executor/sets/script.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"

enum { MAX_BATCH_COMMANDS = 64, MAX_COMMAND_ARGS = 6000 };

struct waiting {
    enum row_op op;
    row_done_fn *done;
    void *arg;
};

/* Writes of one partition: waiting to be sent, then waiting for their replies. */
struct row_batch {
    struct list in_batches; /* of the rows, while it waits to be sent */
    struct rows *rows;
    struct handle *dataset;
    unsigned partition;
    struct arena *arena; /* args */
    struct slice *args;  /* of the script: dataset, born, row prefix, then the commands */
    size_t nargs, capacity;
    struct waiting commands[MAX_BATCH_COMMANDS];
    size_t ncommands;
};

struct rows {
    struct rows_setup setup;
    struct list batches; /* waiting to be sent, any dataset */
    struct event *flush; /* runs when this turn of the loop has read all input */
    struct rows_counters counters;
};

struct row_read {
    struct rows *rows;
    enum row_op op;
    size_t nasked; /* fields */
    unsigned slot;
    row_done_fn *done;
    void *arg;
};

/* What the script or Redis is told for each row command. */
static const struct row_verb {
    const char *name;
    bool is_write;
} VERBS[] = {
    [ROW_HSET] = {"HSET", true},        [ROW_HMSET] = {"HMSET", true},
    [ROW_HSETNX] = {"HSETNX", true},    [ROW_HDEL] = {"HDEL", true},
    [ROW_HINCRBY] = {"HINCRBY", true},  [ROW_DEL] = {"DEL", true},
    [ROW_UNLINK] = {"DEL", true},       [ROW_EXISTS] = {"EXISTS", false},
    [ROW_HGET] = {"HGET", false},       [ROW_HMGET] = {"HMGET", false},
    [ROW_HGETALL] = {"HGETALL", false}, [ROW_HLEN] = {"HLEN", false},
    [ROW_HKEYS] = {"HKEYS", false},     [ROW_HVALS] = {"HVALS", false},
};

/* ---- Batches of writes ---- */

static void
batch_unlink(struct row_batch *batch)
{
    list_remove(&batch->in_batches);
    batch->dataset->batches[batch->partition] = NULL;
}

static void
batch_free(struct row_batch *batch)
{
    handle_release(batch->dataset);
    arena_free(batch->arena);
    free(batch);
}

static void
batch_add_arg(struct row_batch *batch, struct slice arg)
{
    batch->args = arena_room(batch->arena, batch->args, batch->nargs, &batch->capacity, sizeof arg);
    batch->args[batch->nargs++] = arg;
}

static struct row_batch *
batch_of(struct rows *rows, struct handle *dataset, unsigned partition)
{
    struct row_batch *batch = dataset->batches[partition];
    if (batch) {
        return batch;
    }
    batch = must_alloc(sizeof *batch);
    batch->rows = rows;
    batch->dataset = handle_retain(dataset);
    batch->partition = partition;
    batch->arena = arena_new();
    if (!dataset->batches_in_flight[partition]) {
        event_active(rows->flush, EV_TIMEOUT, 0);
    }
    list_add_first(&rows->batches, &batch->in_batches);
    dataset->batches[partition] = batch;
    batch_add_arg(batch, dataset->dataset->name);
    batch_add_arg(batch, dataset->born);
    batch_add_arg(batch, dataset->row_prefix);
    return batch;
}

static void
batch_fail(struct row_batch *batch, const struct error *err)
{
    for (size_t i = 0; i < batch->ncommands && !shards_are_closing(batch->rows->setup.shards);
         i++) {
        batch->commands[i].done(batch->commands[i].arg, NULL, err);
    }
}

/* Expects an integer, or OK for HMSET; HINCRBY's sum travels as text. An error always fits. */
static bool
answer_fits(enum row_op op, const struct resp_value *reply)
{
    int64_t n;
    switch (op) {
    case ROW_HMSET: return reply_is_text(reply) || reply->type == VALUE_ERROR;
    case ROW_HINCRBY:
        if (reply->type == VALUE_STRING) {
            return slice_to_int64(reply->text, &n);
        }
        break;
    case ROW_HSET:
    case ROW_HSETNX:
    case ROW_HDEL:
    case ROW_DEL:
    case ROW_UNLINK:
    case ROW_EXISTS:
    case ROW_HLEN: break;
    case ROW_HGET:
        return reply_is_text(reply) || reply->type == VALUE_NIL || reply->type == VALUE_ERROR;
    case ROW_HGETALL:
    case ROW_HMGET:
    case ROW_HKEYS:
    case ROW_HVALS: return false; /* several values: see values_fit */
    }
    return reply->type == VALUE_INTEGER || reply->type == VALUE_ERROR;
}

/* Expects texts: for HMGET as many as were asked for, or nil; for HGETALL pairs. */
static bool
values_fit(enum row_op op, size_t nasked, const struct resp_value *reply)
{
    bool fits = op == ROW_HMGET     ? reply->nelements == nasked
                : op == ROW_HGETALL ? reply->nelements % 2 == 0
                                    : op == ROW_HKEYS || op == ROW_HVALS;
    fits = fits && reply->type == VALUE_ARRAY;
    for (size_t i = 0; fits && i < reply->nelements; i++) {
        const struct resp_value *value = &reply->elements[i];
        fits = reply_is_text(value) || (op == ROW_HMGET && value->type == VALUE_NIL);
    }
    return fits || reply->type == VALUE_ERROR;
}

/*
 * Answers one command by its part of the script's reply; NULL: there is none. HINCRBY's sum travels
 * as text, all 64 bits of it.
 */
static void
answer_command(const struct row_batch *batch, const struct waiting *command,
               const struct resp_value *reply)
{
    if (!reply || !answer_fits(command->op, reply)) {
        struct error err = {"", ""};
        unsigned slot = batch->dataset->partitions[batch->partition].slot;
        (void) reply_misshapen(shards_owner_name(batch->rows->setup.shards, slot), "a script",
                               &err);
        command->done(command->arg, NULL, &err);
        return;
    }
    struct resp_value sum;
    int64_t n;
    if (command->op == ROW_HINCRBY && reply->type == VALUE_STRING &&
        slice_to_int64(reply->text, &n)) {
        sum = (struct resp_value){.type = VALUE_INTEGER, .integer = n};
        reply = &sum;
    }
    command->done(command->arg, reply, NULL);
}

static void batch_send(struct row_batch *batch);

static void
on_batch(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct row_batch *batch = arg;
    struct handle *dataset = batch->dataset;
    dataset->batches_in_flight[batch->partition]--;
    if (!shards_are_closing(batch->rows->setup.shards) && dataset->batches[batch->partition]) {
        batch_send(dataset->batches[batch->partition]);
    }
    if (err) {
        batch_fail(batch, err);
    } else if (!shards_are_closing(batch->rows->setup.shards)) {
        if (resp_value_is_error(reply, "NODATASET")) {
            batch->rows->setup.owner->on_old_catalog(batch->rows->setup.owner_arg);
        }
        bool is_whole = reply->type == VALUE_ARRAY && reply->nelements == batch->ncommands;
        for (size_t i = 0; i < batch->ncommands; i++) {
            /* A refusal of the whole batch (-OOM, -MISCONF) is each command's answer. */
            bool is_refused = reply->type == VALUE_ERROR;
            answer_command(batch, &batch->commands[i],
                           is_whole     ? &reply->elements[i]
                           : is_refused ? reply
                                        : NULL);
        }
    }
    batch_free(batch);
}

static void
batch_send(struct row_batch *batch)
{
    const struct partition *partition = &batch->dataset->partitions[batch->partition];
    struct error err = {"", ""};
    batch_unlink(batch);
    const struct slot_target target = {.slot = partition->slot, .lane = LANE_ROWS};
    if (!slot_call_script(batch->rows->setup.shards, &target, SCRIPT_WRITE, &partition->rows_key, 1,
                          batch->args, batch->nargs, on_batch, batch, &err)) {
        batch_fail(batch, &err);
        batch_free(batch);
        return;
    }
    batch->dataset->batches_in_flight[batch->partition]++;
}

static void
on_flush(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct rows *rows = arg;
    struct list due;
    list_init(&due);
    LIST_EACH (struct row_batch, batch, &rows->batches, in_batches) {
        if (!batch->dataset->batches_in_flight[batch->partition]) {
            list_remove(&batch->in_batches);
            list_add_last(&due, &batch->in_batches);
        }
    }
    /* A callback that learns of a failed batch may ask for more, and so send another of these. */
    while (!list_is_empty(&due)) {
        batch_send(LIST_FIRST(&due, struct row_batch, in_batches));
    }
}

void
rows_drop(struct rows *rows)
{
    LIST_EACH (struct row_batch, batch, &rows->batches, in_batches) {
        batch_unlink(batch);
        batch_free(batch);
    }
}

static void
submit_write(struct row_batch *batch, const struct row_command *command, struct slice row,
             row_done_fn *done, void *arg)
{
    batch->commands[batch->ncommands++] = (struct waiting){command->op, done, arg};
    batch_add_arg(batch, slice_str(VERBS[command->op].name));
    batch_add_arg(batch, arena_copy(batch->arena, row));
    batch_add_arg(batch, arena_printf(batch->arena, "%zu", command->nargs));
    for (size_t i = 0; i < command->nargs; i++) {
        batch_add_arg(batch, arena_copy(batch->arena, command->args[i]));
    }
    if (batch->ncommands == MAX_BATCH_COMMANDS) {
        batch_send(batch);
    }
}

/* ---- Reads ---- */

static void
on_read(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct row_read *read = arg;
    struct error own = {"", ""};
    if (!err && !answer_fits(read->op, reply) && !values_fit(read->op, read->nasked, reply)) {
        (void) reply_misshapen(shards_owner_name(read->rows->setup.shards, read->slot),
                               VERBS[read->op].name, &own);
        err = &own;
        reply = NULL;
    }
    if (!shards_are_closing(read->rows->setup.shards)) {
        read->done(read->arg, reply, err);
    }
    free(read);
}

static bool
submit_read(struct rows *rows, const struct handle *dataset, const struct partition *partition,
            const struct row_command *command, struct slice row, row_done_fn *done, void *arg,
            struct error *err)
{
    struct arena *arena = arena_new();
    struct slice *args = arena_array(arena, command->nargs + 2, sizeof *args);
    args[0] = slice_str(VERBS[command->op].name);
    args[1] = arena_printf(arena, "%.*s%.*s%s", SLICE_ARG(dataset->row_prefix), SLICE_ARG(row),
                           partition->tag);
    for (size_t i = 0; i < command->nargs; i++) {
        args[i + 2] = command->args[i];
    }
    struct row_read *read = must_alloc(sizeof *read);
    *read = (struct row_read){rows, command->op, command->nargs, partition->slot, done, arg};
    const struct slot_target target = {.slot = partition->slot, .lane = LANE_ROWS, .is_safe = true};
    bool sent =
        slot_call(rows->setup.shards, &target, args, command->nargs + 2, on_read, read, err);
    if (!sent) {
        free(read);
    }
    arena_free(arena);
    return sent;
}

bool
row_submit(struct rows *rows, const struct row_command *command, row_done_fn *done, void *arg,
           struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct rows_setup *setup = &rows->setup;
    if (!setup->owner->knows_datasets(setup->owner_arg, err)) {
        return false;
    }
    const struct dataset *found = catalog_by_row(setup->catalog, command->key);
    if (!found) {
        return error_set(err, "ERR", "key %s is a row of no dataset",
                         error_quote(quoted, command->key));
    }
    if (command->nargs > MAX_COMMAND_ARGS) {
        return error_set(err, "LIMIT", "a command on a row takes %d arguments at most, not %zu",
                         MAX_COMMAND_ARGS, command->nargs);
    }
    struct handle *dataset = handles_get(setup->handles, found);
    struct slice key = dataset_row(found, command->key);
    unsigned partition = partition_of(key, found->npartitions);
    const struct partition *place = &dataset->partitions[partition];
    if (!shards_is_cluster(setup->shards) &&
        !shard_is_ready(shards_at(setup->shards, shards_owner(setup->shards, place->slot)), err)) {
        return false;
    }
    struct strbuf row;
    strbuf_init(&row);
    key_append_value(&row, key);
    bool taken = true;
    if (VERBS[command->op].is_write) {
        rows->counters.writes++;
        change_counts_add(&dataset->changes, 1);
        submit_write(batch_of(rows, dataset, partition), command, strbuf_slice(&row), done, arg);
    } else {
        rows->counters.reads++;
        if (dataset->batches[partition]) {
            batch_send(dataset->batches[partition]);
        }
        taken = submit_read(rows, dataset, place, command, strbuf_slice(&row), done, arg, err);
    }
    strbuf_fini(&row);
    return taken;
}

/* ---- Life ---- */

struct rows *
rows_new(const struct rows_setup *setup)
{
    struct rows *rows = must_alloc(sizeof *rows);
    rows->setup = *setup;
    list_init(&rows->batches);
    rows->flush = event_new(shards_base(setup->shards), -1, 0, on_flush, rows);
    return rows;
}

void
rows_free(struct rows *rows)
{
    rows_drop(rows);
    event_free(rows->flush);
    free(rows);
}

struct rows_counters
rows_counters(const struct rows *rows)
{
    return rows->counters;
}

void
rows_reset_counters(struct rows *rows)
{
    rows->counters = (struct rows_counters){0};
}
