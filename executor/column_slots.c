/*
 * Decides which shard's count holds for each slot of a cluster, also while slots move. in: what
 * each shard counted, and rows by name; out: what is still to be asked, rows that are not to be
 * counted, or why the answers do not fit each other.
 *
 * Example: no shard's text names slot 93, but shard 0 sends its rows by name: the slot moves.
 * Then shard 1 has profile_7 of it, and shard 0 had it, too: shard 0's is not counted any more.
 */
#include "executor/column_slots.h"

#include <string.h>

#include "base/map.h"
#include "base/slot.h"

enum { NOBODY = UINT16_MAX };

/* Reads "0-5460 6000". False: the text makes no sense, or a slot is another shard's, too. */
static bool
slots_take(struct slice text, size_t part, uint16_t *owners)
{
    while (text.len) {
        struct slice last_word = slice_shift(&text, ' '), first_word = slice_shift(&last_word, '-');
        int64_t first, last;
        if (!slice_to_int64(first_word, &first)) {
            return false;
        }
        last = first;
        if (last_word.len && !slice_to_int64(last_word, &last)) {
            return false;
        }
        for (int64_t slot = first; slot <= last; slot++) {
            if (slot < 0 || slot >= CLUSTER_SLOTS || owners[slot] != NOBODY) {
                return false;
            }
            owners[slot] = (uint16_t) part;
        }
    }
    return true;
}

static uint64_t
epoch_of(const struct column_slots *part)
{
    return part->named ? part->named->epoch : 0;
}

/*
 * Takes a slot that leaves. *is_moving: the target is to be asked about it. False: another shard
 * has it, too.
 */
static bool
take_leaving(const struct column_slots *parts, size_t part, struct named_slot *slot,
             uint16_t *owners, bool *is_moving)
{
    *is_moving = false;
    if (slot->slot >= CLUSTER_SLOTS) {
        return false;
    }
    uint16_t *owner = &owners[slot->slot];
    if (*owner != NOBODY) {
        /* The slot has moved, and not every node knows: the new owner's count is complete. */
        for (size_t i = 0; i < slot->nrows; i++) {
            slot->rows[i].is_counted = false;
        }
        return epoch_of(&parts[*owner]) > epoch_of(&parts[part]);
    }
    *owner = (uint16_t) part;
    *is_moving = true;
    return true;
}

static bool
is_anothers(const struct column_slots *part, struct error *err)
{
    return error_set(err, "SHARDDOWN",
                     "shard %zu (%s) counted slots that are another's, too, or is a replica",
                     part->shard, part->name);
}

bool
column_slots_check(struct arena *arena, const struct column_slots *parts, size_t nparts,
                   struct moving_slot **moving, size_t *nmoving, struct error *err)
{
    uint16_t owners[CLUSTER_SLOTS];
    size_t nleaving = 0, nmissing = 0;
    memset(owners, 0xff, sizeof owners);
    for (size_t i = 0; i < nparts; i++) {
        if (!slots_take(parts[i].counted, i, owners)) {
            return is_anothers(&parts[i], err);
        }
        nleaving += parts[i].named ? parts[i].named->nslots : 0;
    }
    *moving = arena_array(arena, nleaving, sizeof **moving);
    *nmoving = 0;
    for (size_t i = 0; i < nparts; i++) {
        for (size_t j = 0; parts[i].named && j < parts[i].named->nslots; j++) {
            struct named_slot *slot = &parts[i].named->slots[j];
            bool is_moving;
            if (!take_leaving(parts, i, slot, owners, &is_moving)) {
                return is_anothers(&parts[i], err);
            }
            if (is_moving) {
                struct slice address = slot->peer;
                struct moving_slot *one = &(*moving)[(*nmoving)++];
                one->source = slot;
                one->id = slice_shift(&address, ' ');
                one->address = address;
            }
        }
    }
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        nmissing += owners[slot] == NOBODY;
    }
    return !nmissing ||
           error_set(err, "SHARDDOWN", "%zu slots of the cluster were counted by nobody", nmissing);
}

static const struct named_slot *
find_slot(const struct named_rows *rows, uint32_t slot)
{
    for (size_t i = 0; i < rows->nslots; i++) {
        if (rows->slots[i].slot == slot) {
            return &rows->slots[i];
        }
    }
    return NULL;
}

bool
column_slots_join(struct arena *arena, const struct moving_slot *moving,
                  const struct named_rows *target, uint64_t since_us, struct error *err)
{
    struct named_slot *source = moving->source;
    const struct named_slot *slot = find_slot(target, source->slot);
    if (!slot) {
        return error_set(err, "SHARDDOWN", "node %.*s said nothing about slot %u",
                         SLICE_ARG(moving->address), source->slot);
    }
    if (slot->quiet_us < since_us) {
        return error_set(err, "SHARDDOWN", "rows of slot %u went on from node %.*s meanwhile",
                         source->slot, SLICE_ARG(moving->address));
    }
    struct map at_target;
    map_init(&at_target, arena);
    for (size_t i = 0; i < slot->nrows; i++) {
        map_add(&at_target, slot->rows[i].name, NULL);
    }
    for (size_t i = 0; i < source->nrows; i++) {
        if (map_find(&at_target, source->rows[i].name)) {
            source->rows[i].is_counted = false;
        }
    }
    return true;
}
