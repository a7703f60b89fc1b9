/*
 * DuckDB's C library, found and loaded at run time: nothing else needs it, and nobody has to have it.
 *
 *     duckdb_library_open(&library, &err)
 *     library.library_version()                         "v1.5.4"
 *     library.query(connection, "select 42", &result)
 *
 * It is looked for in this order: the file that QUIPU_DUCKDB names; duckdb/libduckdb.so beside the program (what
 * `scripts/setup --duckdb` makes in build/); libduckdb.so where the system's loader looks.
 *
 * What is declared here is the part of DuckDB's C API that is called, after its public documentation
 * (duckdb.org/docs, "C API", of DuckDB 1.5). Handles are pointers to what only DuckDB knows.
 */
#ifndef QUIPU_TOOLS_DUCKDB_LIBRARY_H
#define QUIPU_TOOLS_DUCKDB_LIBRARY_H

#include "base/error.h"

struct duckdb_database;
struct duckdb_connection;
struct duckdb_statements; /* an SQL text, cut into statements */
struct duckdb_prepared;
struct duckdb_pending;
struct duckdb_type;  /* a logical type */
struct duckdb_chunk; /* some rows, as columns */
struct duckdb_vector;
struct duckdb_appender;

/* Passed by value; only the library looks inside. */
struct duckdb_result {
    uint64_t old_counts[3];
    void *old_columns;
    char *old_message;
    void *own;
};

/* Where one row's values lie in the vector of all rows' values. */
struct duckdb_list_entry {
    uint64_t offset, length;
};

/* A text or a blob: 12 bytes here, or four here and all elsewhere. */
struct duckdb_string {
    uint32_t len;
    char start[4];
    union {
        char rest[8];
        const char *ptr;
    } as;
};

enum { DUCKDB_STRING_SHORT = 12 };

/* What pending_execute_task says. */
enum { DUCKDB_READY, DUCKDB_NOT_READY, DUCKDB_FAILED, DUCKDB_NO_TASK };

/* Types of values, by DuckDB's numbers. Those left out are cast to VARCHAR by DuckDB. */
enum duckdb_type_id {
    DUCKDB_BOOLEAN = 1,
    DUCKDB_TINYINT = 2,
    DUCKDB_SMALLINT = 3,
    DUCKDB_INTEGER = 4,
    DUCKDB_BIGINT = 5,
    DUCKDB_UTINYINT = 6,
    DUCKDB_USMALLINT = 7,
    DUCKDB_UINTEGER = 8,
    DUCKDB_UBIGINT = 9,
    DUCKDB_FLOAT = 10,
    DUCKDB_DOUBLE = 11,
    DUCKDB_TIMESTAMP = 12,
    DUCKDB_DATE = 13,
    DUCKDB_TIME = 14,
    DUCKDB_HUGEINT = 16,
    DUCKDB_VARCHAR = 17,
    DUCKDB_BLOB = 18,
    DUCKDB_DECIMAL = 19,
    DUCKDB_TIMESTAMP_S = 20,
    DUCKDB_TIMESTAMP_MS = 21,
    DUCKDB_TIMESTAMP_NS = 22,
    DUCKDB_ENUM = 23,
    DUCKDB_LIST = 24,
    DUCKDB_STRUCT = 25,
    DUCKDB_TIMESTAMP_TZ = 31,
    DUCKDB_UHUGEINT = 32,
    DUCKDB_ARRAY = 33,
    DUCKDB_NULL = 36,
};

/*
 * F(what it gives, its name behind "duckdb_", what it takes). A state is 0 where all went well. The library's own
 * documentation says who frees what.
 */
