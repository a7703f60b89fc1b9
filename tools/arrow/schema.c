/*
 * Schemas. in: the FlatBuffers table Schema; out: fields.
 *
 * The numbers of the tables' members are those of Arrow's format/Schema.fbs and format/Message.fbs.
 */
#include "tools/arrow/schema.h"

enum { DEPTH_MOST = 15, FIELDS_MOST = 100000 };

struct reading {
    struct arena *arena;
    size_t nfields;
};

const char *
arrow_type_name(enum arrow_type type)
{
    static const char *const names[] = {
        "",
        "Null",
        "Int",
        "FloatingPoint",
        "Binary",
        "Utf8",
        "Bool",
        "Decimal",
        "Date",
        "Time",
        "Timestamp",
        "Interval",
        "List",
        "Struct",
        "Union",
        "FixedSizeBinary",
        "FixedSizeList",
        "Map",
        "Duration",
        "LargeBinary",
        "LargeUtf8",
        "LargeList",
        "RunEndEncoded",
        "BinaryView",
        "Utf8View",
        "ListView",
        "LargeListView",
    };
    return names[type];
}

/* The tables of units: SECOND, MILLISECOND, MICROSECOND, NANOSECOND. */
static int64_t
per_second(int64_t unit)
{
    static const int64_t ticks[] = {1, 1000, 1000000, 1000000000};
    return ticks[unit & 3];
}

