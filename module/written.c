/*
 * Knows which fields the current command writes, so that a large row need not be read again as a
 * whole. in: commands as Redis shows them to filters; out: fields and values.
 *
 * Example: HSET profile_7 sex f is shown; then the event hset of profile_7 comes: its fields are
 * {sex, f}. An HSET of a key that is no hash has no event: the next command replaces it.
 */
#include "module/written.h"

#include <string.h>

void
written_init(struct written *written, const struct redis_api *redis)
{
    *written = (struct written){.redis = redis};
}

static void
forget(struct written *written)
{
    if (!written->key) {
        return;
    }
    written->redis->free_string(NULL, written->key);
    written->key = NULL;
    for (size_t i = 0; i < written->nwords; i++) {
        written->redis->free_string(NULL, written->words[i]);
    }
    written->nwords = 0;
}

void
written_fini(struct written *written)
{
    forget(written);
}

static bool
writes_fields(struct slice name)
{
    return name.len && (name.ptr[0] | ' ') == 'h' &&
           (slice_equal_nocase(name, slice_lit("hset")) ||
            slice_equal_nocase(name, slice_lit("hmset")) ||
            slice_equal_nocase(name, slice_lit("hsetnx")));
}

void
written_note(struct written *written, struct redis_filter *filter, struct slice name)
{
    enum { KEY = 1, FIRST };
    const struct redis_api *redis = written->redis;
    forget(written);
    if (!writes_fields(name)) {
        return;
    }
    int nargs = redis->filter_nargs(filter);
    if (nargs < FIRST + 2 || nargs > FIRST + WRITTEN_MOST || nargs % 2) {
        return;
    }
    written->key = redis->hold_string(NULL, redis->filter_arg(filter, KEY));
    written->nwords = (size_t) nargs - FIRST;
    for (int i = FIRST; i < nargs; i++) {
        written->words[i - FIRST] = redis->hold_string(NULL, redis->filter_arg(filter, i));
    }
}

size_t
written_take(struct written *written, const struct redis_string *key,
             struct redis_string *words[WRITTEN_MOST])
{
    size_t nwords = 0;
    if (key && key == written->key) {
        nwords = written->nwords;
        memcpy(words, written->words, nwords * sizeof *words);
        written->nwords = 0;
    }
    forget(written);
    return nwords;
}
