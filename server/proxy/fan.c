/*
 * A fan sends one command to several shards and merges their replies into one. in: a command with
 * keys on several shards, or for all shards; out: one reply.
 *
 *     parts:  [shard 0: "*2 $1 a $1 b"] [shard 1: running] [shard 2: "*1 $1 c"]
 *     end:    when the last is there, they are merged and the request is done
 *
 * MGET of many keys goes by windows, so that neither the server nor its loop holds all the values.
 *
 *     [128 keys: asked, merged, told] - the client has room -> [n keys: asked ...] ... done
 */
#include "server/proxy/fan.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/slot.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/shard_reply.h"
#include "net/reply_scan.h"
#include "server/table/services.h"

/*
 * The first window of a reply with an element for each key asks for FIRST_KEYS keys. The next asks
 * for as many as have about WINDOW_BYTES of values, judged by the earlier ones, when the client has
 * taken those.
 */
enum { FIRST_KEYS = 128, MAX_KEYS = 4096, GROWTH = 4, WINDOW_BYTES = 1024 * 1024 };

/* MGET of many keys: a fan for each window of them. */
struct walk {
    struct executor *executor;
    struct request *request;
    struct arena *arena; /* of the walk, and of the words */
    struct slice *args;
    size_t *places;
    size_t nkeys, at, nwindow; /* keys before `at` are answered; nwindow keys are asked now */
};

struct fan_part {
    struct fan *fan;
    const char *shard; /* the shard that was asked; borrowed */
    size_t nkeys;      /* in its share */
    struct strbuf reply;
};

struct fan {
    struct request *request;
    enum response_policy policy;
    fan_merge_fn *merge; /* NULL: by policy */
    void *arg;
    struct fan_part *parts;
    size_t nparts, nrunning;
    struct error err; /* the first error */
    size_t *owners;   /* by key, its part; NULL: the reply has no element for each key */
    size_t nkeys;
    size_t odd;        /* a part whose reply has the wrong shape */
    bool is_relative;  /* the wrong shape is relative to the first part's: either may be wrong */
    struct walk *walk; /* NULL: this is all */
};

/* -- reading raw replies ----------------------------------------------------------------------- */

bool
fan_next_element(struct slice *rest, struct slice *element)
{
    struct reply_scan scan = {0};
    struct error err = {"", ""};
    size_t consumed;
    if (rest->len == 0 || reply_scan(&scan, *rest, &consumed, &err) != SCAN_OK) {
        return false;
    }
    *element = slice_of(rest->ptr, consumed);
    *rest = slice_of(rest->ptr + consumed, rest->len - consumed);
    return true;
}

bool
fan_take_header(struct slice *rest, int64_t *count)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!end || end - rest->ptr < 3 ||
        !slice_to_int64(slice_of(rest->ptr + 1, (size_t) (end - rest->ptr) - 2), count)) {
        return false;
    }
    size_t len = (size_t) (end - rest->ptr) + 1;
    *rest = slice_of(rest->ptr + len, rest->len - len);
    return true;
}

static bool
is_aggregate(struct slice reply)
{
    return reply.len && strchr("*~%", reply.ptr[0]);
}

static bool
is_error(struct slice reply)
{
    return reply.len && (reply.ptr[0] == '-' || reply.ptr[0] == '!');
}

/* -- merging ----------------------------------------------------------------------------------- */

/* False: the sum does not fit in 64 bits. */
static bool
fold(enum response_policy policy, int64_t *a, int64_t b)
{
    switch (policy) {
    case MERGE_SUM: return !__builtin_add_overflow(*a, b, a);
    case MERGE_MIN: *a = *a < b ? *a : b; break;
    case MERGE_MAX: *a = *a > b ? *a : b; break;
    case MERGE_AND: *a = *a && b; break;
    case MERGE_OR: *a = *a || b; break;
    case MERGE_NONE:
    case MERGE_ALL_SUCCEEDED:
    case MERGE_ONE_SUCCEEDED:
    case MERGE_SPECIAL: break;
    }
    return true;
}

