/*
 * Columns of DuckDB's results as text. in: vectors and their logical types; out: values.
 *
 *     chunk -> vector of the column -> of a STRUCT's member -> of a list's values
 *              mask                    mask                    mask
 *
 * Each vector has a mask of the rows that have a value, or none where all have. A member of a STRUCT is there where all
 * structs around it are, too.
 *
 * Example: s STRUCT (a INTEGER). s.a is path {0} under column 0; its data are 4 bytes a row.
 */
#include "tools/duckdb/column.h"

#include "tools/rows/value_text.h"

enum { DEPTH_MOST = 16 }; /* structs within structs; what lies deeper is strange */

/* What is known of a type of values that is read here. */
struct scalar {
    int id;              /* enum duckdb_type_id */
    int stored_as;       /* of DECIMAL and ENUM: the integer */
    unsigned scale;      /* of DECIMAL */
    struct slice *words; /* of ENUM */
    uint32_t nwords;
};

struct duckdb_column {
    const struct duckdb_library *library;
    struct slice name;
    struct scalar scalar;
    bool is_list;        /* LIST or ARRAY */
    uint64_t array_size; /* of ARRAY; 0: LIST */
    uint64_t top;        /* the result's column */
    uint64_t path[DEPTH_MOST];
    size_t npath;
    /* Of the chunk: */
    const uint64_t *masks[DEPTH_MOST + 1]; /* NULL: all are there */
    const void *data;
    const void *items; /* of a list */
    const uint64_t *items_mask;
};

/* ---- types ---- */

static void
read_words(const struct duckdb_library *library, struct arena *arena, struct duckdb_type *type,
           struct scalar *out)
{
    out->nwords = library->enum_dictionary_size(type);
    out->words = arena_array(arena, out->nwords, sizeof *out->words);
    for (uint32_t i = 0; i < out->nwords; i++) {
        char *word = library->enum_dictionary_value(type, i);
        out->words[i] = arena_copy(arena, slice_str(word));
        library->free(word);
    }
}

/* False: its values are not read here. */
static bool
read_scalar(const struct duckdb_library *library, struct arena *arena, struct duckdb_type *type,
            struct scalar *out)
{
    *out = (struct scalar){.id = library->get_type_id(type)};
    switch (out->id) {
    case DUCKDB_DECIMAL:
        out->scale = library->decimal_scale(type);
        out->stored_as = library->decimal_internal_type(type);
        return true;
    case DUCKDB_ENUM:
        out->stored_as = library->enum_internal_type(type);
        read_words(library, arena, type, out);
        return true;
    case DUCKDB_BOOLEAN:
    case DUCKDB_TINYINT:
    case DUCKDB_SMALLINT:
    case DUCKDB_INTEGER:
    case DUCKDB_BIGINT:
    case DUCKDB_UTINYINT:
    case DUCKDB_USMALLINT:
    case DUCKDB_UINTEGER:
    case DUCKDB_UBIGINT:
    case DUCKDB_HUGEINT:
    case DUCKDB_UHUGEINT:
    case DUCKDB_FLOAT:
    case DUCKDB_DOUBLE:
    case DUCKDB_DATE:
    case DUCKDB_TIME:
    case DUCKDB_TIMESTAMP:
    case DUCKDB_TIMESTAMP_S:
    case DUCKDB_TIMESTAMP_MS:
    case DUCKDB_TIMESTAMP_NS:
    case DUCKDB_TIMESTAMP_TZ:
    case DUCKDB_VARCHAR:
    case DUCKDB_BLOB:
    case DUCKDB_NULL: return true;
    default: return false; /* it is a number of DuckDB's, and may be any */
    }
}

/* What is being made. */
struct making {
    const struct duckdb_library *library;
    struct arena *arena;
    struct duckdb_column *columns;
    size_t n, capacity;
};

static bool make_column(struct making *making, const struct duckdb_column *like,
                        struct duckdb_type *type);

static bool
make_members(struct making *making, const struct duckdb_column *like, struct duckdb_type *type)
{
    const struct duckdb_library *library = making->library;
    uint64_t n = library->struct_type_child_count(type);
    bool ok = like->npath < DEPTH_MOST;
    for (uint64_t i = 0; ok && i < n; i++) {
        struct duckdb_column member = *like;
        char *name = library->struct_type_child_name(type, i);
        struct duckdb_type *child = library->struct_type_child_type(type, i);
        member.name = arena_printf(making->arena, "%.*s.%s", SLICE_ARG(like->name), name);
        member.path[member.npath++] = i;
        ok = make_column(making, &member, child);
        library->destroy_logical_type(&child);
        library->free(name);
    }
    return ok;
}

