/*
 * Definitions: the catalog kept as the shards hold it, and changed there.
 * in: edits, and the hash quipu:catalog (executor/datasets/definitions_store); out: the struct
 * catalog that names are looked up in.
 *
 * Requests are carried out one after the other:
 *
 *     READING --nothing to change--> (apply) --> CHECKING --> over
 *        |  ^                                       shards are held against datasets new to us
 *        |  +--the store was damaged or gone, and is rebuilt (definitions_rebuild)
 *        | edit
 *        v
 *     PREPARING --each new dataset is made known to every shard (definitions_prepare)
 *        ^        --> WRITING --> (apply) ...
 *        |               |
 *        +--- another server was first: read again
 *
 * A callback records what came and goes on; finish() is the only way out.
 */
#include "executor/datasets/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/datasets/catalog_copies.h"
#include "executor/datasets/column_index.h"
#include "executor/datasets/dataset_beat.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions_peers.h"
#include "executor/datasets/definitions_prepare.h"
#include "executor/datasets/definitions_rebuild.h"
#include "executor/datasets/definitions_store.h"
#include "executor/datasets/layout.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/topology.h"
#include "net/resp_value.h"
#include "planner/catalog_text.h"

enum {
    POLL_MS = 1000,
    RETRY_MS = 100, /* until the catalog has first been read */
    MOST_TRIES = 50 /* against other servers' changes */
};

struct definitions_wait {
    struct definitions_wait *next;
    definitions_done_fn *done; /* NULL: cancelled, or nothing is to be called */
    void *arg;
};

/* A request: to read, or to read and change. */
struct request {
    struct request *next;
    struct definitions *definitions;
    definitions_edit_fn *edit; /* NULL: to read */
    void *edit_arg;
    struct definitions_wait *waits;
    unsigned tries;
    struct catalog *stored;  /* as it was read */
    struct catalog *changed; /* by edit */
    uint64_t version;        /* that was read */
    uint64_t next_version;
    size_t nchecks; /* checks under way */
    struct error err;
};

struct definitions {
    struct datasets *datasets;
    struct peers *peers;
    struct request *requests, **last; /* the first one is being carried out */
    uint64_t version;
    bool is_read, is_known;
    bool is_polling;
    bool is_starting; /* the first request, when the loop comes round */
    int64_t asked_ms;
    struct error why; /* why the catalog is not known */
};

static void start_next(struct definitions *definitions);
static void request_read(struct request *request);

/* ---- Requests ---- */

static void
request_forget(struct request *request)
{
    catalog_free(request->stored);
    catalog_free(request->changed);
    request->stored = request->changed = NULL;
}

static void
request_free(struct request *request)
{
    while (request->waits) {
        struct definitions_wait *wait = request->waits;
        request->waits = wait->next;
        free(wait);
    }
    request_forget(request);
    free(request);
}

static void
finish(struct request *request)
{
    struct definitions *definitions = request->definitions;
    const struct error *err = error_is_set(&request->err) ? &request->err : NULL;
    definitions->requests = request->next;
    if (!definitions->requests) {
        definitions->last = &definitions->requests;
    }
    /* A callback may cancel another wait, so each wait stays in the list until all were called. */
    bool is_told = !shards_are_closing(definitions->datasets->shards) || request->edit;
    for (struct definitions_wait *wait = request->waits; wait; wait = wait->next) {
        definitions_done_fn *done = wait->done;
        wait->done = NULL;
        if (done && is_told) {
            done(wait->arg, err);
        }
    }
    request_free(request);
    start_next(definitions);
}

static void
fail(struct request *request, const struct error *err)
{
    error_set(&request->err, err->code, "%s", err->message);
}

static void
on_start(void *arg)
{
    struct definitions *definitions = arg;
    definitions->is_starting = false;
    if (definitions->requests && !shards_are_closing(definitions->datasets->shards)) {
        request_read(definitions->requests);
    }
}

