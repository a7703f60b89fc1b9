/*
 * Commands on rows: they are checked here and carried out by executor/sets/row.h. Replies go on.
 * in: HSET profile_7 age 30; out: row_submit, then what Redis answers.
 *
 * DEL, UNLINK and EXISTS with several keys are one row command for each, all in flight together;
 * their numbers are summed:
 *
 *     DEL profile_1 profile_2 profile_3     -> :1  :0  :1     -> :2
 *
 * TYPE is asked as EXISTS: a row is a hash.
 */
#include <stdlib.h>

#include "base/must.h"
#include "base/number.h"
#include "base/slot.h"
#include "executor/datasets/keyspace.h"
#include "executor/executor.h"
#include "executor/sets/row.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"
#include "planner/catalog.h"
#include "server/commands/command_families.h"
#include "server/commands/reply.h"
#include "server/proxy/fan.h"
#include "server/table/services.h"

/* One command may not fill the server's memory with row commands in flight. */
enum { MAX_KEYS = 64 * 1024 };

/* How the replies of a request's rows become its reply. */
enum row_reply { ROW_AS_IT_IS, ROW_AS_MAP, ROW_SUM, ROW_TYPE };

struct row_work {
    struct request *request;
    enum row_reply reply_as;
    size_t nrunning;
    int64_t sum;
    struct error err; /* the first error */
};

static void
sum_write(struct resp_writer *out, const struct row_work *work)
{
    if (error_is_set(&work->err)) {
        resp_write_error(out, &work->err);
    } else if (work->reply_as == ROW_TYPE) {
        resp_write_simple(out, work->sum ? slice_lit("hash") : slice_lit("none"));
    } else {
        resp_write_int(out, work->sum);
    }
}

static void
reply_take(struct row_work *work, const struct resp_value *reply, const struct error *err)
{
    struct resp_writer *out = request_writer(work->request);
    bool is_sum = work->reply_as == ROW_SUM || work->reply_as == ROW_TYPE;
    if (err) {
        (void) error_set(&work->err, err->code, "%s", err->message);
    } else if (!is_sum) {
        reply_redis(out, reply, work->reply_as == ROW_AS_MAP);
        return;
    } else if (reply->type == VALUE_ERROR) {
        (void) error_set(&work->err, "ERR", "a shard answered: %.*s", SLICE_ARG(reply->text));
    } else if (!reply_add(reply, &work->sum)) {
        (void) error_set(&work->err, "SHARDDOWN", "the shards answered no numbers");
    }
    if (work->nrunning == 0) {
        sum_write(out, work);
    }
}

static void
on_row_done(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct row_work *work = arg;
    work->nrunning--;
    reply_take(work, reply, err);
    if (work->nrunning == 0) {
        request_done(work->request);
    }
}

static struct row_work *
work_new(struct call *call, enum row_reply reply_as)
{
    struct row_work *work = request_work(call->request, sizeof *work);
    work->request = call->request;
    work->reply_as = reply_as;
    return work;
}

static enum row_reply
reply_kind(enum row_op op)
{
    switch (op) {
    case ROW_DEL:
    case ROW_UNLINK:
    case ROW_EXISTS: return ROW_SUM;
    case ROW_HGETALL: return ROW_AS_MAP;
    case ROW_HSET:
    case ROW_HMSET:
    case ROW_HSETNX:
    case ROW_HDEL:
    case ROW_HINCRBY:
    case ROW_HGET:
    case ROW_HMGET:
    case ROW_HLEN:
    case ROW_HKEYS:
    case ROW_HVALS: break;
    }
    return ROW_AS_IT_IS;
}

static bool
submit(struct call *call, struct row_work *work, size_t key, size_t nargs, enum row_op op)
{
    struct row_command command = {op, call->args[key], call->args + key + 1, nargs};
    if (!row_submit(executor_rows(call->services->executor), &command, on_row_done, work,
                    &work->err)) {
        return false;
    }
    work->nrunning++;
    return true;
}

/*
 * Called when all possible row commands are submitted. If an error comes up while some run, the
 * client is told when they end.
 */