/* Adds the column, or those of its members. False: one of them cannot be read. */
static bool
make_column(struct making *making, const struct duckdb_column *like, struct duckdb_type *type)
{
    const struct duckdb_library *library = making->library;
    struct duckdb_column column = *like;
    int id = library->get_type_id(type);
    if (id == DUCKDB_STRUCT) {
        return make_members(making, like, type);
    }
    struct duckdb_type *item = id == DUCKDB_LIST    ? library->list_type_child_type(type)
                               : id == DUCKDB_ARRAY ? library->array_type_child_type(type)
                                                    : NULL;
    column.is_list = item != NULL;
    column.array_size = id == DUCKDB_ARRAY ? library->array_type_array_size(type) : 0;
    bool ok = read_scalar(library, making->arena, item ? item : type, &column.scalar);
    if (item) {
        library->destroy_logical_type(&item);
    }
    if (ok) {
        making->columns = arena_room(making->arena, making->columns, making->n, &making->capacity,
                                     sizeof *making->columns);
        making->columns[making->n++] = column;
    }
    return ok;
}

void
duckdb_columns_make(const struct duckdb_library *library, struct arena *arena,
                    struct duckdb_result *result, struct duckdb_column **columns, size_t *ncolumns,
                    bool **is_strange)
{
    struct making making = {.library = library, .arena = arena};
    uint64_t n = library->column_count(result);
    *is_strange = arena_array(arena, n, sizeof **is_strange);
    for (uint64_t i = 0; i < n; i++) {
        struct duckdb_column like = {
            .library = library,
            .name = arena_copy(arena, slice_str(library->column_name(result, i))),
            .top = i};
        struct duckdb_type *type = library->column_logical_type(result, i);
        size_t before = making.n;
        (*is_strange)[i] = !make_column(&making, &like, type);
        making.n = (*is_strange)[i] ? before : making.n;
        library->destroy_logical_type(&type);
    }
    *columns = making.columns;
    *ncolumns = making.n;
}

struct duckdb_column *
duckdb_column_at(struct duckdb_column *columns, size_t index)
{
    return columns + index;
}

struct slice
duckdb_column_name(const struct duckdb_column *column)
{
    return column->name;
}

bool
duckdb_column_is_list(const struct duckdb_column *column)
{
    return column->is_list;
}

/* ---- values ---- */

void
duckdb_column_aim(struct duckdb_column *column, struct duckdb_chunk *chunk)
{
    const struct duckdb_library *library = column->library;
    struct duckdb_vector *vector = library->data_chunk_get_vector(chunk, column->top);
    column->masks[0] = library->vector_get_validity(vector);
    for (size_t i = 0; i < column->npath; i++) {
        vector = library->struct_vector_get_child(vector, column->path[i]);
        column->masks[i + 1] = library->vector_get_validity(vector);
    }
    column->data = library->vector_get_data(vector);
    if (column->is_list) {
        struct duckdb_vector *items = column->array_size ? library->array_vector_get_child(vector)
                                                         : library->list_vector_get_child(vector);
        column->items = library->vector_get_data(items);
        column->items_mask = library->vector_get_validity(items);
    }
}

static bool
is_there(const uint64_t *mask, uint64_t row)
{
    return !mask || mask[row / 64] >> row % 64 & 1;
}

static bool
row_is_there(const struct duckdb_column *column, uint64_t row)
{
    for (size_t i = 0; i <= column->npath; i++) {
        if (!is_there(column->masks[i], row)) {
            return false;
        }
    }
    return true;
}

