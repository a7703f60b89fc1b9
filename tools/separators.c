/*
 * Asks for the separators of fields. in: a dataset's name; out: fields with several values.
 *
 *     DATASET DESCRIBE survey      field langs multi ; epoch "" labels [] ...
 */
#include "tools/separators.h"

#include <hiredis/hiredis.h>

static struct slice
text_of(const struct redisReply *reply)
{
    return slice_of(reply->str, reply->str ? (size_t) reply->len : 0);
}

/* A field's pairs of names and values; the separator is empty where it has one value. */
static struct source_separator
separator_of(struct arena *arena, const struct redisReply *pairs)
{
    struct source_separator found = {slice_lit(""), slice_lit("")};
    for (size_t i = 0; i + 1 < pairs->elements; i += 2) {
        struct slice what = text_of(pairs->element[i]);
        if (slice_equal(what, slice_lit("field"))) {
            found.field = arena_copy(arena, text_of(pairs->element[i + 1]));
        } else if (slice_equal(what, slice_lit("multi"))) {
            found.separator = arena_copy(arena, text_of(pairs->element[i + 1]));
        }
    }
    return found;
}

void
separators_ask(const struct connection_address *address, const char *dataset, struct arena *arena,
               const struct source_separator **separators, size_t *n)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DESCRIBE"), slice_str(dataset)};
    struct connection *connection;
    struct error ignored = {0};
    if (!connection_open(address, &connection, &ignored)) {
        return;
    }
    connection_send(connection, words, 3);
    struct redisReply *reply = connection_receive(connection, &ignored);
    size_t nfields = reply && reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
    struct source_separator *all = arena_array(arena, *n + nfields, sizeof *all);
    if (*n) {
        memcpy(all, *separators, *n * sizeof *all);
    }
    for (size_t i = 0; i < nfields; i++) {
        all[*n] = separator_of(arena, reply->element[i]);
        *n += all[*n].separator.len > 0;
    }
    *separators = all;
    freeReplyObject(reply);
    connection_free(connection);
}
