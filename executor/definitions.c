/*
 * Definitions: reading the catalog out of a shard, and writing it.
 * in: edits, and the hash quipu:catalog; out: the executor's struct catalog, kept as the hash is.
 *
 * Requests are carried out one after the other:
 *
 *     READING --nothing to change--> (apply) --> CHECKING --> over
 *        |                                          shards are held against datasets new to us
 *        | edit
 *        v
 *     PREPARING --each new dataset: indexes made or found impossible, layouts checked,
 *        ^        partitions marked--> WRITING --> (apply) ...
 *        |                               |
 *        +--- another server was first --+
 *
 * A callback records what came and goes on; finish() is the only way out.
 */
#include "executor/definitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/catalog_copies.h"
#include "executor/column_index.h"
#include "executor/dataset_mark.h"
#include "executor/datasets_parts.h"
#include "executor/layout.h"
#include "executor/scatter.h"
#include "executor/shard_reply.h"
#include "executor/slot_call.h"
#include "executor/topology.h"
#include "net/resp_value.h"
#include "planner/catalog_text.h"

static const char KEY[] = "quipu:catalog";

enum {
    POLL_MS = 1000,
    RETRY_MS = 100,   /* until the catalog has first been read */
    OTHERS_MS = 2500, /* in which a server that is there has asked for the version */
    OTHERS_POLL_MS = 50,
    MOST_TRIES = 50 /* against other servers' changes */
};

struct definitions_wait {
    struct definitions_wait *next;
    definitions_done_fn *done; /* NULL: cancelled, or nobody cares */
    void *arg;
};

/* What is asked for: to read, or to read and change. */
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
    size_t preparing; /* datasets of changed that are done */
    struct handle *marking;
    size_t nchecks;       /* under way */
    struct strbuf damage; /* the catalog's text, where that means nothing */
    struct error damaged; /* set: why it has to be rebuilt */
    struct error err;
};

/* A change that others are to know before it is answered. */
struct awaiting {
    struct awaiting *next;
    uint64_t version;
    int64_t until_ms;
    definitions_done_fn *done;
    void *arg;
};

struct definitions {
    struct datasets *datasets;
    char id[17];              /* ours, among the servers */
    uint64_t slowest;         /* version that one of the others knows; UINT64_MAX: there are none */
    uint64_t forgotten_below; /* who knows less is taken off the list */
    struct awaiting *awaiting;
    int64_t looked_ms;
    struct request *requests, **last; /* the first one is being carried out */
    uint64_t version;
    bool is_read, is_known;
    bool is_polling;
    bool is_starting; /* the first request, when the loop comes round */
    int64_t asked_ms;
    uint64_t beats;   /* said so far */
    struct error why; /* why it is not known */
};

static void start_next(struct definitions *definitions);
static void request_read(struct request *request);
static void take_text(struct request *request, struct slice text);

/* ---- Requests ---- */

static void
request_forget(struct request *request)
{
    catalog_free(request->stored);
    catalog_free(request->changed);
    handle_release(request->marking);
    request->stored = request->changed = NULL;
    request->marking = NULL;
    request->preparing = 0;
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
    strbuf_fini(&request->damage);
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
    /* Whoever is called may cancel another wait: that one stays in the list until all were. */
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
    /* Who wants to read joins another that waits for its turn. */
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
    strbuf_init(&request->damage);
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

static unsigned
home_slot(void)
{
    return crc16(slice_str(KEY)) % CLUSTER_SLOTS;
}

static const char *
home_name(const struct definitions *definitions)
{
    return shards_owner_name(definitions->datasets->shards, home_slot());
}

/* A command on the hash; is_safe: it may be carried out twice. */
static bool
home_call(const struct definitions *definitions, bool is_safe, const struct slice *args,
          size_t nargs, reply_fn *fn, void *arg, struct error *err)
{
    const struct slot_target target = {
        .slot = home_slot(), .lane = LANE_COUNTS, .is_safe = is_safe};
    return slot_call(definitions->datasets->shards, &target, args, nargs, fn, arg, err);
}

static void
on_dropped_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    (void) arg, (void) reply, (void) err;
}

/* One whose outcome does not matter. */
static void
home_tell(const struct definitions *definitions, const struct slice *args, size_t nargs)
{
    struct error ignored = {"", ""};
    (void) !home_call(definitions, true, args, nargs, on_dropped_reply, NULL, &ignored);
}