/* An integer of up to 128 bits. */
static struct wide
integer_at(int id, const void *data, uint64_t row)
{
    switch (id) {
    case DUCKDB_TINYINT: return wide_of_int128(((const int8_t *) data)[row]);
    case DUCKDB_SMALLINT: return wide_of_int128(((const int16_t *) data)[row]);
    case DUCKDB_INTEGER: return wide_of_int128(((const int32_t *) data)[row]);
    case DUCKDB_UTINYINT: return wide_of_uint64(((const uint8_t *) data)[row]);
    case DUCKDB_USMALLINT: return wide_of_uint64(((const uint16_t *) data)[row]);
    case DUCKDB_UINTEGER: return wide_of_uint64(((const uint32_t *) data)[row]);
    case DUCKDB_UBIGINT: return wide_of_uint64(((const uint64_t *) data)[row]);
    case DUCKDB_HUGEINT: return wide_of_int128(((const __int128 *) data)[row]);
    case DUCKDB_UHUGEINT: {
        const uint64_t *words = (const uint64_t *) data + 2 * row;
        return (struct wide){{words[0], words[1], 0, 0}};
    }
    default: return wide_of_int128(((const int64_t *) data)[row]);
    }
}

/* DuckDB's dates and moments end in an infinity on both sides. False: it is none. */
static bool
print_infinity(int64_t n, int64_t infinity, struct strbuf *out)
{
    if (n == infinity || n == -infinity) {
        strbuf_append_str(out, n < 0 ? "-infinity" : "infinity");
    }
    return n == infinity || n == -infinity;
}

static void
print_moment(const struct scalar *scalar, int64_t n, struct strbuf *out)
{
    int64_t per_second = scalar->id == DUCKDB_TIMESTAMP_S    ? 1
                         : scalar->id == DUCKDB_TIMESTAMP_MS ? 1000
                         : scalar->id == DUCKDB_TIMESTAMP_NS ? 1000000000
                                                             : 1000000;
    if (!print_infinity(n, INT64_MAX, out)) {
        value_print_timestamp(out, n, per_second, scalar->id == DUCKDB_TIMESTAMP_TZ);
    }
}

static bool
value_at(const struct scalar *scalar, const void *data, uint64_t row, struct strbuf *out,
         struct slice *value)
{
    value->ptr = NULL;
    switch (scalar->id) {
    case DUCKDB_BOOLEAN:
        strbuf_append_str(out, ((const bool *) data)[row] ? "true" : "false");
        return true;
    case DUCKDB_FLOAT: value_print_float(out, ((const float *) data)[row]); return true;
    case DUCKDB_DOUBLE: value_print_double(out, ((const double *) data)[row]); return true;
    case DUCKDB_VARCHAR:
        *value = duckdb_string_slice((const struct duckdb_string *) data + row);
        return true;
    case DUCKDB_BLOB:
        value_print_bytes(out, duckdb_string_slice((const struct duckdb_string *) data + row));
        return true;
    case DUCKDB_DECIMAL:
        value_print_decimal(out, integer_at(scalar->stored_as, data, row), scalar->scale);
        return true;
    case DUCKDB_ENUM: {
        uint64_t word = integer_at(scalar->stored_as, data, row).word[0];
        *value = word < scalar->nwords ? scalar->words[word] : slice_lit("");
        return true;
    }
    case DUCKDB_DATE: {
        int32_t days = ((const int32_t *) data)[row];
        if (!print_infinity(days, INT32_MAX, out)) {
            value_print_date(out, days);
        }
        return true;
    }
    case DUCKDB_TIME: value_print_time(out, ((const int64_t *) data)[row], 1000000); return true;
    case DUCKDB_TIMESTAMP:
    case DUCKDB_TIMESTAMP_S:
    case DUCKDB_TIMESTAMP_MS:
    case DUCKDB_TIMESTAMP_NS:
    case DUCKDB_TIMESTAMP_TZ: print_moment(scalar, ((const int64_t *) data)[row], out); return true;
    case DUCKDB_NULL: return false;
    default: value_print_decimal(out, integer_at(scalar->id, data, row), 0); return true;
    }
}

bool
duckdb_column_value(const struct duckdb_column *column, uint64_t row, struct strbuf *out,
                    struct slice *value)
{
    return row_is_there(column, row) && value_at(&column->scalar, column->data, row, out, value);
}

bool
duckdb_column_list(const struct duckdb_column *column, uint64_t row, uint64_t *first, uint64_t *n)
{
    if (!row_is_there(column, row)) {
        return false;
    }
    const struct duckdb_list_entry *entries = column->data;
    *first = column->array_size ? row * column->array_size : entries[row].offset;
    *n = column->array_size ? column->array_size : entries[row].length;
    return true;
}

bool
duckdb_column_item(const struct duckdb_column *column, uint64_t index, struct strbuf *out,
                   struct slice *value)
{
    return is_there(column->items_mask, index) &&
           value_at(&column->scalar, column->items, index, out, value);
}
