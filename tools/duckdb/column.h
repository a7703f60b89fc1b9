/*
 * A column of a DuckDB result as text, value by value.
 *
 *     duckdb_columns_make(library, arena, &result, &columns, &ncolumns, &strange)
 *     for each chunk: duckdb_column_aim(column, chunk)
 *         for each row: duckdb_column_value(column, row, &text, &value)
 *
 *     a STRUCT (a INTEGER, b VARCHAR) named s    two columns, s.a and s.b
 *     INTEGER[]                                  one column, of lists
 *
 * Numbers, booleans, texts, ENUM, dates and times are read here. What else there is (`strange`) DuckDB has to cast to
 * VARCHAR first.
 */
#ifndef QUIPU_TOOLS_DUCKDB_COLUMN_H
#define QUIPU_TOOLS_DUCKDB_COLUMN_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "tools/duckdb/library.h"

struct duckdb_column;

/*
 * The columns of a result, from the arena, each STRUCT as one for each of its members. A column that cannot be read is
 * left out, and *is_strange, an array of one for each column of the result, says so. Cannot fail.
 */
void duckdb_columns_make(const struct duckdb_library *library, struct arena *arena,
                         struct duckdb_result *result, struct duckdb_column **columns,
                         size_t *ncolumns, bool **is_strange);
/* The column behind this one, of those made together. */
struct duckdb_column *duckdb_column_at(struct duckdb_column *columns, size_t index);
struct slice duckdb_column_name(const struct duckdb_column *column);
bool duckdb_column_is_list(const struct duckdb_column *column);

/* The chunk's rows are read from now on. */
void duckdb_column_aim(struct duckdb_column *column, struct duckdb_chunk *chunk);
/*
 * One value of the chunk: *value is in the chunk, or is what was appended to out (then its ptr is NULL). False: NULL.
 */
bool duckdb_column_value(const struct duckdb_column *column, uint64_t row, struct strbuf *out,
                         struct slice *value);
/* Of a list: its first value's index and how many there are. False: NULL. */
bool duckdb_column_list(const struct duckdb_column *column, uint64_t row, uint64_t *first,
                        uint64_t *n);
/* One value of a list by its index; as duckdb_column_value. */
bool duckdb_column_item(const struct duckdb_column *column, uint64_t index, struct strbuf *out,
                        struct slice *value);

#endif
