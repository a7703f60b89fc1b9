/*
 * QUIPU.VERIFY compares an index with the real hashes. in: a dataset's name; out: how many rows and
 * fields were compared, and what differs.
 *
 *     KEYS: Redis' SCAN; each row against the index
 *      |
 *     ROWS: the index; each of its rows must be a hash
 *      |
 *     DONE
 *
 * Example: a module wrote to a hash without an event: "row 'profile_7': field 'a' is '2', the index
 * has '1'".
 */
#include "module/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/must.h"
#include "columns/index_check.h"
#include "module/rights.h"
#include "module/shared.h"

enum { SLICE_US = 500, STEPS_AT_ONCE = 8, DIFFERENCES_MOST = 10 };

struct verify {
    struct module *module;
    struct redis_blocked_client *client; /* NULL: all is done at once, without blocking */
    struct slice name;                   /* own copy */
    bool is_deep, has_left;
    int db;
    uint64_t generation; /* of the registry */
    enum { VERIFY_KEYS, VERIFY_ROWS, VERIFY_DONE } phase;
    struct redis_scan_cursor *cursor;
    struct redis_dict *seen; /* the hashes, if keys cannot be looked for one by one; else NULL */
    uint64_t row_cursor;
    uint64_t nrows, nfields, nmismatches;
    struct strbuf differences[DIFFERENCES_MOST];
    struct error err;
    struct list in_verifies; /* of the module */
};

static void
note(struct verify *verify, struct slice difference)
{
    if (verify->nmismatches < DIFFERENCES_MOST) {
        struct strbuf *text = &verify->differences[verify->nmismatches];
        strbuf_init(text);
        strbuf_append(text, difference);
    }
    verify->nmismatches++;
}

/* ---- Two walks ---- */

static struct index *
own_index(struct verify *verify)
{
    struct registry *registry = &verify->module->registry;
    return entry_index_own(registry, registry_find(registry, verify->name), verify->db);
}

static void
check_row(struct verify *verify, struct slice name)
{
    struct strbuf difference;
    struct rows *rows = &verify->module->rows;
    size_t npairs;
    const struct index_pair *pairs = rows_pairs(rows, 0, &npairs);
    strbuf_init(&difference);
    verify->nfields += npairs;
    if (!index_check_row(own_index(verify), name, pairs, npairs, &difference)) {
        note(verify, strbuf_slice(&difference));
    }
    strbuf_fini(&difference);
}

/* Redis may still show the row, or part of it: the next look at the index will find it due. */
static bool
is_over(struct verify *verify, struct slice name)
{
    const struct redis_api *redis = &verify->module->redis;
    long long when;
    enum expiry_kind kind;
    return expiry_get(&verify->module->expiry, verify->db, name, &when, &kind) &&
           (kind == EXPIRY_OVER || when < redis->milliseconds());
}

static void
on_key(struct redis_ctx *ctx, struct redis_string *name, struct redis_key *key, void *arg)
{
    (void) ctx;
    struct verify *verify = arg;
    const struct redis_api *redis = &verify->module->redis;
    struct rows *rows = &verify->module->rows;
    struct slice text = redis_slice(redis, name);
    const struct registry_entry *entry = registry_find(&verify->module->registry, verify->name);
    if (!key || !slice_starts_with(text, entry->prefix) || catalog_key_is_own(text)) {
        return;
    }
    if (!is_over(verify, text) && rows_add(rows, key, text)) {
        if (verify->seen) {
            redis->dict_replace(verify->seen, text.ptr, text.len, NULL);
        }
        check_row(verify, text);
    }
    rows_clear(rows);
}

static bool
has_hash(struct verify *verify, struct redis_ctx *ctx, struct redis_string *name)
{
    const struct redis_api *redis = &verify->module->redis;
    if (verify->seen) {
        struct slice text = redis_slice(redis, name);
        int is_missing;
        redis->dict_get(verify->seen, text.ptr, text.len, &is_missing);
        return !is_missing;
    }
    struct redis_key *key =
        redis->open_key(ctx, name, REDIS_KEY_READ | REDIS_KEY_WRITE | REDIS_KEY_NOTOUCH);
    bool is_hash = redis->key_type(key) == REDIS_KEYTYPE_HASH;
    redis->close_key(key);
    return is_hash;
}

