/*
 * Copies hashes of another Redis into rows. in: the keys of every master, a SCAN's worth at a
 * time; out: HSET and HLEN for each hash.
 *
 *     there   HGETALL a  PEXPIRETIME a  HGETALL b  ...  SCAN 4711   one round trip for so many keys
 *             HPEXPIRETIME a ...                                  and one more where fields have times
 *     here    HSET a ..  PEXPIREAT a ..  HLEN a  HSET b ..        a window of rows under way
 *
 * A SCAN's cursor is remembered once all rows before it are acknowledged; it is of use only
 * to the process that gave it, so after that one's restart its keys are read from the start.
 *
 * In a cluster a key moves to a master whose SCAN is past it, or is gone from where it was
 * listed: so where slots moved in the meantime, all is read again, until they did not.
 */
#include "tools/copy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/must.h"
#include "tools/connection.h"
#include "tools/cursor_file.h"
#include "tools/origin.h"
#include "tools/progress.h"
#include "tools/sink.h"

enum {
    SAVE_MS = 500,
    MESSAGES_MOST = 20, /* of each kind; further ones are counted only */
    PASSES_MOST = 20,   /* over a cluster whose slots move */
    PROGRESS_PARTS = 1000000
};
static const char SCAN_COUNT[] = "1000";

/* Once so many rows are acknowledged, a node's SCAN is that far. */
struct mark {
    uint64_t rows;
    size_t node;
    struct slice cursor; /* in the pass' arena */
};

struct copy {
    const struct copy_options *options;
    struct origin *origin;
    struct sink *sink;
    struct progress progress;
    struct arena *arena; /* of this pass */
    struct cursor_file file;
    int64_t saved_ms;
    struct mark *marks;
    size_t nmarks, marks_capacity;
    size_t node;                          /* the one that is read */
    double node_part;                     /* how far it is, 0 to 1 */
    bool has_expiretime, has_field_times; /* commands that the node has; else PTTL, and none */
    bool has_moved;                       /* a key was not where SCAN had listed it */
    const struct origin_node *there;      /* ... its connection */
    uint64_t nbefore;                     /* rows that were copied before an interruption */
    uint64_t nskipped, nvanished;
};

static volatile sig_atomic_t is_interrupted;

static void
on_interrupt(int number)
{
    (void) number;
    is_interrupted = 1;
}

/* -- messages ---------------------------------------------------------------------------------- */

static uint64_t
rows_copied(const struct copy *copy)
{
    return copy->nbefore + sink_counters(copy->sink).nrows;
}

static void
say(struct copy *copy, uint64_t nth, const char *what, struct slice key, const char *why)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (nth > MESSAGES_MOST) {
        return;
    }
    progress_wipe(&copy->progress);
    fprintf(stderr, "quipu-load: %s %s: %s\n", what, error_quote(quoted, key), why);
    if (nth == MESSAGES_MOST) {
        fprintf(stderr, "quipu-load: further keys are counted, but not shown\n");
    }
}

static void
summary_part(const char *what, uint64_t n)
{
    char count[PROGRESS_COUNT_BYTES];
    if (n) {
        fprintf(stderr, "; %s: %s", what, progress_count(count, n));
    }
}

static void
summary(const struct copy *copy)
{
    char count[PROGRESS_COUNT_BYTES];
    struct sink_counters counters = sink_counters(copy->sink);
    int64_t elapsed_ms = progress_elapsed_ms(&copy->progress);
    fprintf(stderr, "quipu-load: %s rows copied in %.1f s", progress_count(count, counters.nrows),
            (double) elapsed_ms / 1000);
    fprintf(stderr, ", %s rows/s",
            progress_count(count, progress_rate(counters.nrows, elapsed_ms)));
    summary_part("before the interruption", copy->nbefore);
    summary_part("skipped, not a hash", copy->nskipped);
    summary_part("deleted before they were read", copy->nvanished);
    summary_part("rows whose other fields were removed", counters.ntrimmed);
    summary_part("refused by the server", counters.nrefused);
    summary_part("rows copied without their time to live, which the dataset cannot keep",
                 counters.ntimes_lost);
    summary_part("fields copied without their time to live", counters.nfield_times_lost);
    fputc('\n', stderr);
}

static void
progress_show(struct copy *copy)
{
    double part = ((double) copy->node + copy->node_part) / (double) origin_count(copy->origin);
    progress_update(&copy->progress, sink_counters(copy->sink).nrows,
                    (int64_t) (part * PROGRESS_PARTS));
}

