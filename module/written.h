/*
 * Which fields the command under way writes, where that is plain: HSET, HMSET and HSETNX name them.
 *
 *     written_note(&written, filter, name)          each command, before it runs
 *     n = written_take(&written, key, words)        in its event: field, value, field, value
 *
 * A keyspace event does not say so, and a row read whole costs as much as writing it. Redis shows
 * each command to filters before it runs it, also those of scripts, replicas and modules, but not
 * those that EXEC carries out or that an append-only file is made of: what was shown last is then
 * another command, of which nothing is known here.
 */
#ifndef QUIPU_MODULE_WRITTEN_H
#define QUIPU_MODULE_WRITTEN_H

#include "module/redis_api.h"

enum { WRITTEN_MOST = 8 }; /* fields and values */

/* Strings are held, so that no other can have their address meanwhile. */
struct written {
    const struct redis_api *redis;
    struct redis_string *key; /* NULL: the command is none of these */
    struct redis_string *words[WRITTEN_MOST];
    size_t nwords;
};

void written_init(struct written *written, const struct redis_api *redis);
/* Gives back what is held. */
void written_fini(struct written *written);
/* A command is about to run, or to be queued. */
void written_note(struct written *written, struct redis_filter *filter, struct slice name);
/*
 * The event hset of this key: how many fields and values, which are the caller's to free; 0: not
 * known. Then they are forgotten.
 */
size_t written_take(struct written *written, const struct redis_string *key,
                    struct redis_string *words[WRITTEN_MOST]);

#endif
