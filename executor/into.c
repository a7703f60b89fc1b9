/*
 * Writes an answer into a hash, a piece at a time. in: an answer and a key; out: the hash, and how
 * many fields it has.
 *
 *     (start) --the loop's next turn--> piece --reply--> piece ... --reply--> last piece --reply--> done
 *
 * A piece is small, so that the shard does other work between two of them. At each arrow the work
 * may end with an error, or because it was cancelled; then the temporary hash is removed. If this
 * server dies, the hash expires.
 *
 * Example: 2,500 cells are two pieces of 1,000 fields, and a last one of 500.
 */
#include "executor/into.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "answer/format_hash.h"
#include "base/must.h"
#include "base/slot.h"
#include "executor/datasets/keyspace.h"
#include "executor/executor_parts.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"
#include "net/resp_value.h"

enum {
    PIECE_FIELDS = 1000,
    PIECE_BYTES = 256 * 1024, /* a piece ends with the field that reaches it */
    LIFE_MS = 60000,          /* of the temporary hash, from piece to piece */
    NFIXED_ARGS = 2
};

struct into {
    struct executor *executor;
    struct arena *arena; /* names */
    struct slice key, temporary;
    int64_t seconds;
    unsigned slot;
    struct strbuf bytes; /* all records, labels and leaf by turns */
    size_t *ends;        /* where each record ends in bytes */
    size_t nfields, nsent;
    struct error refused; /* by into_refuse, or while records were made; else no error */
    bool is_over;         /* cancelled: it is freed when the next callback comes */
    into_done_fn *done;
    void *arg;
};

bool
into_check(const struct executor *executor, struct slice key, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct dataset *dataset = catalog_by_row(executor->catalog, key);
    if (dataset) {
        return error_set(err, "ERR", "INTO %s would make a row of dataset %.*s: take another key",
                         error_quote(quoted, key), SLICE_ARG(dataset->name));
    }
    if (keyspace_is_reserved(executor->datasets, key)) {
        return error_set(err, "ERR", "key %s is one of Quipu's own", error_quote(quoted, key));
    }
    return keyspace_survives_drop(executor->datasets, key, err);
}

/* -- the end ----------------------------------------------------------------------------------- */

static void
into_free(struct into *into)
{
    strbuf_fini(&into->bytes);
    free(into->ends);
    arena_free(into->arena);
    free(into);
}

static void
on_removed(void *arg, const struct resp_value *reply, const struct error *err)
{
    (void) arg, (void) reply, (void) err; /* if it is still there, it expires */
}

/* Removes what was written so far. */
static void
temporary_remove(const struct into *into)
{
    const struct slot_target target = {.slot = into->slot, .lane = LANE_COUNTS};
    const struct slice words[] = {SLICE_LIT("UNLINK"), into->temporary};
    struct error ignored = {"", ""};
    if (into->nsent > 0 && !shards_are_closing(into->executor->shards)) {
        (void) !slot_call(into->executor->shards, &target, words, 2, on_removed, NULL, &ignored);
    }
}

static void
finish(struct into *into, const struct error *err)
{
    struct error told = err ? *err : (struct error){"", ""};
    into_done_fn *done = into->done;
    void *arg = into->arg;
    uint64_t ncells = into->nfields;
    bool is_over = into->is_over;
    if (err) {
        temporary_remove(into);
    }
    into_free(into); /* first: done may start another query */
    if (!is_over) {
        done(arg, err ? 0 : ncells, err ? &told : NULL);
    }
}

/* -- pieces ------------------------------------------------------------------------------------ */

static void send_piece(struct into *into);

/* Errors in whose words a shard refuses any write stay as they are. */
static bool
is_refusal(const struct resp_value *reply, struct error *err)
{
    static const char *const CODES[] = {"READONLY", "OOM", "MISCONF", "NOREPLICAS"};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (resp_value_is_error(reply, CODES[i])) {
            size_t skip = strlen(CODES[i]) + 1;
            struct slice text = reply->text;
            text = text.len > skip ? slice_of(text.ptr + skip, text.len - skip) : slice_lit("");
            (void) error_set(err, CODES[i], "%.*s", SLICE_ARG(text));
            return true;
        }
    }
    return false;
}

/* True: the script has written the piece. */
static bool
reply_check(const struct into *into, const struct resp_value *reply, struct error *err)
{
    const char *shard = shards_owner_name(into->executor->shards, into->slot);
    char quoted[ERROR_QUOTE_BYTES];
    int64_t nfields;
    if (resp_value_is_error(reply, "TWICE")) {
        return error_set(err, "ERR",
                         "two cells have the same labels, and a hash has one field for both: give "
                         "the positions other names by AS");
    }
    if (resp_value_is_error(reply, "LOST")) {
        return error_set(err, "SHARDDOWN", "shard %s has lost a part of what INTO %s writes", shard,
                         error_quote(quoted, into->key));
    }
    return !is_refusal(reply, err) && !reply_is_error(reply, shard, err) &&
           ((reply_int(reply, &nfields) && nfields == (int64_t) into->nsent) ||
            reply_misshapen(shard, "EVALSHA", err));
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct into *into = arg;
    struct error wrong = {"", ""};
    if (err) {
        finish(into, err);
    } else if (!reply_check(into, reply, &wrong)) {
        finish(into, &wrong);
    } else if (into->nsent == into->nfields) {
        finish(into, NULL);
    } else {
        send_piece(into);
    }
}

