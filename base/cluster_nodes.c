/*
 * Cluster nodes: lines of CLUSTER NODES, cut into fields, and a line's slots one by one. in: the
 * text; out: nodes and ranges.
 */
#include "base/cluster_nodes.h"

#include "base/slot.h"

static bool
has_flag(struct slice flags, struct slice flag)
{
    while (flags.len) {
        if (slice_equal(slice_shift(&flags, ','), flag)) {
            return true;
        }
    }
    return false;
}

bool
cluster_nodes_find(struct slice nodes, struct slice id, struct cluster_node *out)
{
    while (nodes.len) {
        struct slice line = slice_shift(&nodes, '\n');
        out->id = slice_shift(&line, ' ');
        struct slice address = slice_shift(&line, ' ');
        out->address = slice_shift(&address, '@');
        struct slice flags = slice_shift(&line, ' ');
        if (id.ptr ? !slice_equal(out->id, id) : !has_flag(flags, slice_lit("myself"))) {
            continue;
        }
        out->master = slice_shift(&line, ' ');
        slice_shift(&line, ' '); /* ping sent, pong received */
        slice_shift(&line, ' ');
        int64_t epoch;
        out->epoch = slice_to_int64(slice_shift(&line, ' '), &epoch) ? (uint64_t) epoch : 0;
        slice_shift(&line, ' '); /* the link's state */
        out->slots = line;
        return true;
    }
    return false;
}

static bool
slot_read(struct slice text, unsigned *out)
{
    int64_t slot;
    if (!slice_to_int64(text, &slot) || slot < 0 || slot >= CLUSTER_SLOTS) {
        return false;
    }
    *out = (unsigned) slot;
    return true;
}

/* "93->-292f...]" and "93-<-292f...]" */
static bool
way_read(struct slice word, struct node_slots *out)
{
    if (!slot_read(slice_shift(&word, '-'), &out->first)) {
        return false;
    }
    out->last = out->first;
    out->state = slice_starts_with(word, slice_lit(">")) ? SLOTS_LEAVING : SLOTS_COMING;
    slice_shift(&word, '-');
    out->peer = slice_shift(&word, ']');
    return true;
}

/* "0-5460" and "6000" */
static bool
range_read(struct slice word, struct node_slots *out)
{
    out->state = SLOTS_SERVED;
    out->peer = slice_of(NULL, 0);
    if (!slot_read(slice_shift(&word, '-'), &out->first)) {
        return false;
    }
    if (word.len == 0) {
        out->last = out->first;
        return true;
    }
    return slot_read(word, &out->last) && out->first <= out->last;
}

bool
node_slots_shift(struct slice *slots, struct node_slots *out)
{
    while (slots->len) {
        struct slice word = slice_shift(slots, ' ');
        bool is_way = word.len && word.ptr[0] == '[';
        if (is_way ? way_read(slice_of(word.ptr + 1, word.len - 1), out) : range_read(word, out)) {
            return true;
        }
    }
    return false;
}
