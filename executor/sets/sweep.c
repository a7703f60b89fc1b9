/*
 * Sweep: SCAN over every shard, and one script call per partition for the keys that a slice finds.
 * in: which keys of a dataset, and what to do with them; out: sums, at the end.
 *
 *     each shard:  SCANNING --keys--> CALLING --all answered--> SCANNING ... --cursor 0--> over
 *     in a cluster:  census --> all shards --> census --the same--> over
 *                                  ^              |
 *                                  +--another one-+
 *
 * All shards run at once. The calls of a slice are sent together, because a slice is small.
 */
#include "executor/sets/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/sets/script.h"
#include "executor/shards/census.h"
#include "executor/shards/reply_collect.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"

/* One shard's share of the sweep. */
struct chain {
    struct sweep *sweep;
    size_t shard;
    char cursor[24];
    double done; /* the part of its keys that SCAN's cursor has passed */
    size_t ncalls;
    bool is_over;
};

struct sweep {
    struct shards *shards;
    struct handle *dataset;
    struct arena *arena;
    enum sweep_keys keys;
    struct slice operation, state, count, pattern;
    struct slice head;    /* taken off a key before its name is sent */
    struct slice prefix;  /* ROWS: the beginning of the names */
    struct map tags;      /* to partitions */
    struct chain *chains; /* by shard; the chain of a shard without partitions is over */
    size_t nchains;
    size_t nrunning;       /* chains */
    struct census *census; /* of a cluster, before this pass; NULL: there was none yet */
    size_t in_flight;      /* replies under way */
    unsigned nmoves;       /* how often partitions have moved during a pass */
    bool over;
    int64_t first, second;
    sweep_end_fn *on_end;
    void *arg;
};

/* A key that was found. */
struct found {
    size_t partition;
    struct slice name; /* in the reply */
};

static void
release(struct sweep *sweep)
{
    if (sweep->over && sweep->in_flight == 0) {
        handle_release(sweep->dataset);
        census_free(sweep->census);
        arena_free(sweep->arena);
        free(sweep);
    }
}

static void
end(struct sweep *sweep, const struct error *err)
{
    if (!sweep->over) {
        sweep->over = true;
        sweep->on_end(sweep->arg, sweep->first, sweep->second, err);
    }
}

static bool scan(struct chain *chain, struct error *err);

/* ---- What was found ---- */

enum { TAG_LEN = 5, MOST_MOVES = 20 };

/* False: the key is not one that the sweep looks for. */
static bool
key_read(const struct sweep *sweep, struct slice key, struct found *found)
{
    if (key.len <= sweep->head.len + TAG_LEN || !slice_starts_with(key, sweep->head)) {
        return false;
    }
    const size_t *partition =
        map_find(&sweep->tags, slice_of(key.ptr + key.len - TAG_LEN, TAG_LEN));
    if (!partition) {
        return false;
    }
    found->partition = *partition;
    found->name = slice_of(key.ptr + sweep->head.len, key.len - sweep->head.len - TAG_LEN);
    if (sweep->keys == SWEEP_INDEX) {
        return !slice_starts_with(found->name, slice_lit("row:")) &&
               !slice_equal(found->name, slice_lit("index:state"));
    }
    struct strbuf row;
    strbuf_init(&row);
    key_append_unescaped(&row, found->name);
    unsigned npartitions = sweep->dataset->dataset->npartitions;
    bool is_row = slice_starts_with(found->name, sweep->prefix) &&
                  partition_of(strbuf_slice(&row), npartitions) == found->partition;
    strbuf_fini(&row);
    return is_row;
}

static int
compare_found(const void *a, const void *b)
{
    const struct found *one = a, *other = b;
    return one->partition < other->partition ? -1 : one->partition > other->partition;
}

static bool chains_start(struct sweep *sweep, struct error *err);

