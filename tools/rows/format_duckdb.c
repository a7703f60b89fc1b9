/*
 * What DuckDB reads as a source of records: Parquet files, and whatever an SQL query gives.
 * in: a file's path, or SQL; out: a record for each row, with a cell for each column.
 *
 *     SQL -> result -> chunk (some rows, as columns) -> record, record, ...
 *
 *     id INTEGER, tags VARCHAR[], pos STRUCT (x DOUBLE, y DOUBLE)
 *     fields {id} {tags} {pos.x} {pos.y}; row 1: {7} {red|blue} {0.5} {}
 *
 * Rows come as DuckDB makes them, so memory does not grow with their number.
 */
#include <stdlib.h>

#include "base/must.h"
#include "tools/duckdb/column.h"
#include "tools/duckdb/session.h"
#include "tools/rows/format.h"
#include "tools/rows/header.h"
#include "tools/rows/input.h"
#include "tools/rows/lists.h"
#include "tools/rows/record_cells.h"

struct reader {
    struct duckdb_session *session;
    struct duckdb_result result;
    bool has_result;
    struct duckdb_chunk *chunk;
    uint64_t nrows, row; /* of the chunk, and the next of them */
    uint64_t ndone;      /* rows of all chunks */
    int64_t ntotal;      /* -1: not known */
    const char *title;
    struct duckdb_column *columns;
    struct source_field *fields;
    size_t ncolumns;
    bool has_separators; /* between values of lists, for all columns */
    struct record_cells cells;
    struct strbuf notes;
};

static void
reader_close(void *state)
{
    struct reader *reader = state;
    if (reader->chunk) {
        reader->session->library.destroy_data_chunk(&reader->chunk);
    }
    if (reader->has_result) {
        reader->session->library.destroy_result(&reader->result);
    }
    duckdb_session_close(reader->session);
    record_cells_fini(&reader->cells);
    strbuf_fini(&reader->notes);
    free(reader);
}

/* ---- before the rows ---- */

static bool
reader_ask(struct reader *reader, const char *sql, struct error *err)
{
    reader->has_result = duckdb_session_stream(reader->session, sql, &reader->result, err);
    return reader->has_result;
}

static void
append_strange(struct reader *reader, const bool *is_strange, struct strbuf *sql)
{
    const struct duckdb_library *library = &reader->session->library;
    uint64_t n = library->column_count(&reader->result);
    const char *before = "";
    for (uint64_t i = 0; i < n; i++) {
        struct slice name = slice_str(library->column_name(&reader->result, i));
        if (is_strange[i]) {
            strbuf_printf(sql, "%scast(", before);
            duckdb_append_name(sql, name);
            strbuf_append_str(sql, " as varchar) as ");
            duckdb_append_name(sql, name);
            strbuf_printf(&reader->notes, "the values of '%.*s' are texts as DuckDB writes them\n",
                          SLICE_ARG(name));
            before = ", ";
        }
    }
}

/* Asks again, with DuckDB's own text for the columns that are not read here. */
static bool
reader_ask_for_texts(struct reader *reader, struct slice sql, const bool *is_strange,
                     struct error *err)
{
    size_t ncolumns = reader->session->library.column_count(&reader->result);
    struct strbuf again;
    struct error bad = {0};
    while (sql.len && strchr("; \t\r\n", sql.ptr[sql.len - 1])) {
        sql.len--;
    }
    strbuf_init(&again);
    strbuf_append_str(&again, "select * replace (");
    append_strange(reader, is_strange, &again);
    strbuf_printf(&again, ") from (%.*s\n)", SLICE_ARG(sql));
    reader->session->library.destroy_result(&reader->result);
    bool ok = reader_ask(reader, again.ptr, &bad);
    strbuf_fini(&again);
    if (!ok && strcmp(bad.code, "SQL") != 0) {
        return error_set(err, bad.code, "%s", bad.message);
    }
    if (!ok) {
        return error_set(
            err, "SQL",
            "column %zu is of a type that is read as text alone: write `::varchar` behind it "
            "in the query",
            (size_t) ((const bool *) memchr(is_strange, true, ncolumns) - is_strange) + 1);
    }
    return true;
}

static void
reader_name_fields(struct reader *reader, const struct source_options *options, struct arena *arena)
{
    struct slice *names = arena_array(arena, reader->ncolumns, sizeof *names);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        names[i] = duckdb_column_name(duckdb_column_at(reader->columns, i));
    }
    reader->fields =
        header_fields(arena, names, reader->ncolumns, false, reader->ncolumns, &reader->notes);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        if (duckdb_column_is_list(duckdb_column_at(reader->columns, i))) {
            struct source_field *field = &reader->fields[i];
            field->separator = lists_wished_separator(options, field->name);
        }
    }
}

