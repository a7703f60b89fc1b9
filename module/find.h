/*
 * Finds rows of a filter by name, some at a time: what a ROWS of quipu-server asks of each shard.
 *
 *     QUIPU.FIND 0 "rows sex from current where age > 30 order by age"
 *     QUIPU.FIND 8192 before-value profile_7 12 "rows sex from current where age > 30 order by age"
 *     QUIPU.FIND 0 after profile_7 before profile_9 "rows sex from current where age > 30"
 *
 *     {the id to go on with, or -1; the slots that are counted here; names, or names and values;
 *      in a cluster, with -1: rows by name, of slots that leave (answer/named_rows.h)}
 *
 * The rows come in the order of their ids. `before` leaves out rows that are behind one by the
 * query's order: the caller has enough that are before it. Without a value that one has none. `after` leaves out rows
 * whose names are not behind one. One
 * answer has at most FIND_ROWS_MOST rows, and takes about a millisecond of Redis' own thread, or as
 * long as it took to prepare the filter. Each answer shows rows as they are at its moment.
 */
#ifndef QUIPU_MODULE_FIND_H
#define QUIPU_MODULE_FIND_H

#include "base/error.h"
#include "columns/count.h"
#include "module/redis_api.h"

enum { FIND_ROWS_MOST = 8192 };

struct find_request {
    uint64_t from;        /* the id to begin with */
    struct slice after;   /* only rows whose names are behind it are wanted; ptr NULL: all are */
    struct row_key bound; /* only rows before it are wanted; name.ptr NULL: all are */
};

/*
 * Reads the words between the command and the query; *first, the word to begin with, is moved behind
 * them. The request borrows from the words. Fails with ERR.
 */
bool find_read(const struct redis_api *redis, struct redis_string **argv, int argc, int *first,
               struct find_request *out, struct error *err) QUIPU_MUST_CHECK;
/* What one answer has. */
struct find_window {
    struct arena *arena;
    struct slice after;
    const struct row_key *bound; /* NULL: none */
    bool descending;
    struct row_key *keys;
    size_t nkeys;
    struct row_walk walk;
};

/*
 * Prepares the count, and finds the rows of a window; the caller calls find_fini after any outcome. In
 * Redis' own thread. Fails with LIMIT.
 */
bool find_rows(struct count *count, const struct index *index, const struct bound_query *query,
               const struct find_request *request, struct find_window *window,
               struct error *err) QUIPU_MUST_CHECK;
/* named.ptr NULL: there are none to be told. */
void find_reply(const struct redis_api *redis, struct redis_ctx *ctx,
                const struct find_window *window, bool has_values, struct slice slots,
                struct slice named);
void find_fini(struct find_window *window);

#endif
