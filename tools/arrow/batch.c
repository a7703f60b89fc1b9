/*
 * Record batches and dictionaries. in: messages and their bodies; out: arrays whose every value can be read.
 *
 *     nodes, buffers (of the message) -> take_array, field by field, depth first -> check_array
 *
 * Example: a field Utf8 takes one node {3 values, 1 of them missing} and three buffers: its mask, 4 offsets, bytes.
 */
#include "tools/arrow/batch.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/arrow/compression.h"

enum { NODE_BYTES = 16, BUFFER_BYTES = 16, VIEW_SHORT = 12 };

/* A body that is being cut into arrays. */
struct taking {
    struct arena *arena;
    struct flat_vector nodes, buffers, view_counts;
    size_t nnodes, nbuffers, nviews; /* taken */
    struct slice body;
    enum arrow_codec codec;
    const struct arrow_dictionaries *dictionaries;
    bool has_unions_with_masks;
    struct error *err;
};

struct arrow_dictionaries {
    struct arena *arena; /* of all values: those that were replaced stay until the end */
    struct arrow_dictionary **list;
    size_t n, capacity;
};

static bool
damaged(struct error *err, const char *what)
{
    return error_set(err, "DATA", "the file is damaged: %s", what);
}

/* ---- taking ---- */

static bool
take_node(struct taking *taking, size_t *n)
{
    if (taking->nnodes == taking->nodes.n) {
        return damaged(taking->err, "a batch has fewer columns than the schema");
    }
    size_t at = taking->nodes.at + NODE_BYTES * taking->nnodes++;
    int64_t length = flat_load(taking->nodes.flat->bytes.ptr + at, 8);
    *n = (size_t) length;
    /* Values take memory somewhere: only those of type Null, and lists of no values, do not. */
    return (length >= 0 && length <= INT32_MAX) ||
           damaged(taking->err, "a column's length cannot be");
}

static bool
take_buffer(struct taking *taking, struct slice *out)
{
    if (taking->nbuffers == taking->buffers.n) {
        return damaged(taking->err, "a batch has fewer buffers than its columns need");
    }
    const char *buffer =
        taking->buffers.flat->bytes.ptr + taking->buffers.at + BUFFER_BYTES * taking->nbuffers++;
    int64_t offset = flat_load(buffer, 8), len = flat_load(buffer + 8, 8);
    if (offset < 0 || len < 0 || (uint64_t) offset > taking->body.len ||
        (uint64_t) len > taking->body.len - (uint64_t) offset) {
        return damaged(taking->err, "a buffer lies outside of its batch");
    }
    struct slice packed = slice_of(taking->body.ptr + offset, (size_t) len);
    return arrow_decompress(taking->arena, taking->codec, packed, out, taking->err);
}

/* A buffer of so many bytes at least. */
static bool
take_sized(struct taking *taking, size_t n, size_t width, struct slice *out)
{
    return take_buffer(taking, out) &&
           (out->len / width >= n || damaged(taking->err, "a buffer is too short"));
}

static bool
take_mask(struct taking *taking, struct arrow_array *array)
{
    struct slice mask;
    if (!take_buffer(taking, &mask)) {
        return false;
    }
    array->mask = mask.len ? (const uint8_t *) mask.ptr : NULL;
    return mask.len == 0 || mask.len >= (array->n + 7) / 8 ||
           damaged(taking->err, "a mask is too short");
}

/* Offsets: one more than values; for none there may be no buffer. */
static bool
take_offsets(struct taking *taking, struct arrow_array *array)
{
    return take_sized(taking, array->n ? array->n + 1 : 0, array->field->width, &array->data);
}

static bool
take_views(struct taking *taking, struct arrow_array *array)
{
    if (taking->nviews == taking->view_counts.n) {
        return damaged(taking->err, "a batch does not say how many buffers its views have");
    }
    const char *count =
        taking->view_counts.flat->bytes.ptr + taking->view_counts.at + 8 * taking->nviews++;
    int64_t n = flat_load(count, 8);
    if (!take_sized(taking, array->n, array->field->width, &array->data)) {
        return false;
    }
    if (n < 0 || (uint64_t) n > taking->buffers.n - taking->nbuffers) {
        return damaged(taking->err, "a batch has fewer buffers than its views need");
    }
    struct slice *buffers = arena_array(taking->arena, (size_t) n, sizeof *buffers);
    for (int64_t i = 0; i < n; i++) {
        if (!take_buffer(taking, &buffers[i])) {
            return false;
        }
    }
    array->buffers = buffers;
    array->nbuffers = (size_t) n;
    return true;
}

