/*
 * Keeps saved queries in one sorted list: there are few. in: users, names, texts; out: the same, found.
 *
 * Example: ann "a", ann "b", bob "a" stand in this order; ann's are the first two.
 */
#include "planner/saved_queries.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/utf8.h"

static struct slice
copy(struct slice s)
{
    return slice_of(must_copy(s), s.len);
}

static void
query_fini(struct saved_query *query)
{
    free((char *) (uintptr_t) query->user.ptr);
    free((char *) (uintptr_t) query->name.ptr);
    free((char *) (uintptr_t) query->text.ptr);
}

void
saved_queries_fini(struct saved_queries *saved)
{
    for (size_t i = 0; i < saved->n; i++) {
        query_fini(&saved->items[i]);
    }
    free(saved->items);
    *saved = (struct saved_queries){NULL, 0};
}

void
saved_queries_copy(struct saved_queries *saved, const struct saved_queries *from)
{
    saved_queries_fini(saved);
    for (size_t i = 0; i < from->n; i++) {
        saved_queries_put(saved, from->items[i].user, from->items[i].name, from->items[i].text);
    }
}

/* The first place whose query is not before these; is_there: it is the one. */
static size_t
place_of(const struct saved_queries *saved, struct slice user, struct slice name, bool *is_there)
{
    size_t low = 0, high = saved->n;
    *is_there = false;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        int by_user = slice_compare(saved->items[at].user, user);
        int order = by_user ? by_user : slice_compare(saved->items[at].name, name);
        *is_there |= order == 0;
        if (order < 0) {
            low = at + 1;
        } else {
            high = at;
        }
    }
    return low;
}

const struct saved_query *
saved_queries_find(const struct saved_queries *saved, struct slice user, struct slice name)
{
    bool is_there;
    size_t at = place_of(saved, user, name, &is_there);
    return is_there ? &saved->items[at] : NULL;
}

const struct saved_query *
saved_queries_of(const struct saved_queries *saved, struct slice user, size_t *n)
{
    bool is_there;
    size_t at = place_of(saved, user, slice_of("", 0), &is_there);
    *n = 0;
    while (at + *n < saved->n && slice_equal(saved->items[at + *n].user, user)) {
        ++*n;
    }
    return *n ? &saved->items[at] : NULL;
}

static bool
name_is_valid(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char) name.ptr[i];
        if (c < ' ' || c == 0x7f) {
            return false;
        }
    }
    return name.len > 0 && name.len <= SAVED_QUERY_NAME_BYTES_MOST && utf8_is_valid(name);
}

static size_t
bytes_of(const struct saved_query *items, size_t n)
{
    size_t nbytes = 0;
    for (size_t i = 0; i < n; i++) {
        nbytes += items[i].name.len + items[i].text.len;
    }
    return nbytes;
}

bool
saved_queries_check(const struct saved_queries *saved, struct slice user, struct slice name,
                    struct slice text, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct saved_query *old = saved_queries_find(saved, user, name);
    size_t n, nmore = name.len + text.len - (old ? old->name.len + old->text.len : 0);
    if (!name_is_valid(name)) {
        return error_set(err, "ERR",
                         "%s is no name for a query: it takes up to %d bytes of UTF-8 without "
                         "control characters",
                         error_quote(quoted, name), SAVED_QUERY_NAME_BYTES_MOST);
    }
    if (text.len > SAVED_QUERY_TEXT_BYTES_MOST) {
        return error_set(err, "LIMIT", "a saved query has up to %d bytes, this one has %zu",
                         SAVED_QUERY_TEXT_BYTES_MOST, text.len);
    }
    const struct saved_query *own = saved_queries_of(saved, user, &n);
    if (!old && n >= SAVED_QUERIES_MOST) {
        return error_set(err, "LIMIT",
                         "a user has up to %d saved queries: QUERY FORGET name takes one away",
                         SAVED_QUERIES_MOST);
    }
    if (bytes_of(own, n) + nmore > SAVED_QUERIES_USER_BYTES_MOST) {
        return error_set(err, "LIMIT",
                         "the saved queries of a user have up to %d bytes together: "
                         "QUERY FORGET name takes one away",
                         SAVED_QUERIES_USER_BYTES_MOST);
    }
    return bytes_of(saved->items, saved->n) + nmore <= SAVED_QUERIES_BYTES_MOST ||
           error_set(err, "LIMIT", "the saved queries of all users have up to %d bytes together",
                     SAVED_QUERIES_BYTES_MOST);
}

void
saved_queries_put(struct saved_queries *saved, struct slice user, struct slice name,
                  struct slice text)
{
    bool is_there;
    size_t at = place_of(saved, user, name, &is_there);
    struct saved_query query = {copy(user), copy(name), copy(text)};
    if (is_there) {
        query_fini(&saved->items[at]);
    } else {
        saved->items = must_grow(saved->items, saved->n + 1, sizeof *saved->items);
        memmove(&saved->items[at + 1], &saved->items[at], (saved->n - at) * sizeof *saved->items);
        saved->n++;
    }
    saved->items[at] = query;
}

static void
remove_at(struct saved_queries *saved, size_t at)
{
    query_fini(&saved->items[at]);
    memmove(&saved->items[at], &saved->items[at + 1], (saved->n - at - 1) * sizeof *saved->items);
    saved->n--;
}

bool
saved_queries_remove(struct saved_queries *saved, struct slice user, struct slice name)
{
    bool is_there;
    size_t at = place_of(saved, user, name, &is_there);
    if (is_there) {
        remove_at(saved, at);
    }
    return is_there;
}

void
saved_queries_remove_user(struct saved_queries *saved, struct slice user)
{
    size_t n;
    const struct saved_query *first = saved_queries_of(saved, user, &n);
    for (size_t i = 0; i < n; i++) {
        remove_at(saved, (size_t) (first - saved->items));
    }
}
