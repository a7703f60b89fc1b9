/*
 * Arrow IPC files. in: rows, value by value; out: messages, and a footer that says where they are.
 *
 *     "ARROW1" 0 0, [schema], [batch], [batch], ..., [ff ff ff ff 00 00 00 00], footer, its length, "ARROW1"
 *     batch: prefix, metadata; then of each column its mask, offsets and bytes, or its mask and values
 *
 * The numbers of the tables' members are those of Arrow's format/Schema.fbs, Message.fbs and File.fbs.
 */
#include "tools/arrow/writer.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/arrow/flat_out.h"
#include "tools/arrow/message.h"
#include "tools/arrow/schema.h"

enum {
    ALIGNMENT = 8,
    STRUCT_BYTES = 16, /* a node, or a buffer, of a batch */
    BLOCK_BYTES = 24,  /* of the footer */
    ROWS_MOST = 1 << 16,
    BYTES_MOST = 1 << 24,
};

struct column {
    struct strbuf mask;  /* a bit for each row */
    struct strbuf lists; /* TEXTS: where each row's texts end, int32, behind a 0 */
    struct strbuf data;  /* values; of texts where each ends, int32, behind a 0 */
    struct strbuf bytes; /* of texts */
    size_t nrows;        /* that are closed */
    size_t nitems;       /* TEXTS: texts */
    size_t nmissing;
    bool has_value; /* in the open row */
};

struct block {
    int64_t at, metadata_bytes, body_bytes;
};

struct arrow_writer {
    const struct arrow_out_column *columns;
    size_t ncolumns;
    struct column *data;
    size_t nrows; /* of the batch */
    size_t nbytes;
    int64_t nwritten; /* bytes of the file */
    struct block *blocks;
    size_t nblocks, capacity;
};

static void
append_bytes(struct strbuf *out, const void *from, size_t len)
{
    strbuf_append(out, slice_of(from, len));
}

/* Where the texts so far end: what is behind the last is the next one's. */
static void
append_end(struct strbuf *ends, size_t end)
{
    int32_t n = (int32_t) end; /* BYTES_MOST and one row's texts: far below 2^31 */
    append_bytes(ends, &n, sizeof n);
}

/* ---- values ---- */

static void
column_clear(struct column *column)
{
    strbuf_clear(&column->mask);
    strbuf_clear(&column->lists);
    strbuf_clear(&column->data);
    strbuf_clear(&column->bytes);
    column->nrows = column->nitems = column->nmissing = 0;
}

struct arrow_writer *
arrow_writer_new(const struct arrow_out_column *columns, size_t ncolumns)
{
    struct arrow_writer *writer = must_alloc(sizeof *writer);
    *writer = (struct arrow_writer){.columns = columns,
                                    .ncolumns = ncolumns,
                                    .data = must_array(ncolumns, sizeof *writer->data)};
    return writer;
}

void
arrow_writer_free(struct arrow_writer *writer)
{
    if (writer) {
        for (size_t i = 0; i < writer->ncolumns; i++) {
            strbuf_fini(&writer->data[i].mask);
            strbuf_fini(&writer->data[i].lists);
            strbuf_fini(&writer->data[i].data);
            strbuf_fini(&writer->data[i].bytes);
        }
        free(writer->data);
        free(writer->blocks);
        free(writer);
    }
}

void
arrow_add_text(struct arrow_writer *writer, size_t index, struct slice text)
{
    struct column *column = &writer->data[index];
    column->has_value = true;
    if (column->data.len == 0) {
        append_end(&column->data, 0);
    }
    strbuf_append(&column->bytes, text);
    append_end(&column->data, column->bytes.len);
    column->nitems++;
    writer->nbytes += text.len + sizeof(int32_t);
}

void
arrow_add_list(struct arrow_writer *writer, size_t index)
{
    writer->data[index].has_value = true;
}

void
arrow_add_int(struct arrow_writer *writer, size_t index, int64_t n)
{
    struct column *column = &writer->data[index];
    size_t width = writer->columns[index].type == ARROW_OUT_DATE ? 4 : 8;
    column->has_value = true;
    append_bytes(&column->data, &n, width);
}

void
arrow_add_double(struct arrow_writer *writer, size_t index, double x)
{
    struct column *column = &writer->data[index];
    column->has_value = true;
    append_bytes(&column->data, &x, sizeof x);
}