static void
on_checked(void *arg, const struct error *err)
{
    struct request *request = arg;
    struct datasets *datasets = request->definitions->datasets;
    /* A shard of another layout says so itself, when it is greeted again. */
    for (size_t i = 0; err && strcmp(err->code, "ERR") == 0 && i < shards_count(datasets->shards);
         i++) {
        shard_greet_again(shards_at(datasets->shards, i));
    }
    if (--request->nchecks == 0) {
        finish(request);
    }
}

/* The shards that are up are held against the datasets; the others will be when they come. */
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

/* Tells the other servers which version is known here. */
static void
tell_version(struct definitions *definitions)
{
    char field[32], version[24];
    snprintf(field, sizeof field, "server:%s", definitions->id);
    snprintf(version, sizeof version, "%llu", (unsigned long long) definitions->version);
    struct slice args[] = {slice_lit("HSET"), slice_str(KEY), slice_str(field), slice_str(version)};
    home_tell(definitions, args, 4);
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

/* The catalog becomes what the shards hold, in one step: from here on names mean what they say. */
static void
apply(struct request *request, const struct catalog *catalog, uint64_t version)
{
    struct definitions *definitions = request->definitions;
    struct datasets *datasets = definitions->datasets;
    catalog_update(datasets->catalog, catalog);
    definitions->version = version;
    definitions->is_read = true;
    handles_sync(datasets->handles);
    tell_version(definitions);
    tell_copies(definitions);
    check_shards(request);
}

/* ---- Reading ---- */

/* How far another server is; one that was waited for in vain is forgotten. */
static void
take_server(struct definitions *definitions, struct slice name, struct slice id, struct slice value)
{
    int64_t version;
    if (slice_equal(id, slice_str(definitions->id)) || !slice_to_int64(value, &version)) {
        return;
    }
    if ((uint64_t) version < definitions->forgotten_below) {
        struct slice args[] = {slice_lit("HDEL"), slice_str(KEY), name};
        home_tell(definitions, args, 3);
    } else if ((uint64_t) version < definitions->slowest) {
        definitions->slowest = (uint64_t) version;
    }
}

static void
take_beat(struct datasets *datasets, struct slice name, struct slice beat)
{
    for (struct handle *dataset = handles_first(datasets->handles); dataset;
         dataset = dataset->next) {
        if (!slice_equal(dataset->dataset->name, name) || slice_equal(dataset->beat, beat)) {
            continue;
        }
        free((char *) dataset->beat.ptr);
        char *copy = must_alloc(beat.len + 1); /* it may hold any byte */
        memcpy(copy, beat.ptr, beat.len);
        dataset->beat = slice_of(copy, beat.len);
        dataset->beat_ms = now_ms();
        unsigned long long since;
        int percent;
        char text[64] = "";
        memcpy(text, beat.ptr, beat.len < sizeof text ? beat.len : sizeof text - 1);
        if (sscanf(text, "%llu %d", &since, &percent) == 2 && since == dataset->dataset->since &&
            percent >= 0 && percent <= 100) {
            dataset->percent = percent;
        }
    }
}

/* True where the reply is the hash; text is empty where there is none. */
static bool
take_hash(struct request *request, const struct resp_value *reply, struct slice *text)
{
    static const char BEAT[] = "beat:", SERVER[] = "server:";
    struct definitions *definitions = request->definitions;
    *text = slice_lit("");
    request->version = 0;
    definitions->slowest = UINT64_MAX;
    if (reply_is_error(reply, home_name(definitions), &request->err)) {
        return false;
    }
    if (!reply_is_texts(reply) || reply_count(reply) % 2) {
        return reply_misshapen(home_name(definitions), "HGETALL", &request->err);
    }
    for (size_t i = 0; i < reply_count(reply); i += 2) {
        struct slice name = reply_text(reply_at(reply, i));
        struct slice value = reply_text(reply_at(reply, i + 1));
        int64_t n;
        if (slice_equal(name, slice_lit("version")) && slice_to_int64(value, &n) && n > 0) {
            request->version = (uint64_t) n;
        } else if (slice_equal(name, slice_lit("definitions"))) {
            *text = value;
        } else if (slice_starts_with(name, slice_str(SERVER))) {
            take_server(definitions, name,
                        slice_of(name.ptr + strlen(SERVER), name.len - strlen(SERVER)), value);
        } else if (slice_starts_with(name, slice_str(BEAT))) {
            take_beat(definitions->datasets,
                      slice_of(name.ptr + strlen(BEAT), name.len - strlen(BEAT)), value);
        }
    }
    definitions->forgotten_below = 0;
    return true;
}

static void prepare(struct request *request);

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

/* The shard has lost what it was told, its file with it perhaps: we still know. */
static bool
edit_restore(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    struct definitions *definitions = arg;
    (void) version, (void) err;
    if (is_first) {
        log_write(shards_log(definitions->datasets->shards), LOG_WARNING,
                  "%s is gone from %s: the definitions are written again", KEY,
                  home_name(definitions));
        catalog_update(catalog, definitions->datasets->catalog);
    }
    return true;
}

void
definitions_restore(struct datasets *datasets)
{
    request_add(datasets->definitions, edit_restore, datasets->definitions, NULL, NULL);
}

/* What was read is to be changed. */
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
        prepare(request);
    }
}

