/*
 * Rows on their way into a server.
 * in: keys and hashes; out: HSET and HLEN for each, then HKEYS and HDEL for the few that need it.
 *
 *     HSET profile_1 a 1 b 2     :0
 *     PEXPIREAT profile_1 ...    :1       or PERSIST: it may have had a time
 *     HPEXPIREAT profile_1 ...   *1 :1    for each time that fields of it have
 *     HLEN profile_1             :3       one more than was given: overfull
 *     HKEYS profile_1            a b c    on a connection of its own, one command at a time
 *     HDEL profile_1 c           :1
 */
#include "tools/sink.h"

#include <stdio.h>
#include <stdlib.h>

#include <hiredis/hiredis.h>

#include "base/map.h"
#include "base/must.h"
#include "tools/resp.h"

/* TAG_FIELD_TIMES and more: so many fields. */
enum { TAG_HSET, TAG_PERSIST, TAG_TIME, TAG_HLEN, TAG_FIELD_TIMES };

/* A row that was sent and is not acknowledged. */
struct row {
    struct slice key; /* as it was given; on the heap */
    uint64_t nfields;
    bool is_refused;
};

/* What the server says of a row's fields, held against those it was given. */
struct trim {
    struct map fields;
    struct strbuf words; /* for HDEL: those it was not given */
    size_t nwords;
    struct error err;
};

struct sink {
    const struct connection_address *address;
    struct sink_names names;
    struct pipeline *pipeline;
    struct pipeline *aside; /* for one command at a time; NULL: not needed yet */
    struct row *rows;       /* a ring of `window` */
    size_t window;
    struct slice *overfull; /* keys, on the heap */
    size_t noverfull, overfull_capacity;
    struct trim trim;
    sink_refused_fn *on_refused;
    void *arg;
    struct sink_counters counters;
    bool keeps_no_times, keeps_no_field_times; /* the server has said so */
};

static struct slice
key_copy(struct slice key)
{
    return slice_of(must_copy(key), key.len);
}

static void
key_free(struct slice key)
{
    free((void *) key.ptr);
}

static void
overfull_add(struct sink *sink, struct slice key)
{
    sink->overfull = must_room(sink->overfull, sink->noverfull, &sink->overfull_capacity,
                               sizeof *sink->overfull);
    sink->overfull[sink->noverfull++] = key;
}

static void
row_refuse(struct sink *sink, struct row *row, const struct redisReply *reply)
{
    row->is_refused = true;
    sink->counters.nrefused++;
    sink->on_refused(sink->arg, sink->counters.nrefused, row->key,
                     reply->str ? reply->str : "a reply that is not a number");
}

/* What it says of times. An array has a number for each field: 1 where it is set, 2 where its time
 * was over already. */
static void
on_time_reply(struct sink *sink, uint64_t tag, const struct redisReply *reply)
{
    bool is_refused = reply->type == REDIS_REPLY_ERROR;
    if (tag < TAG_FIELD_TIMES) {
        sink->keeps_no_times |= is_refused;
        sink->counters.ntimes_lost += is_refused && tag == TAG_TIME;
        return;
    }
    sink->keeps_no_field_times |= is_refused;
    sink->counters.nfield_times_lost += is_refused ? tag - TAG_FIELD_TIMES : 0;
}

/* HLEN of a row is the last that comes of it. */
static void
on_reply(void *arg, uint64_t tag, const struct redisReply *reply)
{
    struct sink *sink = arg;
    struct row *row = &sink->rows[sink->counters.nacknowledged % sink->window];
    if (tag != TAG_HSET && tag != TAG_HLEN) {
        on_time_reply(sink, tag, reply);
        return;
    }
    if (reply->type != REDIS_REPLY_INTEGER && !row->is_refused) {
        row_refuse(sink, row, reply);
    }
    if (tag == TAG_HSET) {
        return;
    }
    sink->counters.nacknowledged++;
    sink->counters.nrows += !row->is_refused;
    sink->counters.nsound += sink->counters.nrefused == 0;
    if (!row->is_refused && (uint64_t) reply->integer > row->nfields) {
        overfull_add(sink, row->key);
    } else {
        key_free(row->key);
    }
}

