/*
 * Looks fields and values up in an index. in: their names; out: which of them are there.
 *
 * Example: of 1 1 orgin, where rows have Origin and sex, the answer is {}, {}, {"Origin", "sex"}.
 */
#include "module/presence.h"

#include "columns/index_stats.h"

/* ---- For the server ---- */

struct asked {
    const struct redis_api *redis;
    struct redis_ctx *ctx;
    const struct index *index;
    struct redis_string **argv;
    int first, nnames, npairs;
};

static struct slice
word(const struct asked *asked, int i)
{
    return redis_slice(asked->redis, asked->argv[asked->first + i]);
}

static bool
has(const struct asked *asked, int i, bool is_pair)
{
    if (!is_pair) {
        return index_has_field(asked->index, word(asked, i));
    }
    int at = asked->nnames + 2 * i;
    return index_has_value(asked->index, word(asked, at), word(asked, at + 1));
}

/* The numbers, from 1, of those that are there. */
static void
numbers_reply(const struct asked *asked, int n, bool is_pair)
{
    long nthere = 0;
    for (int i = 0; i < n; i++) {
        nthere += has(asked, i, is_pair);
    }
    asked->redis->reply_with_array(asked->ctx, nthere);
    for (int i = 0; i < n; i++) {
        if (has(asked, i, is_pair)) {
            asked->redis->reply_with_long_long(asked->ctx, i + 1);
        }
    }
}

static void
names_reply(const struct asked *asked, bool are_wanted)
{
    struct slice name;
    size_t n = 0;
    while (are_wanted && index_field_name(asked->index, n, &name)) {
        n++;
    }
    asked->redis->reply_with_array(asked->ctx, (long) n);
    for (size_t i = 0; i < n && index_field_name(asked->index, i, &name); i++) {
        redis_reply_slice(asked->redis, asked->ctx, name);
    }
}

int
presence_reply(const struct redis_api *redis, struct redis_ctx *ctx, const struct index *index,
               struct redis_string **argv, int argc, int first)
{
    int64_t nfields, nnames;
    int nwords = argc - first - 2;
    if (nwords < 0 || !slice_to_int64(redis_slice(redis, argv[first]), &nfields) ||
        !slice_to_int64(redis_slice(redis, argv[first + 1]), &nnames) || nfields < 0 ||
        nnames < nfields || nnames > nwords || (nwords - nnames) % 2) {
        return redis->wrong_arity(ctx);
    }
    const struct asked asked = {.redis = redis,
                                .ctx = ctx,
                                .index = index,
                                .argv = argv,
                                .first = first + 2,
                                .nnames = (int) nnames,
                                .npairs = (nwords - (int) nnames) / 2};
    bool lacks_field = false;
    for (int i = 0; i < nfields && !lacks_field; i++) {
        lacks_field = !has(&asked, i, false);
    }
    redis->reply_with_array(ctx, 3);
    numbers_reply(&asked, asked.nnames, false);
    numbers_reply(&asked, asked.npairs, true);
    names_reply(&asked, lacks_field);
    return REDIS_OK;
}

/* ---- For a query of this server's own ---- */

static void
names_take(struct arena *arena, const struct index *index, struct presence *presence)
{
    struct slice name;
    size_t room = 0;
    while (index_field_name(index, presence->nnames, &name)) {
        presence->names = arena_room(arena, presence->names, presence->nnames, &room, sizeof name);
        presence->names[presence->nnames++] = arena_copy(arena, name);
    }
    presence_sort(presence);
}

struct presence *
presence_of(struct arena *arena, const struct index *index, const struct mentions *mentions)
{
    struct presence *presence = presence_new(arena, mentions);
    bool lacks_field = false;
    if (!index) {
        return presence;
    }
    for (size_t i = 0; i < mentions->nfields; i++) {
        presence->has_field[i] = index_has_field(index, mentions->fields[i]);
        lacks_field = lacks_field || !presence->has_field[i];
    }
    for (size_t i = 0; i < mentions->nwords; i++) {
        presence->has_word[i] = index_has_field(index, mentions->words[i]);
    }
    for (size_t i = 0; i < mentions->nkeywords; i++) {
        const struct mention_keyword *keyword = &mentions->keywords[i];
        for (size_t s = 0; s < MENTION_SPELLINGS; s++) {
            presence->has_keyword[i] =
                presence->has_keyword[i] ||
                index_has_value(index, keyword->field, mention_spelling(keyword, s));
        }
    }
    if (lacks_field) {
        names_take(arena, index, presence);
    }
    return presence;
}