static struct arrow_dictionary *
find_dictionary(const struct arrow_dictionaries *dictionaries, int64_t id)
{
    for (size_t i = 0; dictionaries && i < dictionaries->n; i++) {
        if (dictionaries->list[i]->id == id) {
            return dictionaries->list[i];
        }
    }
    return NULL;
}

static bool
take_indices(struct taking *taking, struct arrow_array *array)
{
    array->dictionary = find_dictionary(taking->dictionaries, array->field->dictionary);
    return take_mask(taking, array) &&
           take_sized(taking, array->n, array->field->index_width, &array->data) &&
           (array->dictionary || damaged(taking->err, "a dictionary comes behind its first use"));
}

static bool take_array(struct taking *taking, const struct arrow_field *field,
                       struct arrow_array *array);

static bool
take_children(struct taking *taking, struct arrow_array *array)
{
    const struct arrow_field *field = array->field;
    struct arrow_array *children = arena_array(taking->arena, field->nchildren, sizeof *children);
    for (size_t i = 0; i < field->nchildren; i++) {
        if (!take_array(taking, &field->children[i], &children[i])) {
            return false;
        }
    }
    array->children = children;
    return true;
}

/* Unions are not read: what is theirs is passed over. */
static bool
take_union(struct taking *taking, struct arrow_array *array)
{
    struct slice unused;
    return (!taking->has_unions_with_masks || take_mask(taking, array)) &&
           take_buffer(taking, &unused) &&
           (!array->field->is_dense || take_buffer(taking, &unused)) &&
           take_children(taking, array);
}

static bool
take_array(struct taking *taking, const struct arrow_field *field, struct arrow_array *array)
{
    struct slice unused;
    *array = (struct arrow_array){.field = field};
    if (!take_node(taking, &array->n)) {
        return false;
    }
    if (field->is_indexed) {
        return take_indices(taking, array);
    }
    switch (field->type) {
    case ARROW_NULL: return true;
    case ARROW_INT:
    case ARROW_FLOAT:
    case ARROW_DECIMAL:
    case ARROW_DATE:
    case ARROW_TIME:
    case ARROW_TIMESTAMP:
    case ARROW_INTERVAL:
    case ARROW_DURATION:
    case ARROW_FIXED_BINARY:
        return take_mask(taking, array) && take_sized(taking, array->n, field->width, &array->data);
    case ARROW_BOOL:
        return take_mask(taking, array) && take_sized(taking, (array->n + 7) / 8, 1, &array->data);
    case ARROW_BINARY:
    case ARROW_UTF8:
    case ARROW_LARGE_BINARY:
    case ARROW_LARGE_UTF8:
        return take_mask(taking, array) && take_offsets(taking, array) &&
               take_buffer(taking, &array->bytes);
    case ARROW_BINARY_VIEW:
    case ARROW_UTF8_VIEW: return take_mask(taking, array) && take_views(taking, array);
    case ARROW_LIST:
    case ARROW_LARGE_LIST:
    case ARROW_MAP:
        return take_mask(taking, array) && take_offsets(taking, array) &&
               take_children(taking, array);
    case ARROW_LIST_VIEW:
    case ARROW_LARGE_LIST_VIEW:
        return take_mask(taking, array) &&
               take_sized(taking, array->n, field->width, &array->data) &&
               take_sized(taking, array->n, field->width, &unused) && take_children(taking, array);
    case ARROW_FIXED_LIST:
    case ARROW_STRUCT: return take_mask(taking, array) && take_children(taking, array);
    case ARROW_UNION: return take_union(taking, array);
    case ARROW_RUN_ENDS: return take_children(taking, array);
    }
    return false;
}

/* ---- checks ---- */

int64_t
arrow_integer(const struct arrow_array *array, size_t row)
{
    const struct arrow_field *field = array->field;
    size_t width = field->is_indexed ? field->index_width : field->width;
    bool is_signed = field->is_indexed ? field->index_is_signed : field->is_signed;
    uint64_t bits = (uint64_t) flat_load(array->data.ptr + row * width, width);
    unsigned unused = 64 - 8 * (unsigned) width;
    return (int64_t) (is_signed ? bits : bits << unused >> unused);
}