bool
sink_open(const struct connection_address *address, struct sink_names names, size_t window,
          sink_refused_fn *on_refused, void *arg, struct sink **out, struct error *err)
{
    struct sink *sink = must_alloc(sizeof *sink);
    struct row *rows = must_array(window, sizeof *rows);
    *sink = (struct sink){.address = address,
                          .names = names,
                          .rows = rows,
                          .window = window,
                          .on_refused = on_refused,
                          .arg = arg};
    if (!pipeline_open(address, window, on_reply, sink, &sink->pipeline, err)) {
        sink_free(sink);
        return false;
    }
    *out = sink;
    return true;
}

void
sink_free(struct sink *sink)
{
    if (!sink) {
        return;
    }
    for (uint64_t i = sink->counters.nacknowledged; i < sink->counters.nsent; i++) {
        key_free(sink->rows[i % sink->window].key);
    }
    for (size_t i = 0; i < sink->noverfull; i++) {
        key_free(sink->overfull[i]);
    }
    pipeline_free(sink->pipeline);
    pipeline_free(sink->aside);
    strbuf_fini(&sink->trim.words);
    free(sink->overfull);
    free(sink->rows);
    free(sink);
}

struct sink_counters
sink_counters(const struct sink *sink)
{
    return sink ? sink->counters : (struct sink_counters){0};
}

static void
row_key_append(const struct sink *sink, struct strbuf *out, struct slice key)
{
    const struct sink_names *names = &sink->names;
    bool has_prefix = slice_starts_with(key, names->prefix);
    resp_append_bulk_joined(out, has_prefix ? names->address : names->start, key);
}

static void
number_append(struct strbuf *out, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long) number);
    resp_append_bulk(out, slice_str(text));
}

/* A row's own time, or that it has none: it may be there already, with one. */
static bool
put_time(struct sink *sink, const struct sink_row *row, struct error *err)
{
    struct strbuf *out = pipeline_out(sink->pipeline);
    bool has_time = row->when_ms != SINK_NO_TIME;
    if (sink->keeps_no_times) {
        sink->counters.ntimes_lost += has_time;
        return true;
    }
    resp_append_array(out, has_time ? 3 : 2);
    resp_append_bulk(out, has_time ? slice_lit("PEXPIREAT") : slice_lit("PERSIST"));
    row_key_append(sink, out, row->key);
    if (has_time) {
        number_append(out, row->when_ms);
    }
    return pipeline_commit(sink->pipeline, has_time ? TAG_TIME : TAG_PERSIST, err);
}

static int64_t
field_time(const struct sink_row *row, size_t field)
{
    const struct redisReply *times = row->field_times;
    bool has = field < times->elements && times->element[field]->type == REDIS_REPLY_INTEGER &&
               times->element[field]->integer >= 0;
    return has ? times->element[field]->integer : SINK_NO_TIME;
}

/* The fields from this one on that have its time, in one command. */
static bool
put_time_of(struct sink *sink, const struct sink_row *row, size_t first, struct error *err)
{
    struct strbuf *out = pipeline_out(sink->pipeline);
    size_t nfields = row->fields->elements / 2, n = 0;
    for (size_t i = first; i < nfields; i++) {
        n += field_time(row, i) == field_time(row, first);
    }
    resp_append_array(out, 5 + n);
    resp_append_bulk(out, slice_lit("HPEXPIREAT"));
    row_key_append(sink, out, row->key);
    number_append(out, field_time(row, first));
    resp_append_bulk(out, slice_lit("FIELDS"));
    number_append(out, (int64_t) n);
    for (size_t i = first; i < nfields; i++) {
        const struct redisReply *name = row->fields->element[2 * i];
        if (field_time(row, i) == field_time(row, first)) {
            resp_append_bulk(out, slice_of(name->str, (size_t) name->len));
        }
    }
    return pipeline_commit(sink->pipeline, TAG_FIELD_TIMES + n, err);
}

/* HSET has taken all fields' times away. */
static bool
put_field_times(struct sink *sink, const struct sink_row *row, struct error *err)
{
    size_t nfields = row->field_times ? row->fields->elements / 2 : 0;
    for (size_t i = 0; i < nfields; i++) {
        bool is_first = field_time(row, i) != SINK_NO_TIME;
        if (is_first && sink->keeps_no_field_times) {
            sink->counters.nfield_times_lost++;
            continue;
        }
        for (size_t j = 0; is_first && j < i; j++) {
            is_first = field_time(row, j) != field_time(row, i);
        }
        if (is_first && !put_time_of(sink, row, i, err)) {
            return false;
        }
    }
    return true;
}