/* The partitions have stayed at their nodes, or they have not and the sweep begins again. */
static void
pass_over(struct sweep *sweep, struct census *census, struct error *err)
{
    bool only_looks = slice_equal(sweep->operation, slice_lit("find")) ||
                      slice_equal(sweep->operation, slice_lit("unlisted"));
    bool is_first = !sweep->census, has_stayed = !is_first && census_is_same(sweep->census, census);
    census_free(sweep->census);
    sweep->census = census;
    if (has_stayed) {
        end(sweep, NULL);
        return;
    }
    if (only_looks) {
        sweep->first = sweep->second = 0;
    }
    if (!is_first && ++sweep->nmoves == MOST_MOVES) {
        error_set(err, "SHARDDOWN", "slots of dataset %.*s keep moving to other shards: try again",
                  SLICE_ARG(sweep->dataset->dataset->name));
        end(sweep, err);
    } else if (!chains_start(sweep, err)) {
        end(sweep, err);
    }
}

static void
on_census(void *arg, struct census *census, const struct error *err)
{
    struct sweep *sweep = arg;
    struct error own = {"", ""};
    sweep->in_flight--;
    if (sweep->over) {
        census_free(census);
    } else if (err) {
        end(sweep, err);
    } else {
        pass_over(sweep, census, &own);
    }
    release(sweep);
}

static void
take_census(struct sweep *sweep)
{
    const struct handle *dataset = sweep->dataset;
    struct census_slots wanted = {{0}};
    for (unsigned p = 0; p < dataset->dataset->npartitions; p++) {
        census_slots_add(&wanted, dataset->partitions[p].slot);
    }
    sweep->in_flight++;
    census_start(sweep->shards, &wanted, on_census, sweep);
}

/*
 * Ends the sweep where keys stay at their shards. In a cluster a partition may have moved to a
 * place that was already scanned. Then everything is scanned again. A sweep that only looks counts
 * from 0; a sweep that changes keys does not find the changed ones again.
 */
static void
all_gone_over(struct sweep *sweep)
{
    if (shards_is_cluster(sweep->shards)) {
        take_census(sweep);
    } else {
        end(sweep, NULL);
    }
}

static void
go_on(struct chain *chain, struct error *err)
{
    struct sweep *sweep = chain->sweep;
    if (sweep->over || chain->ncalls > 0) {
        return;
    }
    if (!chain->is_over) {
        if (!scan(chain, err)) {
            end(sweep, err);
        }
    } else if (--sweep->nrunning == 0) {
        all_gone_over(sweep);
    }
}

static const char *
chain_shard_name(const struct chain *chain)
{
    return shard_name(shards_at(chain->sweep->shards, chain->shard));
}

/*
 * Counts a command's reply. False: it is an error, which has ended the sweep, or the sweep was
 * over.
 */
static bool
is_answered(struct chain *chain, const struct resp_value *reply, const struct error *err)
{
    struct sweep *sweep = chain->sweep;
    struct error own = {"", ""};
    sweep->in_flight--;
    if (sweep->over) {
        return false;
    }
    if (!err && reply_is_error(reply, chain_shard_name(chain), &own)) {
        err = &own;
    }
    if (err) {
        end(sweep, err);
    }
    return !err;
}

static void
on_call(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct chain *chain = arg;
    struct sweep *sweep = chain->sweep;
    struct error own = {"", ""};
    chain->ncalls--;
    if (is_answered(chain, reply, err)) {
        if (reply_count(reply) != 2 || !reply_add(reply_at(reply, 0), &sweep->first) ||
            !reply_add(reply_at(reply, 1), &sweep->second)) {
            (void) reply_misshapen(chain_shard_name(chain), "a script", &own);
            end(sweep, &own);
        } else {
            go_on(chain, &own);
        }
    }
    release(sweep);
}