bool
arrow_is_there(const struct arrow_array *array, size_t row)
{
    return !array->mask || array->mask[row / 8] >> row % 8 & 1;
}

/* Offsets that do not fall, up to what there is. */
static bool
check_offsets(const struct arrow_array *array, size_t most)
{
    uint64_t before = 0;
    for (size_t i = 0; array->n && i <= array->n; i++) {
        uint64_t offset = (uint64_t) arrow_integer(array, i);
        if (offset < before || offset > most) {
            return false;
        }
        before = offset;
    }
    return true;
}

/* A view: [length][12 bytes], or [length][4 bytes][which buffer][offset in it]. */
static bool
check_views(const struct arrow_array *array)
{
    for (size_t i = 0; i < array->n; i++) {
        const char *view = array->data.ptr + i * array->field->width;
        int64_t len = flat_load(view, 4), buffer = flat_load(view + 8, 4);
        int64_t offset = flat_load(view + 12, 4);
        bool is_short = len >= 0 && len <= VIEW_SHORT;
        bool is_in = len > VIEW_SHORT && buffer >= 0 && (uint64_t) buffer < array->nbuffers &&
                     offset >= 0 &&
                     (uint64_t) offset + (uint64_t) len <= array->buffers[buffer].len;
        if (arrow_is_there(array, i) && !is_short && !is_in) {
            return false;
        }
    }
    return true;
}

static bool
check_indices(const struct arrow_array *array)
{
    uint64_t most = 0;
    for (size_t i = 0; i < array->dictionary->nparts; i++) {
        most += array->dictionary->parts[i].n;
    }
    for (size_t i = 0; i < array->n; i++) {
        if (arrow_is_there(array, i) && (uint64_t) arrow_integer(array, i) >= most) {
            return false;
        }
    }
    return true;
}

static bool
check_array(const struct arrow_array *array)
{
    const struct arrow_field *field = array->field;
    if (field->is_indexed) {
        return check_indices(array);
    }
    for (size_t i = 0; i < field->nchildren; i++) {
        if (!check_array(&array->children[i])) {
            return false;
        }
    }
    switch (field->type) {
    case ARROW_BINARY:
    case ARROW_UTF8:
    case ARROW_LARGE_BINARY:
    case ARROW_LARGE_UTF8: return check_offsets(array, array->bytes.len);
    case ARROW_BINARY_VIEW:
    case ARROW_UTF8_VIEW: return check_views(array);
    case ARROW_LIST:
    case ARROW_LARGE_LIST:
    case ARROW_MAP: return check_offsets(array, array->children[0].n);
    case ARROW_FIXED_LIST:
        return !field->list_size || array->children[0].n / field->list_size >= array->n;
    case ARROW_STRUCT:
        for (size_t i = 0; i < field->nchildren; i++) {
            if (array->children[i].n < array->n) {
                return false;
            }
        }
        return true;
    case ARROW_NULL:
    case ARROW_INT:
    case ARROW_FLOAT:
    case ARROW_BOOL:
    case ARROW_DECIMAL:
    case ARROW_DATE:
    case ARROW_TIME:
    case ARROW_TIMESTAMP:
    case ARROW_INTERVAL:
    case ARROW_DURATION:
    case ARROW_FIXED_BINARY:
    case ARROW_UNION:
    case ARROW_RUN_ENDS:
    case ARROW_LIST_VIEW:
    case ARROW_LARGE_LIST_VIEW: return true;
    }
    return false;
}

/* ---- batches ---- */

/* Begins to take the arrays of a RecordBatch's table. */
static bool
taking_begin(struct taking *taking, struct flat_table batch)
{
    struct flat_table compression = flat_child(batch, 3);
    int64_t codec = flat_has(batch, 3) ? flat_int(compression, 0, 1, 0) : ARROW_PLAIN;
    taking->nodes = flat_vector(batch, 1, NODE_BYTES);
    taking->buffers = flat_vector(batch, 2, BUFFER_BYTES);
    taking->view_counts = flat_vector(batch, 4, 8);
    taking->codec = (enum arrow_codec) codec;
    if (batch.flat->is_bad) {
        return damaged(taking->err, "a batch's own description");
    }
    return (codec >= ARROW_PLAIN && codec <= ARROW_ZSTD) ||
           error_set(taking->err, "DATA", "a batch is compressed in a way that is not known");
}