static void
start_next(struct definitions *definitions)
{
    if (definitions->requests && !definitions->is_starting &&
        !shards_are_closing(definitions->datasets->shards)) {
        definitions->is_starting = true;
        later_call(definitions->datasets->later, on_start, definitions);
    }
}

static struct definitions_wait *
request_add(struct definitions *definitions, definitions_edit_fn *edit, void *edit_arg,
            definitions_done_fn *done, void *arg)
{
    struct definitions_wait *wait = must_alloc(sizeof *wait);
    *wait = (struct definitions_wait){NULL, done, arg};
    /* A request to read joins another that has not begun. */
    for (struct request *r = definitions->requests ? definitions->requests->next : NULL; r;
         r = r->next) {
        if (!edit && !r->edit) {
            wait->next = r->waits;
            r->waits = wait;
            return wait;
        }
    }
    struct request *request = must_alloc(sizeof *request);
    request->definitions = definitions;
    request->edit = edit;
    request->edit_arg = edit_arg;
    request->waits = wait;
    bool is_idle = !definitions->requests;
    *definitions->last = request;
    definitions->last = &request->next;
    if (is_idle) {
        start_next(definitions);
    }
    return wait;
}

struct definitions_wait *
definitions_refresh(struct datasets *datasets, definitions_done_fn *done, void *arg)
{
    return request_add(datasets->definitions, NULL, NULL, done, arg);
}

void
definitions_wait_cancel(struct definitions_wait *wait)
{
    wait->done = NULL;
}

void
definitions_change(struct datasets *datasets, definitions_edit_fn *edit, void *arg,
                   definitions_done_fn *done)
{
    request_add(datasets->definitions, edit, arg, done, arg);
}

/* ---- Applying ---- */

static void
on_checked(void *arg, const struct error *err)
{
    struct request *request = arg;
    struct datasets *datasets = request->definitions->datasets;
    /* A shard with another layout reports it itself when it is greeted again. */
    for (size_t i = 0; err && strcmp(err->code, "ERR") == 0 && i < shards_count(datasets->shards);
         i++) {
        shard_greet_again(shards_at(datasets->shards, i));
    }
    if (--request->nchecks == 0) {
        finish(request);
    }
}

/* Checks the shards that are up against the datasets. The others are checked when they connect. */
static void
check_shards(struct request *request)
{
    struct datasets *datasets = request->definitions->datasets;
    struct catalog *catalog = datasets->catalog;
    struct error ignored = {"", ""};
    request->nchecks = 1;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        struct handle *own = handles_get(datasets->handles, dataset);
        if (own->is_checked || dataset->state == DATASET_DROPPING) {
            continue;
        }
        own->is_checked = true;
        for (size_t s = 0;
             s < shards_count(datasets->shards) && !shards_is_cluster(datasets->shards); s++) {
            request->nchecks +=
                layout_check(datasets->shards, s, dataset, on_checked, request, &ignored);
        }
    }
    on_checked(request, NULL);
}

static void
tell_copies(struct definitions *definitions)
{
    struct strbuf text;
    strbuf_init(&text);
    catalog_print(definitions->datasets->catalog, &text);
    catalog_copies_write(definitions->datasets->shards, definitions->version, strbuf_slice(&text));
    strbuf_fini(&text);
}

/*
 * Replaces the catalog by what the shards hold, in one step: from here on names mean what it says.
 */
static void
apply(struct request *request, const struct catalog *catalog, uint64_t version)
{
    struct definitions *definitions = request->definitions;
    struct datasets *datasets = definitions->datasets;
    catalog_update(datasets->catalog, catalog);
    definitions->version = version;
    definitions->is_read = true;
    handles_sync(datasets->handles);
    peers_tell(definitions->peers, version);
    tell_copies(definitions);
    check_shards(request);
}

/* ---- Reading ---- */

/* A field of the store that is not the catalog. */
static void
on_field(void *arg, struct slice name, struct slice value)
{
    const struct definitions *definitions = arg;
    if (!peers_take(definitions->peers, name, value)) {
        beat_take(definitions->datasets->handles, name, value);
    }
}