/* Adds up numbers, or arrays of as many numbers each. */
static bool
fold_replies(struct fan *fan, struct resp_writer *out)
{
    struct slice first = strbuf_slice(&fan->parts[0].reply);
    int64_t count = 1;
    bool is_array = is_aggregate(first);
    if (is_array) {
        if (!fan_take_header(&first, &count) || count < 0) {
            fan->odd = 0;
            return false;
        }
        resp_write_array(out, (size_t) count);
    }
    struct slice *rests = must_alloc(fan->nparts * sizeof *rests);
    bool ok = true;
    for (size_t p = 0; ok && p < fan->nparts; p++) {
        int64_t n = 1;
        rests[p] = strbuf_slice(&fan->parts[p].reply);
        ok = is_aggregate(rests[p]) == is_array &&
             (!is_array || (fan_take_header(&rests[p], &n) && n == count));
        fan->odd = p;
        fan->is_relative = !ok;
    }
    for (int64_t i = 0; ok && i < count; i++) {
        int64_t sum = 0;
        for (size_t p = 0; ok && p < fan->nparts; p++) {
            int64_t n = 0;
            ok = rests[p].len && rests[p].ptr[0] == ':' && fan_take_header(&rests[p], &n);
            fan->odd = p;
            if (p == 0) {
                sum = n;
            } else {
                ok = ok && fold(fan->policy, &sum, n);
            }
        }
        resp_write_int(out, sum);
    }
    free(rests);
    return ok;
}

/* Joins arrays one after the other; if the first reply is no array, it is the answer. */
static bool
concatenate(struct fan *fan, struct resp_writer *out)
{
    int64_t total = 0, count;
    struct slice first = strbuf_slice(&fan->parts[0].reply);
    if (!is_aggregate(first)) {
        strbuf_append(out->out, first);
        return true;
    }
    char type = first.ptr[0];
    for (size_t p = 0; p < fan->nparts; p++) {
        struct slice rest = strbuf_slice(&fan->parts[p].reply);
        if (rest.ptr[0] != type || !fan_take_header(&rest, &count)) {
            fan->odd = p;
            fan->is_relative = true;
            return false;
        }
        total += count > 0 ? count : 0;
    }
    strbuf_printf(out->out, "%c%lld\r\n", type, (long long) total);
    for (size_t p = 0; p < fan->nparts; p++) {
        struct slice rest = strbuf_slice(&fan->parts[p].reply);
        (void) fan_take_header(&rest, &count);
        strbuf_append(out->out, rest);
    }
    return true;
}

/* Merges arrays with an element for each key, in the order of the keys. */
static bool
interleave(struct fan *fan, struct resp_writer *out)
{
    struct slice *rests = must_alloc(fan->nparts * sizeof *rests);
    bool ok = true;
    int64_t count;
    for (size_t p = 0; ok && p < fan->nparts; p++) {
        rests[p] = strbuf_slice(&fan->parts[p].reply);
        ok = rests[p].ptr[0] == '*' && fan_take_header(&rests[p], &count) &&
             count == (int64_t) fan->parts[p].nkeys;
        fan->odd = p;
    }
    if (!fan->walk || fan->walk->at == 0) {
        resp_write_array(out, fan->walk ? fan->walk->nkeys : fan->nkeys);
    }
    for (size_t i = 0; ok && i < fan->nkeys; i++) {
        struct slice element;
        fan->odd = fan->owners[i];
        ok = fan_next_element(&rests[fan->odd], &element);
        strbuf_append(out->out, ok ? element : slice_lit(""));
    }
    free(rests);
    return ok;
}

static const struct fan_part *
first_of(const struct fan *fan, bool wants_error)
{
    for (size_t p = 0; p < fan->nparts; p++) {
        if (is_error(strbuf_slice(&fan->parts[p].reply)) == wants_error) {
            return &fan->parts[p];
        }
    }
    return NULL;
}

/* True: the replies are of one kind: all say OK, or all give a name. */
static bool
types_agree(struct fan *fan)
{
    for (size_t p = 1; p < fan->nparts; p++) {
        if (fan->parts[p].reply.ptr[0] != fan->parts[0].reply.ptr[0]) {
            fan->odd = p;
            fan->is_relative = true;
            return false;
        }
    }
    return true;
}