/* Sends one call for a run of keys of one partition. */
static bool
call_partition(struct chain *chain, const struct found *found, size_t n, struct slice *args,
               struct error *err)
{
    struct sweep *sweep = chain->sweep;
    struct handle *dataset = sweep->dataset;
    const struct partition *partition = &dataset->partitions[found->partition];
    bool is_removed = slice_equal(sweep->operation, slice_lit("remove"));
    size_t nargs = 0;
    args[nargs++] = dataset->dataset->name;
    args[nargs++] = dataset->row_prefix;
    args[nargs++] = dataset->born;
    args[nargs++] = sweep->state;
    args[nargs++] = sweep->operation;
    for (size_t i = 0; i < n; i++) {
        /* A key that is to be removed is named in full. */
        size_t more = is_removed ? sweep->head.len : 0;
        args[nargs++] = slice_of(found[i].name.ptr - more, found[i].name.len + more);
    }
    /* All operations of a sweep can be done twice. */
    const struct slot_target target = {
        .slot = partition->slot, .lane = LANE_COUNTS, .is_safe = true};
    bool sent = slot_call_script(sweep->shards, &target, SCRIPT_SWEEP, &partition->rows_key, 1,
                                 args, nargs, on_call, chain, err);
    chain->ncalls += sent;
    sweep->in_flight += sent;
    return sent;
}

static bool
call_all(struct chain *chain, const struct resp_value *keys, struct error *err)
{
    enum { ARGS_BEFORE_NAMES = 5 };
    struct sweep *sweep = chain->sweep;
    struct arena *arena = arena_new();
    size_t n = 0, nkeys = reply_count(keys);
    struct found *found = arena_array(arena, nkeys, sizeof *found);
    struct slice *args = arena_array(arena, nkeys + ARGS_BEFORE_NAMES, sizeof *args);
    for (size_t i = 0; i < nkeys; i++) {
        n += key_read(sweep, reply_text(reply_at(keys, i)), &found[n]);
    }
    qsort(found, n, sizeof *found, compare_found);
    bool ok = true;
    for (size_t i = 0, last; i < n && ok; i = last) {
        for (last = i + 1; last < n && found[last].partition == found[i].partition; last++) {
        }
        ok = call_partition(chain, &found[i], last - i, args, err);
    }
    arena_free(arena);
    return ok;
}

/* ---- Scanning ---- */

/*
 * SCAN's cursor counts with its bits reversed, from the highest bit of the table to the lowest.
 * Read backwards, the bits are a fraction.
 */
static double
cursor_fraction(const char *cursor)
{
    uint64_t bits = strtoull(cursor, NULL, 10);
    double fraction = 0;
    for (double bit = 0.5; bits; bits >>= 1, bit /= 2) {
        fraction += bits & 1 ? bit : 0;
    }
    return fraction;
}

static void
on_scan(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct chain *chain = arg;
    struct sweep *sweep = chain->sweep;
    struct error own = {"", ""};
    if (is_answered(chain, reply, err)) {
        if (!reply_is_scan(reply)) {
            (void) reply_misshapen(chain_shard_name(chain), "SCAN", &own);
            end(sweep, &own);
        } else {
            struct slice cursor = reply_text(reply_at(reply, 0));
            memcpy(chain->cursor, cursor.ptr, cursor.len);
            chain->cursor[cursor.len] = '\0';
            chain->is_over = strcmp(chain->cursor, "0") == 0;
            chain->done = chain->is_over ? 1 : cursor_fraction(chain->cursor);
            if (!call_all(chain, reply_at(reply, 1), &own)) {
                end(sweep, &own);
            }
            go_on(chain, &own);
        }
    }
    release(sweep);
}

static bool
scan(struct chain *chain, struct error *err)
{
    struct sweep *sweep = chain->sweep;
    struct slice args[] = {slice_lit("SCAN"), slice_str(chain->cursor), slice_lit("MATCH"),
                           sweep->pattern,    slice_lit("COUNT"),       sweep->count};
    struct link *link = shard_link(shards_at(sweep->shards, chain->shard), LANE_COUNTS, err);
    if (!link) {
        return false;
    }
    link_send(link, args, 6, reply_collect,
              reply_collector_new(chain_shard_name(chain), on_scan, chain));
    sweep->in_flight++;
    return true;
}