static bool
reader_connect(struct reader *reader, const struct source_options *options, struct error *err)
{
    record_cells_init(&reader->cells, options->keeps_empty_texts);
    if (!duckdb_session_open(&reader->session, err)) {
        return false;
    }
    reader->session->is_stopped = options->is_stopped;
    return true;
}

static bool
reader_begin(struct reader *reader, const char *sql, const struct source_options *options,
             struct arena *arena, struct error *err)
{
    const struct duckdb_library *library = &reader->session->library;
    bool *is_strange;
    if (!reader_ask(reader, sql, err)) {
        return false;
    }
    duckdb_columns_make(library, arena, &reader->result, &reader->columns, &reader->ncolumns,
                        &is_strange);
    uint64_t n = library->column_count(&reader->result);
    bool has_strange = n && memchr(is_strange, true, n) != NULL;
    if (has_strange) {
        if (!reader_ask_for_texts(reader, slice_str(sql), is_strange, err)) {
            return false;
        }
        duckdb_columns_make(library, arena, &reader->result, &reader->columns, &reader->ncolumns,
                            &is_strange);
    }
    reader_name_fields(reader, options, arena);
    return true;
}

/* ---- rows ---- */

static bool
list_of(const void *column, uint64_t row, uint64_t *first, uint64_t *n)
{
    return duckdb_column_list(column, row, first, n);
}

static bool
item_of(const void *column, uint64_t index, struct strbuf *out, struct slice *value)
{
    return duckdb_column_item(column, index, out, value);
}

static struct lists
lists_of(const struct duckdb_column *column)
{
    return (struct lists){column, list_of, item_of};
}

/* By the first rows, for the fields of which the user has not said it. */
static void
reader_choose_separators(struct reader *reader)
{
    for (size_t i = 0; i < reader->ncolumns; i++) {
        const struct duckdb_column *column = duckdb_column_at(reader->columns, i);
        struct slice *separator = &reader->fields[i].separator;
        if (duckdb_column_is_list(column) && !separator->len) {
            struct lists lists = lists_of(column);
            *separator = lists_separator(&lists, reader->nrows, &reader->cells.text);
        }
    }
}

/* The chunk with the next row. *has_row false: there is none. */
static bool
reader_fetch(struct reader *reader, bool *has_row, struct error *err)
{
    const struct duckdb_library *library = &reader->session->library;
    while (reader->row == reader->nrows) {
        if (reader->chunk) {
            library->destroy_data_chunk(&reader->chunk);
        }
        if (!duckdb_session_fetch(reader->session, &reader->result, &reader->chunk, err)) {
            return false;
        }
        *has_row = reader->chunk != NULL;
        if (!reader->chunk) {
            return true;
        }
        reader->row = 0;
        reader->nrows = library->data_chunk_get_size(reader->chunk);
        for (size_t i = 0; reader->nrows && i < reader->ncolumns; i++) {
            duckdb_column_aim(duckdb_column_at(reader->columns, i), reader->chunk);
        }
        if (reader->nrows && !reader->has_separators) {
            reader_choose_separators(reader);
            reader->has_separators = true;
        }
    }
    *has_row = true;
    return true;
}

static bool
add_cell(struct reader *reader, size_t index, struct error *err)
{
    const struct duckdb_column *column = duckdb_column_at(reader->columns, index);
    struct record_cells *cells = &reader->cells;
    struct slice value = {NULL, 0};
    bool ok = true;
    if (duckdb_column_is_list(column)) {
        struct lists lists = lists_of(column);
        ok = lists_append(&lists, reader->row, &reader->fields[index], &cells->text, err);
        record_cells_add_value(cells, lists_is_there(&lists, reader->row), value);
    } else {
        bool is_there = duckdb_column_value(column, reader->row, &cells->text, &value);
        record_cells_add_value(cells, is_there, value);
    }
    return ok;
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    bool has_row, is_good = true;
    struct error bad = {0};
    if (!reader_fetch(reader, &has_row, &bad)) {
        (void) error_set(err, bad.code, "%s, row %llu: %s", reader->title,
                         (unsigned long long) reader->ndone + 1, bad.message);
        return SOURCE_BROKEN;
    }
    if (!has_row) {
        return SOURCE_END;
    }
    record_cells_clear(&reader->cells);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        is_good = add_cell(reader, i, err) && is_good;
    }
    reader->row++;
    *record = (struct source_record){record_cells_slices(&reader->cells), reader->ncolumns,
                                     ++reader->ndone};
    return is_good ? SOURCE_OK : SOURCE_BAD;
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    *nfields = reader->ncolumns;
    return reader->fields;
}