static bool
merge_by_policy(struct fan *fan, struct resp_writer *out)
{
    const struct fan_part *chosen = first_of(fan, fan->policy != MERGE_ONE_SUCCEEDED);
    if (chosen) {
        strbuf_append(out->out, strbuf_slice(&chosen->reply));
        return true;
    }
    switch (fan->policy) {
    case MERGE_SUM:
    case MERGE_MIN:
    case MERGE_MAX:
    case MERGE_AND:
    case MERGE_OR: return fold_replies(fan, out);
    case MERGE_NONE: return fan->owners ? interleave(fan, out) : concatenate(fan, out);
    case MERGE_ALL_SUCCEEDED:
        if (!types_agree(fan)) {
            return false;
        }
        break;
    case MERGE_ONE_SUCCEEDED:
    case MERGE_SPECIAL: break;
    }
    strbuf_append(out->out, strbuf_slice(&fan->parts[0].reply));
    return true;
}

static bool
merge_own(struct fan *fan)
{
    const struct fan_part *failed = first_of(fan, true);
    if (failed) {
        strbuf_append(request_writer(fan->request)->out, strbuf_slice(&failed->reply));
        return true;
    }
    struct slice *replies = must_alloc(fan->nparts * sizeof *replies);
    for (size_t p = 0; p < fan->nparts; p++) {
        replies[p] = strbuf_slice(&fan->parts[p].reply);
    }
    bool ok = fan->merge(fan->request, replies, fan->nparts, fan->arg, &fan->odd);
    free(replies);
    return ok;
}

static void
fan_free(struct fan *fan)
{
    for (size_t p = 0; p < fan->nparts; p++) {
        strbuf_fini(&fan->parts[p].reply);
    }
    free(fan->parts);
    free(fan->owners);
    free(fan->arg);
    free(fan);
}

static bool
misshapen(struct fan *fan)
{
    const char *odd = fan->parts[fan->odd].shard;
    if (fan->is_relative && fan->odd > 0) {
        return error_set(&fan->err, "SHARDDOWN", "shards %s and %s answered in different shapes",
                         fan->parts[0].shard, odd);
    }
    return reply_misshapen(odd, "a command", &fan->err);
}

/* -- windows ----------------------------------------------------------------------------------- */

static void on_room(void *arg, bool is_dropped);

static void
walk_free(struct walk *walk)
{
    arena_free(walk->arena);
}

/* A window is merged and has this many bytes. */
static void
walk_advance(struct walk *walk, size_t nbytes)
{
    struct request *request = walk->request;
    size_t n = walk->nwindow, most = n * GROWTH < MAX_KEYS ? n * GROWTH : MAX_KEYS;
    size_t fits = n * WINDOW_BYTES / (nbytes + 1);
    walk->at += n;
    walk->nwindow = fits < 1 ? 1 : fits < most ? fits : most;
    if (walk->at == walk->nkeys) {
        walk_free(walk);
        request_done(request);
    } else {
        request_tell(request, on_room, walk);
    }
}

/* A reply that was partly sent can only end with its connection; request_fail does that. */
static void
window_end(struct fan *fan)
{
    struct walk *walk = fan->walk;
    struct request *request = fan->request;
    struct strbuf *out = request_writer(request)->out;
    const struct fan_part *failed = error_is_set(&fan->err) ? NULL : first_of(fan, true);
    size_t nbefore = out->len;
    bool ok = !failed && !error_is_set(&fan->err) &&
              (interleave(fan, request_writer(request)) || misshapen(fan));
    if (ok) {
        fan_free(fan);
        walk_advance(walk, out->len - nbefore);
        return;
    }
    walk_free(walk);
    if (failed) {
        request_fail_raw(request, strbuf_slice(&failed->reply));
        fan_free(fan);
    } else {
        struct error err = fan->err;
        fan_free(fan);
        request_fail(request, &err);
    }
}

static void
fan_end(struct fan *fan)
{
    if (fan->walk) {
        window_end(fan);
        return;
    }
    struct request *request = fan->request;
    bool ok = !error_is_set(&fan->err);
    if (ok) {
        ok = (fan->merge ? merge_own(fan) : merge_by_policy(fan, request_writer(request))) ||
             misshapen(fan);
    }
    struct error err = fan->err;
    fan_free(fan);
    if (ok) {
        request_done(request);
    } else {
        request_fail(request, &err);
    }
}