static enum command_outcome
submitted(struct call *call, const struct row_work *work)
{
    if (work->nrunning > 0) {
        return COMMAND_RUNS;
    }
    resp_write_error(call->out, &work->err);
    return COMMAND_REPLIED;
}

/* Checks one key, then fields and values. */
static enum command_outcome
row_run(struct call *call)
{
    enum row_op op = (enum row_op) call->command->op;
    struct row_work *work = work_new(call, reply_kind(op));
    (void) submit(call, work, 1, call->nargs - 2, op);
    return submitted(call, work);
}

/* Fields and values must come in pairs. */
static enum command_outcome
pairs_run(struct call *call)
{
    if (call->nargs % 2 != 0) {
        resp_write_err(call->out, "wrong number of arguments for '%s' command",
                       call->command->name);
        return COMMAND_REPLIED;
    }
    return row_run(call);
}

static enum command_outcome
increment_run(struct call *call)
{
    int64_t by;
    if (!number_is_integer(call->args[3]) || !slice_to_int64(call->args[3], &by)) {
        resp_write_err(call->out, "value is not an integer or out of range");
        return COMMAND_REPLIED;
    }
    return row_run(call);
}

/* A key that is no row of ours: its shard is asked on its own. */
struct foreign {
    struct row_work *work;
    const char *shard; /* the shard that is asked; borrowed */
    struct strbuf reply;
};

static void
on_foreign(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct foreign *foreign = arg;
    struct row_work *work = foreign->work;
    struct resp_value value = {.type = VALUE_INTEGER};
    struct error own = {"", ""};
    if (!err) {
        strbuf_append(&foreign->reply, piece);
        if (!is_last) {
            return;
        }
        struct slice rest = strbuf_slice(&foreign->reply);
        if (rest.ptr[0] == '-') {
            value = (struct resp_value){.type = VALUE_ERROR,
                                        .text = slice_of(rest.ptr + 1, rest.len - 3)};
        } else if (rest.ptr[0] != ':' || !fan_take_header(&rest, &value.integer)) {
            (void) reply_misshapen(foreign->shard, "a command", &own);
            err = &own;
        }
    }
    on_row_done(work, err ? NULL : &value, err);
    strbuf_fini(&foreign->reply);
    free(foreign);
}

static bool
submit_foreign(struct call *call, struct row_work *work, size_t key)
{
    struct executor *executor = call->services->executor;
    const struct dataset *dataset = catalog_by_row(call->services->catalog, call->args[key]);
    struct foreign *foreign = must_alloc(sizeof *foreign);
    struct strbuf stored;
    strbuf_init(&stored);
    if (dataset) {
        keyspace_append_row(executor_datasets(executor), dataset, call->args[key], &stored);
    } else {
        strbuf_append(&stored, call->args[key]);
    }
    struct slice args[] = {call->args[0], strbuf_slice(&stored)};
    foreign->work = work;
    foreign->shard = executor_owner_name(executor, key_slot(args[1]));
    strbuf_init(&foreign->reply);
    const struct forward_options options = {.slot = key_slot(args[1])};
    bool is_sent = forward_start(executor_shards(executor), &options, args, 2, on_foreign, foreign,
                                 &work->err);
    strbuf_fini(&stored);
    if (!is_sent) {
        free(foreign);
        return false;
    }
    work->nrunning++;
    return true;
}

static bool
submit_key(struct call *call, struct row_work *work, size_t key)
{
    const struct dataset *dataset = catalog_by_row(call->services->catalog, call->args[key]);
    if (dataset && !dataset_is_columns(dataset)) {
        return submit(call, work, key, 0, (enum row_op) call->command->op);
    }
    return submit_foreign(call, work, key);
}

/* True: one of the keys is Quipu's own, and the error is written. */
static bool
has_reserved_key(struct call *call)
{
    char quoted[ERROR_QUOTE_BYTES];
    for (size_t i = 1; i < call->nargs; i++) {
        if (!catalog_by_row(call->services->catalog, call->args[i]) &&
            keyspace_is_reserved(executor_datasets(call->services->executor), call->args[i])) {
            resp_write_err(call->out, "key %s is one of Quipu's own",
                           error_quote(quoted, call->args[i]));
            return true;
        }
    }
    return false;
}

