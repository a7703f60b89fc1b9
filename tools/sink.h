/*
 * Rows written through a server, many ahead of their replies.
 *
 *     sink_open(&address, slice_lit("profile_"), 4000, on_refused, copy, &sink, &err)
 *     sink_put(sink, &row, &err)                  HSET key ..  PEXPIREAT key ..  HLEN key
 *     sink_drain(sink, &err)
 *     while (sink_overfull(sink, &key)) ... sink_trim(sink, key, fields, &err) ...
 *
 * A row shall have the fields it is given and no others. HLEN tells whether it had others before:
 * then it is overfull, and sink_trim removes them. A row that is new never is.
 *
 * It shall also have the times it is given, its own and its fields', and no others. Where the
 * server refuses that once, it is not asked again, and counted.
 */
#ifndef QUIPU_TOOLS_SINK_H
#define QUIPU_TOOLS_SINK_H

#include "tools/pipeline.h"

struct sink;

struct sink_counters {
    uint64_t nsent;         /* rows */
    uint64_t nacknowledged; /* of those, answered; in their order */
    uint64_t nsound;        /* of those, before the first that was refused */
    uint64_t nrows;         /* of those, not refused */
    uint64_t nrefused, ntrimmed;
    uint64_t ntimes_lost, nfield_times_lost; /* rows, fields, whose times the server cannot keep */
};

enum { SINK_NO_TIME = -1 };

/* fields: names and values. when_ms: when it will be gone, or SINK_NO_TIME. field_times: for each
 * field the same, as numbers; NULL: none has one. */
struct sink_row {
    struct slice key;
    const struct redisReply *fields, *field_times;
    int64_t when_ms;
};

/* The server answered a row with an error; nth is the number of those. */
typedef void sink_refused_fn(void *arg, uint64_t nth, struct slice key, const char *why);

/* What rows are called by: keys that begin with the prefix get `address` before them ("w47:"),
 * others `start` ("w47:profile_"). */
struct sink_names {
    struct slice prefix, address, start;
};

/* Connects. names are borrowed, as the address is. The caller frees *out. Fails with IO. */
bool sink_open(const struct connection_address *address, struct sink_names names, size_t window,
               sink_refused_fn *on_refused, void *arg, struct sink **out,
               struct error *err) QUIPU_MUST_CHECK;
void sink_free(struct sink *sink);
/* NULL is fine: nothing yet. */
struct sink_counters sink_counters(const struct sink *sink);

/* Fails with IO; then only sink_free may follow. */
bool sink_put(struct sink *sink, const struct sink_row *row, struct error *err) QUIPU_MUST_CHECK;
/* Waits until all rows are acknowledged. */
bool sink_drain(struct sink *sink, struct error *err) QUIPU_MUST_CHECK;

/* One of the acknowledged rows that are overfull. False: none is. Borrowed, until it is done. */
bool sink_overfull(const struct sink *sink, struct slice *key);
void sink_overfull_done(struct sink *sink);
/* Removes what the row has and fields have not, and waits for it. Fails with IO. */
bool sink_trim(struct sink *sink, struct slice key, const struct redisReply *fields,
               struct error *err) QUIPU_MUST_CHECK;

#endif