static void
on_refused(void *arg, uint64_t nth, struct slice key, const char *why)
{
    say(arg, nth, "the server refuses", key, why);
}

/* -- how far it is ----------------------------------------------------------------------------- */

static void
mark_add(struct copy *copy, struct slice cursor)
{
    copy->marks = must_room(copy->marks, copy->nmarks, &copy->marks_capacity, sizeof *copy->marks);
    copy->marks[copy->nmarks++] =
        (struct mark){sink_counters(copy->sink).nsent, copy->node, arena_copy(copy->arena, cursor)};
}

/* Takes over into the file what is acknowledged: but not what stands behind a row that was refused
 * and ends the copy, as the next one has to begin there. */
static void
marks_take(struct copy *copy)
{
    struct sink_counters counters = sink_counters(copy->sink);
    uint64_t nsafe = copy->options->skip_errors ? counters.nacknowledged : counters.nsound;
    size_t taken = 0;
    for (; taken < copy->nmarks && copy->marks[taken].rows <= nsafe; taken++) {
        const struct mark *mark = &copy->marks[taken];
        struct cursor_at *at = &copy->file.at[mark->node];
        at->cursor = mark->cursor;
        at->is_end = slice_equal(mark->cursor, slice_lit("0"));
    }
    copy->nmarks -= taken;
    memmove(copy->marks, copy->marks + taken, copy->nmarks * sizeof *copy->marks);
}

/* The hash is read anew: it may have got fields since. */
static bool
key_trim(struct copy *copy, struct slice key, struct error *err)
{
    struct slice args[] = {slice_lit("HGETALL"), key};
    origin_send(copy->there, args, 2);
    struct redisReply *fields = origin_receive(copy->there, err);
    if (!fields) {
        return false;
    }
    bool ok = fields->type != REDIS_REPLY_ARRAY || fields->elements == 0 ||
              sink_trim(copy->sink, key, fields, err);
    freeReplyObject(fields);
    return ok;
}

/* Rows that have more fields than their hash; all are of the node that is read, from which nothing
 * is under way. */
static bool
rows_trim(struct copy *copy, struct error *err)
{
    struct slice key;
    while (sink_overfull(copy->sink, &key)) {
        if (!key_trim(copy, key, err)) {
            return false;
        }
        sink_overfull_done(copy->sink);
    }
    return true;
}

static bool
progress_save(struct copy *copy, bool is_last, struct error *err)
{
    int64_t at_ms = now_ms();
    if (!is_last && at_ms - copy->saved_ms < SAVE_MS) {
        return true;
    }
    copy->saved_ms = at_ms;
    if (!rows_trim(copy, err)) {
        return false;
    }
    marks_take(copy);
    copy->file.copied = (int64_t) rows_copied(copy);
    return cursor_file_save(copy->options->cursor_path, &copy->file, err);
}

/* -- hashes, there ----------------------------------------------------------------------------- */

static bool
may_go_on(const struct copy *copy)
{
    return !is_interrupted &&
           (copy->options->skip_errors || sink_counters(copy->sink).nrefused == 0);
}

static bool
is_hash(const struct redisReply *reply)
{
    return reply_is_strings(reply) && reply->elements % 2 == 0 && reply->elements > 0;
}

/* A reply to PEXPIRETIME or PTTL: when it will be gone. */
static int64_t
time_of(const struct copy *copy, const struct redisReply *reply)
{
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer < 0) {
        return SINK_NO_TIME;
    }
    return copy->has_expiretime ? reply->integer : reply->integer + now_unix_us() / 1000;
}

/* A key's reply to HGETALL: a row, or why it is none. */
static bool
hash_take(struct copy *copy, const struct sink_row *row, struct error *err)
{
    struct slice key = row->key;
    const struct redisReply *reply = row->fields;
    if (is_hash(reply)) {
        return sink_put(copy->sink, row, err);
    }
    if (reply_is_strings(reply) && reply->elements == 0) {
        copy->nvanished++;
        return true;
    }
    const char *text = reply->type == REDIS_REPLY_ERROR ? reply->str : "a reply of another shape";
    if (strncmp(text, "WRONGTYPE", 9) == 0) {
        copy->nskipped++;
        say(copy, copy->nskipped, "skipped", key, "not a hash");
        return true;
    }
    if (strncmp(text, "MOVED ", 6) == 0 || strncmp(text, "ASK ", 4) == 0) {
        copy->has_moved = true;
        return true;
    }
    return error_set(err, "IO", "%s: HGETALL: %s", copy->there->address, text);
}

