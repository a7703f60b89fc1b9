/*
 * Remembers which channels a client listens to, so that its rights to them can be checked again.
 * in: the words of SUBSCRIBE and UNSUBSCRIBE; out: the channels.
 *
 *     SUBSCRIBE a b, UNSUBSCRIBE a     -> {b}
 */
#include "server/proxy/channel_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct channel {
    struct channel *next; /* in the same bucket */
    enum channel_kind kind;
    size_t hash, len;
    char name[];
};

/* FNV-1a. */
static size_t
hash_of(enum channel_kind kind, struct slice name)
{
    uint64_t hash = 14695981039346656037u + (uint64_t) kind;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char) name.ptr[i]) * 1099511628211u;
    }
    return (size_t) (hash ^ hash >> 32);
}

static void
grow(struct channel_set *set)
{
    struct channel_set larger = {.nbuckets = set->nbuckets ? 2 * set->nbuckets : 8};
    larger.buckets = must_alloc(larger.nbuckets * sizeof *larger.buckets);
    for (size_t i = 0; i < set->nbuckets; i++) {
        for (struct channel *channel = set->buckets[i], *next; channel; channel = next) {
            struct channel **bucket = &larger.buckets[channel->hash & (larger.nbuckets - 1)];
            next = channel->next;
            channel->next = *bucket;
            *bucket = channel;
        }
    }
    free(set->buckets);
    set->buckets = larger.buckets;
    set->nbuckets = larger.nbuckets;
}

/* The pointer to a channel, or the place where it belongs. The set has buckets. */
static struct channel **
place_of(const struct channel_set *set, enum channel_kind kind, struct slice name)
{
    size_t hash = hash_of(kind, name);
    struct channel **place = &set->buckets[hash & (set->nbuckets - 1)];
    while (*place && !((*place)->hash == hash && (*place)->kind == kind &&
                       slice_equal(slice_of((*place)->name, (*place)->len), name))) {
        place = &(*place)->next;
    }
    return place;
}

void
channel_set_add(struct channel_set *set, enum channel_kind kind, struct slice name)
{
    if (set->count >= set->nbuckets) {
        grow(set);
    }
    struct channel **place = place_of(set, kind, name);
    if (*place) {
        return;
    }
    struct channel *channel = must_alloc(sizeof *channel + name.len);
    channel->kind = kind;
    channel->hash = hash_of(kind, name);
    channel->len = name.len;
    if (name.len) {
        memcpy(channel->name, name.ptr, name.len);
    }
    *place = channel;
    set->count++;
}

static void
remove_at(struct channel_set *set, struct channel **place)
{
    struct channel *channel = *place;
    *place = channel->next;
    free(channel);
    set->count--;
}

void
channel_set_remove(struct channel_set *set, enum channel_kind kind, struct slice name)
{
    struct channel **place = set->count ? place_of(set, kind, name) : NULL;
    if (place && *place) {
        remove_at(set, place);
    }
}

void
channel_set_remove_all(struct channel_set *set, enum channel_kind kind)
{
    for (size_t i = 0; i < set->nbuckets; i++) {
        for (struct channel **place = &set->buckets[i]; *place;) {
            if ((*place)->kind == kind) {
                remove_at(set, place);
            } else {
                place = &(*place)->next;
            }
        }
    }
}

void
channel_set_clear(struct channel_set *set)
{
    for (int kind = CHANNEL_PLAIN; kind <= CHANNEL_SHARDED; kind++) {
        channel_set_remove_all(set, (enum channel_kind) kind);
    }
    free(set->buckets);
    *set = (struct channel_set){NULL, 0, 0};
}

bool
channel_set_all(const struct channel_set *set,
                bool (*test)(void *arg, enum channel_kind kind, struct slice name), void *arg)
{
    for (size_t i = 0; i < set->nbuckets; i++) {
        for (const struct channel *channel = set->buckets[i]; channel; channel = channel->next) {
            if (!test(arg, channel->kind, slice_of(channel->name, channel->len))) {
                return false;
            }
        }
    }
    return true;
}
