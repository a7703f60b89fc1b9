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

bool
slot_set_read(struct slice text, struct slot_set *out)
{
    *out = (struct slot_set){{0}};
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
            if (slot < 0 || slot >= CLUSTER_SLOTS) {
                return false;
            }
            out->bits[slot / 8] |= (uint8_t) (1 << slot % 8);
        }
    }
    return true;
}

void
slot_set_cut(struct slot_set *set, const struct slot_set *other)
{
    for (size_t i = 0; i < sizeof set->bits; i++) {
        set->bits[i] &= other->bits[i];
    }
}

static bool
slot_set_has(const struct slot_set *set, size_t slot)
{
    return set->bits[slot / 8] >> slot % 8 & 1;
}

/* Whose slots are whose, by part. */
struct owners {
    uint16_t whole[CLUSTER_SLOTS]; /* has counted all of the slot, or its rows go from there */
    uint16_t late[CLUSTER_SLOTS];  /* has the slot now, and had not at first */
};

/* False: the text makes no sense, or a slot is another shard's, too. */
static bool
slots_take(const struct column_slots *parts, size_t part, struct owners *owners)
{
    const struct slot_set *throughout = parts[part].throughout;
    struct slot_set now;
    if (!slot_set_read(parts[part].counted, &now)) {
        return false;
    }
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        bool is_late = throughout && !slot_set_has(throughout, slot);
        uint16_t *owner = is_late ? &owners->late[slot] : &owners->whole[slot];
        if (slot_set_has(&now, slot)) {
            if (*owner != NOBODY) {
                return false;
            }
            *owner = (uint16_t) part;
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

/* Takes the slots that leave a part. False: one of them is another's. */
static bool
leaving_take(const struct column_slots *parts, size_t part, struct owners *owners,
             struct moving_slot *moving, size_t *nmoving)
{
    const struct named_rows *named = parts[part].named;
    for (size_t i = 0; named && i < named->nslots; i++) {
        struct named_slot *slot = &named->slots[i];
        bool is_moving;
        if (!take_leaving(parts, part, slot, owners->whole, &is_moving)) {
            return false;
        }
        if (is_moving) {
            struct slice address = slot->peer;
            struct moving_slot *one = &moving[(*nmoving)++];
            *one = (struct moving_slot){
                .slot = slot->slot, .source = slot, .asked_us = parts[part].asked_us};
            one->id = slice_shift(&address, ' ');
            one->address = address;
        }
    }
    return true;
}

bool
column_slots_check(struct arena *arena, const struct column_slots *parts, size_t nparts,
                   struct moving_slot **moving, size_t *nmoving, struct error *err)
{
    struct owners *owners = arena_alloc(arena, sizeof *owners);
    size_t most = 0, nmissing = 0;
    memset(owners, 0xff, sizeof *owners);
    for (size_t i = 0; i < nparts; i++) {
        if (!slots_take(parts, i, owners)) {
            return is_anothers(&parts[i], err);
        }
        most += parts[i].named ? parts[i].named->nslots : 0;
    }
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        most += owners->late[slot] != NOBODY;
    }
    *moving = arena_array(arena, most, sizeof **moving);
    *nmoving = 0;
    for (size_t i = 0; i < nparts; i++) {
        if (!leaving_take(parts, i, owners, *moving, nmoving)) {
            return is_anothers(&parts[i], err);
        }
    }
    for (uint32_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        if (owners->whole[slot] == NOBODY && owners->late[slot] != NOBODY) {
            const struct column_slots *part = &parts[owners->late[slot]];
            (*moving)[(*nmoving)++] = (struct moving_slot){
                .slot = slot, .address = slice_str(part->name), .asked_us = part->asked_us};
        } else {
            nmissing += owners->whole[slot] == NOBODY;
        }
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
                  const struct named_rows *target, int64_t now_us, struct error *err)
{
    struct named_slot *source = moving->source;
    const struct named_slot *slot = find_slot(target, moving->slot);
    if (!slot) {
        return error_set(err, "SHARDDOWN", "node %.*s said nothing about slot %u",
                         SLICE_ARG(moving->address), moving->slot);
    }
    if (slot->quiet_us < (uint64_t) (now_us - moving->asked_us)) {
        return error_set(err, "SHARDDOWN", "rows of slot %u went on from node %.*s meanwhile",
                         moving->slot, SLICE_ARG(moving->address));
    }
    struct map at_target;
    map_init(&at_target, arena);
    for (size_t i = 0; source && i < slot->nrows; i++) {
        map_add(&at_target, slot->rows[i].name, NULL);
    }
    for (size_t i = 0; source && i < source->nrows; i++) {
        if (map_find(&at_target, source->rows[i].name)) {
            source->rows[i].is_counted = false;
        }
    }
    return true;
}