/* What a script says that writes the catalog. False: the request is at its end. */
static bool
written_read(struct request *request, const struct resp_value *reply, const struct error *err,
             int64_t *written)
{
    struct definitions *definitions = request->definitions;
    if (shards_are_closing(definitions->datasets->shards)) {
        return false;
    }
    bool ok = false;
    if (err) {
        fail(request, err);
    } else if (!reply_is_error(reply, home_name(definitions), &request->err)) {
        ok = reply_int(reply, written) ||
             reply_misshapen(home_name(definitions), "a script", &request->err);
    }
    if (!ok) {
        finish(request);
    }
    return ok;
}

/* ---- Rebuilding ---- */

static void
on_rebuilt(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct request *request = arg;
    struct definitions *definitions = request->definitions;
    int64_t written;
    if (!written_read(request, reply, err, &written)) {
        return;
    }
    if (written) {
        bool was_there = strcmp(request->damaged.code, "GONE") != 0;
        log_write(shards_log(definitions->datasets->shards), LOG_WARNING,
                  "%s: the definitions were rebuilt%s%s", request->damaged.message,
                  was_there ? "; what was there is now " : "",
                  was_there ? "quipu:damaged{quipu:catalog}" : "");
    }
    error_clear(&request->damaged);
    request_read(request);
}

/* What is known here is as good as a copy. */
static void
on_copies(void *arg, uint64_t version, struct slice text, const struct error *err)
{
    struct request *request = arg;
    struct definitions *definitions = request->definitions;
    struct datasets *datasets = definitions->datasets;
    struct strbuf ours;
    if (shards_are_closing(datasets->shards)) {
        return;
    }
    bool is_gone = strcmp(request->damaged.code, "GONE") == 0;
    strbuf_init(&ours);
    if (!err && definitions->is_read && definitions->version >= version) {
        catalog_print(datasets->catalog, &ours);
        version = definitions->version;
        text = strbuf_slice(&ours);
    }
    if (err) {
        fail(request, err);
        finish(request);
    } else if (version == 0 && is_gone) {
        take_text(request, slice_lit("")); /* there never was one */
    } else if (version == 0 || version < request->version) {
        error_set(&request->err, "ERR",
                  "%s, and no shard has a copy as new as it: rename the key, and make the datasets "
                  "again by DATASET CREATE; rows are not lost by that",
                  request->damaged.message);
        finish(request);
    } else if (!catalog_rewrite(datasets->shards, version, text, strbuf_slice(&request->damage),
                                on_rebuilt, request, &request->err)) {
        finish(request);
    }
    strbuf_fini(&ours);
}

static void
rebuild(struct request *request, struct slice text)
{
    strbuf_clear(&request->damage);
    strbuf_append(&request->damage, text);
    if (!catalog_copies_read(request->definitions->datasets->shards, on_copies, request,
                             &request->err)) {
        finish(request);
    }
}

/* True where it is not what it should be, and something is done about it. */
static bool
is_damaged(struct request *request, const struct resp_value *reply)
{
    struct definitions *definitions = request->definitions;
    if (!resp_value_is_error(reply, "WRONGTYPE")) {
        return false;
    }
    request->version = 0;
    error_clear(&request->damaged);
    error_set(&request->damaged, "ERR", "%s at %s is damaged: it is no hash", KEY,
              home_name(definitions));
    rebuild(request, slice_lit(""));
    return true;
}

static bool
text_is_damaged(struct request *request, struct slice text)
{
    struct error why = {"", ""};
    struct catalog *catalog = catalog_parse(text, &why);
    if (catalog && (request->version || text.len)) {
        catalog_free(catalog);
        return false;
    }
    catalog_free(catalog);
    error_clear(&request->damaged);
    if (catalog) {
        error_set(&request->damaged, "GONE", "%s is gone from %s", KEY,
                  home_name(request->definitions));
    } else {
        error_set(&request->damaged, "ERR", "%s at %s is damaged: %s", KEY,
                  home_name(request->definitions), why.message);
    }
    rebuild(request, text);
    return true;
}

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