static void
check_is_hash(struct verify *verify, struct redis_ctx *ctx, struct slice name)
{
    const struct redis_api *redis = &verify->module->redis;
    struct redis_string *string = redis->create_string(NULL, name.ptr, name.len);
    /* Opening the key may have expired it, and the index has heard of that. */
    if (!has_hash(verify, ctx, string) && !is_over(verify, redis_slice(redis, string)) &&
        index_has_row(own_index(verify), redis_slice(redis, string))) {
        char text[ERROR_QUOTE_BYTES + 64], quoted[ERROR_QUOTE_BYTES];
        snprintf(text, sizeof text, "row %s: the index has it, but there is no such hash",
                 error_quote(quoted, redis_slice(redis, string)));
        note(verify, slice_str(text));
    }
    verify->nrows++;
    redis->free_string(NULL, string);
}

/* Checks a few keys, or a few rows of the index. */
static void
step(struct verify *verify, struct redis_ctx *ctx)
{
    struct slice name;
    for (int i = 0; i < STEPS_AT_ONCE; i++) {
        if (verify->phase == VERIFY_KEYS) {
            if (!verify->module->redis.scan(ctx, verify->cursor, on_key, verify)) {
                verify->phase = VERIFY_ROWS;
            }
        } else if (index_next_row(own_index(verify), &verify->row_cursor, &name)) {
            check_is_hash(verify, ctx, name);
        } else {
            verify->phase = VERIFY_DONE;
            return;
        }
    }
}

static void
check_deep(struct verify *verify)
{
    struct strbuf difference;
    strbuf_init(&difference);
    if (!index_check(own_index(verify), &difference)) {
        note(verify, strbuf_slice(&difference));
    }
    strbuf_fini(&difference);
}

/* Checks until all is done or max_us are over. */
static void
walk(struct verify *verify, struct redis_ctx *ctx, uint64_t max_us)
{
    const struct redis_api *redis = &verify->module->redis;
    struct registry *registry = &verify->module->registry;
    if (registry->generation != verify->generation) {
        error_set(&verify->err, "TRYAGAIN", "datasets or databases have changed meanwhile");
        verify->phase = VERIFY_DONE;
        return;
    }
    int selected = redis->get_selected_db(ctx);
    redis->select_db(ctx, verify->db);
    if (!module_catch_up(verify->module, ctx, &verify->err)) {
        verify->phase = VERIFY_DONE;
    }
    for (uint64_t start = redis->microseconds();
         verify->phase != VERIFY_DONE && redis->microseconds() - start < max_us;) {
        step(verify, ctx);
    }
    redis->select_db(ctx, selected);
    if (verify->phase == VERIFY_DONE && verify->is_deep) {
        check_deep(verify);
    }
    if (verify->phase == VERIFY_DONE && !error_is_set(&verify->err)) {
        const struct registry_entry *entry = registry_find(registry, verify->name);
        if (!entry_check_whole(entry, own_index(verify), &verify->err)) {
            return; /* rows that the index lacks were not meant to be in it */
        }
    }
}

/* ---- Its life ---- */

static void
verify_free(struct verify *verify)
{
    uint64_t n = verify->nmismatches < DIFFERENCES_MOST ? verify->nmismatches : DIFFERENCES_MOST;
    for (uint64_t i = 0; i < n; i++) {
        strbuf_fini(&verify->differences[i]);
    }
    verify->module->redis.scan_cursor_destroy(verify->cursor);
    if (verify->seen) {
        verify->module->redis.free_dict(NULL, verify->seen);
    }
    free((void *) verify->name.ptr);
    free(verify);
}