static void
on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct fan_part *part = arg;
    struct fan *fan = part->fan;
    if (err) {
        (void) error_set(&fan->err, err->code, "%s", err->message);
    } else {
        strbuf_append(&part->reply, piece);
    }
    if ((is_last || err) && --fan->nrunning == 0) {
        fan_end(fan);
    }
}

/* -- sending ----------------------------------------------------------------------------------- */

static struct fan *
fan_new(struct request *request, enum response_policy policy, size_t nparts)
{
    struct fan *fan = must_alloc(sizeof *fan);
    struct fan_part *parts = must_alloc(nparts * sizeof *parts);
    fan->request = request;
    fan->policy = policy;
    fan->parts = parts;
    fan->nparts = nparts;
    for (size_t p = 0; p < nparts; p++) {
        parts[p].fan = fan;
        strbuf_init(&parts[p].reply);
    }
    return fan;
}

static struct fan *
fan_of_call(struct call *call)
{
    return fan_new(call->request, call->spec ? call->spec->merge : MERGE_NONE,
                   executor_count_shards(call->services->executor));
}

/* Called after sending. False: nothing was sent, and the fan is freed. */
static bool
fan_sent(struct fan *fan, struct error *err)
{
    if (fan->nrunning > 0) {
        return true;
    }
    *err = fan->err;
    if (!error_is_set(err)) {
        (void) error_set(err, "SHARDDOWN", "no node of the cluster is known");
    }
    fan_free(fan);
    return false;
}

static bool
send_all(struct call *call, struct fan *fan, bool resp3, const struct slice *args, size_t nargs,
         struct error *err)
{
    struct executor *executor = call->services->executor;
    for (size_t i = 0, p = 0; p < fan->nparts && !error_is_set(&fan->err); i++) {
        if (executor_has_shard(executor, i)) {
            struct fan_part *part = &fan->parts[p++];
            part->shard = executor_shard_status(executor, i).name;
            /* SCRIPT KILL must not wait behind the script. */
            bool is_kill = !fan->merge && fan->policy == MERGE_ONE_SUCCEEDED;
            fan->nrunning += is_kill ? forward_past_others(executor_shards(executor), i, args,
                                                           nargs, on_piece, part, &fan->err)
                                     : forward_to_shard(executor_shards(executor), i, resp3, args,
                                                        nargs, on_piece, part, &fan->err);
        }
    }
    return fan_sent(fan, err);
}

bool
fan_all_shards(struct call *call, const struct slice *args, size_t nargs, struct error *err)
{
    struct fan *fan = fan_of_call(call);
    return send_all(call, fan, request_is_resp3(call->request), args, nargs, err);
}

bool
fan_all_shards_merge(struct call *call, const struct slice *args, size_t nargs, fan_merge_fn *merge,
                     void *arg, struct error *err)
{
    struct fan *fan = fan_of_call(call);
    fan->merge = merge;
    fan->arg = arg;
    return send_all(call, fan, false, args, nargs, err);
}

/* A key and the words up to the next key: MSET's value. */
struct piece {
    unsigned slot;
    size_t place, key; /* place in args; number among the keys */
};

static int
piece_compare(const void *a_ptr, const void *b_ptr)
{
    const struct piece *a = a_ptr, *b = b_ptr;
    if (a->slot != b->slot) {
        return a->slot < b->slot ? -1 : 1;
    }
    return a->key < b->key ? -1 : 1;
}

struct split {
    struct executor *executor;
    struct request *request;
    enum response_policy policy;
    bool is_readonly;
    struct walk *walk; /* the walk that the window belongs to; or NULL */
};

/*
 * Groups keys by slot, as a cluster needs it, or by shard if that is enough. A key that comes twice
 * keeps its order in the group.
 */