/* True: the reply is the hash; text is empty where there is none. */
static bool
take_hash(struct request *request, const struct resp_value *reply, struct slice *text)
{
    struct definitions *definitions = request->definitions;
    struct store_hash hash;
    peers_begin(definitions->peers);
    bool is_hash = store_hash_read(definitions->datasets->shards, reply, on_field, definitions,
                                   &hash, &request->err);
    request->version = hash.version;
    *text = hash.text;
    if (is_hash) {
        peers_end(definitions->peers);
    }
    return is_hash;
}

static bool
prints_the_same(const struct catalog *a, const struct catalog *b)
{
    struct strbuf one, other;
    strbuf_init(&one);
    strbuf_init(&other);
    catalog_print(a, &one);
    catalog_print(b, &other);
    bool is_same = slice_equal(strbuf_slice(&one), strbuf_slice(&other));
    strbuf_fini(&one);
    strbuf_fini(&other);
    return is_same;
}

/* The shard has lost the store, perhaps with its file. This server still knows the catalog. */
static bool
edit_restore(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    struct definitions *definitions = arg;
    (void) version, (void) err;
    if (is_first) {
        log_write(shards_log(definitions->datasets->shards), LOG_WARNING,
                  "%s is gone from %s: the definitions are written again", store_key(),
                  store_shard_name(definitions->datasets->shards));
        catalog_update(catalog, definitions->datasets->catalog);
    }
    return true;
}

void
definitions_restore(struct datasets *datasets)
{
    request_add(datasets->definitions, edit_restore, datasets->definitions, NULL, NULL);
}

static void on_prepared(void *arg, const struct error *err);

/* Carries out the edit on what was read. */
static void
change(struct request *request, struct slice text)
{
    struct definitions *definitions = request->definitions;
    bool is_first = request->version == 0;
    request->stored = catalog_parse(text, &request->err);
    request->changed = request->stored ? catalog_parse(text, &request->err) : NULL;
    uint64_t newest =
        request->version > definitions->version ? request->version : definitions->version;
    request->next_version = newest + 1;
    if (!request->changed || !request->edit(request->changed, request->next_version, is_first,
                                            request->edit_arg, &request->err)) {
        finish(request);
    } else if (!is_first && prints_the_same(request->stored, request->changed)) {
        apply(request, request->changed, request->version);
    } else {
        prepare_start(definitions->datasets->shards, definitions->datasets->handles,
                      request->stored, request->changed, on_prepared, request);
    }
}

/* ---- Rebuilding ---- */

static void take_text(struct request *request, struct slice text);

static void
on_rebuilt(void *arg, enum rebuild_outcome outcome, const struct error *err)
{
    struct request *request = arg;
    switch (outcome) {
    case REBUILD_FAILED:
        fail(request, err);
        finish(request);
        break;
    case REBUILD_NEVER_WAS: take_text(request, slice_lit("")); break;
    case REBUILD_READ_AGAIN: request_read(request); break;
    }
}

static void
rebuild(struct request *request, struct slice text, bool is_gone, const struct error *why)
{
    const struct definitions *definitions = request->definitions;
    struct strbuf ours;
    strbuf_init(&ours);
    struct rebuild_request asked = {
        .stored_version = request->version, .damaged = text, .is_gone = is_gone, .why = *why};
    if (definitions->is_read) {
        catalog_print(definitions->datasets->catalog, &ours);
        asked.known_version = definitions->version;
    }
    asked.known = strbuf_slice(&ours);
    rebuild_start(definitions->datasets->shards, &asked, on_rebuilt, request);
    strbuf_fini(&ours);
}

/* True: the store is no hash, and its rebuilding was started. */
static bool
is_damaged(struct request *request, const struct resp_value *reply)
{
    struct error why = {"", ""};
    if (!resp_value_is_error(reply, "WRONGTYPE")) {
        return false;
    }
    request->version = 0;
    error_set(&why, "ERR", "%s at %s is damaged: it is no hash", store_key(),
              store_shard_name(request->definitions->datasets->shards));
    rebuild(request, slice_lit(""), false, &why);
    return true;
}

