/*
 * Tables, plans and shards' replies in RESP.
 * in: a table (answer/table.h), lines, or a shard's reply; out: bytes through the writer.
 *
 * A table holds its cells that are not zero, sorted; nested replies need all of them, with an array
 * header wherever a dimension starts anew, which is where the index is a multiple of the cells
 * under one of its positions. So all indices are walked once, with the cells beside them: 2 x 3
 * cells a, b
 *
 *     index  0        1   2   3       4   5
 *     before *2 *3            *3
 *     leaf   :17      :0  :0  :0      :3  :0
 */
#include "server/reply.h"

#include "net/resp_value.h"

/*
 * How many dimensions, from the first, have positions. Behind one that has none there is nothing to
 * count: it is an empty array in each cell of those before it.
 */
static size_t
dims_filled(const struct table *table)
{
    size_t n = 0;
    while (n < table->ndims && table->dims[n].npositions > 0) {
        n++;
    }
    return n;
}

/* The headers of the arrays that begin at this index: those whose inner cells are a divisor of it.
 */
static void
headers_write(struct resp_writer *writer, const struct table *table, size_t ndims, uint64_t index)
{
    uint64_t span = 1;
    size_t first = ndims;
    while (first > 0 && index % (span * table->dims[first - 1].npositions) == 0) {
        span *= table->dims[--first].npositions;
    }
    for (size_t i = first; i < ndims; i++) {
        resp_write_array(writer, table->dims[i].npositions);
    }
}

static void
count_write(struct resp_writer *writer, int64_t count)
{
    if (count == TABLE_SUPPRESSED) {
        resp_write_null(writer);
    } else {
        resp_write_int(writer, count);
    }
}

static void
nested_write(struct resp_writer *writer, const struct table *table)
{
    size_t ndims = dims_filled(table);
    uint64_t nleaves = 1;
    for (size_t i = 0; i < ndims; i++) {
        nleaves *= table->dims[i].npositions;
    }
    const struct table_cell *cell = table->cells;
    const struct table_cell *end = cell + table->nnonzero;
    for (uint64_t index = 0; index < nleaves; index++) {
        headers_write(writer, table, ndims, index);
        if (ndims < table->ndims) {
            resp_write_array(writer, 0);
        } else if (cell < end && cell->index == index) {
            count_write(writer, (cell++)->count);
        } else {
            strbuf_append(writer->out, slice_lit(":0\r\n"));
        }
    }
}

/* One non-zero cell: its label in each dimension, then its count. */
static void
row_write(struct resp_writer *writer, const struct table *table, const struct table_cell *cell)
{
    resp_write_array(writer, table->ndims + 1);
    uint64_t span = table->ncells;
    uint64_t index = cell->index;
    for (size_t i = 0; i < table->ndims; i++) {
        span /= table->dims[i].npositions;
        resp_write_bulk(writer, table->dims[i].labels[index / span]);
        index %= span;
    }
    count_write(writer, cell->count);
}

static void
rows_write(struct resp_writer *writer, const struct table *table)
{
    resp_write_array(writer, table->nnonzero);
    for (size_t i = 0; i < table->nnonzero; i++) {
        row_write(writer, table, &table->cells[i]);
    }
}

void
reply_table(struct resp_writer *writer, const struct table *table)
{
    switch (table->format) {
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED: nested_write(writer, table); return;
    case AST_FORMAT_ROWS: rows_write(writer, table); return;
    case AST_FORMAT_MAP:
    case AST_FORMAT_TABLE:
    case AST_FORMAT_JSON:
    case AST_FORMAT_CSV: break;
    }
    resp_write_err(writer, "this FORMAT is not supported yet");
}

void
reply_query_result(struct resp_writer *writer, const struct query_result *result)
{
    if (!result->lines) {
        reply_table(writer, result->table);
        return;
    }
    resp_write_array(writer, result->nlines);
    for (size_t i = 0; i < result->nlines; i++) {
        resp_write_bulk(writer, result->lines[i]);
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
