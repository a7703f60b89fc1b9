/*
 * A query from its text to its answer. in: a command's words; out: a reply, now or from a thread of
 * the pool.
 *
 *                    main thread                              pool
 *     query_new, query_bind, query_snapshot
 *        |  short: count_answer, query_answer, query_free
 *        |  long:  block_client, pool_submit  ------------>  counts; on_counted: query_answer,
 *        |                                                   the count is freed, unblock_client
 *     on_unblocked: query_free  <---------------------------
 *     on_left (the client has gone): the count is cancelled, and ends as above, unanswered
 *
 * Example: two clients ask for 1,024 cells over 100M rows, and one leaves: its count ends within a
 * chunk, the threads turn to the other.
 */
#include "module/query.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "module/answer.h"
#include "module/date_counts.h"
#include "module/find.h"
#include "module/presence.h"
#include "module/rights.h"
#include "module/shared.h"
#include "parser/parse.h"
#include "planner/bind_looking.h"
#include "planner/catalog_text.h"
#include "planner/field_definitions.h"
#include "planner/filter_text.h"

enum { PARTIAL_MAX_BYTES = 512 << 20, PARTIAL_MAX_NESTING = 1000 };

/*
 * How many values of dictionaries a query may look at before it counts: about a second of one
 * thread.
 */
enum { VALUES_MOST = 100 * 1000 * 1000 };

struct query {
    struct pool_job job;
    struct module *module;
    enum query_form form;
    bool is_profile;
    struct arena *arena;
    struct bound_query *bound;
    const struct dataset *dataset; /* kept as long as the query */
    struct count *count;           /* under the list's lock if the client is blocked */
    struct slots slots;
    uint64_t max_partial_bytes, max_cells;
    struct field_definitions *fields; /* how they are read, as the caller says; bound borrows */
    /*
     * Rows that are sent by name: for PARTIAL those of slots that leave, for ROWS those asked for.
     */
    struct named_slot *named; /* the names are not filled in yet */
    size_t nnamed;
    struct count_row *rows; /* the rows of all slots, one slot after the other */
    size_t nrows;
    uint64_t epoch;
    struct mentions *mentions; /* TABLE, where the answer has room for warnings; else NULL */
    struct presence *presence;
    struct date_counts dates;  /* TABLE, with the mentions */
    struct find_request find;  /* FIND */
    const struct index *index; /* FIND: valid as long as the command runs */
    struct slice *lines;       /* EXPLAIN's */
    size_t nlines;
    /* If the client is blocked. */
    struct redis_blocked_client *client;
    struct redis_ctx *ctx; /* for the answer */
    _Atomic bool has_left;
    struct list in_queries; /* of the module, while the client is blocked */
    int64_t started_us;
};

/* ---- From text to a count ---- */

static struct query *
query_new(struct module *module, enum query_form form)
{
    struct query *query = must_alloc(sizeof *query);
    query->module = module;
    query->form = form;
    query->started_us = now_us();
    query->is_profile = form == QUERY_PROFILE;
    query->arena = arena_new();
    query->max_partial_bytes = module->settings.max_partial_bytes;
    query->max_cells = module->settings.max_cells;
    slots_init(&query->slots);
    return query;
}

static void
query_free(struct query *query)
{
    date_counts_fini(&query->dates);
    count_free(query->count);
    if (query->dataset) {
        dataset_release(query->dataset);
    }
    field_definitions_release(query->fields);
    slots_fini(&query->slots);
    if (query->arena) {
        arena_free(query->arena);
    }
    free(query);
}