static bool
text_is_damaged(struct request *request, struct slice text)
{
    const char *name = store_shard_name(request->definitions->datasets->shards);
    struct error odd = {"", ""}, why = {"", ""};
    struct catalog *catalog = catalog_parse(text, &odd);
    bool is_gone = catalog && !request->version && !text.len;
    if (catalog && !is_gone) {
        catalog_free(catalog);
        return false;
    }
    catalog_free(catalog);
    if (is_gone) {
        error_set(&why, "ERR", "%s is gone from %s", store_key(), name);
    } else {
        error_set(&why, "ERR", "%s at %s is damaged: %s", store_key(), name, odd.message);
    }
    rebuild(request, text, is_gone, &why);
    return true;
}

/* ---- What was read ---- */

static void
on_read(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct request *request = arg;
    struct definitions *definitions = request->definitions;
    struct slice text;
    if (shards_are_closing(definitions->datasets->shards)) {
        return;
    }
    if (err) {
        fail(request, err);
    }
    if (!err && is_damaged(request, reply)) {
        return;
    }
    if (err || !take_hash(request, reply, &text)) {
        finish(request);
        return;
    }
    bool is_to_be_read = request->edit || request->version != definitions->version;
    bool is_missing = request->version == 0 && text.len == 0;
    bool is_rewritten = is_missing && definitions->is_read;
    if (!is_rewritten && is_to_be_read && text_is_damaged(request, text)) {
        return;
    }
    take_text(request, text);
}

/* Decides what to do next by what was read, or by its absence. */
static void
take_text(struct request *request, struct slice text)
{
    struct definitions *definitions = request->definitions;
    if (request->version == 0 && definitions->is_read && request->edit != edit_restore) {
        definitions_restore(definitions->datasets);
        error_set(&request->err, "SHARDDOWN", "%s is gone from %s and is being written again",
                  store_key(), store_shard_name(definitions->datasets->shards));
        finish(request);
    } else if (request->edit) {
        change(request, text);
    } else if (request->version == definitions->version) {
        finish(request);
    } else {
        request->stored = catalog_parse(text, &request->err);
        if (request->stored) {
            apply(request, request->stored, request->version);
        } else {
            finish(request);
        }
    }
}

static void
request_read(struct request *request)
{
    struct definitions *definitions = request->definitions;
    request_forget(request);
    if (!store_read(definitions->datasets->shards, on_read, request, &request->err)) {
        finish(request);
    }
}

/* ---- Writing ---- */

static void
on_written(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct request *request = arg;
    const struct shards *shards = request->definitions->datasets->shards;
    const char *name = store_shard_name(shards);
    int64_t written = 0;
    if (shards_are_closing(shards)) {
        return;
    }
    if (err) {
        fail(request, err);
    } else if (!reply_is_error(reply, name, &request->err) && !reply_int(reply, &written)) {
        (void) reply_misshapen(name, "a script", &request->err);
    }
    if (error_is_set(&request->err)) {
        finish(request);
    } else if (written == 1) {
        apply(request, request->changed, request->next_version);
    } else if (++request->tries < MOST_TRIES) {
        request_read(request);
    } else {
        error_set(&request->err, "ERR", "other servers kept changing the datasets: try again");
        finish(request);
    }
}

static void
on_prepared(void *arg, const struct error *err)
{
    struct request *request = arg;
    struct strbuf text;
    if (err) {
        fail(request, err);
        finish(request);
        return;
    }
    strbuf_init(&text);
    catalog_print(request->changed, &text);
    bool sent =
        store_write(request->definitions->datasets->shards, request->version, request->next_version,
                    strbuf_slice(&text), on_written, request, &request->err);
    strbuf_fini(&text);
    if (!sent) {
        finish(request);
    }
}

/* ---- At the start, and once a second ---- */

static bool
edit_merge(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    const struct definitions *definitions = arg;
    const struct datasets_settings *settings = definitions->datasets->settings;
    return catalog_merge(catalog, settings->wishes, settings->nwishes, is_first, version, err);
}

