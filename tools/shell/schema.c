/*
 * Asks the server what completion needs, and keeps it. in: a dataset, a field; out: names.
 *
 * Example: the first Tab behind `where sex = ` asks VALUES, the ones after it in the next 30 seconds
 * do not. A server that does not answer in 700 ms is left alone for five seconds.
 */
#include "tools/shell/schema.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "tools/shell/dialog.h"

enum { PATIENCE_MS = 700, QUERY_TIMEOUT_MS = 500, KEPT_MS = 30000, SILENT_MS = 5000 };
enum { VALUES_MOST = 100, ENTRIES_MOST = 256 };

/* What the server has answered to one question. */
struct entry {
    struct slice question; /* in the arena */
    struct schema_names names;
    int64_t asked_ms;
};

struct schema {
    struct dialog *dialog;
    struct arena *arena; /* entries and names */
    struct entry *entries;
    size_t nentries, capacity;
    int64_t silent_until_ms; /* it did not answer */
};

struct schema *
schema_new(const struct connection_address *address)
{
    struct schema *schema = must_alloc(sizeof *schema);
    schema->dialog = dialog_new(address);
    schema->arena = arena_new();
    return schema;
}

void
schema_free(struct schema *schema)
{
    if (schema) {
        dialog_free(schema->dialog);
        arena_free(schema->arena);
        free(schema);
    }
}

void
schema_clear(struct schema *schema)
{
    arena_free(schema->arena);
    schema->arena = arena_new();
    schema->entries = NULL;
    schema->nentries = schema->capacity = 0;
}

