/*
 * Admin: questions over all partitions of one dataset or of all.
 * in: an operation; out: names, numbers and texts, through the callback.
 *
 *     STARTED --a name not known, or indexing: the catalog is read again--+
 *        |  <-------------------------------------------------------------+
 *        +-- CACHE, INFO, DBSIZE: a scatter per dataset, one dataset after the other --> over
 *        +-- VERIFY, REPAIR --> PLACES --> STRAYS --> LISTS --> WALK --> over
 *
 *     PLACES   keys on shards that do not own them (executor/datasets/misplaced)
 *     STRAYS   a sweep: rows in the shards that are not among the dataset's rows
 *     LISTS    a sweep: sets of the index that are not listed, where no walk would find them
 *     WALK     partition by partition, a slice at a time: rows against entries and back; again
 *              from the partition's beginning if it moved to another shard meanwhile
 *
 * By columns the shards' own modules are asked, all at once. REPAIR mends what it finds wrong by
 * indexing again.
 *
 * So rows that were written to a shard by hand are found, whether the row or the entry is wrong,
 * and no shard is held for long.
 */
#include "executor/datasets/admin.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/datasets/column_index.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/misplaced.h"
#include "executor/datasets/old_index.h"
#include "executor/sets/scatter.h"
#include "executor/sets/sweep.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"

static const char WALK_SLICE[] = "200";
enum { SWEEP_SLICE = 200, NPAIRS = 12 };

enum audit { AUDIT_PLACES, AUDIT_STRAYS, AUDIT_LISTS, AUDIT_WALK };

struct admin {
    struct datasets *datasets;
    enum admin_op op;
    struct arena *arena;     /* names, pairs */
    struct slice name;       /* of the dataset asked for */
    bool is_fresh;           /* the catalog was read again for this */
    struct handle **handles; /* NULL-terminated; each is retained */
    size_t at;               /* the handle under way */
    admin_done_fn *done;
    void *arg;
    /* VERIFY, REPAIR */
    enum audit audit;
    unsigned partition;
    struct strbuf state; /* where the script goes on; empty: at a partition's beginning */
    size_t walked_at;    /* the partition's shard at that beginning */
    struct sums {
        int64_t rows, entries, mismatches;
    } before; /* this partition */
    /* sums */
    int64_t rows, entries, mismatches, mended, bytes;
    int64_t misplaced; /* of the mismatches */
    int64_t unindexed; /* of the mismatches, by columns */
    int64_t percent;
    struct map names; /* cached filters, "dataset name" */
};

static bool
is_audit(enum admin_op op)
{
    return op == ADMIN_DATASET_VERIFY || op == ADMIN_DATASET_REPAIR;
}

/* One dataset, whose state and rows are told. */
static bool
is_about_one(enum admin_op op)
{
    return op == ADMIN_DATASET_INFO || op == ADMIN_DATASET_FIGURES;
}

/* ---- The end ---- */

static struct admin_pair
number(const char *name, int64_t value)
{
    return (struct admin_pair){name, value, {NULL, 0}};
}

static struct admin_pair
text(const char *name, struct slice value)
{
    return (struct admin_pair){name, 0, value};
}

/* The aliases of a dataset, with a space between. */
static struct slice
aliases_of(const struct admin *admin, const struct dataset *dataset)
{
    const struct catalog *catalog = admin->datasets->catalog;
    struct slice list = slice_lit("");
    for (size_t i = 0; i < catalog_naliases(catalog); i++) {
        struct catalog_alias alias = catalog_alias_at(catalog, i);
        if (slice_equal(alias.dataset, dataset->name)) {
            list = arena_printf(admin->arena, "%.*s%s%.*s", SLICE_ARG(list), list.len ? " " : "",
                                SLICE_ARG(alias.name));
        }
    }
    return list;
}

/*
 * The pattern of its rows' names that always works: `w47:profile_*`; empty where no name leads to
 * it.
 */
static struct slice
address_of(const struct admin *admin, const struct dataset *dataset)
{
    struct slice name;
    if (!catalog_address(admin->datasets->catalog, dataset, &name)) {
        return slice_lit("");
    }
    return arena_printf(admin->arena, "%.*s:%.*s*", SLICE_ARG(name), SLICE_ARG(dataset->prefix));
}

/* Percent of the index that is made, or of the work on the dataset. */
static int64_t
progress_of(const struct admin *admin)
{
    const struct handle *own = admin->handles[0];
    return own->dataset->state == DATASET_LIVE ? admin->percent : own->percent;
}

