/*
 * Makes positions of values. in: the values of one dim, as a reply lists them; out: a map from their
 * ids, and the dim of a partial.
 *
 * Example: sex has the values {"m","f"} with ids 1 and 2, so its positions are f = 0, m = 1.
 */
#include "executor/sets/positions.h"

#include <string.h>

#include "answer/ranks.h"
#include "base/number.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

void
positions_init(struct positions_reader *reader, struct arena *arena,
               const struct bound_query *query)
{
    *reader = (struct positions_reader){.query = query};
    reader->lists = arena_array(arena, query->ndims, sizeof *reader->lists);
    reader->keys = arena_array(arena, query->ndims, sizeof *reader->keys);
    for (size_t d = 0; d < query->ndims; d++) {
        const struct bound_dim *dim = &query->dims[d];
        if (dim->kind == DIM_PLACED) {
            place_keys_init(&reader->keys[d], arena, dim->rule);
        } else if (bound_dim_is_open(dim) && !bound_dim_is_unlisted(dim)) {
            place_list_init(&reader->lists[d], arena, dim, true);
        } else {
            /* The script looked up a list: its reply has positions, not values. */
            reader->lists[d].other = PLACE_NONE;
        }
    }
}

/* ---- Values that are met ---- */

/* One dim of a reply while it is read. */
struct meeting {
    struct positions_reader *reader;
    struct arena *arena;
    size_t d;
    const struct bound_dim *dim;
    const struct resp_value *values;
    size_t nvalues;
    uint32_t *places;    /* by value: where its position's text is */
    struct slice *texts; /* of the positions, as they are met */
    size_t n, capacity;
};

static struct slice
met_value(const struct meeting *meeting, size_t i)
{
    return reply_text(reply_at(meeting->values, i));
}

/* Values are positions themselves. */
static void
meet_values(struct meeting *meeting)
{
    meeting->n = meeting->nvalues;
    meeting->texts = arena_array(meeting->arena, meeting->n, sizeof *meeting->texts);
    for (size_t i = 0; i < meeting->n; i++) {
        meeting->texts[i] = met_value(meeting, i);
        meeting->places[i] = (uint32_t) i;
    }
}

/* Positions are bins. */
static bool
meet_bins(struct meeting *meeting, struct error *err)
{
    struct place_bins bins;
    place_bins_init(&bins, meeting->arena, meeting->dim->width);
    for (size_t i = 0; i < meeting->nvalues; i++) {
        struct slice value = met_value(meeting, i);
        uint32_t bin = place_bin(&bins, meeting->arena, order_key(value), value);
        if (bin != PLACE_NONE && bin == bins.too_long && !meeting->reader->hides) {
            return place_is_too_long(meeting->dim, value, err);
        }
        meeting->places[i] = bin;
    }
    meeting->texts = bins.lowers;
    meeting->n = bins.nlowers;
    return true;
}

/* The keys of one reply: the reader knows those of the replies before, too. */
struct met_keys {
    uint32_t *places; /* by key; PLACE_NONE: not met yet */
    size_t n, capacity;
};

static uint32_t
meet_key(struct meeting *meeting, struct met_keys *met, uint32_t key)
{
    if (key == PLACE_NONE) {
        return PLACE_NONE;
    }
    while (met->n <= key) {
        met->places =
            arena_room(meeting->arena, met->places, met->n, &met->capacity, sizeof *met->places);
        met->places[met->n++] = PLACE_NONE;
    }
    if (met->places[key] == PLACE_NONE) {
        met->places[key] = (uint32_t) meeting->n;
        meeting->texts = arena_room(meeting->arena, meeting->texts, meeting->n, &meeting->capacity,
                                    sizeof *meeting->texts);
        meeting->texts[meeting->n++] = meeting->reader->keys[meeting->d].texts[key];
    }
    return met->places[key];
}

