/*
 * The fields that the running command writes, if it is HSET, HMSET or HSETNX, which name them.
 *
 *     written_note(&written, filter, name)          each command, before it runs
 *     n = written_take(&written, key, words)        in its event: field, value, field, value
 *
 * A keyspace event does not name the fields, and reading a whole row costs as much as writing it.
 * Redis shows each command to filters before it runs it, also those of scripts, replicas and
 * modules. It does not show commands that EXEC carries out or that come from an append-only file.
 * For these, the command that was shown last does not fit the event, and nothing is known about
 * fields.
 */
#ifndef QUIPU_MODULE_WRITTEN_H
#define QUIPU_MODULE_WRITTEN_H

#include "module/redis_api.h"

enum { WRITTEN_MOST = 8 }; /* fields and values */

/* Holds the strings, so that no other string can get their address meanwhile. */
struct written {
    const struct redis_api *redis;
    struct redis_string *key; /* NULL: not such a command */
    struct redis_string *words[WRITTEN_MOST];
    size_t nwords;
};

void written_init(struct written *written, const struct redis_api *redis);
/* Releases the held strings. */
void written_fini(struct written *written);
/* Notes a command that is about to run or to be queued. */
void written_note(struct written *written, struct redis_filter *filter, struct slice name);
/*
 * Call it for the event hset of this key. Returns the number of fields and values, which the caller
 * must free; 0: not known. They are forgotten here.
 */
size_t written_take(struct written *written, const struct redis_string *key,
                    struct redis_string *words[WRITTEN_MOST]);

#endif