static void
scan_send(struct copy *copy, struct slice cursor)
{
    struct slice args[] = {slice_lit("SCAN"),  cursor,
                           slice_lit("MATCH"), slice_str(copy->options->match),
                           slice_lit("COUNT"), slice_str(SCAN_COUNT)};
    origin_send(copy->there, args, 6);
}

/* [cursor, [key ...]]; NULL with err set for anything else. */
static struct redisReply *
scan_receive(struct copy *copy, struct error *err)
{
    struct redisReply *reply = origin_receive(copy->there, err);
    if (reply &&
        (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
         reply->element[0]->type != REDIS_REPLY_STRING || !reply_is_strings(reply->element[1]))) {
        (void) error_set(err, "IO", "%s: SCAN: %s", copy->there->address,
                         reply->str ? reply->str : "a reply of another shape");
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/*
 * How far a SCAN is: its cursor counts in the reversed bits of a place in the table, so that,
 * turned round, it is the part of the table that was seen.
 */
static double
cursor_part(struct slice cursor)
{
    uint64_t bits = strtoull(cursor.ptr, NULL, 10), reversed = 0;
    for (int i = 0; i < 64; i++) {
        reversed = reversed << 1 | (bits >> i & 1);
    }
    return (double) reversed / 18446744073709551616.0;
}

static void
row_free(struct sink_row *row)
{
    if (row->fields) {
        freeReplyObject((void *) row->fields);
    }
    if (row->field_times) {
        freeReplyObject((void *) row->field_times);
    }
    *row = (struct sink_row){.when_ms = SINK_NO_TIME};
}

static bool
row_receive(struct copy *copy, struct slice key, struct sink_row *row, struct error *err)
{
    *row = (struct sink_row){.key = key, .when_ms = SINK_NO_TIME};
    row->fields = origin_receive(copy->there, err);
    struct redisReply *when = row->fields ? origin_receive(copy->there, err) : NULL;
    if (when) {
        row->when_ms = time_of(copy, when);
        freeReplyObject(when);
    }
    return when != NULL;
}

static void
field_times_send(struct copy *copy, const struct sink_row *row)
{
    size_t nfields = row->fields->elements / 2;
    char count[24];
    struct slice *args = must_array(4 + nfields, sizeof *args);
    snprintf(count, sizeof count, "%zu", nfields);
    args[0] = slice_lit("HPEXPIRETIME");
    args[1] = row->key;
    args[2] = slice_lit("FIELDS");
    args[3] = slice_str(count);
    for (size_t i = 0; i < nfields; i++) {
        args[4 + i] = reply_slice(row->fields->element[2 * i]);
    }
    origin_send(copy->there, args, 4 + nfields);
    free(args);
}

/* Of all hashes among them; what is no array is of a key that has gone meanwhile. */
static bool
field_times_ask(struct copy *copy, struct sink_row *rows, size_t nrows, struct error *err)
{
    for (size_t i = 0; i < nrows; i++) {
        if (is_hash(rows[i].fields)) {
            field_times_send(copy, &rows[i]);
        }
    }
    for (size_t i = 0; i < nrows; i++) {
        if (!is_hash(rows[i].fields)) {
            continue;
        }
        struct redisReply *times = origin_receive(copy->there, err);
        if (!times) {
            return false;
        }
        if (times->type == REDIS_REPLY_ARRAY) {
            rows[i].field_times = times;
        } else {
            freeReplyObject(times);
        }
    }
    return true;
}

static bool
hashes_copy(struct copy *copy, const struct redisReply *keys, struct error *err)
{
    enum { AT_ONCE = 1000 }; /* as many as SCAN is asked for */
    struct sink_row rows[AT_ONCE];
    bool ok = true;
    for (size_t start = 0; ok && start < keys->elements; start += AT_ONCE) {
        size_t n = keys->elements - start < AT_ONCE ? keys->elements - start : AT_ONCE;
        for (size_t i = 0; i < n; i++) {
            struct slice key = reply_slice(keys->element[start + i]);
            struct slice args[] = {slice_lit("HGETALL"), key};
            struct slice time[] = {
                copy->has_expiretime ? slice_lit("PEXPIRETIME") : slice_lit("PTTL"), key};
            origin_send(copy->there, args, 2);
            origin_send(copy->there, time, 2);
            rows[i] = (struct sink_row){.when_ms = SINK_NO_TIME};
        }
        for (size_t i = 0; ok && i < n; i++) {
            ok = row_receive(copy, reply_slice(keys->element[start + i]), &rows[i], err);
        }
        ok = ok && (!copy->has_field_times || field_times_ask(copy, rows, n, err));
        for (size_t i = 0; i < n; i++) {
            ok = ok && hash_take(copy, &rows[i], err);
            row_free(&rows[i]);
        }
    }
    return ok;
}

/* Which of the commands for times the node has. One that does not say has the oldest. */
static bool
commands_ask(struct copy *copy, struct error *err)
{
    struct slice args[] = {slice_lit("COMMAND"), slice_lit("INFO"), slice_lit("pexpiretime"),
                           slice_lit("hpexpiretime")};
    origin_send(copy->there, args, 4);
    struct redisReply *reply = origin_receive(copy->there, err);
    if (!reply) {
        return false;
    }
    bool is_told = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    copy->has_expiretime =
        is_told && reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements > 0;
    copy->has_field_times =
        is_told && reply->element[1]->type == REDIS_REPLY_ARRAY && reply->element[1]->elements > 0;
    freeReplyObject(reply);
    return true;
}

/* The hashes of one SCAN reply, and what asks for the next. */
static bool
batch_copy(struct copy *copy, const struct redisReply *scan, struct error *err)
{
    const struct redisReply *keys = scan->element[1];
    struct slice cursor = reply_slice(scan->element[0]);
    bool is_end = slice_equal(cursor, slice_lit("0"));
    if (!hashes_copy(copy, keys, err)) {
        return false;
    }
    mark_add(copy, cursor);
    copy->node_part = is_end ? 1 : cursor_part(cursor);
    progress_show(copy);
    if (!is_end) {
        scan_send(copy, cursor);
    }
    return progress_save(copy, false, err);
}

/* True with *is_end false: an interruption, or a refused row. */
static bool
node_copy(struct copy *copy, bool *is_end, struct error *err)
{
    const struct cursor_at *at = &copy->file.at[copy->node];
    *is_end = at->is_end;
    if (*is_end) {
        return true;
    }
    if (!commands_ask(copy, err)) {
        return false;
    }
    scan_send(copy, at->cursor);
    while (!*is_end && may_go_on(copy)) {
        struct redisReply *scan = scan_receive(copy, err);
        bool ok = scan && batch_copy(copy, scan, err);
        *is_end = ok && slice_equal(reply_slice(scan->element[0]), slice_lit("0"));
        if (scan) {
            freeReplyObject(scan);
        }
        if (!ok) {
            return false;
        }
    }
    return sink_drain(copy->sink, err) && progress_save(copy, true, err);
}

/* -- passes ------------------------------------------------------------------------------------ */

/* Cursors for the masters there are now: of the file those whose process still runs, else 0. */
static void
cursors_init(struct copy *copy, const struct cursor_file *known)
{
    size_t nnodes = origin_count(copy->origin);
    struct cursor_file *file = &copy->file;
    file->from = slice_str(copy->options->from.title);
    file->match = slice_str(copy->options->match);
    file->dataset = slice_str(copy->options->dataset);
    file->layout = known ? known->layout : slice_str(origin_layout(copy->origin));
    file->at = arena_array(copy->arena, nnodes, sizeof *file->at);
    file->nat = nnodes;
    for (size_t i = 0; i < nnodes; i++) {
        const struct origin_node *node = origin_at(copy->origin, i);
        file->at[i] = (struct cursor_at){slice_str(node->run_id), slice_str(node->address),
                                         slice_lit("0"), false};
        for (size_t j = 0; known && j < known->nat; j++) {
            if (slice_equal(known->at[j].run_id, file->at[i].run_id)) {
                file->at[i].cursor = known->at[j].cursor;
                file->at[i].is_end = known->at[j].is_end;
            }
        }
    }
}

/* All masters. True with *is_end false: it was not to go on. */
static bool
pass_run(struct copy *copy, bool *is_end, struct error *err)
{
    *is_end = true;
    for (copy->node = 0; *is_end && copy->node < copy->file.nat; copy->node++) {
        copy->there = origin_at(copy->origin, copy->node);
        copy->node_part = 0;
        if (!node_copy(copy, is_end, err)) {
            return false;
        }
    }
    return true;
}

/* Slots that were where they are, all the time, leave no key unseen. */
static bool
pass_was_whole(struct copy *copy, struct origin *after)
{
    return !copy->has_moved && !origin_is_moving(copy->origin) && !origin_is_moving(after) &&
           slice_equal(copy->file.layout, slice_str(origin_layout(after)));
}

/* Passes until one was whole. */
static bool
passes_run(struct copy *copy, const struct cursor_file *known, bool *is_end, struct error *err)
{
    for (int pass = 0; pass < PASSES_MOST; pass++) {
        struct origin *after;
        copy->has_moved = false;
        cursors_init(copy, pass == 0 ? known : NULL);
        if (!pass_run(copy, is_end, err)) {
            return false;
        }
        if (!*is_end) {
            return true;
        }
        if (!origin_open(&copy->options->from, copy->options->tls, &after, err)) {
            return false;
        }
        bool was_whole = pass_was_whole(copy, after);
        origin_free(copy->origin);
        copy->origin = after;
        if (was_whole) {
            return true;
        }
        progress_wipe(&copy->progress);
        fputs("quipu-load: slots of the cluster moved meanwhile: reading it once more\n", stderr);
    }
    return error_set(err, "IO", "the cluster's slots keep moving");
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool
file_fits(const struct copy_options *options, const struct cursor_file *file, struct error *err)
{
    if (slice_equal(file->from, slice_str(options->from.title)) &&
        slice_equal(file->match, slice_str(options->match)) &&
        slice_equal(file->dataset, slice_str(options->dataset))) {
        return true;
    }
    return error_set(err, "CURSOR",
                     "%s belongs to another copy (from %.*s, match %.*s, dataset %.*s): remove "
                     "it, or name another with --cursor-file",
                     options->cursor_path, SLICE_ARG(file->from), SLICE_ARG(file->match),
                     SLICE_ARG(file->dataset));
}

static void
interrupts_catch(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART | SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool
copy_open(struct copy *copy, struct cursor_file *known, bool *found, struct error *err)
{
    const struct copy_options *options = copy->options;
    if (!cursor_file_load(copy->arena, options->cursor_path, known, found, err) ||
        (*found && !file_fits(options, known, err)) ||
        !origin_open(&options->from, options->tls, &copy->origin, err) ||
        !sink_open(&options->to, options->names, options->window, on_refused, copy, &copy->sink,
                   err)) {
        return false;
    }
    if (*found && !options->quiet) {
        char count[PROGRESS_COUNT_BYTES];
        fprintf(stderr, "quipu-load: resuming from %s: %s rows were already copied\n",
                options->cursor_path, progress_count(count, (uint64_t) known->copied));
    }
    copy->nbefore = *found ? (uint64_t) known->copied : 0;
    return true;
}

/* It did not come to its end: what was acknowledged is remembered. */
static void
copy_suspend(struct copy *copy, const struct error *err)
{
    struct error other = {0};
    char count[PROGRESS_COUNT_BYTES];
    if (copy->file.at) {
        struct slice key;
        if (!sink_overfull(copy->sink, &key)) { /* else the last save stands */
            marks_take(copy);
            copy->file.copied = (int64_t) rows_copied(copy);
        }
        if (!cursor_file_save(copy->options->cursor_path, &copy->file, &other)) {
            fprintf(stderr, "quipu-load: %s\n", other.message);
        }
    }
    if (error_is_set(err)) {
        fprintf(stderr, "quipu-load: %s\n", err->message);
    }
    if (copy->file.at) {
        fprintf(stderr,
                "quipu-load: %s; %s rows copied; the same command resumes from there (%s)\n",
                is_interrupted ? "interrupted" : "stopped at the first error",
                progress_count(count, rows_copied(copy)), copy->options->cursor_path);
    }
}

static void
copy_fini(struct copy *copy)
{
    origin_free(copy->origin);
    sink_free(copy->sink);
    arena_free(copy->arena);
    free(copy->marks);
}

bool
copy_run(const struct copy_options *options)
{
    struct copy copy = {.options = options, .arena = arena_new()};
    struct cursor_file known;
    struct error err = {0};
    bool found = false, is_end = false;
    interrupts_catch();
    bool ok = copy_open(&copy, &known, &found, &err);
    progress_init(&copy.progress, stderr, !options->quiet && isatty(STDERR_FILENO), PROGRESS_PARTS);
    ok = ok && passes_run(&copy, found ? &known : NULL, &is_end, &err);
    progress_fini(&copy.progress);
    if (!ok || !is_end) {
        copy_suspend(&copy, &err);
    } else {
        unlink(options->cursor_path);
        if (!options->quiet) {
            summary(&copy);
        }
    }
    ok = ok && is_end && sink_counters(copy.sink).nrefused == 0;
    copy_fini(&copy);
    return ok;
}