/* A row without a value has a place for it all the same. */
static void
add_missing(struct arrow_writer *writer, size_t index)
{
    struct column *column = &writer->data[index];
    switch (writer->columns[index].type) {
    case ARROW_OUT_TEXT: arrow_add_text(writer, index, slice_lit("")); break;
    case ARROW_OUT_TEXTS: break;
    case ARROW_OUT_INT64:
    case ARROW_OUT_DOUBLE:
    case ARROW_OUT_DATE:
    case ARROW_OUT_MOMENT: arrow_add_int(writer, index, 0); break;
    }
    column->nmissing++;
}

void
arrow_end_row(struct arrow_writer *writer)
{
    for (size_t i = 0; i < writer->ncolumns; i++) {
        struct column *column = &writer->data[i];
        bool is_there = column->has_value;
        if (!is_there) {
            add_missing(writer, i);
        }
        if (writer->columns[i].type == ARROW_OUT_TEXTS) {
            if (column->nrows == 0) {
                append_end(&column->lists, 0);
            }
            append_end(&column->lists, column->nitems);
        }
        if (column->nrows % 8 == 0) {
            strbuf_append_char(&column->mask, '\0');
        }
        column->mask.ptr[column->mask.len - 1] |= (char) (is_there << column->nrows % 8);
        column->nrows++;
        column->has_value = false;
    }
    writer->nrows++;
}

bool
arrow_writer_is_full(const struct arrow_writer *writer)
{
    return writer->nrows >= ROWS_MOST || writer->nbytes >= BYTES_MOST;
}

/* ---- messages ---- */

/* A message's table, with room for its header; the header's place. */
static size_t
message_begin(struct strbuf *metadata, enum arrow_header header, int64_t body_bytes)
{
    strbuf_init(metadata);
    size_t root = flat_out_root(metadata);
    size_t message = flat_out_table(metadata, 4, (const uint8_t[]){2, 1, 4, 8});
    flat_out_refer(metadata, root, message);
    flat_out_set(metadata, flat_out_field(metadata, message, 0), 2, ARROW_VERSION_5);
    flat_out_set(metadata, flat_out_field(metadata, message, 1), 1, header);
    flat_out_set(metadata, flat_out_field(metadata, message, 3), 8, body_bytes);
    return flat_out_field(metadata, message, 2);
}

/* Appends prefix and metadata; how many bytes they are. */
static int64_t
message_end(struct arrow_writer *writer, struct strbuf *metadata, struct strbuf *out)
{
    flat_out_pad(metadata, ALIGNMENT);
    int32_t prefix[] = {-1, (int32_t) metadata->len};
    int64_t nbytes = (int64_t) (sizeof prefix + metadata->len);
    append_bytes(out, prefix, sizeof prefix);
    strbuf_append(out, strbuf_slice(metadata));
    strbuf_fini(metadata);
    writer->nwritten += nbytes;
    return nbytes;
}

/* The table of a type, at which `place` is to point, and its number. */
static enum arrow_type
append_type(struct strbuf *out, enum arrow_out_type type, size_t place)
{
    enum { DOUBLE = 2, DAY = 0, SECOND = 0, BITS = 64 };
    size_t table;
    switch (type) {
    case ARROW_OUT_INT64:
        table = flat_out_table(out, 2, (const uint8_t[]){4, 1});
        flat_out_set(out, flat_out_field(out, table, 0), 4, BITS);
        flat_out_set(out, flat_out_field(out, table, 1), 1, 1);
        flat_out_refer(out, place, table);
        return ARROW_INT;
    case ARROW_OUT_DOUBLE:
        table = flat_out_table(out, 1, (const uint8_t[]){2});
        flat_out_set(out, flat_out_field(out, table, 0), 2, DOUBLE);
        flat_out_refer(out, place, table);
        return ARROW_FLOAT;
    case ARROW_OUT_DATE:
        table = flat_out_table(out, 1, (const uint8_t[]){2});
        flat_out_set(out, flat_out_field(out, table, 0), 2, DAY);
        flat_out_refer(out, place, table);
        return ARROW_DATE;
    case ARROW_OUT_MOMENT:
        table = flat_out_table(out, 1, (const uint8_t[]){2});
        flat_out_set(out, flat_out_field(out, table, 0), 2, SECOND);
        flat_out_refer(out, place, table);
        return ARROW_TIMESTAMP;
    case ARROW_OUT_TEXT:
        flat_out_refer(out, place, flat_out_table(out, 0, NULL));
        return ARROW_UTF8;
    case ARROW_OUT_TEXTS:
        flat_out_refer(out, place, flat_out_table(out, 0, NULL));
        return ARROW_LIST;
    }
    return ARROW_NULL;
}