/* What was read, or is not there, decides what is to be done. */
static void
take_text(struct request *request, struct slice text)
{
    struct definitions *definitions = request->definitions;
    if (request->version == 0 && definitions->is_read && request->edit != edit_restore) {
        definitions_restore(definitions->datasets);
        error_set(&request->err, "SHARDDOWN", "%s is gone from %s and is being written again", KEY,
                  home_name(definitions));
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
    struct slice args[] = {slice_lit("HGETALL"), slice_str(KEY)};
    request_forget(request);
    if (!home_call(definitions, true, args, 2, on_read, request, &request->err)) {
        finish(request);
    }
}

/* ---- Preparing: shards and partitions learn of a dataset before the catalog has it ---- */

static void
on_marked(void *arg, const struct error *err)
{
    struct request *request = arg;
    handle_release(request->marking);
    request->marking = NULL;
    if (err) {
        fail(request, err);
        finish(request);
        return;
    }
    request->preparing++;
    prepare(request);
}

static void
mark(struct request *request)
{
    const struct dataset *dataset = catalog_at(request->changed, request->preparing);
    bool has_partitions = !dataset_is_columns(dataset);
    if (dataset->born == 0 || dataset->state != DATASET_LIVE || !has_partitions) {
        request->preparing++;
        prepare(request);
        return;
    }
    request->marking = handle_new(request->definitions->datasets->handles, dataset);
    if (!dataset_mark(request->definitions->datasets->shards, request->marking, DATASET_LIVE,
                      dataset->since, 0, on_marked, request, &request->err)) {
        finish(request);
    }
}

static void
on_layout(void *arg, const struct error *err)
{
    struct request *request = arg;
    if (err) {
        fail(request, err);
    }
    if (--request->nchecks > 0) {
        return;
    }
    if (error_is_set(&request->err)) {
        finish(request);
    } else {
        mark(request);
    }
}

static bool
is_new(const struct request *request, const struct dataset *dataset)
{
    const struct dataset *had = catalog_own_name(request->stored, dataset->name);
    return !had || had->born != dataset->born;
}

static void write_changed(struct request *request);

static void
check_layouts(struct request *request)
{
    struct datasets *datasets = request->definitions->datasets;
    const struct dataset *dataset = catalog_at(request->changed, request->preparing);
    request->nchecks = 1;
    for (size_t i = 0; i < shards_count(datasets->shards) && !shards_is_cluster(datasets->shards) &&
                       !error_is_set(&request->err);
         i++) {
        request->nchecks +=
            layout_check(datasets->shards, i, dataset, on_layout, request, &request->err);
    }
    on_layout(request, NULL);
}

/*
 * `auto` is columns where every shard has the module, for as long as the dataset lives: rows are
 * stored in another way.
 */
static void
on_indexes(void *arg, const struct error *err)
{
    struct request *request = arg;
    struct datasets *datasets = request->definitions->datasets;
    struct slice name = catalog_at(request->changed, request->preparing)->name;
    struct dataset *dataset = catalog_own_name(request->changed, name);
    bool has_none = err && strcmp(err->code, "NOMODULE") == 0;
    struct error ignored = {"", ""};
    if (err && !(has_none && dataset->method == METHOD_AUTO)) {
        error_set(&request->err, has_none ? "ERR" : err->code, "%s%s",
                  has_none ? "method columns: " : "", err->message);
        finish(request);
        return;
    }
    if (err) {
        (void) !column_index_drop(datasets->shards, dataset, NULL, NULL, &ignored);
    }
    dataset->method = err ? METHOD_SETS : METHOD_COLUMNS;
    check_layouts(request);
}

static void
prepare(struct request *request)
{
    struct catalog *changed = request->changed;
    while (request->preparing < catalog_count(changed) &&
           !is_new(request, catalog_at(changed, request->preparing))) {
        request->preparing++;
    }
    if (request->preparing == catalog_count(changed)) {
        write_changed(request);
        return;
    }
    const struct dataset *dataset = catalog_at(changed, request->preparing);
    if (dataset->method == METHOD_SETS || dataset->state != DATASET_LIVE) {
        check_layouts(request);
    } else if (!column_index_create(request->definitions->datasets->shards, dataset, on_indexes,
                                    request, &request->err)) {
        finish(request);
    }
}

/* ---- Writing ---- */

static void
on_written(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct request *request = arg;
    int64_t written;
    if (!written_read(request, reply, err, &written)) {
        return;
    }
    if (written == 1) {
        apply(request, request->changed, request->next_version);
    } else if (++request->tries < MOST_TRIES) {
        request_read(request);
    } else {
        error_set(&request->err, "ERR", "other servers kept changing the datasets: try again");
        finish(request);
    }
}

static void
write_changed(struct request *request)
{
    struct definitions *definitions = request->definitions;
    struct arena *arena = arena_new();
    struct strbuf text;
    strbuf_init(&text);
    catalog_print(request->changed, &text);
    struct slice key = slice_str(KEY);
    const struct slot_target target = {.slot = home_slot(), .lane = LANE_COUNTS};
    struct slice args[] = {
        arena_printf(arena, "%llu", (unsigned long long) request->version),
        arena_printf(arena, "%llu", (unsigned long long) request->next_version),
        strbuf_slice(&text),
    };
    bool sent = slot_call_script(definitions->datasets->shards, &target, SCRIPT_CATALOG, &key, 1,
                                 args, 3, on_written, request, &request->err);
    strbuf_fini(&text);
    arena_free(arena);
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
    struct slice args[] = {slice_lit("HGET"), slice_str(KEY), slice_lit("version")};
    struct error ignored = {"", ""};
    definitions->is_polling =
        home_call(definitions, true, args, 3, on_version, definitions, &ignored);
}

/* Looks whether those who are waited for know by now. */
static void
look_at_others(struct definitions *definitions, int64_t now)
{
    struct awaiting **link = &definitions->awaiting;
    bool is_looking = false;
    while (*link) {
        struct awaiting *awaiting = *link;
        bool is_late = now >= awaiting->until_ms;
        if (definitions->slowest < awaiting->version && !is_late) {
            is_looking = true;
            link = &awaiting->next;
            continue;
        }
        if (definitions->slowest < awaiting->version) {
            definitions->forgotten_below = awaiting->version;
        }
        *link = awaiting->next;
        awaiting->done(awaiting->arg, NULL);
        free(awaiting);
    }
    if ((is_looking || definitions->forgotten_below) &&
        now - definitions->looked_ms >= OTHERS_POLL_MS && !definitions->requests) {
        definitions->looked_ms = now;
        request_add(definitions, NULL, NULL, NULL, NULL);
    }
}

void
definitions_await_others(struct datasets *datasets, definitions_done_fn *done, void *arg)
{
    struct definitions *definitions = datasets->definitions;
    struct awaiting *awaiting = must_alloc(sizeof *awaiting);
    *awaiting = (struct awaiting){definitions->awaiting, definitions->version, now_ms() + OTHERS_MS,
                                  done, arg};
    definitions->awaiting = awaiting;
}

void
definitions_tick(struct definitions *definitions, int64_t now)
{
    look_at_others(definitions, now);
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

/* ---- Beats ---- */

void
definitions_beat(struct datasets *datasets, const struct dataset *dataset, int percent)
{
    struct definitions *definitions = datasets->definitions;
    struct arena *arena = arena_new();
    struct slice args[] = {percent < 0 ? slice_lit("HDEL") : slice_lit("HSET"), slice_str(KEY),
                           arena_printf(arena, "beat:%.*s", SLICE_ARG(dataset->name)),
                           arena_printf(arena, "%llu %d %llu", (unsigned long long) dataset->since,
                                        percent, (unsigned long long) definitions->beats++)};
    home_tell(definitions, args, percent < 0 ? 3 : 4);
    arena_free(arena);
}

/* ---- Life ---- */

static void
id_make(char id[17])
{
    unsigned char bytes[8] = {0};
    (void) !getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    }
}

struct definitions *
definitions_new(struct datasets *datasets)
{
    struct definitions *definitions = must_alloc(sizeof *definitions);
    definitions->datasets = datasets;
    definitions->last = &definitions->requests;
    definitions->slowest = UINT64_MAX;
    id_make(definitions->id);
    return definitions;
}

/* Who wants to change something is of the executor's own, and frees what it has. */
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
    while (definitions->awaiting) {
        struct awaiting *awaiting = definitions->awaiting;
        definitions->awaiting = awaiting->next;
        awaiting->done(awaiting->arg, NULL);
        free(awaiting);
    }
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
    } else if ((home = topology_owner(datasets->shards, home_slot(), why)) &&
               shard_is_ready(home, why)) {
        error_set(why, "SHARDDOWN", "the datasets have not been read from %s yet",
                  home_name(definitions));
    }
    return false;
}

bool
definitions_are_read(const struct datasets *datasets)
{
    return datasets->definitions->is_read;
}