#define DUCKDB_FUNCTIONS(F)                                                                        \
    F(const char *, library_version, (void) )                                                      \
    F(int, open, (const char *path, struct duckdb_database **out))                                 \
    F(void, close, (struct duckdb_database * *database))                                           \
    F(int, connect, (struct duckdb_database * database, struct duckdb_connection * *out))          \
    F(void, disconnect, (struct duckdb_connection * *connection))                                  \
    F(void, interrupt, (struct duckdb_connection * connection))                                    \
    F(void, free, (void *ptr))                                                                     \
    F(int, query,                                                                                  \
      (struct duckdb_connection * connection, const char *sql, struct duckdb_result *out))         \
    F(const char *, result_error, (struct duckdb_result * result))                                 \
    F(void, destroy_result, (struct duckdb_result * result))                                       \
    F(uint64_t, extract_statements,                                                                \
      (struct duckdb_connection * connection, const char *sql, struct duckdb_statements **out))    \
    F(const char *, extract_statements_error, (struct duckdb_statements * statements))             \
    F(void, destroy_extracted, (struct duckdb_statements * *statements))                           \
    F(int, prepare_extracted_statement,                                                            \
      (struct duckdb_connection * connection, struct duckdb_statements * statements,               \
       uint64_t index, struct duckdb_prepared * *out))                                             \
    F(const char *, prepare_error, (struct duckdb_prepared * prepared))                            \
    F(void, destroy_prepare, (struct duckdb_prepared * *prepared))                                 \
    F(int, execute_prepared, (struct duckdb_prepared * prepared, struct duckdb_result * out))      \
    F(int, pending_prepared_streaming,                                                             \
      (struct duckdb_prepared * prepared, struct duckdb_pending * *out))                           \
    F(int, pending_execute_task, (struct duckdb_pending * pending))                                \
    F(const char *, pending_error, (struct duckdb_pending * pending))                              \
    F(int, execute_pending, (struct duckdb_pending * pending, struct duckdb_result * out))         \
    F(void, destroy_pending, (struct duckdb_pending * *pending))                                   \
    F(int, appender_create,                                                                        \
      (struct duckdb_connection * connection, const char *schema, const char *table,               \
       struct duckdb_appender **out))                                                              \
    F(const char *, appender_error, (struct duckdb_appender * appender))                           \
    F(int, appender_end_row, (struct duckdb_appender * appender))                                  \
    F(int, appender_flush, (struct duckdb_appender * appender))                                    \
    F(int, appender_destroy, (struct duckdb_appender * *appender))                                 \
    F(int, append_null, (struct duckdb_appender * appender))                                       \
    F(int, append_int64, (struct duckdb_appender * appender, int64_t n))                           \
    F(int, append_double, (struct duckdb_appender * appender, double x))                           \
    F(int, append_varchar_length,                                                                  \
      (struct duckdb_appender * appender, const char *text, uint64_t len))                         \
    F(uint64_t, column_count, (struct duckdb_result * result))                                     \
    F(const char *, column_name, (struct duckdb_result * result, uint64_t column))                 \
    F(struct duckdb_type *, column_logical_type, (struct duckdb_result * result, uint64_t column)) \
    F(struct duckdb_chunk *, fetch_chunk, (struct duckdb_result result))                           \
    F(void, destroy_data_chunk, (struct duckdb_chunk * *chunk))                                    \
    F(uint64_t, data_chunk_get_size, (struct duckdb_chunk * chunk))                                \
    F(struct duckdb_vector *, data_chunk_get_vector,                                               \
      (struct duckdb_chunk * chunk, uint64_t column))                                              \
    F(void *, vector_get_data, (struct duckdb_vector * vector))                                    \
    F(uint64_t *, vector_get_validity, (struct duckdb_vector * vector))                            \
    F(struct duckdb_vector *, list_vector_get_child, (struct duckdb_vector * vector))              \
    F(struct duckdb_vector *, array_vector_get_child, (struct duckdb_vector * vector))             \
    F(struct duckdb_vector *, struct_vector_get_child,                                             \
      (struct duckdb_vector * vector, uint64_t index))                                             \
    F(int, get_type_id, (struct duckdb_type * type))                                               \
    F(void, destroy_logical_type, (struct duckdb_type * *type))                                    \
    F(uint8_t, decimal_scale, (struct duckdb_type * type))                                         \
    F(int, decimal_internal_type, (struct duckdb_type * type))                                     \
    F(int, enum_internal_type, (struct duckdb_type * type))                                        \
    F(uint32_t, enum_dictionary_size, (struct duckdb_type * type))                                 \
    F(char *, enum_dictionary_value, (struct duckdb_type * type, uint64_t index))                  \
    F(struct duckdb_type *, list_type_child_type, (struct duckdb_type * type))                     \
    F(struct duckdb_type *, array_type_child_type, (struct duckdb_type * type))                    \
    F(uint64_t, array_type_array_size, (struct duckdb_type * type))                                \
    F(uint64_t, struct_type_child_count, (struct duckdb_type * type))                              \
    F(char *, struct_type_child_name, (struct duckdb_type * type, uint64_t index))                 \
    F(struct duckdb_type *, struct_type_child_type, (struct duckdb_type * type, uint64_t index))

struct duckdb_library {
#define DUCKDB_MEMBER(gives, name, takes) gives(*name) takes;
    DUCKDB_FUNCTIONS(DUCKDB_MEMBER)
#undef DUCKDB_MEMBER
};

/* Fails with DUCKDB: it is not there, or lacks a function; the message says what to do. It stays loaded. */
bool duckdb_library_open(struct duckdb_library *out, struct error *err) QUIPU_MUST_CHECK;

/* The text's bytes, where they lie. */
static inline struct slice
duckdb_string_slice(const struct duckdb_string *string)
{
    return slice_of(string->len > DUCKDB_STRING_SHORT ? string->as.ptr : string->start,
                    string->len);
}

#endif
