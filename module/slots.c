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

#include "base/must.h"

enum {
    FIELD_ID = 0,
    FIELD_ADDRESS = 1,
    FIELD_FLAGS = 2,
    FIELD_MASTER = 3,
    FIELD_EPOCH = 6,
    FIELD_SLOTS = 8
};

static struct slice
field(struct slice line, int number)
{
    struct slice word = slice_shift(&line, ' ');
    while (number-- > 0) {
        word = slice_shift(&line, ' ');
    }
    return word;
}

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

static bool
find_line(struct slice nodes, struct slice id, struct slice *line)
{
    while (nodes.len) {
        *line = slice_shift(&nodes, '\n');
        if (id.ptr ? slice_equal(field(*line, FIELD_ID), id)
                   : has_flag(field(*line, FIELD_FLAGS), slice_lit("myself"))) {
            return true;
        }
    }
    return false;
}

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

/* "127.0.0.1:30001@31001,name": takes the part before the bus's port. */
static struct slice
address_of(struct slice nodes, struct slice id)
{
    struct slice line, address = slice_of(NULL, 0);
    if (id.len && find_line(nodes, id, &line)) {
        address = field(line, FIELD_ADDRESS);
        address = slice_shift(&address, '@');
    }
    return address;
}

/* Reads "[93-<-292f...]" and "[93->-292f...]": the slot, and its direction. */
static void
add_way(struct slots *slots, struct slice nodes, struct slice word)
{
    struct slice rest = slice_of(word.ptr + 1, word.len - 1);
    int64_t slot;
    if (!slice_to_int64(slice_shift(&rest, '-'), &slot) || slot < 0 || slot >= CLUSTER_SLOTS) {
        return;
    }
    bool is_leaving = slice_starts_with(rest, slice_lit(">"));
    slice_shift(&rest, '-');
    struct slice id = slice_shift(&rest, ']');
    struct slot_way *way = way_new(slots);
    *way = (struct slot_way){(unsigned) slot, is_leaving, slots->peers.len, 0};
    strbuf_append(&slots->peers, id);
    strbuf_append_char(&slots->peers, ' ');
    strbuf_append(&slots->peers, address_of(nodes, id));
    way->peer_len = slots->peers.len - way->peer_at;
    if (is_leaving) {
        slots->leaves[slot / 8] |= (uint8_t) (1 << slot % 8);
    }
}

/* Reads "6000" or "0-5460". */
static void
add_range(struct slots *slots, struct slice word)
{
    struct slice rest = word;
    int64_t first, last;
    if (!slice_to_int64(slice_shift(&rest, '-'), &first)) {
        return;
    }
    if (!slice_to_int64(rest, &last)) {
        last = first;
    }
    for (int64_t slot = first; slot >= 0 && slot <= last && slot < CLUSTER_SLOTS; slot++) {
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
    struct slice line;
    if (!find_line(nodes, slice_of(NULL, 0), &line)) {
        return error_set(err, "TRYAGAIN", "this node does not know its place in the cluster yet");
    }
    struct slice master = field(line, FIELD_MASTER);
    out->is_own = slice_equal(master, slice_lit("-"));
    if (!out->is_own && !find_line(nodes, master, &line)) {
        return error_set(err, "TRYAGAIN", "this replica does not know its master yet");
    }
    int64_t epoch;
    out->epoch = slice_to_int64(field(line, FIELD_EPOCH), &epoch) ? (uint64_t) epoch : 0;
    for (int i = 0; i < FIELD_SLOTS; i++) {
        slice_shift(&line, ' ');
    }
    while (line.len) {
        struct slice word = slice_shift(&line, ' ');
        if (word.len && word.ptr[0] == '[') {
            add_way(out, nodes, word);
        } else {
            add_range(out, word);
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
