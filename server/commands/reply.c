/*
 * Writes results and shards' replies in RESP. in: a query's result, names with values, or a shard's
 * reply; out: bytes through the writer.
 *
 * Example: {"rows", 7} is a map of one pair, %1 $4 rows :7 in RESP3 and *2 $4 rows :7 in RESP2.
 */
#include "server/commands/reply.h"

#include "answer/format.h"
#include "net/resp_sink.h"
#include "net/resp_value.h"
#include "server/client/request.h"
#include "server/commands/dataset_names.h"

void
reply_query_write(const struct query_result *result, struct resp_writer *writer)
{
    struct resp_sink to = resp_sink_of(writer);
    if (result->listing) {
        format_listing(&to.sink, result->listing);
    } else if (result->description) {
        format_description(&to.sink, result->description);
    } else if (result->table) {
        format_table(&to.sink, result->table);
    } else if (result->answer) {
        format_answer(&to.sink, result->answer);
    } else {
        format_lines(&to.sink, result->lines, result->nlines);
    }
}

void
reply_listing(struct resp_writer *writer, const struct listing *listing)
{
    struct resp_sink to = resp_sink_of(writer);
    format_listing(&to.sink, listing);
}

/* A large reply changes hands. */
void
reply_query_result(struct resp_writer *writer, const struct query_result *result)
{
    struct strbuf empty = *writer->out;
    if (result->is_written) {
        resp_write_int(writer, (int64_t) result->nwritten);
    } else if (empty.len) {
        strbuf_append(writer->out, strbuf_slice(result->reply));
    } else {
        *writer->out = *result->reply;
        *result->reply = empty;
    }
}

void
reply_admin_pairs(struct resp_writer *writer, const struct admin_pair *pairs, size_t npairs)
{
    resp_write_map(writer, npairs);
    for (size_t i = 0; i < npairs; i++) {
        resp_write_bulk_str(writer, pairs[i].name);
        if (pairs[i].text.ptr) {
            resp_write_bulk(writer, pairs[i].text);
        } else {
            resp_write_int(writer, pairs[i].value);
        }
    }
}

void
reply_admin_done(void *arg, const struct admin_pair *pairs, size_t npairs, const struct error *err)
{
    struct request *request = arg;
    if (!err) {
        reply_admin_pairs(request_writer(request), pairs, npairs);
    }
    dataset_names_finish(request, err);
}

static void
scalar_write(struct resp_writer *writer, const struct resp_value *reply)
{
    switch (reply->type) {
    case VALUE_STRING: resp_write_bulk(writer, reply->text); return;
    case VALUE_STATUS: resp_write_simple(writer, reply->text); return;
    case VALUE_ERROR: resp_write_error_text(writer, reply->text); return;
    case VALUE_INTEGER: resp_write_int(writer, reply->integer); return;
    case VALUE_NIL: resp_write_null(writer); return;
    case VALUE_ARRAY: break;
    }
    resp_write_err(writer, "a shard answered with an array where none was expected");
}

void
reply_redis(struct resp_writer *writer, const struct resp_value *reply, bool as_map)
{
    if (reply->type != VALUE_ARRAY) {
        scalar_write(writer, reply);
        return;
    }
    if (as_map && reply->nelements % 2 == 0) {
        resp_write_map(writer, reply->nelements / 2);
    } else {
        resp_write_array(writer, reply->nelements);
    }
    for (size_t i = 0; i < reply->nelements; i++) {
        scalar_write(writer, &reply->elements[i]);
    }
}
