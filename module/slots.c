/*
 * Slots from CLUSTER NODES. in: lines, one per node; out: the slots of this node or of its master.
 *
 *     07c3... 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 6000 [93-<-292f...]
 *     id      address               flags         master      link   slots      importing; [93->-:
 * migrating
 *
 * Example: the line above: TRYAGAIN, as slot 93 is being imported; without its last word "0-5460
 * 6000".
 */
#include "module/slots.h"

#include <string.h>

enum { FIELD_ID = 0, FIELD_FLAGS = 2, FIELD_MASTER = 3, FIELD_SLOTS = 8 };

static struct slice
next_word(struct slice *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    size_t len = end ? (size_t) (end - rest->ptr) : rest->len;
    struct slice word = slice_of(rest->ptr, len);
    size_t used = end ? len + 1 : len;
    *rest = slice_of(rest->ptr + used, rest->len - used);
    return word;
}

static struct slice
field(struct slice line, int number)
{
    struct slice word = next_word(&line, ' ');
    while (number-- > 0) {
        word = next_word(&line, ' ');
    }
    return word;
}

static bool
has_flag(struct slice flags, struct slice flag)
{
    while (flags.len) {
        if (slice_equal(next_word(&flags, ','), flag)) {
            return true;
        }
    }
    return false;
}

static bool
find_line(struct slice nodes, struct slice id, struct slice *line)
{
    while (nodes.len) {
        *line = next_word(&nodes, '\n');
        if (id.ptr ? slice_equal(field(*line, FIELD_ID), id)
                   : has_flag(field(*line, FIELD_FLAGS), slice_lit("myself"))) {
            return true;
        }
    }
    return false;
}

/* "[93-<-292f..." and "[93->-292f...": the slot, and which way. */
static bool
under_way(struct slice word, struct error *err)
{
    struct slice rest = slice_of(word.ptr + 1, word.len - 1);
    struct slice slot = next_word(&rest, '-');
    return error_set(err, "TRYAGAIN", "slot %.*s is on its way %s", SLICE_ARG(slot),
                     rest.len && rest.ptr[0] == '<' ? "to this node" : "to another node");
}

bool
slots_read(struct slice nodes, struct strbuf *text, struct error *err)
{
    struct slice line;
    if (!find_line(nodes, slice_of(NULL, 0), &line)) {
        return error_set(err, "TRYAGAIN", "this node does not know its place in the cluster yet");
    }
    struct slice master = field(line, FIELD_MASTER);
    if (!slice_equal(master, slice_lit("-")) && !find_line(nodes, master, &line)) {
        return error_set(err, "TRYAGAIN", "this replica does not know its master yet");
    }
    for (int i = 0; i < FIELD_SLOTS; i++) {
        next_word(&line, ' ');
    }
    while (line.len) {
        struct slice word = next_word(&line, ' ');
        if (word.len && word.ptr[0] == '[') {
            return under_way(word, err);
        }
        strbuf_append_str(text, text->len ? " " : "");
        strbuf_append(text, word);
    }
    return true;
}

bool
slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct strbuf *text,
          struct error *err)
{
    if (!(redis->context_flags(ctx) & REDIS_CTX_CLUSTER)) {
        return true;
    }
    struct redis_call_reply *reply = redis->call(ctx, "CLUSTER", "c", "NODES");
    size_t len = 0;
    const char *nodes = reply ? redis->call_reply_string(reply, &len) : NULL;
    bool ok = nodes ? slots_read(slice_of(nodes, len), text, err)
                    : error_set(err, "TRYAGAIN", "the cluster's slots are not known");
    if (reply) {
        redis->free_call_reply(reply);
    }
    return ok;
}