static size_t
append_field(struct strbuf *out, struct slice name, enum arrow_out_type type)
{
    size_t field = flat_out_table(out, 6, (const uint8_t[]){4, 1, 1, 4, 0, 4});
    flat_out_refer(out, flat_out_field(out, field, 0), flat_out_text(out, name));
    flat_out_set(out, flat_out_field(out, field, 1), 1, true);
    enum arrow_type number = append_type(out, type, flat_out_field(out, field, 3));
    flat_out_set(out, flat_out_field(out, field, 2), 1, number);
    size_t nchildren = type == ARROW_OUT_TEXTS;
    size_t children = flat_out_vector(out, nchildren, 4, 4);
    flat_out_refer(out, flat_out_field(out, field, 5), children);
    if (nchildren) {
        size_t child = append_field(out, slice_lit("item"), ARROW_OUT_TEXT);
        flat_out_refer(out, children + 4, child);
    }
    return field;
}

static size_t
append_schema(const struct arrow_writer *writer, struct strbuf *out)
{
    size_t schema = flat_out_table(out, 2, (const uint8_t[]){2, 4});
    size_t fields = flat_out_vector(out, writer->ncolumns, 4, 4);
    flat_out_refer(out, flat_out_field(out, schema, 1), fields);
    for (size_t i = 0; i < writer->ncolumns; i++) {
        size_t field = append_field(out, writer->columns[i].name, writer->columns[i].type);
        flat_out_refer(out, fields + 4 + 4 * i, field);
    }
    return schema;
}

void
arrow_writer_begin(struct arrow_writer *writer, struct strbuf *out)
{
    struct strbuf metadata;
    append_bytes(out, ARROW_MAGIC, ARROW_MAGIC_BYTES);
    writer->nwritten = ARROW_MAGIC_BYTES;
    size_t header = message_begin(&metadata, ARROW_SCHEMA, 0);
    flat_out_refer(&metadata, header, append_schema(writer, &metadata));
    (void) message_end(writer, &metadata, out);
}

/* ---- batches ---- */

/* Buffers of a column, in the order of the format; how many they are. */
static size_t
column_buffers(const struct arrow_writer *writer, size_t index, const struct strbuf *buffers[5])
{
    static const struct strbuf none; /* the mask of what is never missing */
    const struct column *column = &writer->data[index];
    size_t n = 0;
    buffers[n++] = &column->mask;
    if (writer->columns[index].type == ARROW_OUT_TEXTS) {
        buffers[n++] = &column->lists;
        buffers[n++] = &none;
    }
    buffers[n++] = &column->data;
    if (writer->columns[index].type <= ARROW_OUT_TEXTS) {
        buffers[n++] = &column->bytes;
    }
    return n;
}