static void
on_merged(void *arg, const struct error *err)
{
    struct definitions *definitions = arg;
    error_clear(&definitions->why);
    if (err) {
        definitions->why = *err;
        return;
    }
    definitions->is_known = true;
    column_index_tell_arrived(definitions->datasets->shards, definitions->datasets->catalog);
}

static void
on_version(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct definitions *definitions = arg;
    int64_t version = 0;
    if (shards_are_closing(definitions->datasets->shards)) {
        return;
    }
    definitions->is_polling = false;
    bool is_damage = !err && resp_value_is_error(reply, "WRONGTYPE");
    if (is_damage) {
        request_add(definitions, NULL, NULL, NULL, NULL);
    } else if (!err && reply->type != VALUE_ERROR &&
               (!slice_to_int64(reply_text(reply), &version) ||
                (uint64_t) version != definitions->version)) {
        request_add(definitions, NULL, NULL, NULL, NULL);
    }
}

static bool
is_work_under_way(const struct datasets *datasets)
{
    for (size_t i = 0; i < catalog_count(datasets->catalog); i++) {
        if (catalog_at(datasets->catalog, i)->state != DATASET_LIVE) {
            return true;
        }
    }
    return false;
}

static void
poll_version(struct definitions *definitions)
{
    struct error ignored = {"", ""};
    definitions->is_polling =
        store_read_version(definitions->datasets->shards, on_version, definitions, &ignored);
}

void
definitions_await_others(struct datasets *datasets, definitions_done_fn *done, void *arg)
{
    const struct definitions *definitions = datasets->definitions;
    peers_await(definitions->peers, definitions->version, done, arg);
}

void
definitions_tick(struct definitions *definitions, int64_t now)
{
    if (peers_tick(definitions->peers, now) && !definitions->requests) {
        request_add(definitions, NULL, NULL, NULL, NULL);
    }
    bool is_due = now - definitions->asked_ms >= (definitions->is_known ? POLL_MS : RETRY_MS);
    if (is_due && !definitions->requests && !definitions->is_polling) {
        definitions->asked_ms = now;
        if (!definitions->is_known) {
            request_add(definitions, edit_merge, definitions, on_merged, definitions);
        } else if (is_work_under_way(definitions->datasets)) {
            request_add(definitions, NULL, NULL, NULL, NULL);
        } else {
            poll_version(definitions);
        }
    }
}

/* ---- Life ---- */

struct definitions *
definitions_new(struct datasets *datasets)
{
    struct definitions *definitions = must_alloc(sizeof *definitions);
    definitions->datasets = datasets;
    definitions->last = &definitions->requests;
    definitions->peers = peers_new(datasets->shards);
    return definitions;
}

/* Tells requests to change that the server ends, so that they free what they have. */
static void
tell_closing(struct request *request)
{
    struct error closing = {"", ""};
    error_set(&closing, "SHARDDOWN", "the server is ending");
    if (request->edit && request->waits->done) {
        request->waits->done(request->waits->arg, &closing);
    }
}

void
definitions_free(struct definitions *definitions)
{
    if (!definitions) {
        return;
    }
    while (definitions->requests) {
        struct request *request = definitions->requests;
        definitions->requests = request->next;
        tell_closing(request);
        request_free(request);
    }
    peers_free(definitions->peers);
    free(definitions);
}

bool
definitions_are_known(const struct datasets *datasets, struct error *why)
{
    const struct definitions *definitions = datasets->definitions;
    if (definitions->is_known) {
        return true;
    }
    const struct shard *home = NULL;
    if (error_is_set(&definitions->why)) {
        *why = definitions->why;
    } else if ((home = topology_owner(datasets->shards, store_slot(), why)) &&
               shard_is_ready(home, why)) {
        error_set(why, "SHARDDOWN", "the datasets have not been read from %s yet",
                  store_shard_name(datasets->shards));
    }
    return false;
}

bool
definitions_are_read(const struct datasets *datasets)
{
    return datasets->definitions->is_read;
}
