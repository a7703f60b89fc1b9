/*
 * Queries that users have saved under names, each user their own.
 *
 *     saved_queries_put(saved, slice_lit("ann"), slice_lit("by sex"), slice_lit("count sex from current"))
 *     saved_queries_find(saved, slice_lit("ann"), slice_lit("by sex"))->text
 *     saved_queries_find(saved, slice_lit("bob"), slice_lit("by sex"))              NULL
 */
#ifndef QUIPU_PLANNER_SAVED_QUERIES_H
#define QUIPU_PLANNER_SAVED_QUERIES_H

#include "base/error.h"
#include "base/slice.h"

enum {
    SAVED_QUERY_NAME_BYTES_MOST = 200,
    SAVED_QUERY_TEXT_BYTES_MOST = 16 * 1024,
    SAVED_QUERIES_MOST = 100, /* of a user */
    /* Names and texts, of a user and of all users: no one of them takes the others' room. */
    SAVED_QUERIES_USER_BYTES_MOST = 64 * 1024,
    SAVED_QUERIES_BYTES_MOST = 512 * 1024
};

struct saved_query {
    struct slice user, name, text; /* owned by the list */
};

/* All zero: none. */
struct saved_queries {
    struct saved_query *items; /* by users and names, in the order of their bytes */
    size_t n;
};

void saved_queries_fini(struct saved_queries *saved);
/* Becomes equal to from. */
void saved_queries_copy(struct saved_queries *saved, const struct saved_queries *from);
/* NULL: the user has none of that name. Borrowed. */
const struct saved_query *saved_queries_find(const struct saved_queries *saved, struct slice user,
                                             struct slice name);
/* The user's first one, of which *n follow each other; NULL: none. */
const struct saved_query *saved_queries_of(const struct saved_queries *saved, struct slice user,
                                           size_t *n);
/*
 * Whether a query may be saved anew. Fails with ERR (the name is none: it takes 1 to 200 bytes of UTF-8
 * without control characters) and LIMIT.
 */
bool saved_queries_check(const struct saved_queries *saved, struct slice user, struct slice name,
                         struct slice text, struct error *err) QUIPU_MUST_CHECK;
/* Saves it, in the place of the user's one of that name. All is copied. */
void saved_queries_put(struct saved_queries *saved, struct slice user, struct slice name,
                       struct slice text);
/* False: there was none. */
bool saved_queries_remove(struct saved_queries *saved, struct slice user, struct slice name);
void saved_queries_remove_user(struct saved_queries *saved, struct slice user);

#endif