static bool
split_and_send(const struct split *split, const struct slice *args, const size_t *places,
               size_t nkeys, size_t step, struct error *err)
{
    struct executor *executor = split->executor;
    struct arena *arena = arena_new();
    size_t nparts = 0;
    struct piece *pieces = arena_array(arena, nkeys, sizeof *pieces);
    for (size_t i = 0; i < nkeys; i++) {
        unsigned slot = key_slot(args[places[i]]);
        unsigned group = executor_is_cluster(executor)
                             ? slot
                             : (unsigned) executor_shard_of_slot(executor, slot);
        pieces[i] = (struct piece){group, places[i], i};
    }
    qsort(pieces, nkeys, sizeof *pieces, piece_compare);
    for (size_t i = 0; i < nkeys; i++) {
        nparts += i == 0 || pieces[i].slot != pieces[i - 1].slot;
    }
    struct fan *fan = fan_new(split->request, split->policy, nparts);
    fan->walk = split->walk;
    fan->nkeys = nkeys;
    fan->owners = must_alloc(nkeys * sizeof *fan->owners);
    struct slice *words = arena_array(arena, nkeys * step + 1, sizeof *words);
    words[0] = args[0];
    for (size_t i = 0, p = 0; i < nkeys; p++) {
        size_t nwords = 1, from = i;
        for (; i < nkeys && pieces[i].slot == pieces[from].slot; i++) {
            memcpy(words + nwords, args + pieces[i].place, step * sizeof *words);
            nwords += step;
            fan->owners[pieces[i].key] = p;
        }
        unsigned slot = key_slot(args[pieces[from].place]);
        fan->parts[p].nkeys = i - from;
        fan->parts[p].shard = executor_owner_name(executor, slot);
        const struct forward_options options = {.slot = slot,
                                                .resp3 = request_is_resp3(split->request),
                                                .is_readonly = split->is_readonly};
        if (!error_is_set(&fan->err)) {
            fan->nrunning += forward_start(executor_shards(executor), &options, words, nwords,
                                           on_piece, &fan->parts[p], &fan->err);
        }
    }
    arena_free(arena);
    return fan_sent(fan, err);
}

static bool
window_send(struct walk *walk, struct error *err)
{
    size_t left = walk->nkeys - walk->at;
    const struct split split = {.executor = walk->executor,
                                .request = walk->request,
                                .policy = MERGE_NONE,
                                .is_readonly = true,
                                .walk = walk};
    walk->nwindow = walk->nwindow < left ? walk->nwindow : left;
    return split_and_send(&split, walk->args, walk->places + walk->at, walk->nwindow, 1, err);
}

static void
on_room(void *arg, bool is_dropped)
{
    struct walk *walk = arg;
    struct request *request = walk->request;
    struct error err = {"", ""};
    if (is_dropped) {
        walk_free(walk);
    } else if (!window_send(walk, &err)) {
        walk_free(walk);
        request_fail(request, &err);
    }
}

/* Later commands wait: a GET that came before a SET must not see its value. */
static bool
walk_start(struct call *call, const struct slice *args, const struct route *route,
           struct error *err)
{
    struct arena *arena = arena_new();
    struct walk *walk = arena_alloc(arena, sizeof *walk);
    *walk = (struct walk){.executor = call->services->executor,
                          .request = call->request,
                          .arena = arena,
                          .args = arena_array(arena, call->nargs, sizeof *args),
                          .places = arena_array(arena, route->nkeys, sizeof *route->places),
                          .nkeys = route->nkeys,
                          .nwindow = FIRST_KEYS};
    for (size_t i = 0; i < call->nargs; i++) {
        walk->args[i] = arena_copy(arena, args[i]);
    }
    memcpy(walk->places, route->places, route->nkeys * sizeof *route->places);
    if (!window_send(walk, err)) {
        walk_free(walk);
        return false;
    }
    request_hold(call->request);
    return true;
}

bool
fan_by_slot(struct call *call, const struct slice *args, const struct route *route,
            struct error *err)
{
    size_t step = route->nkeys > 1 ? route->places[1] - route->places[0] : 1;
    bool is_readonly = call->spec->flags & COMMAND_READONLY;
    if (is_readonly && call->spec->merge == MERGE_NONE && step == 1 && route->nkeys > FIRST_KEYS) {
        return walk_start(call, args, route, err);
    }
    const struct split split = {.executor = call->services->executor,
                                .request = call->request,
                                .policy = call->spec->merge,
                                .is_readonly = is_readonly};
    return split_and_send(&split, args, route->places, route->nkeys, step, err);
}