static size_t
describe(const struct admin *admin, struct admin_pair *pairs)
{
    const struct dataset *dataset = admin->handles[0]->dataset;
    const struct catalog *catalog = admin->datasets->catalog;
    size_t n = 0;
    pairs[n++] = text("name", dataset->name);
    pairs[n++] = text("prefix", dataset->prefix);
    pairs[n++] = text("keys", address_of(admin, dataset));
    pairs[n++] =
        text("plain_keys", catalog_has_rows(catalog, dataset) ? slice_lit("yes") : slice_lit("no"));
    pairs[n++] = text("aliases", aliases_of(admin, dataset));
    pairs[n++] = text("state", slice_str(dataset_state_name(dataset->state)));
    pairs[n++] = number("progress", progress_of(admin));
    pairs[n++] = text("method", slice_str(dataset_method_name(dataset->method)));
    pairs[n++] = number("partitions", dataset->npartitions);
    pairs[n++] = number("shards", (int64_t) shards_count_active(admin->datasets->shards));
    pairs[n++] = number("rows", admin->rows);
    pairs[n++] = number("made", (int64_t) dataset->born);
    return n;
}

static size_t
pairs_make(const struct admin *admin, struct admin_pair *pairs)
{
    const struct cache_counters *cache = admin->datasets->cache;
    size_t n = 0;
    switch (admin->op) {
    case ADMIN_CACHE_INFO:
        pairs[n++] = number("hits", (int64_t) cache->hits);
        pairs[n++] = number("misses", (int64_t) cache->misses);
        pairs[n++] = number("entries", (int64_t) admin->names.count);
        pairs[n++] = number("bytes", admin->bytes);
        break;
    case ADMIN_CACHE_CLEAR: pairs[n++] = number("entries", (int64_t) admin->names.count); break;
    case ADMIN_DATASET_VERIFY:
    case ADMIN_DATASET_REPAIR:
        pairs[n++] = number("rows", admin->rows);
        pairs[n++] = number("entries", admin->entries);
        pairs[n++] = number("mismatches", admin->mismatches);
        if (admin->op == ADMIN_DATASET_REPAIR) {
            pairs[n++] = number("repaired", admin->mended);
        }
        if (admin->misplaced) {
            pairs[n++] = number("misplaced", admin->misplaced);
        }
        break;
    case ADMIN_DATASET_INFO: n = describe(admin, pairs); break;
    case ADMIN_DATASET_FIGURES:
        pairs[n++] = number("rows", admin->rows);
        pairs[n++] = number("progress", progress_of(admin));
        pairs[n++] = number("changes", admin->handles[0]->changes.total);
        if (dataset_is_columns(admin->handles[0]->dataset)) {
            pairs[n++] = number("bytes", admin->bytes);
        }
        break;
    case ADMIN_DBSIZE: pairs[n++] = number("hidden", admin->rows); break;
    }
    return n;
}

static void
finish(struct admin *admin, const struct error *err)
{
    struct datasets *datasets = admin->datasets;
    if (!shards_are_closing(datasets->shards) && err) {
        struct error told = *err;
        if (is_audit(admin->op) && admin->handles) {
            old_index_rebuild(datasets, admin->handles[0], &told);
        }
        admin->done(admin->arg, NULL, 0, &told);
    } else if (!shards_are_closing(datasets->shards)) {
        struct admin_pair pairs[NPAIRS];
        admin->done(admin->arg, pairs, pairs_make(admin, pairs), NULL);
    }
    for (size_t i = 0; admin->handles && admin->handles[i]; i++) {
        handle_release(admin->handles[i]);
    }
    strbuf_fini(&admin->state);
    arena_free(admin->arena);
    free(admin);
}

static void advance(struct admin *admin);

/* ---- One scatter per dataset ---- */

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct admin *admin = arg;
    const char *name = shard_name(shards_at(admin->datasets->shards, shard));
    bool is_rows = is_about_one(admin->op) || admin->op == ADMIN_DBSIZE;
    if (!reply_count(reply) ||
        !reply_add(reply_at(reply, 0), is_rows ? &admin->rows : &admin->bytes)) {
        return reply_misshapen(name, "a script", err);
    }
    if (is_rows) {
        return true;
    }
    const struct dataset *dataset = admin->handles[admin->at]->dataset;
    for (size_t i = 1; i < reply_count(reply); i++) {
        if (!reply_is_text(reply_at(reply, i))) {
            return reply_misshapen(name, "a script", err);
        }
        struct slice filter = reply_text(reply_at(reply, i));
        struct slice key =
            arena_printf(admin->arena, "%.*s %.*s", SLICE_ARG(dataset->name), SLICE_ARG(filter));
        map_add(&admin->names, key, NULL);
    }
    return true;
}