bool
sink_put(struct sink *sink, const struct sink_row *row, struct error *err)
{
    struct strbuf *out = pipeline_out(sink->pipeline);
    const struct redisReply *fields = row->fields;
    sink->rows[sink->counters.nsent % sink->window] =
        (struct row){.key = key_copy(row->key), .nfields = fields->elements / 2};
    sink->counters.nsent++;
    resp_append_array(out, 2 + fields->elements);
    resp_append_bulk(out, slice_lit("HSET"));
    row_key_append(sink, out, row->key);
    for (size_t i = 0; i < fields->elements; i++) {
        resp_append_bulk(out, slice_of(fields->element[i]->str, (size_t) fields->element[i]->len));
    }
    if (!pipeline_commit(sink->pipeline, TAG_HSET, err) || !put_time(sink, row, err) ||
        !put_field_times(sink, row, err)) {
        return false;
    }
    resp_append_array(out, 2);
    resp_append_bulk(out, slice_lit("HLEN"));
    row_key_append(sink, out, row->key);
    return pipeline_commit(sink->pipeline, TAG_HLEN, err);
}

bool
sink_drain(struct sink *sink, struct error *err)
{
    return pipeline_drain(sink->pipeline, err);
}

/* -- rows that have too much ------------------------------------------------------------------- */

bool
sink_overfull(const struct sink *sink, struct slice *key)
{
    if (sink->noverfull > 0) {
        *key = sink->overfull[sink->noverfull - 1];
    }
    return sink->noverfull > 0;
}

void
sink_overfull_done(struct sink *sink)
{
    key_free(sink->overfull[--sink->noverfull]);
}

static void
on_aside_reply(void *arg, uint64_t tag, const struct redisReply *reply)
{
    struct trim *trim = arg;
    (void) tag;
    if (reply->type == REDIS_REPLY_ERROR) {
        (void) error_set(&trim->err, "IO", "the server answers: %s", reply->str);
    }
    if (reply->type == REDIS_REPLY_ARRAY && !reply_is_strings(reply)) {
        (void) error_set(&trim->err, "IO", "the server answers HKEYS in another shape");
        return;
    }
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        struct slice name = slice_of(reply->element[i]->str, (size_t) reply->element[i]->len);
        if (!map_find(&trim->fields, name)) {
            resp_append_bulk(&trim->words, name);
            trim->nwords++;
        }
    }
}

/* With a window of one, the reply has come when this returns. */
static bool
aside_ask(struct sink *sink, const char *command, struct slice key, struct slice words,
          size_t nwords, struct error *err)
{
    if (!sink->aside &&
        !pipeline_open(sink->address, 1, on_aside_reply, &sink->trim, &sink->aside, err)) {
        return false;
    }
    struct strbuf *out = pipeline_out(sink->aside);
    resp_append_array(out, 2 + nwords);
    resp_append_bulk(out, slice_str(command));
    row_key_append(sink, out, key);
    strbuf_append(out, words);
    if (!pipeline_commit(sink->aside, 0, err)) {
        return false;
    }
    if (error_is_set(&sink->trim.err)) {
        *err = sink->trim.err;
    }
    return !error_is_set(&sink->trim.err);
}

bool
sink_trim(struct sink *sink, struct slice key, const struct redisReply *fields, struct error *err)
{
    struct arena *arena = arena_new();
    struct trim *trim = &sink->trim;
    map_init(&trim->fields, arena);
    strbuf_clear(&trim->words);
    trim->nwords = 0;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const struct redisReply *name = fields->element[i];
        (void) map_add(&trim->fields, slice_of(name->str, (size_t) name->len), NULL);
    }
    bool ok = aside_ask(sink, "HKEYS", key, slice_lit(""), 0, err);
    if (ok && trim->nwords > 0) {
        sink->counters.ntrimmed++;
        ok = aside_ask(sink, "HDEL", key, strbuf_slice(&trim->words), trim->nwords, err);
    }
    arena_free(arena);
    return ok;
}
