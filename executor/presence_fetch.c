/*
 * What rows have of a query's names, over all shards. in: mentions; out: their presence.
 *
 *     asked       2 3 sex orgin null   sex other sex Other sex OTHER
 *     a shard     {{1}, {1}, {"Origin", "sex"}}
 *
 * A field that one shard lacks is no unknown field. So what any shard has is there, and the names of
 * all shards are put together.
 */
#include "executor/presence_fetch.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/dataset_question.h"
#include "executor/executor_parts.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

struct presence_fetch {
    struct shards *shards;
    const struct mentions *mentions;
    struct arena *arena; /* the caller's */
    struct presence *presence;
    struct map known; /* names */
    size_t names_room;
    struct dataset_question *question;
    presence_done_fn *done;
    void *arg;
};

/* A number from 1 to n: its place from 0. */
static bool
place_read(const struct resp_value *reply, size_t n, size_t *place)
{
    int64_t number;
    if (!reply_int(reply, &number) || number < 1 || (uint64_t) number > n) {
        return false;
    }
    *place = (size_t) number - 1;
    return true;
}

static bool
names_take(struct presence_fetch *fetch, const struct resp_value *reply)
{
    struct presence *presence = fetch->presence;
    if (!reply_is_texts(reply)) {
        return false;
    }
    for (size_t i = 0; i < reply_count(reply); i++) {
        struct slice name = reply_text(reply_at(reply, i));
        if (!map_find(&fetch->known, name)) {
            name = arena_copy(fetch->arena, name);
            (void) map_add(&fetch->known, name, NULL);
            presence->names = arena_room(fetch->arena, presence->names, presence->nnames,
                                         &fetch->names_room, sizeof name);
            presence->names[presence->nnames++] = name;
        }
    }
    return true;
}

static bool
reply_take(struct presence_fetch *fetch, const struct resp_value *reply)
{
    const struct mentions *mentions = fetch->mentions;
    struct presence *presence = fetch->presence;
    size_t at, nfields = mentions->nfields;
    if (reply_count(reply) != 3) {
        return false;
    }
    const struct resp_value *names = reply_at(reply, 0), *pairs = reply_at(reply, 1);
    if (names->type != VALUE_ARRAY || pairs->type != VALUE_ARRAY) {
        return false;
    }
    for (size_t i = 0; i < reply_count(names); i++) {
        if (!place_read(reply_at(names, i), nfields + mentions->nwords, &at)) {
            return false;
        }
        *(at < nfields ? &presence->has_field[at] : &presence->has_word[at - nfields]) = true;
    }
    for (size_t i = 0; i < reply_count(pairs); i++) {
        if (!place_read(reply_at(pairs, i), mentions->nkeywords * MENTION_SPELLINGS, &at)) {
            return false;
        }
        presence->has_keyword[at / MENTION_SPELLINGS] = true;
    }
    return names_take(fetch, reply_at(reply, 2));
}

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct presence_fetch *fetch = arg;
    return reply_take(fetch, reply) || reply_misshapen(shard_name(shards_at(fetch->shards, shard)),
                                                       "a question for names in a query", err);
}

static void
on_end(void *arg, const struct error *err)
{
    struct presence_fetch *fetch = arg;
    struct presence *presence = fetch->presence;
    presence_done_fn *done = fetch->done;
    void *done_arg = fetch->arg;
    presence_sort(presence);
    free(fetch);
    done(done_arg, presence, err);
}

/* {fields, names, name ..., field, value ...} */
static struct slice *
words_of(struct arena *arena, const struct mentions *mentions, size_t *n)
{
    size_t nnames = mentions->nfields + mentions->nwords;
    size_t npairs = mentions->nkeywords * MENTION_SPELLINGS;
    struct slice *words = arena_array(arena, 2 + nnames + 2 * npairs, sizeof *words);
    *n = 0;
    words[(*n)++] = arena_printf(arena, "%zu", mentions->nfields);
    words[(*n)++] = arena_printf(arena, "%zu", nnames);
    for (size_t i = 0; i < mentions->nfields; i++) {
        words[(*n)++] = mentions->fields[i];
    }
    for (size_t i = 0; i < mentions->nwords; i++) {
        words[(*n)++] = mentions->words[i];
    }
    for (size_t i = 0; i < npairs; i++) {
        const struct mention_keyword *keyword = &mentions->keywords[i / MENTION_SPELLINGS];
        words[(*n)++] = keyword->field;
        words[(*n)++] = mention_spelling(keyword, i % MENTION_SPELLINGS);
    }
    return words;
}

bool
presence_fetch(struct executor *executor, struct handle *dataset, const struct mentions *mentions,
               struct arena *arena, presence_done_fn *done, void *arg, struct presence_fetch **out,
               struct error *err)
{
    enum { PARTITIONS = 64 }; /* a field is looked for until it is found: most often in the first */
    struct presence_fetch *fetch = must_alloc(sizeof *fetch);
    *fetch = (struct presence_fetch){.shards = executor->shards,
                                     .mentions = mentions,
                                     .arena = arena,
                                     .presence = presence_new(arena, mentions),
                                     .done = done,
                                     .arg = arg};
    map_init(&fetch->known, arena);
    size_t nwords;
    const struct slice *words = words_of(arena, mentions, &nwords);
    const struct dataset_question_request request = {.script = SCRIPT_PRESENCE,
                                                     .batch_partitions = PARTITIONS,
                                                     .section = "HAS",
                                                     .args = words,
                                                     .nargs = nwords,
                                                     .tells_born = true,
                                                     .on_part = on_part,
                                                     .on_end = on_end,
                                                     .arg = fetch};
    if (!dataset_question_start(executor, dataset, &request, &fetch->question, err)) {
        free(fetch);
        return false;
    }
    *out = fetch;
    return true;
}

void
presence_fetch_cancel(struct presence_fetch *fetch)
{
    dataset_question_cancel(fetch->question);
    free(fetch);
}
