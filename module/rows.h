/*
 * Rows read from the keyspace, on their way into the indexes: some at a time, since an index takes
 * many rows of a call several times faster than one by one.
 *
 *     if (!rows_add(&rows, key, name)) ...             not a hash: rows_remove
 *     rows_put(&rows, &registry, db);                  all of them are in the indexes now
 *
 * What is added is a row as it is now. Until rows_put nothing may be written to Redis' keyspace.
 */
#ifndef QUIPU_MODULE_ROWS_H
#define QUIPU_MODULE_ROWS_H

#include "base/strbuf.h"
#include "module/registry.h"

enum { ROWS_MOST = 64, ROWS_BYTES_MOST = 1 << 16 };

struct rows_row {
    size_t name_at, name_len; /* in bytes */
    size_t first_pair, npairs;
    bool is_whole;
};

struct rows {
    const struct redis_api *redis;
    struct redis_scan_cursor *cursor;
    struct strbuf bytes; /* names, fields and values */
    struct rows_span {
        size_t field_at, field_len, value_at, value_len;
    } * spans;
    struct index_pair *pairs; /* as many */
    size_t nspans, capacity;
    struct rows_row rows[ROWS_MOST];
    size_t count;
};

void rows_init(struct rows *rows, const struct redis_api *redis);
void rows_fini(struct rows *rows);
/* There is no room for more: rows_put first. */
bool rows_is_full(const struct rows *rows);
/*
 * Reads the hash that key is; the name is copied. False, and nothing added, where it is none, or
 * one whose fields are all over: Redis has no hash without fields, but may be slow to remove it.
 */
bool rows_add(struct rows *rows, struct redis_key *key, struct slice name);
/* What a row got: field, value, field, value; copied. What else it has is left as it is. */
void rows_add_fields(struct rows *rows, struct slice name, struct redis_string *const *words,
                     size_t nwords);
/* Puts all rows, which are of this database, into each index that wants them. Then there are none.
 */
void rows_put(struct rows *rows, struct registry *registry, int db);
/* There is no such row: takes it out of the indexes. */
void rows_remove(struct registry *registry, int db, struct slice name);
/* The fields of the i-th row that was added, from 0; valid until the next call. */
const struct index_pair *rows_pairs(struct rows *rows, size_t i, size_t *npairs);
void rows_clear(struct rows *rows);

#endif
