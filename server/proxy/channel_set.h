/*
 * The channels and patterns that a client listens to, so that its rights to them can be checked
 * again.
 *
 *     channel_set_add(&set, CHANNEL_PATTERN, slice_lit("news.*"))
 *     channel_set_remove_all(&set, CHANNEL_PATTERN)                   PUNSUBSCRIBE
 *
 * A hash table with chains. Each channel is in it once, and there may be any number of them. All
 * zero is an empty set.
 */
#ifndef QUIPU_SERVER_PROXY_CHANNEL_SET_H
#define QUIPU_SERVER_PROXY_CHANNEL_SET_H

#include "base/slice.h"

enum channel_kind { CHANNEL_PLAIN, CHANNEL_PATTERN, CHANNEL_SHARDED };

struct channel;

struct channel_set {
    struct channel **buckets;
    size_t nbuckets; /* a power of two, or 0 */
    size_t count;
};

/* The name is copied. */
void channel_set_add(struct channel_set *set, enum channel_kind kind, struct slice name);
void channel_set_remove(struct channel_set *set, enum channel_kind kind, struct slice name);
void channel_set_remove_all(struct channel_set *set, enum channel_kind kind);
/* Frees its channels, and leaves it empty. */
void channel_set_clear(struct channel_set *set);

/* Whether test is true for each channel. */
bool channel_set_all(const struct channel_set *set,
                     bool (*test)(void *arg, enum channel_kind kind, struct slice name), void *arg);

#endif
