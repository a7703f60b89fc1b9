/*
 * Rows read from the keyspace, on their way into the indexes. Several go at a time, because an
 * index takes many rows in one call several times faster than one by one.
 *
 *     if (!rows_add(&rows, key, name)) ...             not a hash: rows_remove
 *     rows_put(&rows, &registry, db, ROW_WRITTEN);     all of them are in the indexes now
 *
 * Rows are added in their present state. Until rows_put nothing may be written to Redis' keyspace.
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
/* True if there is no room for more. Call rows_put first. */
bool rows_is_full(const struct rows *rows);
/*
 * Reads the hash of an open key. The name is copied. False, and nothing is added, if it is not a
 * hash, or if all of its fields have expired: Redis keeps no hash without fields, but may remove it
 * late.
 */
bool rows_add(struct rows *rows, struct redis_key *key, struct slice name);
/*
 * Adds fields that a row got: field, value, field, value. They are copied. The row's other fields
 * stay.
 */
void rows_add_fields(struct rows *rows, struct slice name, struct redis_string *const *words,
                     size_t nwords);
/* Puts all rows, which are of this database, into each index that wants them. Then it is empty. */
void rows_put(struct rows *rows, struct registry *registry, int db, enum row_source source);
/* Takes a row that does not exist out of the indexes. */
void rows_remove(struct registry *registry, int db, struct slice name);
/* The fields of the i-th row that was added, from 0; valid until the next call. */
const struct index_pair *rows_pairs(struct rows *rows, size_t i, size_t *npairs);
void rows_clear(struct rows *rows);

#endif