static size_t
padded(size_t len)
{
    return (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void
set_pair(struct strbuf *metadata, size_t vector, size_t i, size_t a, size_t b)
{
    flat_out_set(metadata, vector + 4 + STRUCT_BYTES * i, 8, (int64_t) a);
    flat_out_set(metadata, vector + 4 + STRUCT_BYTES * i + 8, 8, (int64_t) b);
}

static void
append_batch(const struct arrow_writer *writer, struct strbuf *metadata, size_t header)
{
    size_t batch = flat_out_table(metadata, 3, (const uint8_t[]){8, 4, 4});
    size_t nnodes = 0, nbuffers = 0, at = 0;
    const struct strbuf *buffers[5];
    flat_out_refer(metadata, header, batch);
    flat_out_set(metadata, flat_out_field(metadata, batch, 0), 8, (int64_t) writer->nrows);
    for (size_t i = 0; i < writer->ncolumns; i++) {
        nnodes += writer->columns[i].type == ARROW_OUT_TEXTS ? 2 : 1;
        nbuffers += column_buffers(writer, i, buffers);
    }
    size_t nodes = flat_out_vector(metadata, nnodes, STRUCT_BYTES, ALIGNMENT);
    flat_out_refer(metadata, flat_out_field(metadata, batch, 1), nodes);
    size_t places = flat_out_vector(metadata, nbuffers, STRUCT_BYTES, ALIGNMENT);
    flat_out_refer(metadata, flat_out_field(metadata, batch, 2), places);
    nnodes = nbuffers = 0;
    for (size_t i = 0; i < writer->ncolumns; i++) {
        const struct column *column = &writer->data[i];
        set_pair(metadata, nodes, nnodes++, writer->nrows, column->nmissing);
        if (writer->columns[i].type == ARROW_OUT_TEXTS) {
            set_pair(metadata, nodes, nnodes++, column->nitems, 0);
        }
        size_t n = column_buffers(writer, i, buffers);
        for (size_t j = 0; j < n; j++) {
            set_pair(metadata, places, nbuffers++, at, buffers[j]->len);
            at += padded(buffers[j]->len);
        }
    }
}

void
arrow_writer_flush(struct arrow_writer *writer, struct strbuf *out)
{
    struct strbuf metadata;
    const struct strbuf *buffers[5];
    size_t body = 0;
    if (writer->nrows == 0) {
        return;
    }
    for (size_t i = 0; i < writer->ncolumns; i++) {
        size_t n = column_buffers(writer, i, buffers);
        for (size_t j = 0; j < n; j++) {
            body += padded(buffers[j]->len);
        }
    }
    struct block block = {.at = writer->nwritten, .body_bytes = (int64_t) body};
    size_t header = message_begin(&metadata, ARROW_RECORD_BATCH, (int64_t) body);
    append_batch(writer, &metadata, header);
    block.metadata_bytes = message_end(writer, &metadata, out);
    for (size_t i = 0; i < writer->ncolumns; i++) {
        size_t n = column_buffers(writer, i, buffers);
        for (size_t j = 0; j < n; j++) {
            static const char zeros[ALIGNMENT];
            strbuf_append(out, strbuf_slice(buffers[j]));
            append_bytes(out, zeros, padded(buffers[j]->len) - buffers[j]->len);
        }
        column_clear(&writer->data[i]);
    }
    writer->nwritten += (int64_t) body;
    writer->nrows = writer->nbytes = 0;
    writer->blocks =
        must_room(writer->blocks, writer->nblocks, &writer->capacity, sizeof *writer->blocks);
    writer->blocks[writer->nblocks++] = block;
}

void
arrow_writer_end(struct arrow_writer *writer, struct strbuf *out)
{
    static const int32_t end[] = {-1, 0};
    struct strbuf footer;
    strbuf_init(&footer);
    size_t root = flat_out_root(&footer);
    size_t table = flat_out_table(&footer, 4, (const uint8_t[]){2, 4, 4, 4});
    flat_out_refer(&footer, root, table);
    flat_out_set(&footer, flat_out_field(&footer, table, 0), 2, ARROW_VERSION_5);
    flat_out_refer(&footer, flat_out_field(&footer, table, 1), append_schema(writer, &footer));
    flat_out_refer(&footer, flat_out_field(&footer, table, 2),
                   flat_out_vector(&footer, 0, BLOCK_BYTES, ALIGNMENT));
    size_t blocks = flat_out_vector(&footer, writer->nblocks, BLOCK_BYTES, ALIGNMENT);
    flat_out_refer(&footer, flat_out_field(&footer, table, 3), blocks);
    for (size_t i = 0; i < writer->nblocks; i++) {
        size_t place = blocks + 4 + BLOCK_BYTES * i;
        flat_out_set(&footer, place, 8, writer->blocks[i].at);
        flat_out_set(&footer, place + 8, 4, writer->blocks[i].metadata_bytes);
        flat_out_set(&footer, place + 16, 8, writer->blocks[i].body_bytes);
    }
    int32_t len = (int32_t) footer.len;
    append_bytes(out, end, sizeof end);
    strbuf_append(out, strbuf_slice(&footer));
    append_bytes(out, &len, sizeof len);
    append_bytes(out, ARROW_MAGIC, ARROW_END_MAGIC_BYTES);
    strbuf_fini(&footer);
}