static void
on_end(void *arg, const struct error *err)
{
    struct admin *admin = arg;
    if (err) {
        finish(admin, err);
        return;
    }
    admin->at++;
    advance(admin);
}

static void
scatter_dataset(struct admin *admin)
{
    struct datasets *datasets = admin->datasets;
    struct handle *dataset = admin->handles[admin->at];
    bool is_cache = admin->op == ADMIN_CACHE_INFO || admin->op == ADMIN_CACHE_CLEAR;
    struct slice args[2] = {dataset->dataset->name, slice_lit("0")};
    struct error err = {"", ""};
    if (admin->op == ADMIN_DBSIZE && !handle_is_counted(dataset, &err)) {
        finish(admin, &err); /* its index is not whole: the number of hidden rows is not known */
        return;
    }
    if (is_cache) {
        args[1] = admin->op == ADMIN_CACHE_CLEAR ? slice_lit("clear") : slice_lit("info");
    }
    if (admin->op == ADMIN_CACHE_CLEAR) {
        stats_drop_filters(dataset->stats);
    }
    enum script script = is_cache                    ? SCRIPT_CACHE
                         : admin->op == ADMIN_DBSIZE ? SCRIPT_SIZE
                                                     : SCRIPT_STATS;
    struct scatter_request request = {
        .script = script, .args = args, .nargs = 2, .batch_partitions = 16, .window = 2};
    struct scatter *scatter;
    if (!scatter_start(datasets->shards, dataset, &request, on_part, on_end, admin, &scatter,
                       &err)) {
        finish(admin, &err);
    }
}

/* ---- VERIFY, REPAIR ---- */

static void
on_places(void *arg, int64_t found, int64_t mended, const struct error *err)
{
    struct admin *admin = arg;
    if (err) {
        finish(admin, err);
        return;
    }
    admin->misplaced = found;
    admin->mismatches += found;
    admin->mended += mended;
    admin->audit = AUDIT_STRAYS;
    advance(admin);
}

static void
look_at_places(struct admin *admin)
{
    struct error err = {"", ""};
    bool mends = admin->op == ADMIN_DATASET_REPAIR;
    if (!handle_is_counted(admin->handles[0], &err) ||
        !misplaced_start(admin->datasets, admin->handles[0], mends, on_places, admin, &err)) {
        finish(admin, &err);
    }
}

static void
on_swept(void *arg, int64_t mismatches, int64_t mended, const struct error *err)
{
    struct admin *admin = arg;
    if (err) {
        finish(admin, err);
        return;
    }
    admin->mismatches += mismatches;
    admin->mended += mended;
    admin->audit = admin->audit == AUDIT_STRAYS ? AUDIT_LISTS : AUDIT_WALK;
    advance(admin);
}

static void
sweep(struct admin *admin)
{
    bool mends = admin->op == ADMIN_DATASET_REPAIR;
    struct sweep_request request = {SWEEP_ROWS, mends ? "add" : "find", {"", 0}, SWEEP_SLICE};
    if (admin->audit == AUDIT_LISTS) {
        request.keys = SWEEP_INDEX;
        request.operation = mends ? "list" : "unlisted";
    }
    struct sweep *started;
    struct error err = {"", ""};
    if (!sweep_start(admin->datasets->shards, admin->handles[0], &request, on_swept, admin,
                     &started, &err)) {
        finish(admin, &err);
    }
}

static size_t
walk_shard(const struct admin *admin)
{
    return shards_owner(admin->datasets->shards,
                        admin->handles[0]->partitions[admin->partition].slot);
}

static void
walk_begin(struct admin *admin)
{
    admin->walked_at = walk_shard(admin);
    admin->before = (struct sums){admin->rows, admin->entries, admin->mismatches};
}

/*
 * Where a slice ends is a cursor, which another shard would take for another place. What was
 * mended stays mended, and is not found again.
 */