static bool
read_int(struct flat_table type, size_t *width, bool *is_signed)
{
    int64_t bits = flat_int(type, 0, 4, 0);
    *width = (size_t) bits / 8;
    *is_signed = flat_int(type, 1, 1, 0) != 0;
    return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

/* False: it is none that can be. */
static bool
read_decimal(struct flat_table type, struct arrow_field *field)
{
    int64_t scale = flat_int(type, 1, 4, 0), bits = flat_int(type, 2, 4, 128);
    field->scale = (size_t) scale;
    field->width = (size_t) bits / 8;
    return scale >= 0 && scale <= 76 && (bits == 32 || bits == 64 || bits == 128 || bits == 256);
}

static bool
read_type(struct flat_table table, struct arrow_field *field)
{
    struct flat_table type = flat_child(table, 3);
    int64_t number = flat_int(table, 2, 1, 0), size;
    if (number < ARROW_NULL || number > ARROW_LARGE_LIST_VIEW) {
        return false;
    }
    field->type = (enum arrow_type) number;
    field->is_signed = true;
    switch (field->type) {
    case ARROW_INT: return read_int(type, &field->width, &field->is_signed);
    case ARROW_FLOAT:
        size = flat_int(type, 0, 2, 0);
        field->width = (size_t) 2 << (size & 3);
        return size >= 0 && size <= 2;
    case ARROW_DECIMAL: return read_decimal(type, field);
    case ARROW_DATE:
        field->per_second = flat_int(type, 0, 2, 1) == 0 ? 0 : 1000;
        field->width = field->per_second ? 8 : 4;
        return true;
    case ARROW_TIME:
        field->per_second = per_second(flat_int(type, 0, 2, 1));
        field->width = (size_t) flat_int(type, 1, 4, 32) / 8;
        return field->width == 4 || field->width == 8;
    case ARROW_TIMESTAMP:
        field->per_second = per_second(flat_int(type, 0, 2, 0));
        field->is_utc = flat_text(type, 1).len > 0;
        field->width = 8;
        return true;
    case ARROW_DURATION:
        field->per_second = per_second(flat_int(type, 0, 2, 1));
        field->width = 8;
        return true;
    case ARROW_INTERVAL:
        size = flat_int(type, 0, 2, 0);
        field->width = size == 0 ? 4 : size == 1 ? 8 : 16;
        return size >= 0 && size <= 2;
    case ARROW_FIXED_BINARY:
        size = flat_int(type, 0, 4, 0);
        field->width = (size_t) size;
        return size > 0;
    case ARROW_FIXED_LIST:
        size = flat_int(type, 0, 4, 0);
        field->list_size = (size_t) size;
        return size >= 0 && field->nchildren == 1;
    case ARROW_UNION: field->is_dense = flat_int(type, 0, 2, 0) != 0; return true;
    case ARROW_BINARY:
    case ARROW_UTF8: field->width = 4; return true;
    case ARROW_LARGE_BINARY:
    case ARROW_LARGE_UTF8: field->width = 8; return true;
    case ARROW_LIST:
    case ARROW_MAP:
    case ARROW_LIST_VIEW: field->width = 4; return field->nchildren == 1;
    case ARROW_LARGE_LIST:
    case ARROW_LARGE_LIST_VIEW: field->width = 8; return field->nchildren == 1;
    case ARROW_BINARY_VIEW:
    case ARROW_UTF8_VIEW: field->width = 16; return true;
    case ARROW_NULL:
    case ARROW_BOOL:
    case ARROW_STRUCT:
    case ARROW_RUN_ENDS: return true;
    }
    return false;
}

/* Whether values of the type are made of others'. */
static bool
is_nested(enum arrow_type type)
{
    return type == ARROW_LIST || type == ARROW_STRUCT || type == ARROW_UNION ||
           type == ARROW_FIXED_LIST || type == ARROW_MAP || type == ARROW_LARGE_LIST ||
           type == ARROW_RUN_ENDS || type == ARROW_LIST_VIEW || type == ARROW_LARGE_LIST_VIEW;
}

static bool read_fields(struct reading *reading, struct flat_vector tables, size_t depth,
                        struct arrow_field **out, size_t *nout);

static bool
read_field(struct reading *reading, struct flat_table table, size_t depth,
           struct arrow_field *field)
{
    *field = (struct arrow_field){.name = arena_copy(reading->arena, flat_text(table, 0))};
    if (!read_fields(reading, flat_vector(table, 5, 4), depth + 1, &field->children,
                     &field->nchildren) ||
        !read_type(table, field)) {
        return false;
    }
    field->nchildren = is_nested(field->type) ? field->nchildren : 0;
    if (flat_has(table, 4)) {
        struct flat_table encoding = flat_child(table, 4), index = flat_child(encoding, 1);
        field->is_indexed = true;
        field->dictionary = flat_int(encoding, 0, 8, 0);
        field->index_width = 4;
        field->index_is_signed = true;
        return !flat_has(encoding, 1) ||
               read_int(index, &field->index_width, &field->index_is_signed);
    }
    return true;
}

static bool
read_fields(struct reading *reading, struct flat_vector tables, size_t depth,
            struct arrow_field **out, size_t *nout)
{
    reading->nfields += tables.n;
    if (depth > DEPTH_MOST || reading->nfields > FIELDS_MOST) {
        return false;
    }
    *nout = tables.n;
    *out = arena_array(reading->arena, tables.n, sizeof **out);
    for (size_t i = 0; i < tables.n; i++) {
        if (!read_field(reading, flat_vector_table(tables, i), depth, &(*out)[i])) {
            return false;
        }
    }
    return true;
}

bool
arrow_schema_read(struct arena *arena, struct flat_table table, int64_t version,
                  struct arrow_schema *out, struct error *err)
{
    struct reading reading = {.arena = arena};
    *out = (struct arrow_schema){.has_unions_with_masks = version < ARROW_VERSION_5};
    if (flat_int(table, 0, 2, 0) != 0) {
        return error_set(err, "DATA", "its numbers are big-endian: write it little-endian");
    }
    bool ok = read_fields(&reading, flat_vector(table, 1, 4), 0, &out->fields, &out->nfields);
    return (ok && !table.flat->is_bad) ||
           error_set(err, "DATA", "its schema is damaged, or of a newer kind than is known");
}
