/*
 * Parquet files, by DuckDB. in: rows, and the kinds of the columns; out: what its COPY writes.
 *
 *     rows -> appender -> table t (c0 BIGINT, c1 DOUBLE, c2 VARCHAR, ...) -> COPY (SELECT c0 AS "age", ...) TO file
 *
 *     integer, number    BIGINT, DOUBLE                date, datetime     DATE, TIMESTAMP: cast by the COPY
 *     text               VARCHAR                       several values     VARCHAR[]: cut by the COPY
 *
 * The table is in DuckDB's memory, of which it may have so much, and else in a folder for temporary files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/double.h"
#include "tools/duckdb/session.h"
#include "tools/export/format.h"
#include "tools/export/kinds.h"
#include "tools/export/losses.h"

struct parquet_out {
    const struct export_table *table;
    struct output *output;
    struct duckdb_session *session;
    struct duckdb_appender *appender;
    struct strbuf sql, buffer;
    struct losses losses;
};

static void
close_parquet(void *state)
{
    struct parquet_out *out = state;
    if (out->appender) {
        (void) out->session->library.appender_destroy(&out->appender);
    }
    duckdb_session_close(out->session);
    strbuf_fini(&out->sql);
    strbuf_fini(&out->buffer);
    losses_fini(&out->losses);
}

static const char *
type_of(const struct export_column *column)
{
    return column->kind == COLUMN_INTEGER  ? "bigint"
           : column->kind == COLUMN_NUMBER ? "double"
                                           : "varchar";
}

static bool
make_table(struct parquet_out *out, struct error *err)
{
    const char *folder = getenv("TMPDIR");
    struct strbuf *sql = &out->sql;
    strbuf_printf(sql, "set memory_limit = '1GB'; set temp_directory = ");
    strbuf_printf(&out->buffer, "%s/quipu-export-%d", folder && *folder ? folder : "/tmp",
                  (int) getpid());
    duckdb_append_text(sql, strbuf_slice(&out->buffer));
    strbuf_append_str(sql, "; create table t (");
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        strbuf_printf(sql, "%sc%zu %s", i ? ", " : "", i, type_of(&out->table->columns[i]));
    }
    strbuf_append_char(sql, ')');
    return duckdb_session_run(out->session, sql->ptr, err);
}

static bool
open_parquet(const struct export_table *table, struct output *output, struct arena *arena,
             void **state, struct error *err)
{
    struct parquet_out *out = arena_alloc(arena, sizeof *out);
    *out = (struct parquet_out){.table = table, .output = output};
    losses_init(&out->losses, table);
    bool ok =
        duckdb_session_open(&out->session, err) && make_table(out, err) &&
        (out->session->library.appender_create(out->session->connection, NULL, "t",
                                               &out->appender) == 0 ||
         error_set(err, "SQL", "DuckDB: %s", out->session->library.appender_error(out->appender)));
    if (!ok) {
        close_parquet(out);
        return false;
    }
    *state = out;
    return true;
}

/* A state of DuckDB's: 0 where all went well. */
static int
append_cell(struct parquet_out *out, size_t i, struct slice cell)
{
    const struct duckdb_library *library = &out->session->library;
    const struct export_column *column = &out->table->columns[i];
    struct slice number;
    if (!cell.ptr) {
        return library->append_null(out->appender);
    }
    if (column->kind == COLUMN_INTEGER || column->kind == COLUMN_NUMBER) {
        double x = kinds_read_number(cell, &out->buffer, &number) ? double_read(number) : 0;
        return column->kind == COLUMN_INTEGER ? library->append_int64(out->appender, (int64_t) x)
                                              : library->append_double(out->appender, x);
    }
    struct slice text = losses_utf8(&out->losses, cell);
    return library->append_varchar_length(out->appender, text.ptr, text.len);
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    struct parquet_out *out = state;
    const struct duckdb_library *library = &out->session->library;
    int bad = 0;
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        bad |= append_cell(out, i, cells[i]);
    }
    bad |= library->appender_end_row(out->appender);
    return !bad || error_set(err, "SQL", "DuckDB: %s", library->appender_error(out->appender));
}

static void
append_expression(struct parquet_out *out, size_t i)
{
    const struct export_column *column = &out->table->columns[i];
    struct strbuf *sql = &out->sql;
    if (column->kind == COLUMN_DATE || column->kind == COLUMN_DATETIME) {
        strbuf_printf(sql, "cast(c%zu as %s)", i,
                      column->kind == COLUMN_DATE ? "date" : "timestamp");
    } else if (column->separator.len && !column->is_key) {
        strbuf_printf(sql, "list_filter(string_split(c%zu, ", i);
        duckdb_append_text(sql, losses_utf8(&out->losses, column->separator));
        strbuf_append_str(sql, "), lambda x: x <> '')");
    } else {
        strbuf_printf(sql, "c%zu", i);
    }
    strbuf_append_str(sql, " as ");
    duckdb_append_name(sql, losses_utf8(&out->losses, column->name));
}

static bool
finish(void *state, struct error *err)
{
    struct parquet_out *out = state;
    const struct duckdb_library *library = &out->session->library;
    struct strbuf *sql = &out->sql;
    if (library->appender_flush(out->appender) != 0) {
        return error_set(err, "SQL", "DuckDB: %s", library->appender_error(out->appender));
    }
    strbuf_clear(sql);
    strbuf_append_str(sql, "copy (select ");
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        strbuf_append_str(sql, i ? ", " : "");
        append_expression(out, i);
    }
    strbuf_append_str(sql, " from t) to ");
    duckdb_append_text(sql, slice_str(output_path(out->output)));
    strbuf_append_str(sql, " (format parquet, compression zstd)");
    return duckdb_session_run(out->session, sql->ptr, err);
}

static void
notes(const void *state, struct strbuf *text)
{
    const struct parquet_out *out = state;
    losses_notes(&out->losses, text);
}

const struct export_format *
format_parquet_out(void)
{
    static const struct export_format FORMAT = {.name = "parquet",
                                                .suffixes = ".parquet",
                                                .needs_kinds = true,
                                                .writes_path = true,
                                                .open = open_parquet,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_parquet,
                                                .notes = notes};
    return &FORMAT;
}