static void
answer(struct verify *verify, struct redis_ctx *ctx)
{
    const struct redis_api *redis = &verify->module->redis;
    if (error_is_set(&verify->err)) {
        redis_reply_error(redis, ctx, &verify->err);
        return;
    }
    uint64_t n = verify->nmismatches < DIFFERENCES_MOST ? verify->nmismatches : DIFFERENCES_MOST;
    redis->reply_with_map(ctx, 4);
    redis_reply_slice(redis, ctx, slice_lit("rows"));
    redis->reply_with_long_long(ctx, (long long) verify->nrows);
    redis_reply_slice(redis, ctx, slice_lit("fields"));
    redis->reply_with_long_long(ctx, (long long) verify->nfields);
    redis_reply_slice(redis, ctx, slice_lit("mismatches"));
    redis->reply_with_long_long(ctx, (long long) verify->nmismatches);
    redis_reply_slice(redis, ctx, slice_lit("differences"));
    redis->reply_with_array(ctx, (long) n);
    for (uint64_t i = 0; i < n; i++) {
        redis_reply_slice(redis, ctx, strbuf_slice(&verify->differences[i]));
    }
}

static int
on_reply(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    (void) argv;
    (void) argc;
    answer(module_get()->redis.get_blocked_arg(ctx), ctx);
    return REDIS_OK;
}

static void
on_unblocked(struct redis_ctx *ctx, void *arg)
{
    (void) ctx;
    struct verify *verify = arg;
    list_remove(&verify->in_verifies);
    verify_free(verify);
}

static void
on_left(struct redis_ctx *ctx, struct redis_blocked_client *client)
{
    (void) ctx;
    LIST_EACH (struct verify, verify, &module_get()->verifies, in_verifies) {
        verify->has_left = verify->has_left || verify->client == client;
    }
}

static void
on_timer(struct redis_ctx *ctx, void *arg)
{
    struct verify *verify = arg;
    if (!verify->has_left) {
        walk(verify, ctx, SLICE_US);
    }
    if (verify->has_left || verify->phase == VERIFY_DONE) {
        verify->module->redis.unblock_client(verify->client, verify);
    } else {
        verify->module->redis.create_timer(ctx, 0, on_timer, verify);
    }
}

static struct verify *
verify_new(struct module *module, struct redis_ctx *ctx, struct slice name, bool is_deep)
{
    struct verify *verify = must_alloc(sizeof *verify);
    verify->module = module;
    verify->name = slice_of(must_copy(name), name.len);
    verify->is_deep = is_deep;
    verify->db = module->redis.get_selected_db(ctx);
    verify->generation = module->registry.generation;
    verify->cursor = module->redis.scan_cursor_create();
    if (!follower_reads_all(&module->follower, ctx)) {
        verify->seen = module->redis.create_dict(NULL);
    }
    return verify;
}

static bool
check(struct module *module, struct redis_ctx *ctx, struct slice name, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct registry_entry *entry = registry_find(&module->registry, name);
    if (!entry) {
        return error_set(err, "NODATASET", "there is no dataset %s", error_quote(quoted, name));
    }
    if (entry->state != REGISTRY_READY) {
        return error_set(err, "INDEXING", "%d%%", backfill_percent(&module->backfill));
    }
    return rights_check(&module->redis, ctx, entry->name, entry->prefix, err);
}

int
verify_run(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    enum { NEVER_BLOCK = REDIS_CTX_MULTI | REDIS_CTX_LUA | REDIS_CTX_DENY_BLOCKING };
    const struct redis_api *redis = &module->redis;
    struct error err = {0};
    bool is_deep = argc == 3 && slice_equal_nocase(redis_slice(redis, argv[2]), slice_lit("deep"));
    if (argc != 2 && !is_deep) {
        return redis->wrong_arity(ctx);
    }
    if (!check(module, ctx, redis_slice(redis, argv[1]), &err)) {
        redis_reply_error(redis, ctx, &err);
        return REDIS_OK;
    }
    struct verify *verify = verify_new(module, ctx, redis_slice(redis, argv[1]), is_deep);
    if (redis->context_flags(ctx) & NEVER_BLOCK) {
        walk(verify, ctx, UINT64_MAX);
        answer(verify, ctx);
        verify_free(verify);
        return REDIS_OK;
    }
    verify->client = redis->block_client(ctx, on_reply, NULL, on_unblocked, 0);
    redis->set_disconnect_callback(verify->client, on_left);
    list_add_first(&module->verifies, &verify->in_verifies);
    redis->create_timer(ctx, 0, on_timer, verify);
    return REDIS_OK;
}