static struct slice
join_words(const struct query *query, struct redis_string **argv, int first, int argc)
{
    struct strbuf text;
    strbuf_init(&text);
    for (int i = first; i < argc; i++) {
        strbuf_append_str(&text, i > first ? " " : "");
        strbuf_append(&text, redis_slice(&query->module->redis, argv[i]));
    }
    struct slice copy = arena_copy(query->arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

/* True: the answer goes to quipu-server, which adds up the counts of several shards. */
static bool
is_partial(const struct query *query)
{
    return query->form == QUERY_PARTIAL || query->form == QUERY_ROWS || query->form == QUERY_FIND;
}

/* What the caller says about the dataset's fields holds for this query alone. */
static bool
bind_as_told(struct query *query, const struct ast_query *ast, struct error *err)
{
    struct catalog *catalog = query->module->registry.catalog;
    struct dataset *dataset = catalog_own_name(catalog, ast->dataset);
    if (dataset) {
        dataset->fields = query->fields;
    }
    bool is_bound = query_bind(query->arena, ast, catalog, query->max_cells, &query->bound, err);
    if (dataset) {
        dataset->fields = NULL;
    }
    return is_bound;
}

/* EXPLAIN and PROFILE are asked for by the command's name or in the text. */
static bool
query_bind_text(struct query *query, struct slice text, struct error *err)
{
    /* quipu-server has a limit of its own. */
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    if (is_partial(query)) {
        limits = (struct parse_limits){PARTIAL_MAX_BYTES, PARTIAL_MAX_NESTING};
    }
    struct ast_query *ast;
    if (!query_parse(query->arena, text, &limits, &ast, err)) {
        return false;
    }
    query->is_profile = query->is_profile || ast->mode == AST_PROFILE;
    if (ast->mode == AST_EXPLAIN) {
        query->form = QUERY_EXPLAIN;
    }
    if (ast->mode == AST_PROFILE && query->form == QUERY_TABLE) {
        query->form = QUERY_PROFILE;
    }
    ast->mode = AST_RUN;
    if (!bind_as_told(query, ast, err)) {
        return false;
    }
    if (query->bound->statement == AST_DESCRIBE) {
        return error_set(err, "ERR", "DESCRIBE is quipu-server's to answer");
    }
    if (query->form == QUERY_TABLE && query->bound->into_key.ptr) {
        return error_set(err, "ERR", "INTO is quipu-server's to write");
    }
    bool is_of_rows = query->bound->statement == AST_ROWS;
    if (query->form != QUERY_EXPLAIN && query->form != QUERY_ROWS &&
        is_of_rows != (query->form == QUERY_FIND)) {
        return error_set(err, "ERR", "ROWS is quipu-server's to answer, by QUIPU.FIND");
    }
    if (query->form == QUERY_TABLE && query->bound->suppress_below) {
        return error_set(err, "ERR", "SUPPRESS BELOW is quipu-server's to keep");
    }
    query->dataset = query->bound->dataset;
    dataset_retain(query->dataset);
    if (query->form == QUERY_TABLE && format_tells_more(query->bound->format)) {
        query->mentions = mentions_find(query->arena, ast);
    }
    return true;
}

/* ---- Rows by name ---- */

/* Reads the slots that are asked for: "93,94". */
static bool
read_slots(struct query *query, struct slice text, struct error *err)
{
    struct arena *arena = query->arena;
    bool has_more = true;
    query->named = arena_array(arena, text.len / 2 + 1, sizeof *query->named);
    while (has_more) {
        const char *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
        struct slice word = slice_of(text.ptr, comma ? (size_t) (comma - text.ptr) : text.len);
        int64_t slot;
        if (!slice_to_int64(word, &slot) || slot < 0 || slot >= CLUSTER_SLOTS) {
            return error_set(err, "ERR", "QUIPU.ROWS slot,slot,... query");
        }
        query->named[query->nnamed++] = (struct named_slot){.slot = (uint32_t) slot};
        has_more = comma != NULL;
        text = slice_of(text.ptr + word.len + has_more, text.len - word.len - has_more);
    }
    return true;
}

/* For PARTIAL: takes the slots that leave. */
static void
name_leaving(struct query *query)
{
    const struct slots *slots = &query->slots;
    query->named = arena_array(query->arena, slots->nways, sizeof *query->named);
    for (size_t i = 0; i < slots->nways; i++) {
        const struct slot_way *way = &slots->ways[i];
        if (way->is_leaving) {
            struct slice peer = slice_of(slots->peers.ptr + way->peer_at, way->peer_len);
            query->named[query->nnamed++] = (struct named_slot){.slot = way->slot, .peer = peer};
        }
    }
}

/* Adds the slot's marked rows to the query's. */
static void
add_marked(struct query *query, struct index *index, struct named_slot *named)
{
    uint64_t cursor = 0;
    struct slice name;
    uint32_t id;
    named->nrows = 0;
    while (index && index_nmarked(index) &&
           index_next_marked(index, mark_of_slot(named->slot), &cursor, &id, &name)) {
        query->rows[query->nrows + named->nrows++] =
            (struct count_row){id, arena_copy(query->arena, name)};
    }
}

static bool
add_rows(struct query *query, struct redis_ctx *ctx, struct registry_entry *entry,
         struct named_slot *named, struct error *err)
{
    struct slot_watch *watch = &query->module->slot_watch;
    struct index *index = entry_index(entry, 0);
    uint32_t nrows = entry->slot_rows[named->slot];
    /* If the slot is settled, its rows may have no mark any more. */
    if (!registry_is_apart(&query->module->registry, named->slot) &&
        !slot_watch_mark(watch, ctx, entry, named->slot)) {
        return error_set(err, "TRYAGAIN", "slot %u is on its way, with %u rows", named->slot,
                         nrows);
    }
    add_marked(query, index, named);
    query->nrows += named->nrows;
    named->quiet_us = slot_watch_quiet_us(watch, named->slot);
    return named->nrows == nrows ||
           error_set(err, "TRYAGAIN", "slot %u is on its way, and its rows are not known",
                     named->slot);
}

/* Takes ids and names as they are now; the count adds the rows' values. */
static bool
find_named(struct query *query, struct redis_ctx *ctx, struct registry_entry *entry,
           struct error *err)
{
    uint64_t nrows = 0;
    for (size_t i = 0; i < query->nnamed; i++) {
        nrows += entry->slot_rows[query->named[i].slot];
    }
    if (nrows > NAMED_ROWS_MOST) {
        return error_set(err, "TRYAGAIN", "slot %u is on its way, with %llu rows",
                         query->named[0].slot, (unsigned long long) nrows);
    }
    query->rows = arena_array(query->arena, nrows, sizeof *query->rows);
    for (size_t i = 0; i < query->nnamed; i++) {
        if (!add_rows(query, ctx, entry, &query->named[i], err)) {
            return false;
        }
    }
    return true;
}

/* True: each slot is coming, or has come and stays. */
static bool
slots_are_here(const struct query *query, struct error *err)
{
    const struct slots *slots = &query->slots;
    for (size_t i = 0; i < query->nnamed; i++) {
        unsigned slot = query->named[i].slot;
        if (!slots->is_own || slots_leaves(slots, slot) ||
            (!slots_has(slots, slot) && !slots_way(slots, slot))) {
            return error_set(err, "TRYAGAIN", "slot %u is not on its way to this node", slot);
        }
    }
    return true;
}

/* Writes the rows by name; the count was prepared before. */
static bool
answer_named(struct query *query, struct strbuf *out, struct error *err)
{
    struct named_rows rows;
    if (!count_named(query->count, query->arena, query->rows, query->nrows, &rows, err)) {
        return false;
    }
    const struct named_row *next = rows.slots[0].rows;
    for (size_t i = 0; i < query->nnamed; i++) {
        query->named[i].rows = (struct named_row *) next;
        next += query->named[i].nrows;
    }
    rows.epoch = query->epoch;
    rows.nslots = query->nnamed;
    rows.slots = query->named;
    named_rows_encode(&rows, out);
    return true;
}

/* ---- The snapshot ---- */

/* A bit per mark: set for a slot whose rows are not counted here. NULL: no row is marked. */
static const uint64_t *
marks_left_out(struct query *query, const struct index *index)
{
    const struct registry *registry = &query->module->registry;
    if (!index_nmarked(index)) {
        return NULL;
    }
    uint64_t *marks = arena_array(query->arena, MARKS_MOST / 64 + 1, sizeof *marks);
    for (unsigned i = 0; i < CLUSTER_SLOTS; i++) {
        uint32_t mark = mark_of_slot(i);
        marks[mark / 64] |= (uint64_t) registry_is_apart(registry, i) << mark % 64;
    }
    return marks;
}

/* True: this form may be answered while slots move. Finds the rows to send by name. */
static bool
look_at_ways(struct query *query, struct redis_ctx *ctx, struct registry_entry *entry,
             struct error *err)
{
    struct slots *slots = &query->slots;
    query->epoch = slots->epoch;
    switch (query->form) {
    case QUERY_EXPLAIN:
    case QUERY_FIND: return true; /* the last answer has the rows by name */
    case QUERY_TABLE:
    case QUERY_PROFILE: return slots_are_quiet(slots, err);
    case QUERY_PARTIAL: name_leaving(query); break;
    case QUERY_ROWS:
        if (!slots_are_here(query, err)) {
            return false;
        }
    }
    return find_named(query, ctx, entry, err);
}

/* Takes the snapshot, with all other facts that must be of this moment. */
static bool
query_snapshot(struct query *query, struct redis_ctx *ctx, struct error *err)
{
    struct module *module = query->module;
    struct registry_entry *entry = registry_find(&module->registry, query->dataset->name);
    if (!rights_check(&module->redis, ctx, entry->name, entry->prefix, err) ||
        !slot_watch_look(&module->slot_watch, ctx, &query->slots, err)) {
        return false;
    }
    if (entry->state != REGISTRY_READY) {
        int percent = entry->state == REGISTRY_FILLING ? backfill_percent(&module->backfill) : 0;
        return error_set(err, "INDEXING", "%d%%", percent);
    }
    if (!module_catch_up(module, ctx, err) ||
        (module->registry.in_cluster && !look_at_ways(query, ctx, entry, err))) {
        return false;
    }
    struct index *index =
        entry_index_own(&module->registry, entry, module->redis.get_selected_db(ctx));
    if (!entry_check_whole(entry, index, err)) {
        return false;
    }
    if (query->mentions) {
        query->presence = presence_of(query->arena, index, query->mentions);
    }
    uint64_t max_cells = query->max_cells;
    bool hides = is_partial(query) && query->bound->has_suppress;
    if (hides && max_cells < BOUND_HIDDEN_MAX_CELLS) {
        max_cells = BOUND_HIDDEN_MAX_CELLS;
    }
    const struct count_options options = {.max_cells = max_cells,
                                          .max_partial_bytes = query->max_partial_bytes,
                                          .max_values = VALUES_MOST,
                                          .hides = hides,
                                          .kernels = module->settings.kernels,
                                          .marks_left_out = marks_left_out(query, index),
                                          .is_of_named_rows = query->form == QUERY_ROWS};
    query->count = count_new(index, query->bound, &options);
    query->index = index;
    if (query->mentions && index) {
        const struct date_counts_request request = {.catalog = module->registry.catalog,
                                                    .dataset = query->bound->dataset->name,
                                                    .mentions = query->mentions,
                                                    .presence = query->presence,
                                                    .options = options};
        date_counts_init(&query->dates, query->arena, index, &request);
    }
    return true;
}

/* ---- The answer ---- */

static void
add_line(struct query *query, struct slice line)
{
    struct slice *lines = arena_array(query->arena, query->nlines + 1, sizeof *lines);
    for (size_t i = 0; i < query->nlines; i++) {
        lines[i] = query->lines[i];
    }
    lines[query->nlines++] = line;
    query->lines = lines;
}

static void
add_lines(struct query *query, const struct slice *lines, size_t nlines)
{
    for (size_t i = 0; i < nlines; i++) {
        add_line(query, lines[i]);
    }
}

static void
explain_cells(struct query *query)
{
    const struct bound_query *bound = query->bound;
    struct slice cells = bound->is_closed ? arena_printf(query->arena, "%llu cells",
                                                         (unsigned long long) bound->ncells)
                                          : slice_lit("the cells that occur");
    add_line(query, arena_printf(query->arena, "query    %zu dimension%s, %.*s of %.*s",
                                 bound->ndims, bound->ndims == 1 ? "" : "s", SLICE_ARG(cells),
                                 SLICE_ARG(bound->dataset->name)));
}

/* In the words of the server's EXPLAIN. */
static void
explain(struct query *query)
{
    const struct bound_query *bound = query->bound;
    size_t nlines;
    struct slice *lines = count_explain(query->arena, query->count, &nlines);
    if (bound->statement == AST_ROWS) {
        struct strbuf text;
        strbuf_init(&text);
        strbuf_append_str(&text, "query    ");
        bound_rows_print(&text, bound);
        add_line(query, arena_copy(query->arena, strbuf_slice(&text)));
        strbuf_fini(&text);
    } else {
        explain_cells(query);
    }
    if (bound->filter) {
        add_line(query,
                 arena_printf(query->arena, "filter   %.*s", SLICE_ARG(bound->filter->text)));
    }
    add_lines(query, lines, nlines);
}

static void
profile(struct query *query)
{
    size_t nlines;
    explain(query);
    struct slice *lines = count_profile(query->arena, query->count, &nlines);
    add_lines(query, lines, nlines);
}

/* The slots that are counted here. */
static struct slice
slots_told(const struct query *query)
{
    bool is_replica = query->slots.text.len && !query->slots.is_own;
    return is_replica ? slice_lit("replica") : strbuf_slice(&query->slots.text);
}

static bool
tells_named(const struct query *query)
{
    return query->module->registry.in_cluster && query->slots.is_own;
}

/* README.md: the bytes, the slots, lines if a profile was asked for, rows by name. */
static bool
answer_partial(struct query *query, struct redis_ctx *ctx, const struct partials *partials,
               struct error *err)
{
    const struct redis_api *redis = &query->module->redis;
    bool has_named = tells_named(query);
    struct strbuf bytes, named;
    strbuf_init(&bytes);
    strbuf_init(&named);
    bool ok = !has_named || answer_named(query, &named, err);
    if (ok) {
        partials_encode(partials, &bytes);
        redis->reply_with_array(ctx, 2 + query->is_profile + has_named);
        redis_reply_slice(redis, ctx, strbuf_slice(&bytes));
        redis_reply_slice(redis, ctx, slots_told(query));
        if (query->is_profile) {
            profile(query);
            answer_lines(redis, ctx, query->lines, query->nlines);
        }
        if (has_named) {
            redis_reply_slice(redis, ctx, strbuf_slice(&named));
        }
    }
    strbuf_fini(&bytes);
    strbuf_fini(&named);
    return ok;
}

static bool
answer_rows(struct query *query, struct redis_ctx *ctx, struct error *err)
{
    struct strbuf named;
    strbuf_init(&named);
    bool ok = answer_named(query, &named, err);
    if (ok) {
        redis_reply_slice(&query->module->redis, ctx, strbuf_slice(&named));
    }
    strbuf_fini(&named);
    return ok;
}

/* Some rows by their ids; with the last ones, rows by name. All of it is of one moment. */
static bool
answer_found(struct query *query, struct redis_ctx *ctx, struct error *err)
{
    struct registry_entry *entry = registry_find(&query->module->registry, query->dataset->name);
    struct find_window window;
    struct strbuf named;
    strbuf_init(&named);
    bool ok = find_rows(query->count, query->index, query->bound, &query->find, &window, err);
    bool has_named = ok && window.walk.is_done && tells_named(query);
    if (has_named) {
        name_leaving(query);
        ok = find_named(query, ctx, entry, err) && answer_named(query, &named, err);
    }
    if (ok) {
        find_reply(&query->module->redis, ctx, &window, query->bound->ndims > 0, slots_told(query),
                   has_named ? strbuf_slice(&named) : (struct slice){0});
    }
    find_fini(&window);
    strbuf_fini(&named);
    return ok;
}

static void
add_warnings(struct query *query, struct answer *answer)
{
    struct warnings warnings = {.arena = query->arena};
    if (query->mentions) {
        warnings_of_all(&warnings, query->bound->dataset->name, query->mentions, query->presence);
        date_counts_warn(&query->dates, query->arena, answer, &warnings);
    }
    answer->warnings = warnings.lines;
    answer->nwarnings = warnings.n;
}

/* False: nothing was answered. Rows by name can fail as a count can. */
static bool
query_answer(struct query *query, struct redis_ctx *ctx, const struct partials *partials,
             struct error *err)
{
    const struct redis_api *redis = &query->module->redis;
    const struct partials *parts[] = {partials};
    const struct table_limits limits = {.max_cells = query->max_cells,
                                        .max_bytes = query->max_partial_bytes};
    struct answer *answer;
    switch (query->form) {
    case QUERY_TABLE:
        if (!answer_build(query->arena, query->bound, parts, 1, &limits, &answer, err)) {
            return false;
        }
        add_warnings(query, answer);
        answer->took_us = now_us() - query->started_us;
        answer_whole(redis, ctx, answer);
        return true;
    case QUERY_PARTIAL: return answer_partial(query, ctx, partials, err);
    case QUERY_ROWS: return answer_rows(query, ctx, err);
    case QUERY_FIND: return answer_found(query, ctx, err);
    case QUERY_EXPLAIN: explain(query); break;
    case QUERY_PROFILE: profile(query); break;
    }
    answer_lines(redis, ctx, query->lines, query->nlines);
    return true;
}

/* ---- Long counts ---- */

/* Runs in a thread of the pool. After unblock_client the query belongs to the main thread. */
static void
on_counted(struct pool_job *job)
{
    struct query *query = (struct query *) job;
    struct query_list *list = &query->module->queries;
    const struct redis_api *redis = &query->module->redis;
    if (!atomic_load(&query->has_left)) {
        if (!job->partials || !query_answer(query, query->ctx, job->partials, &job->err)) {
            redis_reply_error(redis, query->ctx, &job->err);
        }
    }
    pthread_mutex_lock(&list->lock);
    struct count *count = query->count;
    query->count = NULL;
    pthread_mutex_unlock(&list->lock);
    /* Millions of cells take long to free, so it is not done in the main thread. */
    count_free(count);
    date_counts_fini(&query->dates);
    arena_free(query->arena);
    query->arena = NULL;
    redis->unblock_client(query->client, query);
}

static void
on_unblocked(struct redis_ctx *ctx, void *arg)
{
    (void) ctx;
    struct query *query = arg;
    struct query_list *list = &query->module->queries;
    list_remove(&query->in_queries);
    list->nfailed += error_is_set(&query->job.err) && !atomic_load(&query->has_left);
    query->module->redis.free_thread_safe_context(query->ctx);
    query_free(query);
}

static void
on_left(struct redis_ctx *ctx, struct redis_blocked_client *client)
{
    (void) ctx;
    struct query_list *list = &module_get()->queries;
    LIST_EACH (struct query, query, &list->running, in_queries) {
        if (query->client == client) {
            atomic_store(&query->has_left, true);
            list->ncancelled++;
            pthread_mutex_lock(&list->lock);
            if (query->count) {
                pool_cancel(&query->job);
            }
            pthread_mutex_unlock(&list->lock);
        }
    }
}

void
queries_turn(struct query_list *list)
{
    LIST_EACH (struct query, query, &list->running, in_queries) {
        pthread_mutex_lock(&list->lock);
        if (query->count) {
            pool_cancel_late(&query->job);
        }
        pthread_mutex_unlock(&list->lock);
    }
}

static void
hand_over(struct query *query, struct redis_ctx *ctx)
{
    struct module *module = query->module;
    const struct redis_api *redis = &module->redis;
    int64_t timeout_ms =
        query->bound->timeout_ms ? query->bound->timeout_ms : module->settings.query_timeout_ms;
    query->client = redis->block_client(ctx, NULL, NULL, on_unblocked, 0);
    redis->set_disconnect_callback(query->client, on_left);
    /* Made here, because the client cannot leave meanwhile. */
    query->ctx = redis->get_thread_safe_context(query->client);
    list_add_first(&module->queries.running, &query->in_queries);
    module->queries.nlong++;
    query->job.count = query->count;
    query->job.arena = query->arena;
    query->job.timeout_us = (uint64_t) timeout_ms * 1000;
    query->job.done = on_counted;
    pool_submit(module->pool, &query->job);
}

/* ---- The command ---- */

static bool
may_block(struct query *query, struct redis_ctx *ctx)
{
    enum { NEVER = REDIS_CTX_MULTI | REDIS_CTX_LUA | REDIS_CTX_DENY_BLOCKING };
    return !(query->module->redis.context_flags(ctx) & NEVER);
}

static void
count_here(struct query *query, struct redis_ctx *ctx)
{
    struct error err = {0};
    struct partials *partials = NULL;
    bool is_counted = query->form != QUERY_EXPLAIN && query->form != QUERY_FIND;
    query->module->queries.nshort++;
    if ((is_counted && !count_answer(query->count, query->arena, &partials, &err)) ||
        !query_answer(query, ctx, partials, &err)) {
        query->module->queries.nfailed++;
        redis_reply_error(&query->module->redis, ctx, &err);
    }
    query_free(query);
}

/* The cost of the count and of the rows that are sent by name. */
static double
cost_us(const struct query *query)
{
    const double ROW_US = 0.5;
    return count_cost_us(query->count) + date_counts_cost_us(&query->dates) +
           (double) query->nrows * ROW_US;
}

/* A limit of the caller's own, if this is the next word. *first: what follows it, from then on. */
static bool
read_limit(const struct query *query, struct redis_string **argv, int argc, int *first,
           const char *name, uint64_t *limit, struct error *err)
{
    const struct redis_api *redis = &query->module->redis;
    int64_t number;
    if (query->form != QUERY_PARTIAL || *first + 2 >= argc ||
        !slice_equal_nocase(redis_slice(redis, argv[*first]), slice_str(name))) {
        return true;
    }
    if (!slice_to_int64(redis_slice(redis, argv[*first + 1]), &number) || number < 1) {
        return error_set(err, "ERR",
                         "QUIPU.PARTIAL [max-partial-bytes N] [max-cells N] [fields text] query");
    }
    *limit = (uint64_t) number;
    *first += 2;
    return true;
}

/*
 * Words before the query, of PARTIAL and ROWS: limits of the caller's own, and how fields are read,
 * which only the caller's catalog says. *first: where the query begins, from then on.
 */
static bool
read_options(struct query *query, struct redis_string **argv, int argc, int *first,
             struct error *err)
{
    const struct redis_api *redis = &query->module->redis;
    if (!read_limit(query, argv, argc, first, "max-partial-bytes", &query->max_partial_bytes,
                    err) ||
        !read_limit(query, argv, argc, first, "max-cells", &query->max_cells, err)) {
        return false;
    }
    if (is_partial(query) && *first + 2 < argc &&
        slice_equal_nocase(redis_slice(redis, argv[*first]), slice_lit("fields"))) {
        *first += 2;
        return catalog_parse_readings(redis_slice(redis, argv[*first - 1]), &query->fields, err);
    }
    return true;
}

static bool
query_read(struct query *query, struct redis_string **argv, int argc, struct error *err)
{
    bool is_rows = query->form == QUERY_ROWS;
    int first = is_rows ? 2 : 1;
    if (query->form == QUERY_FIND &&
        !find_read(&query->module->redis, argv, argc, &first, &query->find, err)) {
        return false;
    }
    return (!is_rows || read_slots(query, redis_slice(&query->module->redis, argv[1]), err)) &&
           read_options(query, argv, argc, &first, err) &&
           query_bind_text(query, join_words(query, argv, first, argc), err);
}

int
query_run(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc,
          enum query_form form)
{
    if (argc < (form == QUERY_ROWS || form == QUERY_FIND ? 3 : 2)) {
        return module->redis.wrong_arity(ctx);
    }
    struct query *query = query_new(module, form);
    struct error err = {0};
    if (!query_read(query, argv, argc, &err) || !query_snapshot(query, ctx, &err)) {
        module->queries.nfailed++;
        redis_reply_error(&module->redis, ctx, &err);
        query_free(query);
    } else if (query->form != QUERY_EXPLAIN && query->form != QUERY_FIND &&
               cost_us(query) > (double) module->settings.inline_us && may_block(query, ctx)) {
        hand_over(query, ctx);
    } else {
        count_here(query, ctx);
    }
    return REDIS_OK;
}