/* Positions are keys. *missing: the place of a row without the field. */
static bool
meet_keys(struct meeting *meeting, uint32_t *missing, struct error *err)
{
    struct place_keys *keys = &meeting->reader->keys[meeting->d];
    struct met_keys met = {.n = 0};
    for (size_t i = 0; i < meeting->nvalues; i++) {
        struct slice value = met_value(meeting, i);
        uint32_t key = place_key_of(keys, meeting->arena, order_key(value), value);
        if (keys->too_long != PLACE_NONE && !meeting->reader->hides) {
            return place_is_too_long(meeting->dim, value, err);
        }
        meeting->places[i] = meet_key(meeting, &met, key);
    }
    if (meeting->dim->has_missing) {
        *missing = meet_key(meeting, &met, place_key_missing(keys));
    }
    return true;
}

/* ---- Dims ---- */

static uint32_t
ranked(const size_t *ranks, uint32_t place)
{
    return place == PLACE_NONE ? PLACE_NONE : (uint32_t) ranks[place];
}

/* A dim whose positions are the values that occur, their bins, or their keys: they are sorted. */
static bool
read_unlisted(struct meeting *meeting, struct partial_dim *out, struct position_map *map,
              struct error *err)
{
    uint32_t missing = PLACE_NONE;
    meeting->places = map->positions + (map->nids > 0);
    if (meeting->dim->kind == DIM_OPEN) {
        meet_values(meeting);
    } else if (meeting->dim->kind == DIM_PLACED ? !meet_keys(meeting, &missing, err)
                                                : !meet_bins(meeting, err)) {
        return false;
    }
    size_t *ranks = arena_array(meeting->arena, meeting->n, sizeof *ranks);
    out->values = arena_array(meeting->arena, meeting->n, sizeof *out->values);
    out->npositions = values_rank(meeting->arena, meeting->texts, meeting->n, out->values, ranks);
    for (size_t i = 0; i < meeting->nvalues; i++) {
        meeting->places[i] = ranked(ranks, meeting->places[i]);
    }
    if (map->nids > 0) {
        map->positions[0] = ranked(ranks, missing);
    }
    return true;
}

/* A dim with positions that the query lists, of which the reply has values. */
static void
read_listed(const struct meeting *meeting, struct position_map *map)
{
    const struct place_list *list = &meeting->reader->lists[meeting->d];
    for (size_t i = 0; i < meeting->nvalues; i++) {
        struct slice value = met_value(meeting, i);
        map->positions[i + 1] = place_of(list, order_key(value), value);
    }
    for (size_t i = 0; i < meeting->dim->npositions && map->nids > 0; i++) {
        if (meeting->dim->positions[i].kind == POSITION_MISSING) {
            map->positions[0] = (uint32_t) i;
        }
    }
}

bool
positions_read(struct positions_reader *reader, struct arena *arena, size_t d,
               const struct resp_value *values, size_t radix, struct partial_dim *out,
               struct position_map *map, struct error *err)
{
    const struct bound_dim *dim = &reader->query->dims[d];
    bool is_open = bound_dim_is_open(dim);
    size_t nvalues = reply_count(values);
    size_t most = is_open ? nvalues + 1 : dim->npositions;
    map->nids = radix < most ? radix : most;
    map->positions = arena_array(arena, map->nids, sizeof *map->positions);
    memset(map->positions, 0xff, map->nids * sizeof *map->positions);
    if (!is_open) {
        for (size_t i = 0; i < map->nids; i++) {
            map->positions[i] = (uint32_t) i;
        }
        return true;
    }
    struct meeting meeting = {
        .reader = reader, .arena = arena, .d = d, .dim = dim, .values = values};
    meeting.nvalues = map->nids == 0 ? 0 : map->nids - 1;
    if (bound_dim_is_unlisted(dim)) {
        return read_unlisted(&meeting, out, map, err);
    }
    read_listed(&meeting, map);
    return true;
}