static void
walk_again(struct admin *admin)
{
    admin->rows = admin->before.rows;
    admin->entries = admin->before.entries;
    if (admin->op == ADMIN_DATASET_VERIFY) {
        admin->mismatches = admin->before.mismatches;
    }
    strbuf_clear(&admin->state);
}

/* Adds up a slice's numbers; false: the reply has another shape. */
static bool
take_slice(struct admin *admin, const struct resp_value *reply)
{
    int64_t *const sums[] = {&admin->rows, &admin->entries, &admin->mismatches, &admin->mended};
    enum { NSUMS = sizeof sums / sizeof *sums };
    if (reply_count(reply) != NSUMS + 1 || !reply_is_text(reply_at(reply, NSUMS))) {
        return false;
    }
    for (size_t i = 0; i < NSUMS; i++) {
        if (!reply_add(reply_at(reply, i), sums[i])) {
            return false;
        }
    }
    struct slice state = reply_text(reply_at(reply, NSUMS));
    bool is_at_once = admin->state.len == 0 && state.len == 0;
    if (!is_at_once && walk_shard(admin) != admin->walked_at) {
        walk_again(admin);
        return true;
    }
    strbuf_clear(&admin->state);
    strbuf_append(&admin->state, state);
    admin->partition += admin->state.len == 0;
    return true;
}

static void
on_slice(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct admin *admin = arg;
    struct datasets *datasets = admin->datasets;
    struct error own = {"", ""};
    if (err) {
        finish(admin, err);
        return;
    }
    size_t shard = walk_shard(admin);
    const char *name = shard == NO_SHARD ? "?" : shard_name(shards_at(datasets->shards, shard));
    if (reply_is_error(reply, name, &own)) {
        finish(admin, &own);
    } else if (!take_slice(admin, reply)) {
        (void) reply_misshapen(name, "a script", &own);
        finish(admin, &own);
    } else {
        advance(admin);
    }
}

static void
walk_slice(struct admin *admin)
{
    struct datasets *datasets = admin->datasets;
    const struct handle *dataset = admin->handles[0];
    const struct partition *partition = &dataset->partitions[admin->partition];
    bool mends = admin->op == ADMIN_DATASET_REPAIR;
    struct slice args[] = {dataset->dataset->name, dataset->row_prefix,
                           dataset->born,          strbuf_slice(&admin->state),
                           slice_str(WALK_SLICE),  mends ? slice_lit("1") : slice_lit("0")};
    struct error err = {"", ""};
    if (admin->state.len == 0) {
        walk_begin(admin);
    }
    const struct slot_target target = {
        .slot = partition->slot, .lane = LANE_COUNTS, .is_safe = true};
    if (!slot_call_script(datasets->shards, &target, SCRIPT_VERIFY, &partition->rows_key, 1, args,
                          6, on_slice, admin, &err)) {
        finish(admin, &err);
    }
}

static void
audit(struct admin *admin)
{
    struct handle *dataset = admin->handles[0];
    struct error err = {"", ""};
    if (!handle_is_counted(dataset, &err)) {
        finish(admin, &err);
    } else if (admin->audit != AUDIT_WALK) {
        sweep(admin);
    } else if (admin->partition < dataset->dataset->npartitions) {
        walk_slice(admin);
    } else {
        if (admin->mended) {
            stats_drop_filters(dataset->stats);
        }
        finish(admin, NULL);
    }
}

/* ---- By columns ---- */

static void
on_indexed_anew(void *arg, const struct error *err)
{
    struct admin *admin = arg;
    admin->mended += admin->unindexed;
    finish(admin, err);
}

static void
on_index_dropped(void *arg, const struct error *err)
{
    struct admin *admin = arg;
    struct error own = {"", ""};
    if (err) {
        finish(admin, err);
    } else if (!column_index_create(admin->datasets->shards, admin->handles[0]->dataset,
                                    on_indexed_anew, admin, &own)) {
        finish(admin, &own);
    }
}

static void
on_sums(void *arg, const struct column_index_sums *sums, const struct error *err)
{
    struct admin *admin = arg;
    const struct dataset *dataset = admin->handles[0]->dataset;
    struct error own = {"", ""};
    if (err) {
        finish(admin, err);
        return;
    }
    admin->rows = sums->rows;
    admin->entries = sums->fields;
    admin->unindexed = sums->mismatches;
    admin->mismatches += sums->mismatches;
    admin->percent = sums->percent;
    admin->bytes = sums->bytes;
    if (admin->op != ADMIN_DATASET_REPAIR || !sums->mismatches) {
        finish(admin, NULL);
    } else if (!column_index_drop(admin->datasets->shards, dataset, on_index_dropped, admin,
                                  &own)) {
        finish(admin, &own);
    }
}

