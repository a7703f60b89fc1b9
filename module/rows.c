/*
 * Reads hashes from the keyspace, to be written to the indexes. in: open keys; out: writes to the
 * index, for each dataset that wants them.
 *
 * Example: 30 hashes have changed in this turn of the event loop. Each is read as a whole, and then
 * all go into the index of `current` in one call.
 *
 * A changed row is read as a whole, unless the fields that it got are known. The index compares
 * each value with its own, so a value that is the same costs only a look.
 */
#include "module/rows.h"

#include <stdlib.h>

#include "base/must.h"

void
rows_init(struct rows *rows, const struct redis_api *redis)
{
    *rows = (struct rows){.redis = redis, .cursor = redis->scan_cursor_create()};
    strbuf_init(&rows->bytes);
}

void
rows_fini(struct rows *rows)
{
    rows->redis->scan_cursor_destroy(rows->cursor);
    strbuf_fini(&rows->bytes);
    free(rows->spans);
    free(rows->pairs);
}

bool
rows_is_full(const struct rows *rows)
{
    return rows->count == ROWS_MOST || rows->bytes.len > ROWS_BYTES_MOST;
}

static size_t
keep(struct rows *rows, struct slice text)
{
    size_t at = rows->bytes.len;
    strbuf_append(&rows->bytes, text);
    return at;
}

static void
make_room(struct rows *rows)
{
    size_t capacity = rows->capacity; /* both lists have the same capacity */
    rows->spans = must_room(rows->spans, rows->nspans, &capacity, sizeof *rows->spans);
    rows->pairs = must_room(rows->pairs, rows->nspans, &rows->capacity, sizeof *rows->pairs);
}

static void
on_field(struct redis_key *key, struct redis_string *field, struct redis_string *value, void *arg)
{
    (void) key;
    struct rows *rows = arg;
    make_room(rows);
    struct slice name = redis_slice(rows->redis, field), text = redis_slice(rows->redis, value);
    struct rows_span *span = &rows->spans[rows->nspans++];
    span->field_at = keep(rows, name);
    span->field_len = name.len;
    span->value_at = keep(rows, text);
    span->value_len = text.len;
}

static struct rows_row *
row_begin(struct rows *rows, struct slice name, bool is_whole)
{
    struct rows_row *row = &rows->rows[rows->count++];
    row->name_at = keep(rows, name);
    row->name_len = name.len;
    row->first_pair = rows->nspans;
    row->is_whole = is_whole;
    return row;
}

void
rows_add_fields(struct rows *rows, struct slice name, struct redis_string *const *words,
                size_t nwords)
{
    struct rows_row *row = row_begin(rows, name, false);
    for (size_t i = 0; i + 1 < nwords; i += 2) {
        on_field(NULL, words[i], words[i + 1], rows);
    }
    row->npairs = rows->nspans - row->first_pair;
}

bool
rows_add(struct rows *rows, struct redis_key *key, struct slice name)
{
    const struct redis_api *redis = rows->redis;
    if (redis->key_type(key) != REDIS_KEYTYPE_HASH) {
        return false;
    }
    struct rows_row *row = row_begin(rows, name, true);
    redis->scan_cursor_restart(rows->cursor);
    /* A small hash comes in one call, a large one bucket by bucket: no write comes between. */
    while (redis->scan_key(key, rows->cursor, on_field, rows)) {
    }
    row->npairs = rows->nspans - row->first_pair;
    if (!row->npairs) {
        rows->bytes.len = row->name_at;
        rows->count--;
    }
    return row->npairs > 0;
}

static void
resolve(struct rows *rows, size_t first, size_t npairs)
{
    for (size_t i = first; i < first + npairs; i++) {
        const struct rows_span *span = &rows->spans[i];
        rows->pairs[i].field = slice_of(rows->bytes.ptr + span->field_at, span->field_len);
        rows->pairs[i].value = slice_of(rows->bytes.ptr + span->value_at, span->value_len);
    }
}

const struct index_pair *
rows_pairs(struct rows *rows, size_t i, size_t *npairs)
{
    const struct rows_row *row = &rows->rows[i];
    resolve(rows, row->first_pair, row->npairs);
    *npairs = row->npairs;
    return rows->pairs + row->first_pair;
}

void
rows_clear(struct rows *rows)
{
    strbuf_clear(&rows->bytes);
    rows->nspans = rows->count = 0;
}

void
rows_put(struct rows *rows, struct registry *registry, int db, enum row_source source)
{
    struct index_write writes[ROWS_MOST];
    if (!rows->count) {
        return;
    }
    resolve(rows, 0, rows->nspans);
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        size_t nwrites = 0;
        for (size_t j = 0; j < rows->count; j++) {
            const struct rows_row *row = &rows->rows[j];
            struct slice name = slice_of(rows->bytes.ptr + row->name_at, row->name_len);
            if (slice_starts_with(name, entry->prefix)) {
                writes[nwrites++] = (struct index_write){name, rows->pairs + row->first_pair,
                                                         row->npairs, row->is_whole};
            }
        }
        if (nwrites) {
            entry_put_rows(registry, entry, db, source, writes, nwrites);
        }
    }
    rows_clear(rows);
}

void
rows_remove(struct registry *registry, int db, struct slice name)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (slice_starts_with(name, registry->entries[i]->prefix)) {
            entry_remove_row(registry->entries[i], db, name);
        }
    }
}