/* The reply, for the caller to free; NULL: none in time, or an error. */
static struct redisReply *
ask(struct schema *schema, const struct slice *args, size_t nargs)
{
    const struct dialog_wait wait = {.patience_ms = PATIENCE_MS, .is_aside = true};
    struct redisReply *reply = NULL;
    struct error ignored = {0};
    if (now_ms() < schema->silent_until_ms) {
        return NULL;
    }
    if (dialog_call(schema->dialog, args, nargs, &wait, &reply, &ignored) != DIALOG_REPLY) {
        schema->silent_until_ms = now_ms() + SILENT_MS;
        return NULL;
    }
    if (reply->type != REDIS_REPLY_ARRAY) {
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/* The names in a reply, in the arena. */
typedef void take_fn(struct arena *arena, const struct redisReply *reply, struct schema_names *out);

static void
names_add(struct arena *arena, struct schema_names *names, const struct redisReply *name)
{
    names->names[names->n++] = arena_copy(arena, slice_of(name->str, name->len));
}

/* A map of names: every other element. */
static void
take_keys(struct arena *arena, const struct redisReply *reply, struct schema_names *out)
{
    for (size_t i = 0; i < reply->elements; i += 2) {
        names_add(arena, out, reply->element[i]);
    }
}

/* Rows, whose first element is the name. */
static void
take_labels(struct arena *arena, const struct redisReply *reply, struct schema_names *out)
{
    for (size_t i = 0; i < reply->elements; i++) {
        const struct redisReply *row = reply->element[i];
        if (row->type == REDIS_REPLY_ARRAY && row->elements && row->element[0]->str) {
            names_add(arena, out, row->element[0]);
        }
    }
}

/* The member of a map; NULL: it has none. */
static const struct redisReply *
member(const struct redisReply *map, const char *name)
{
    for (size_t i = 0; map->type == REDIS_REPLY_ARRAY && i + 1 < map->elements; i += 2) {
        if (map->element[i]->str && strcmp(map->element[i]->str, name) == 0) {
            return map->element[i + 1];
        }
    }
    return NULL;
}

/* DATASET LIST: their names, then their aliases. */
static void
take_datasets(struct arena *arena, const struct redisReply *reply, struct schema_names *out)
{
    size_t n = reply->elements;
    for (size_t i = 0; i < reply->elements; i++) {
        const struct redisReply *aliases = member(reply->element[i], "aliases");
        n += aliases ? aliases->elements : 0;
    }
    out->names = arena_array(arena, n, sizeof *out->names);
    for (size_t i = 0; i < reply->elements; i++) {
        const struct redisReply *name = member(reply->element[i], "name");
        const struct redisReply *aliases = member(reply->element[i], "aliases");
        if (name && name->str) {
            names_add(arena, out, name);
        }
        for (size_t k = 0; aliases && k < aliases->elements; k++) {
            names_add(arena, out, aliases->element[k]);
        }
    }
}

static struct schema_names
names_for(struct schema *schema, struct slice question, const struct slice *args, size_t nargs,
          take_fn *take)
{
    for (size_t i = schema->nentries; i-- > 0;) {
        if (slice_equal(schema->entries[i].question, question) &&
            now_ms() - schema->entries[i].asked_ms < KEPT_MS) {
            return schema->entries[i].names;
        }
    }
    struct redisReply *reply = ask(schema, args, nargs);
    if (!reply) {
        return (struct schema_names){0};
    }
    if (schema->nentries == ENTRIES_MOST) {
        schema_clear(schema);
    }
    struct entry entry = {.question = arena_copy(schema->arena, question), .asked_ms = now_ms()};
    entry.names.names = arena_array(schema->arena, reply->elements, sizeof *entry.names.names);
    take(schema->arena, reply, &entry.names);
    freeReplyObject(reply);
    schema->entries = arena_room(schema->arena, schema->entries, schema->nentries,
                                 &schema->capacity, sizeof *schema->entries);
    schema->entries[schema->nentries++] = entry;
    return entry.names;
}

struct schema_names
schema_datasets(struct schema *schema)
{
    const struct slice args[] = {slice_lit("DATASET"), slice_lit("LIST")};
    return names_for(schema, args[0], args, 2, take_datasets);
}

/* A name in backquotes. */
static void
name_append(struct strbuf *out, struct slice name)
{
    strbuf_append_char(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        strbuf_append(out, name.ptr[i] == '`' ? slice_lit("``") : slice_of(name.ptr + i, 1));
    }
    strbuf_append_char(out, '`');
}

static struct schema_names
names_of_query(struct schema *schema, struct strbuf *query, take_fn *take)
{
    const struct slice args[] = {slice_lit("QUERY"), strbuf_slice(query)};
    struct schema_names names = names_for(schema, args[1], args, 2, take);
    strbuf_fini(query);
    return names;
}

struct schema_names
schema_fields(struct schema *schema, struct slice dataset)
{
    struct strbuf query;
    strbuf_init(&query);
    strbuf_append_str(&query, "describe ");
    name_append(&query, dataset);
    strbuf_printf(&query, " timeout %d", QUERY_TIMEOUT_MS);
    return names_of_query(schema, &query, take_keys);
}

struct schema_names
schema_values(struct schema *schema, struct slice dataset, struct slice field)
{
    struct strbuf query;
    strbuf_init(&query);
    strbuf_append_str(&query, "values ");
    name_append(&query, field);
    strbuf_append_str(&query, " from ");
    name_append(&query, dataset);
    strbuf_printf(&query, " order by count desc limit %d format rows timeout %d", VALUES_MOST,
                  QUERY_TIMEOUT_MS);
    return names_of_query(schema, &query, take_labels);
}

void
schema_query_progress(struct schema *schema, int64_t client_id, int64_t *done, int64_t *all)
{
    const struct slice args[] = {slice_lit("QUERY"), slice_lit("LIST")};
    struct redisReply *reply = client_id ? ask(schema, args, 2) : NULL;
    for (size_t i = 0; reply && i < reply->elements; i++) {
        const struct redisReply *id = member(reply->element[i], "client-id");
        const struct redisReply *of_done = member(reply->element[i], "partitions-done");
        const struct redisReply *of_all = member(reply->element[i], "partitions");
        if (id && id->integer == client_id && of_done && of_all) {
            *done = of_done->integer;
            *all = of_all->integer;
        }
    }
    freeReplyObject(reply);
}