static void
reader_read_as(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_printf(out, "by DuckDB %s", reader->session->library.library_version());
}

static void
reader_notes(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->notes));
}

static void
reader_progress(const void *state, int64_t *done, int64_t *total)
{
    const struct reader *reader = state;
    *done = (int64_t) reader->ndone;
    *total = reader->ntotal;
}

/* ---- Parquet ---- */

/* A path as it is, where a function of DuckDB's takes a pattern. */
static void
append_path(struct strbuf *sql, const char *path)
{
    struct strbuf pattern;
    strbuf_init(&pattern);
    for (const char *c = path; *c; c++) {
        strbuf_printf(&pattern, strchr("*?[", *c) ? "[%c]" : "%c", *c);
    }
    duckdb_append_text(sql, strbuf_slice(&pattern));
    strbuf_fini(&pattern);
}

static bool
count_rows(struct reader *reader, const char *path, struct error *err)
{
    const struct duckdb_library *library = &reader->session->library;
    struct duckdb_result result;
    struct duckdb_chunk *chunk = NULL;
    struct strbuf sql;
    strbuf_init(&sql);
    strbuf_append_str(&sql, "select sum(num_rows)::bigint from parquet_file_metadata(");
    append_path(&sql, path);
    strbuf_append_char(&sql, ')');
    bool ok = duckdb_session_stream(reader->session, sql.ptr, &result, err);
    strbuf_fini(&sql);
    if (!ok) {
        return false;
    }
    ok = duckdb_session_fetch(reader->session, &result, &chunk, err);
    if (chunk) {
        const int64_t *rows = library->vector_get_data(library->data_chunk_get_vector(chunk, 0));
        reader->ntotal = *rows;
        library->destroy_data_chunk(&chunk);
    }
    library->destroy_result(&result);
    return ok;
}

static bool
parquet_open(const struct source_options *options, struct input *input, struct arena *arena,
             void **state, struct error *err)
{
    const char *path = input_plain_path(input);
    if (!path) {
        return error_set(err, "DATA",
                         "Parquet is read from a file that is not compressed as a whole, and not "
                         "from a pipe: it begins at its end");
    }
    struct reader *reader = must_alloc(sizeof *reader);
    struct strbuf sql;
    strbuf_init(&sql);
    /* Folders called a=b are a part of the path, and no columns. */
    strbuf_append_str(&sql, "select * from read_parquet(");
    append_path(&sql, path);
    strbuf_append_str(&sql, ", hive_partitioning = false)");
    reader->title = input_title(input);
    bool ok = reader_connect(reader, options, err) && count_rows(reader, path, err) &&
              reader_begin(reader, sql.ptr, options, arena, err);
    strbuf_fini(&sql);
    if (!ok) {
        reader_close(reader);
        return false;
    }
    *state = reader;
    return true;
}

/* What follows the mark is a header of Thrift's compact protocol, which begins with a control byte; no text does. */
static bool
is_like_parquet(const struct source_options *options, struct slice start)
{
    static const struct slice magic = SLICE_LIT("PAR1");
    (void) options;
    return slice_starts_with(start, magic) && start.len > magic.len &&
           (unsigned char) start.ptr[magic.len] < ' ' && !strchr("\t\r\n", start.ptr[magic.len]);
}

const struct source_format *
format_parquet(void)
{
    static const struct source_format format = {
        .name = "Parquet",
        .unit = "row",
        .is_like = is_like_parquet,
        .open = parquet_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
        .progress = reader_progress,
    };
    return &format;
}

/* ---- SQL ---- */

static bool
sql_open(const struct source_options *options, struct input *input, struct arena *arena,
         void **state, struct error *err)
{
    (void) input; /* there is none */
    struct reader *reader = must_alloc(sizeof *reader);
    reader->title = "the query";
    reader->ntotal = -1;
    if (!reader_connect(reader, options, err) ||
        !reader_begin(reader, options->sql, options, arena, err)) {
        reader_close(reader);
        return false;
    }
    *state = reader;
    return true;
}

static bool
is_sql(const struct source_options *options, struct slice start)
{
    (void) start;
    return options->sql != NULL;
}

const struct source_format *
format_sql(void)
{
    static const struct source_format format = {
        .name = "SQL",
        .unit = "row",
        .is_like = is_sql,
        .open = sql_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
        .progress = reader_progress,
    };
    return &format;
}
