/*
 * Asks the server about a dataset. in: its name; out: which one it is, fields, labels, names of rows.
 *
 *     DESCRIBE survey                -> {age, {...}, sex, {...}}
 *     DATASET DESCRIBE survey        -> {{field, sex, multi, "", epoch, "", labels, {1, male, ...}}}
 *     DATASET INFO survey            -> {name, w47, prefix, profile_, keys, w47:profile_*, plain_keys, no,
 *                                       ..., made, 3}
 */
#include "tools/export/facts.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include "parser/ast_text.h"

/* Of the questions asked here, and of an export that says none: there may be many rows. */
enum { QUERY_TIMEOUT_MS = 600000 };

struct redisReply *
facts_ask(struct connection *connection, const struct slice *words, size_t nwords,
          struct error *err)
{
    connection_send(connection, words, nwords);
    struct redisReply *reply = connection_receive(connection, err);
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        char code[ERROR_CODE_BYTES];
        struct slice text = reply_slice(reply), word = slice_shift(&text, ' ');
        snprintf(code, sizeof code, "%.*s", SLICE_ARG(word));
        (void) error_set(err, code, "%.*s", SLICE_ARG(text));
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

static struct redisReply *
ask_query(struct connection *connection, const struct ast_query *query, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    ast_text(query, &text);
    const struct slice words[] = {slice_lit("QUERY"), strbuf_slice(&text)};
    struct redisReply *reply = facts_ask(connection, words, 2, err);
    strbuf_fini(&text);
    return reply;
}

bool
facts_fields(struct connection *connection, struct arena *arena, struct slice dataset,
             struct slice **names, size_t *n, struct error *err)
{
    const struct ast_query describe = {
        .mode = AST_RUN,
        .statement = AST_DESCRIBE,
        .dataset = dataset,
        .options = {.has_timeout = true, .timeout_ms = QUERY_TIMEOUT_MS}};
    struct redisReply *reply = ask_query(connection, &describe, err);
    if (!reply) {
        return false;
    }
    *n = 0;
    *names = arena_array(arena, reply->elements / 2 + 1, sizeof **names);
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
        (*names)[(*n)++] = arena_copy(arena, reply_slice(reply->element[i]));
    }
    freeReplyObject(reply);
    return true;
}

bool
facts_count(struct connection *connection, const struct ast_query *rows, uint64_t *nrows,
            struct error *err)
{
    struct ast_measure measure = {.kind = AST_COUNT};
    struct ast_table table = {.dims = NULL};
    struct ast_query count = {.mode = AST_RUN,
                              .statement = AST_CROSSTAB,
                              .measures = &measure,
                              .tables = &table,
                              .ntables = 1,
                              .dataset = rows->dataset,
                              .where = rows->where,
                              .options = {.has_timeout = true, .timeout_ms = QUERY_TIMEOUT_MS}};
    struct redisReply *reply = ask_query(connection, &count, err);
    bool is_number = reply && reply->type == REDIS_REPLY_INTEGER;
    if (reply && !is_number) {
        (void) error_set(err, "IO", "a count has answered in an unknown form");
    }
    *nrows = is_number ? (uint64_t) reply->integer : 0;
    freeReplyObject(reply);
    return is_number;
}

/* A member of a map, as an array of names and values; NULL: it has none. */
static const struct redisReply *
member(const struct redisReply *map, const char *name)
{
    for (size_t i = 0; map->type == REDIS_REPLY_ARRAY && i + 1 < map->elements; i += 2) {
        if (slice_equal(reply_slice(map->element[i]), slice_str(name))) {
            return map->element[i + 1];
        }
    }
    return NULL;
}

bool
facts_meant(struct connection *connection, struct arena *arena, struct slice dataset,
            struct dataset_meant *meant, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("INFO"), dataset};
    struct redisReply *reply = facts_ask(connection, words, 3, err);
    if (!reply) {
        return false;
    }
    const struct redisReply *own = member(reply, "name"), *made = member(reply, "made");
    const struct redisReply *prefix = member(reply, "prefix"), *keys = member(reply, "keys");
    const struct redisReply *plain_keys = member(reply, "plain_keys");
    bool ok = own && made && prefix && keys && plain_keys;
    bool is_there = ok && keys->len > prefix->len + 1;
    if (is_there) {
        struct slice pattern = arena_copy(arena, reply_slice(keys)); /* w47:profile_* */
        struct slice address = slice_of(pattern.ptr, pattern.len - prefix->len - 1);
        bool is_plain = slice_equal(reply_slice(plain_keys), slice_lit("yes"));
        *meant = (struct dataset_meant){
            .own = arena_copy(arena, reply_slice(own)),
            .made = made->integer,
            .name = slice_of(address.ptr, address.len - 1),
            .rows = {.prefix = arena_copy(arena, reply_slice(prefix)),
                     .address = slice_of(address.ptr, is_plain ? 0 : address.len)}};
    }
    freeReplyObject(reply);
    return is_there ||
           (ok ? error_set(err, "NODATASET", "no name leads to dataset %.*s: it is being dropped",
                           SLICE_ARG(dataset))
               : error_set(err, "IO", "DATASET INFO has answered in an unknown form"));
}

/* ---- Labels ---- */

static void
labels_take(struct arena *arena, struct export_column *column, const struct redisReply *labels)
{
    struct source_label *list = arena_array(arena, labels->elements / 2 + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i + 1 < labels->elements; i += 2) {
        list[n++] = (struct source_label){arena_copy(arena, reply_slice(labels->element[i])),
                                          arena_copy(arena, reply_slice(labels->element[i + 1]))};
    }
    column->labels = list;
    column->nlabels = n;
}

static void
sayings_take(struct arena *arena, struct export_column *column, const struct redisReply *sayings)
{
    const struct redisReply *multi = member(sayings, "multi"), *label = member(sayings, "label");
    const struct redisReply *labels = member(sayings, "labels");
    if (multi && multi->len) {
        column->separator = arena_copy(arena, reply_slice(multi));
    }
    if (label && label->len) {
        column->label = arena_copy(arena, reply_slice(label));
    }
    if (labels && labels->type == REDIS_REPLY_ARRAY) {
        labels_take(arena, column, labels);
    }
}

bool
facts_label(struct connection *connection, struct arena *arena, struct slice dataset,
            struct export_table *table, struct error *err)
{
    const struct slice words[] = {slice_lit("DATASET"), slice_lit("DESCRIBE"), dataset};
    struct redisReply *reply = facts_ask(connection, words, 3, err);
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const struct redisReply *field = member(reply->element[i], "field");
        for (size_t c = 0; field && c < table->ncolumns; c++) {
            struct export_column *column = &table->columns[c];
            if (column->field.len && slice_equal(column->field, reply_slice(field))) {
                sayings_take(arena, column, reply->element[i]);
            }
        }
    }
    freeReplyObject(reply);
    return reply != NULL;
}
