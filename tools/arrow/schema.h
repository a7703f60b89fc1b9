/*
 * The schema of an Arrow stream: its fields and their types.
 *
 *     arrow_schema_read(arena, table, version, &schema, &err)
 *     schema.fields[0]                     {name "origin", type ARROW_UTF8, dictionary 0, ...}
 *     arrow_type_print(&text, &field)      "Utf8, in a dictionary"
 */
#ifndef QUIPU_TOOLS_ARROW_SCHEMA_H
#define QUIPU_TOOLS_ARROW_SCHEMA_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "tools/arrow/flatbuffer.h"

/* By Arrow's numbers (format/Schema.fbs, union Type). */
enum arrow_type {
    ARROW_NULL = 1,
    ARROW_INT = 2,
    ARROW_FLOAT = 3,
    ARROW_BINARY = 4,
    ARROW_UTF8 = 5,
    ARROW_BOOL = 6,
    ARROW_DECIMAL = 7,
    ARROW_DATE = 8,
    ARROW_TIME = 9,
    ARROW_TIMESTAMP = 10,
    ARROW_INTERVAL = 11,
    ARROW_LIST = 12,
    ARROW_STRUCT = 13,
    ARROW_UNION = 14,
    ARROW_FIXED_BINARY = 15,
    ARROW_FIXED_LIST = 16,
    ARROW_MAP = 17,
    ARROW_DURATION = 18,
    ARROW_LARGE_BINARY = 19,
    ARROW_LARGE_UTF8 = 20,
    ARROW_LARGE_LIST = 21,
    ARROW_RUN_ENDS = 22,
    ARROW_BINARY_VIEW = 23,
    ARROW_UTF8_VIEW = 24,
    ARROW_LIST_VIEW = 25,
    ARROW_LARGE_LIST_VIEW = 26,
};

/* Kinds of messages (format/Message.fbs, union MessageHeader). */
enum arrow_header { ARROW_SCHEMA = 1, ARROW_DICTIONARY_BATCH = 2, ARROW_RECORD_BATCH = 3 };

enum { ARROW_VERSION_5 = 4 }; /* its number */

struct arrow_field {
    struct slice name;
    enum arrow_type type;
    size_t width;       /* bytes of a value, an offset or a view in its buffer; 0: it has no such */
    bool is_signed;     /* its integers; those of all but INT are */
    int64_t per_second; /* TIME, TIMESTAMP, DURATION; of a DATE in milliseconds 1,000, in days 0 */
    bool is_utc;        /* TIMESTAMP */
    size_t scale;       /* DECIMAL */
    size_t list_size;   /* FIXED_LIST */
    bool is_dense;      /* UNION */
    bool is_indexed;    /* what lies in batches are indices into a dictionary */
    int64_t dictionary; /* its id */
    size_t index_width;
    bool index_is_signed;
    struct arrow_field *children;
    size_t nchildren;
};

struct arrow_schema {
    struct arrow_field *fields;
    size_t nfields;
    bool has_unions_with_masks; /* of versions before 5 */
};

/* Of a table Schema, which a message or a footer of that version (Arrow's number) has. All is in the arena. Fails with
 * DATA. */
bool arrow_schema_read(struct arena *arena, struct flat_table table, int64_t version,
                       struct arrow_schema *out, struct error *err) QUIPU_MUST_CHECK;
/* "Map". A constant. */
const char *arrow_type_name(enum arrow_type type);

#endif