/* ---- Life ---- */

static void
append_glob(struct strbuf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("*?[]\\^-", text.ptr[i]) && text.ptr[i]) {
            strbuf_append_char(out, '\\');
        }
        strbuf_append_char(out, text.ptr[i]);
    }
}

static void
patterns_make(struct sweep *sweep)
{
    const struct dataset *dataset = sweep->dataset->dataset;
    struct strbuf prefix, pattern;
    strbuf_init(&prefix);
    strbuf_init(&pattern);
    if (sweep->keys == SWEEP_ROWS) {
        key_append_value(&prefix, dataset->prefix);
        sweep->head = sweep->dataset->row_prefix;
    } else {
        sweep->head = arena_printf(sweep->arena, "%.*s:", SLICE_ARG(dataset->name));
    }
    sweep->prefix = arena_copy(sweep->arena, strbuf_slice(&prefix));
    append_glob(&pattern, sweep->head);
    append_glob(&pattern, sweep->prefix);
    strbuf_append_str(&pattern, "*{???}");
    sweep->pattern = arena_copy(sweep->arena, strbuf_slice(&pattern));
    strbuf_fini(&prefix);
    strbuf_fini(&pattern);
}

static bool
chains_start(struct sweep *sweep, struct error *err)
{
    struct shards *shards = sweep->shards;
    sweep->nchains = shards_count(shards);
    sweep->chains = arena_array(sweep->arena, sweep->nchains, sizeof *sweep->chains);
    for (size_t i = 0; i < sweep->nchains; i++) {
        struct chain *chain = &sweep->chains[i];
        bool has_keys = sweep->census ? census_has(sweep->census, i) : shards_has(shards, i);
        *chain = (struct chain){.sweep = sweep, .shard = i, .cursor = "0"};
        if (!has_keys) {
            chain->is_over = true;
            chain->done = 1;
        } else if (scan(chain, err)) {
            sweep->nrunning++;
        } else {
            return false;
        }
    }
    return true;
}

bool
sweep_start(struct shards *shards, struct handle *dataset, const struct sweep_request *request,
            sweep_end_fn *on_end, void *arg, struct sweep **out, struct error *err)
{
    if (!shards_are_ready(shards, err)) {
        return false;
    }
    struct sweep *sweep = must_alloc(sizeof *sweep);
    sweep->shards = shards;
    sweep->dataset = handle_retain(dataset);
    sweep->arena = arena_new();
    sweep->keys = request->keys;
    sweep->operation = slice_str(request->operation);
    sweep->state = arena_copy(sweep->arena, request->state);
    sweep->count = arena_printf(sweep->arena, "%u", request->slice);
    sweep->on_end = on_end;
    sweep->arg = arg;
    patterns_make(sweep);
    map_init(&sweep->tags, sweep->arena);
    for (unsigned p = 0; p < dataset->dataset->npartitions; p++) {
        *map_add(&sweep->tags, slice_str(dataset->partitions[p].tag), NULL) = p;
    }
    if (shards_is_cluster(shards)) {
        take_census(sweep);
    } else if (!chains_start(sweep, err)) {
        sweep_cancel(sweep);
        return false;
    }
    *out = sweep;
    return true;
}

void
sweep_cancel(struct sweep *sweep)
{
    sweep->over = true;
    release(sweep);
}

double
sweep_done(const struct sweep *sweep)
{
    double sum = 0;
    for (size_t i = 0; i < sweep->nchains; i++) {
        sum += sweep->chains[i].done;
    }
    return sweep->nchains ? sum / (double) sweep->nchains : 0;
}
