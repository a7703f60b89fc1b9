/*
 * Keeps the first rows of many. in: rows as shards find them; out: the first ones, in order.
 *
 * Example: ten rows are wanted. The first 84 are kept as they come. Then they are sorted, and all
 * but ten are dropped. From then on a row is kept only if it is before the tenth.
 *
 * Texts are in an arena. It is made anew when rows are dropped, so it does not grow with the rows
 * that were looked at.
 */
#include "executor/found_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/must.h"

struct found_rows {
    struct found_limits limits;
    struct arena *arena; /* the texts */
    uint64_t bytes;      /* of texts and keys */
    struct row_key *keys;
    size_t n, capacity;
    bool has_last; /* keys[most - 1] is the last one that is wanted */
};

struct found_rows *
found_rows_new(const struct found_limits *limits)
{
    struct found_rows *found = must_alloc(sizeof *found);
    *found = (struct found_rows){.limits = *limits, .arena = arena_new()};
    return found;
}

void
found_rows_free(struct found_rows *found)
{
    if (found) {
        arena_free(found->arena);
        free(found->keys);
        free(found);
    }
}

void
found_rows_clear(struct found_rows *found)
{
    arena_free(found->arena);
    found->arena = arena_new();
    found->n = 0;
    found->bytes = 0;
    found->has_last = false;
}

const struct found_limits *
found_rows_limits(const struct found_rows *found)
{
    return &found->limits;
}

/* ---- Order ---- */

static int
ascending(const void *a, const void *b)
{
    return row_key_compare(a, b, false);
}

static int
descending(const void *a, const void *b)
{
    return row_key_compare(a, b, true);
}

static void
sort(struct found_rows *found)
{
    if (found->n) {
        qsort(found->keys, found->n, sizeof *found->keys,
              found->limits.descending ? descending : ascending);
    }
}

static void
copy(struct found_rows *found, struct arena *arena, struct row_key *key)
{
    found->bytes += sizeof *key + key->name.len + key->value.len;
    key->name = arena_copy(arena, key->name);
    key->value = key->value.ptr ? arena_copy(arena, key->value) : (struct slice){0};
}

/* Sorts. A row that was added twice, with one value, is there once. */
static void
merge(struct found_rows *found)
{
    size_t kept = 0;
    sort(found);
    for (size_t i = 0; i < found->n; i++) {
        if (!kept || row_key_compare(&found->keys[kept - 1], &found->keys[i], false) != 0) {
            found->keys[kept++] = found->keys[i];
        }
    }
    found->n = kept;
}

/* After merge: drops all rows that are behind those that are wanted. Fails with LIMIT: max-rows. */
static bool
cut(struct found_rows *found, struct error *err)
{
    if (!found_rows_check(found, found->n, err)) {
        return false;
    }
    struct arena *arena = arena_new();
    found->n = found->n < found->limits.most ? found->n : (size_t) found->limits.most;
    found->bytes = 0;
    for (size_t i = 0; i < found->n; i++) {
        copy(found, arena, &found->keys[i]);
    }
    arena_free(found->arena);
    found->arena = arena;
    found->has_last = found->limits.has_limit && found->n == found->limits.most && found->n > 0;
    return true;
}

/* ---- Adding ---- */

bool
found_rows_check(const struct found_rows *found, uint64_t n, struct error *err)
{
    return found->limits.has_limit || n <= found->limits.most ||
           error_set(err, "LIMIT",
                     "max-rows is %llu, the filter holds more: ask for some of them by LIMIT",
                     (unsigned long long) found->limits.most);
}

/*
 * So many rows are kept, until those that are too many are dropped. Without a LIMIT none is too many,
 * but some may be there twice.
 */
static uint64_t
most_kept(const struct found_limits *limits)
{
    enum { SOME_MORE = 64 };
    return (limits->has_limit ? 2 * limits->most : limits->most + limits->most / 4) + SOME_MORE;
}

bool
found_rows_add(struct found_rows *found, const struct row_key *key, struct error *err)
{
    uint64_t most = found->limits.most;
    if ((found->limits.has_limit && most == 0) ||
        (found->limits.after.ptr && slice_compare(key->name, found->limits.after) <= 0) ||
        (found->has_last &&
         row_key_compare(key, &found->keys[most - 1], found->limits.descending) >= 0)) {
        return true;
    }
    found->keys = must_room(found->keys, found->n, &found->capacity, sizeof *found->keys);
    struct row_key *own = &found->keys[found->n++];
    *own = *key;
    copy(found, found->arena, own);
    if (found->n >= most_kept(&found->limits)) {
        merge(found);
        if (!cut(found, err)) {
            return false;
        }
    }
    return found->bytes <= found->limits.max_bytes ||
           error_set(err, "LIMIT",
                     "max-partial-bytes is %llu, the names of the rows need more: ask for fewer by "
                     "LIMIT",
                     (unsigned long long) found->limits.max_bytes);
}

bool
found_rows_last(const struct found_rows *found, struct row_key *out)
{
    if (found->has_last) {
        *out = found->keys[found->limits.most - 1];
    }
    return found->has_last;
}

/* ---- The end ---- */

static int
by_name(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/* After merge: no row is there with two values. */
static bool
check_each_once(const struct found_rows *found, struct error *err)
{
    struct slice *names = must_array(found->n, sizeof *names);
    const struct slice *twice = NULL;
    char quoted[ERROR_QUOTE_BYTES];
    for (size_t i = 0; i < found->n; i++) {
        names[i] = found->keys[i].name;
    }
    if (found->n) {
        qsort(names, found->n, sizeof *names, by_name);
    }
    for (size_t i = 1; i < found->n && !twice; i++) {
        twice = slice_equal(names[i - 1], names[i]) ? &names[i] : NULL;
    }
    bool once = !twice || error_set(err, "SHARDDOWN", "row %s was written while it was looked for",
                                    error_quote(quoted, *twice));
    free(names);
    return once;
}

bool
found_rows_end(struct found_rows *found, struct error *err)
{
    merge(found);
    return check_each_once(found, err) && cut(found, err); /* before some are dropped */
}

const struct row_key *
found_rows_keys(const struct found_rows *found, size_t *n)
{
    static const struct row_key NOTHING;
    *n = found->n;
    return found->n ? found->keys : &NOTHING;
}