static void
ask_indexes(struct admin *admin)
{
    const struct dataset *dataset = admin->handles[0]->dataset;
    struct error err = {"", ""};
    bool started =
        is_audit(admin->op)
            ? handle_is_counted(admin->handles[0], &err) &&
                  column_index_verify(admin->datasets->shards, dataset, on_sums, admin, &err)
            : column_index_info(admin->datasets->shards, dataset, &admin->handles[0]->changes,
                                on_sums, admin, &err);
    if (!started) {
        finish(admin, &err);
    }
}

/* ---- The machine ---- */

static void
advance(struct admin *admin)
{
    if (is_audit(admin->op) && admin->audit == AUDIT_PLACES) {
        look_at_places(admin);
    } else if (admin->handles[0] && dataset_is_columns(admin->handles[0]->dataset)) {
        ask_indexes(admin);
    } else if (is_audit(admin->op)) {
        audit(admin);
    } else if (!admin->handles[admin->at]) {
        finish(admin, NULL);
    } else {
        scatter_dataset(admin);
    }
}

/* The dataset of the name; INFO also describes what is being dropped. */
static const struct dataset *
find(const struct admin *admin)
{
    const struct catalog *catalog = admin->datasets->catalog;
    const struct dataset *found = catalog_by_name(catalog, admin->name);
    return !found && is_about_one(admin->op) ? catalog_own_name(catalog, admin->name) : found;
}

/* Finds the datasets that are asked about. False: none has the name. */
static bool
choose(struct admin *admin)
{
    struct datasets *datasets = admin->datasets;
    const struct catalog *catalog = datasets->catalog;
    bool is_all = !is_audit(admin->op) && !is_about_one(admin->op);
    const struct dataset *one = is_all ? NULL : find(admin);
    size_t n = 0;
    if (!is_all && !one) {
        return false;
    }
    admin->handles = arena_array(admin->arena, catalog_count(catalog) + 1, sizeof *admin->handles);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        bool is_meant = dataset->state != DATASET_DROPPING && !dataset_is_columns(dataset);
        if (is_all ? is_meant : dataset == one) {
            admin->handles[n++] = handle_retain(handles_get(datasets->handles, dataset));
        }
    }
    return true;
}

static void on_fresh(void *arg, const struct error *err);

static void
refresh(struct admin *admin)
{
    admin->is_fresh = true;
    definitions_refresh(admin->datasets, on_fresh, admin);
}

/* As far as this server knows: another one may have made the index by now. */
static bool
is_indexing(const struct datasets *datasets)
{
    for (size_t i = 0; i < catalog_count(datasets->catalog); i++) {
        if (catalog_at(datasets->catalog, i)->state == DATASET_INDEXING) {
            return true;
        }
    }
    return false;
}

static void
on_start(void *arg)
{
    struct admin *admin = arg;
    struct error err = {"", ""};
    char quoted[ERROR_QUOTE_BYTES];
    if (shards_are_closing(admin->datasets->shards) ||
        !definitions_are_known(admin->datasets, &err)) {
        finish(admin, &err);
    } else if (!admin->is_fresh && is_indexing(admin->datasets)) {
        refresh(admin);
    } else if (choose(admin)) {
        advance(admin);
    } else if (!admin->is_fresh) {
        refresh(admin);
    } else {
        error_set(&err, "NODATASET", "there is no dataset %s", error_quote(quoted, admin->name));
        finish(admin, &err);
    }
}

static void
on_fresh(void *arg, const struct error *err)
{
    struct admin *admin = arg;
    if (err) {
        finish(admin, err);
    } else {
        on_start(admin);
    }
}

void
admin_start(struct datasets *datasets, enum admin_op op, struct slice dataset, admin_done_fn *done,
            void *arg)
{
    struct admin *admin = must_alloc(sizeof *admin);
    *admin = (struct admin){.datasets = datasets,
                            .op = op,
                            .arena = arena_new(),
                            .percent = 100,
                            .done = done,
                            .arg = arg};
    admin->name = arena_copy(admin->arena, dataset);
    map_init(&admin->names, admin->arena);
    strbuf_init(&admin->state);
    later_call(datasets->later, on_start, admin);
}