/* How many fields the next piece has. */
static size_t
piece_length(const struct into *into)
{
    size_t first = into->nsent, n = 0, start = first ? into->ends[2 * first - 1] : 0;
    while (first + n < into->nfields && n < PIECE_FIELDS &&
           (n == 0 || into->ends[2 * (first + n) - 1] - start < PIECE_BYTES)) {
        n++;
    }
    return n;
}

/* Record i of all: a field or its value. */
static struct slice
record_at(const struct into *into, size_t i)
{
    size_t start = i ? into->ends[i - 1] : 0;
    return slice_of(into->bytes.ptr + start, into->ends[i] - start);
}

static void
send_piece(struct into *into)
{
    struct error err = into->refused;
    if (into->is_over || error_is_set(&err)) {
        finish(into, &err);
        return;
    }
    size_t n = piece_length(into), before = into->nsent;
    bool is_last = before + n == into->nfields;
    struct arena *arena = arena_new();
    struct slice *args = arena_array(arena, NFIXED_ARGS + 2 * n, sizeof *args);
    args[0] = arena_printf(arena, "%zu", before);
    args[1] = arena_printf(arena, "%lld", is_last ? (long long) into->seconds : LIFE_MS);
    for (size_t i = 0; i < 2 * n; i++) {
        args[NFIXED_ARGS + i] = record_at(into, 2 * before + i);
    }
    into->nsent += n;
    const struct slice keys[] = {into->temporary, into->key};
    const struct slot_target target = {.slot = into->slot, .lane = LANE_COUNTS};
    if (!slot_call_script(into->executor->shards, &target, SCRIPT_INTO, keys, is_last ? 2 : 1, args,
                          NFIXED_ARGS + 2 * n, on_reply, into, &err)) {
        finish(into, &err);
    }
    arena_free(arena);
}

/* -- the start --------------------------------------------------------------------------------- */

static void
record_end(struct into *into, size_t i, size_t *capacity)
{
    into->ends = must_room(into->ends, i, capacity, sizeof *into->ends);
    into->ends[i] = into->bytes.len;
}

/* Writes the cells down now: the answer may be gone when the next piece is sent. */
static bool
records_make(struct into *into, const struct answer *answer, uint64_t max_bytes, struct error *err)
{
    struct format_hash hash = format_hash_of(answer);
    size_t capacity = 0;
    struct strbuf leaf;
    bool is_small = true;
    strbuf_init(&leaf);
    while (is_small && format_hash_next(&hash, &into->bytes, &leaf)) {
        size_t i = 2 * into->nfields++;
        record_end(into, i, &capacity);
        strbuf_append(&into->bytes, strbuf_slice(&leaf));
        record_end(into, i + 1, &capacity);
        strbuf_clear(&leaf);
        is_small = into->bytes.len <= max_bytes;
    }
    strbuf_fini(&leaf);
    return is_small ||
           error_set(err, "LIMIT", "max-partial-bytes is %llu, and the answer has more to write",
                     (unsigned long long) max_bytes);
}

/* A name of the key's slot that nobody else has. */
static struct slice
temporary_name(struct into *into)
{
    uint64_t number;
    char tag[PARTITION_TAG_BYTES];
    (void) !getrandom(&number, sizeof number, 0);
    handles_slot_tag(into->executor->handles, into->slot, tag);
    return arena_printf(into->arena, "quipu:into:%016llx%s", (unsigned long long) number, tag);
}

static void
on_start(void *arg)
{
    send_piece(arg);
}

struct into *
into_start(struct executor *executor, const struct answer *answer, const struct into_target *target,
           into_done_fn *done, void *arg)
{
    struct into *into = must_alloc(sizeof *into);
    *into = (struct into){.executor = executor,
                          .arena = arena_new(),
                          .seconds = target->seconds,
                          .slot = key_slot(target->key),
                          .done = done,
                          .arg = arg};
    into->key = arena_copy(into->arena, target->key);
    into->temporary = temporary_name(into);
    strbuf_init(&into->bytes);
    /* The key may be a row's by now, or the answer too long: told by on_start. */
    if (into_check(executor, into->key, &into->refused)) {
        (void) !records_make(into, answer, target->max_bytes, &into->refused);
    }
    later_call(executor->later, on_start, into);
    return into;
}

void
into_refuse(struct into *into, const struct error *why)
{
    (void) error_set(&into->refused, why->code, "%s", why->message);
}

void
into_cancel(struct into *into)
{
    into->is_over = true;
}