static enum command_outcome
keys_run(struct call *call)
{
    size_t nkeys = call->nargs - 1;
    if (nkeys > MAX_KEYS) {
        struct error err = {0};
        (void) error_set(&err, "LIMIT", "at most %d keys in one command, not %zu", MAX_KEYS, nkeys);
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    if (has_reserved_key(call)) {
        return COMMAND_REPLIED;
    }
    struct row_work *work = work_new(call, ROW_SUM);
    for (size_t i = 1; i < call->nargs && submit_key(call, work, i); i++) {
    }
    return submitted(call, work);
}

static enum command_outcome
type_run(struct call *call)
{
    struct row_work *work = work_new(call, ROW_TYPE);
    (void) submit(call, work, 1, 0, ROW_EXISTS);
    return submitted(call, work);
}

static const struct command COMMANDS[] = {
    {.name = "hset",
     .arity = -4,
     .class = REQUEST_ROW,
     .run = pairs_run,
     .op = ROW_HSET,
     .writes = true,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field value [field value ...]",
     .summary = "Sets fields of a row, and its index entries"},
    {.name = "hget",
     .arity = 3,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HGET,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field",
     .summary = "Gets a field of a row"},
    {.name = "hmget",
     .arity = -3,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HMGET,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field [field ...]",
     .summary = "Gets fields of a row"},
    {.name = "hgetall",
     .arity = 2,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HGETALL,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key",
     .summary = "Gets a row"},
    {.name = "hmset",
     .arity = -4,
     .class = REQUEST_ROW,
     .run = pairs_run,
     .op = ROW_HMSET,
     .writes = true,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field value [field value ...]",
     .summary = "Sets fields of a row, as HSET; answers OK"},
    {.name = "hsetnx",
     .arity = 4,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HSETNX,
     .writes = true,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field value",
     .summary = "Sets a field of a row that does not have it"},
    {.name = "hdel",
     .arity = -3,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HDEL,
     .writes = true,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field [field ...]",
     .summary = "Removes fields of a row"},
    {.name = "hincrby",
     .arity = 4,
     .class = REQUEST_ROW,
     .run = increment_run,
     .op = ROW_HINCRBY,
     .writes = true,
     .writes_and_reads = true,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key field increment",
     .summary = "Adds an integer to a field of a row"},
    {.name = "del",
     .arity = -2,
     .class = REQUEST_ROW,
     .run = keys_run,
     .op = ROW_DEL,
     .writes = true,
     .first_key = 1,
     .last_key = -1,
     .key_step = 1,
     .arguments = "key [key ...]",
     .summary = "Deletes rows"},
    {.name = "unlink",
     .arity = -2,
     .class = REQUEST_ROW,
     .run = keys_run,
     .op = ROW_UNLINK,
     .writes = true,
     .first_key = 1,
     .last_key = -1,
     .key_step = 1,
     .arguments = "key [key ...]",
     .summary = "Deletes rows, as DEL"},
    {.name = "exists",
     .arity = -2,
     .class = REQUEST_ROW,
     .run = keys_run,
     .op = ROW_EXISTS,
     .first_key = 1,
     .last_key = -1,
     .key_step = 1,
     .arguments = "key [key ...]",
     .summary = "How many of the rows exist"},
    {.name = "hlen",
     .arity = 2,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HLEN,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key",
     .summary = "How many fields a row has"},
    {.name = "hkeys",
     .arity = 2,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HKEYS,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key",
     .summary = "The names of a row's fields"},
    {.name = "hvals",
     .arity = 2,
     .class = REQUEST_ROW,
     .run = row_run,
     .op = ROW_HVALS,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key",
     .summary = "The values of a row's fields"},
    {.name = "type",
     .arity = 2,
     .class = REQUEST_ROW,
     .run = type_run,
     .first_key = 1,
     .last_key = 1,
     .key_step = 1,
     .arguments = "key",
     .summary = "`hash` for a row that exists, else `none`"},
};

struct command_family
command_row_family(void)
{
    return (struct command_family){"hash", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