bool
arrow_batch_read(struct arena *arena, struct flat_table message, struct slice body,
                 const struct arrow_schema *schema, const struct arrow_dictionaries *dictionaries,
                 struct arrow_batch *out, struct error *err)
{
    struct taking taking = {.arena = arena,
                            .body = body,
                            .dictionaries = dictionaries,
                            .has_unions_with_masks = schema->has_unions_with_masks,
                            .err = err};
    struct flat_table batch = flat_child(message, 2);
    int64_t nrows = flat_int(batch, 0, 8, 0);
    if (!taking_begin(&taking, batch)) {
        return false;
    }
    if (nrows < 0 || nrows > INT32_MAX) {
        return damaged(err, "a batch's number of rows");
    }
    struct arrow_array *columns = arena_array(arena, schema->nfields, sizeof *columns);
    for (size_t i = 0; i < schema->nfields; i++) {
        if (!take_array(&taking, &schema->fields[i], &columns[i])) {
            return false;
        }
        if (columns[i].n < (size_t) nrows || !check_array(&columns[i])) {
            return damaged(err, "what a column points to is not there");
        }
    }
    *out = (struct arrow_batch){(size_t) nrows, columns};
    return true;
}

/* ---- dictionaries ---- */

struct arrow_dictionaries *
arrow_dictionaries_new(void)
{
    struct arrow_dictionaries *dictionaries = must_alloc(sizeof *dictionaries);
    dictionaries->arena = arena_new();
    return dictionaries;
}

void
arrow_dictionaries_free(struct arrow_dictionaries *dictionaries)
{
    if (dictionaries) {
        arena_free(dictionaries->arena);
        free(dictionaries);
    }
}

/* The field whose dictionary this is. */
static const struct arrow_field *
find_field(const struct arrow_field *fields, size_t nfields, int64_t id)
{
    for (size_t i = 0; i < nfields; i++) {
        if (fields[i].is_indexed && fields[i].dictionary == id) {
            return &fields[i];
        }
        const struct arrow_field *found = find_field(fields[i].children, fields[i].nchildren, id);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static void
add_part(struct arrow_dictionaries *dictionaries, int64_t id, bool is_more,
         struct arrow_array values)
{
    struct arrow_dictionary *dictionary = find_dictionary(dictionaries, id);
    if (!dictionary) {
        dictionary = arena_alloc(dictionaries->arena, sizeof *dictionary);
        dictionary->id = id;
        dictionaries->list = arena_room(dictionaries->arena, dictionaries->list, dictionaries->n,
                                        &dictionaries->capacity, sizeof(void *));
        dictionaries->list[dictionaries->n++] = dictionary;
    }
    dictionary->nparts = is_more ? dictionary->nparts : 0;
    dictionary->parts = arena_room(dictionaries->arena, dictionary->parts, dictionary->nparts,
                                   &dictionary->capacity, sizeof *dictionary->parts);
    dictionary->parts[dictionary->nparts++] = values;
}

bool
arrow_dictionary_read(struct arrow_dictionaries *dictionaries, struct flat_table message,
                      struct slice body, const struct arrow_schema *schema, struct error *err)
{
    struct arena *arena = dictionaries->arena;
    struct taking taking = {.arena = arena,
                            .body = arena_copy(arena, body),
                            .dictionaries = dictionaries,
                            .has_unions_with_masks = schema->has_unions_with_masks,
                            .err = err};
    struct flat_table header = flat_child(message, 2);
    int64_t id = flat_int(header, 0, 8, 0);
    const struct arrow_field *field = find_field(schema->fields, schema->nfields, id);
    if (!taking_begin(&taking, flat_child(header, 1))) {
        return false;
    }
    if (!field) {
        return damaged(err, "a dictionary that no field has");
    }
    struct arrow_field *of_values = arena_alloc(arena, sizeof *of_values);
    *of_values = *field;
    of_values->is_indexed = false;
    struct arrow_array values;
    if (!take_array(&taking, of_values, &values)) {
        return false;
    }
    if (!check_array(&values)) {
        return damaged(err, "what a dictionary points to is not there");
    }
    add_part(dictionaries, id, flat_int(header, 2, 1, 0) != 0, values);
    return true;
}
