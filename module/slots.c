/*
 * Reads from CLUSTER NODES which slots of a cluster are this node's. in: lines, one per node; out:
 * the slots of this node or of its master.
 *
 *     07c3... 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 6000 [93-<-292f...]
 *     id      address               flags         master      link   slots      importing
 *                                                                      ([93->-...: migrating)
 *
 * Example: the line above: "0-5460 6000" are settled, and slot 93 is coming from 292f....
 */
#include "module/slots.h"

#include <stdlib.h>

#include "base/cluster_nodes.h"
#include "base/must.h"

void
slots_init(struct slots *slots)
{
    *slots = (struct slots){.is_own = false};
    strbuf_init(&slots->text);
    strbuf_init(&slots->peers);
}

void
slots_fini(struct slots *slots)
{
    strbuf_fini(&slots->text);
    strbuf_fini(&slots->peers);
    free(slots->ways);
}

static struct slot_way *
way_new(struct slots *slots)
{
    slots->ways = must_grow(slots->ways, slots->nways + 1, sizeof *slots->ways);
    return &slots->ways[slots->nways++];
}

/* A slot that comes or leaves; its other node by id and address. */
static void
add_way(struct slots *slots, struct slice nodes, const struct node_slots *range)
{
    struct cluster_node peer;
    bool is_leaving = range->state == SLOTS_LEAVING;
    struct slot_way *way = way_new(slots);
    *way = (struct slot_way){range->first, is_leaving, slots->peers.len, 0};
    strbuf_append(&slots->peers, range->peer);
    strbuf_append_char(&slots->peers, ' ');
    if (range->peer.len && cluster_nodes_find(nodes, range->peer, &peer)) {
        strbuf_append(&slots->peers, peer.address);
    }
    way->peer_len = slots->peers.len - way->peer_at;
    if (is_leaving) {
        slots->leaves[way->slot / 8] |= (uint8_t) (1 << way->slot % 8);
    }
}

static void
add_range(struct slots *slots, const struct node_slots *range)
{
    for (unsigned slot = range->first; slot <= range->last; slot++) {
        slots->has[slot / 8] |= (uint8_t) (1 << slot % 8);
    }
}

static void
put_range(struct strbuf *text, unsigned first, unsigned end)
{
    strbuf_append_str(text, text->len ? " " : "");
    strbuf_append_int(text, first);
    if (end - first > 1) {
        strbuf_append_char(text, '-');
        strbuf_append_int(text, end - 1);
    }
}

/* Skips whole bytes, since slots come in long ranges. */
static void
write_text(struct slots *slots)
{
    unsigned first = 0;
    bool is_inside = false;
    for (unsigned i = 0; i < sizeof slots->has; i++) {
        unsigned settled = slots->has[i] & ~slots->leaves[i] & 0xffu;
        bool is_mixed = settled != (is_inside ? 0xff : 0);
        for (unsigned bit = 0; is_mixed && bit < 8; bit++) {
            bool is_settled = settled >> bit & 1;
            if (is_settled && !is_inside) {
                first = i * 8 + bit;
            } else if (!is_settled && is_inside) {
                put_range(&slots->text, first, i * 8 + bit);
            }
            is_inside = is_settled;
        }
    }
    if (is_inside) {
        put_range(&slots->text, first, CLUSTER_SLOTS);
    }
}

bool
slots_read(struct slice nodes, struct slots *out, struct error *err)
{
    struct cluster_node node;
    struct node_slots range;
    if (!cluster_nodes_find(nodes, slice_of(NULL, 0), &node)) {
        return error_set(err, "TRYAGAIN", "this node does not know its place in the cluster yet");
    }
    out->is_own = slice_equal(node.master, slice_lit("-"));
    if (!out->is_own && !cluster_nodes_find(nodes, node.master, &node)) {
        return error_set(err, "TRYAGAIN", "this replica does not know its master yet");
    }
    out->epoch = node.epoch;
    while (node_slots_shift(&node.slots, &range)) {
        if (range.state == SLOTS_SERVED) {
            add_range(out, &range);
        } else {
            add_way(out, nodes, &range);
        }
    }
    write_text(out);
    return true;
}

bool
slots_are_quiet(const struct slots *slots, struct error *err)
{
    const struct slot_way *way = slots->ways;
    return !slots->nways || error_set(err, "TRYAGAIN", "slot %u is on its way to %s node",
                                      way->slot, way->is_leaving ? "another" : "this");
}

const struct slot_way *
slots_way(const struct slots *slots, unsigned slot)
{
    for (size_t i = 0; i < slots->nways; i++) {
        if (slots->ways[i].slot == slot) {
            return &slots->ways[i];
        }
    }
    return NULL;
}

bool
slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct slots *out,
          struct error *err)
{
    if (!(redis->context_flags(ctx) & REDIS_CTX_CLUSTER)) {
        return true;
    }
    struct redis_call_reply *reply = redis->call(ctx, "CLUSTER", "c", "NODES");
    size_t len = 0;
    const char *nodes = reply ? redis->call_reply_string(reply, &len) : NULL;
    bool ok = nodes ? slots_read(slice_of(nodes, len), out, err)
                    : error_set(err, "TRYAGAIN", "the cluster's slots are not known");
    if (reply) {
        redis->free_call_reply(reply);
    }
    return ok;
}
