/*
 * Carries an export out. in: options; out: a file, and on standard error notes and how it went.
 *
 *     --dataset, rows ...    rows of the server ---------------------------> format -> output
 *                                  \-> kinds, spool -> the columns' kinds -/     (sav, dta)
 *     count ...              FORMAT CSV, JSON of the server -> output
 *                            or its CSV -> rows, as above
 */
#include "tools/export/export.h"

#include <stdio.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "parser/ast_text_parts.h"
#include "parser/parse.h"
#include "tools/export/facts.h"
#include "tools/export/kinds.h"
#include "tools/export/row_source.h"
#include "tools/export/row_spool.h"
#include "tools/export/table_text.h"
#include "tools/progress.h"

enum {
    /* An export says so itself, since its rows may be many; what a query says holds for it. */
    TIMEOUT_MS = 600000,
    SILENCE_S = TIMEOUT_MS / 1000 + 60,
    PROGRESS_ROWS = 512 /* so many rows between two looks at the clock */
};

struct export
{
    const struct export_options *options;
    struct arena *arena;
    struct connection *connection;
    struct strbuf query; /* as it is sent, without its format */
    const struct ast_query *ast;
    struct export_table table;
    struct output *output;
    void *state;         /* the format's; NULL: not open */
    struct kinds *kinds; /* NULL: the format needs none */
    struct row_spool *spool;
    uint64_t nrows;
    uint64_t nempty; /* texts without bytes */
    struct progress progress;
    struct strbuf notes; /* lines */
};

/* ---- Questions ---- */

static struct slice
trimmed(struct slice text)
{
    while (text.len && strchr(" \t\r\n;", text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* `rows * from survey where (...)`, or the query that was given. */
static void
query_make(struct export *export)
{
    const struct export_options *options = export->options;
    struct strbuf *query = &export->query;
    if (options->query) {
        strbuf_append(query, trimmed(slice_str(options->query)));
        return;
    }
    strbuf_append_str(query, "rows * from ");
    ast_text_name(query, slice_str(options->dataset));
    if (options->where) {
        strbuf_printf(query, " where (%s)", options->where);
    }
}

static bool
query_read(struct export *export, struct error *err)
{
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    query_make(export);
    if (!query_parse(export->arena, strbuf_slice(&export->query), &limits, &ast, err)) {
        return false;
    }
    export->ast = ast;
    if (ast->mode != AST_RUN) {
        return error_set(err, "QUERY", "EXPLAIN and PROFILE answer no table");
    }
    if (ast->options.into_key.ptr) {
        return error_set(err, "QUERY", "INTO keeps the answer in the server: leave it out");
    }
    if (ast->options.format != AST_FORMAT_DEFAULT) {
        return error_set(err, "QUERY", "leave FORMAT out: --format says how the file is written");
    }
    if (!ast->options.has_timeout) {
        ast->options.has_timeout = true;
        ast->options.timeout_ms = TIMEOUT_MS;
        strbuf_printf(&export->query, " timeout %d", TIMEOUT_MS);
    }
    return true;
}

static bool
is_verbatim(const struct export *export)
{
    const struct export_format *format = export->options->format;
    return format == format_csv_out() || format == format_json_out();
}

/* What the server warns of: EXPLAIN tells it of every query, for little. */
static void
warnings_take(struct export *export)
{
    static const char start[] = "warning  ";
    struct strbuf text;
    struct error ignored = {0};
    strbuf_init(&text);
    strbuf_append_str(&text, "explain ");
    strbuf_append(&text, strbuf_slice(&export->query));
    const struct slice words[] = {slice_lit("QUERY"), strbuf_slice(&text)};
    struct redisReply *reply = facts_ask(export->connection, words, 2, &ignored);
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const struct redisReply *line = reply->element[i];
        if (line->str && strncmp(line->str, start, sizeof start - 1) == 0) {
            strbuf_printf(&export->notes, "%s\n", line->str + sizeof start - 1);
        }
    }
    freeReplyObject(reply);
    strbuf_fini(&text);
}

static void
labels_take(struct export *export)
{
    struct error err = {0};
    if (!is_verbatim(export) && !facts_label(export->connection, export->arena,
                                             export->ast->dataset, &export->table, &err)) {
        strbuf_printf(&export->notes, "without labels: %s\n", err.message);
    }
    for (size_t i = 0; i < export->table.ncolumns && export->ast->statement != AST_ROWS; i++) {
        export->table.columns[i].separator = slice_lit(""); /* a position is one value */
    }
}

/* ---- Rows on their way ---- */

static bool
format_start(struct export *export, struct error *err)
{
    void *state;
    bool ok =
        export->options->format->open(&export->table, export->output, export->arena, &state, err);
    export->state = ok ? state : NULL;
    return ok;
}

static void
on_total(void *arg, uint64_t nrows)
{
    struct export *export = arg;
    progress_fini(&export->progress);
    progress_init(&export->progress, stderr, !export->options->quiet && isatty(STDERR_FILENO),
                  (int64_t) nrows);
}

static bool
on_row(void *arg, const struct slice *cells, struct error *err)
{
    struct export *export = arg;
    if (++export->nrows % PROGRESS_ROWS == 0) {
        progress_update(&export->progress, export->nrows, (int64_t) export->nrows);
    }
    for (size_t i = 0; i < export->table.ncolumns; i++) {
        export->nempty += cells[i].ptr && !cells[i].len;
    }
    if (export->kinds) {
        kinds_add(export->kinds, cells);
        return row_spool_add(export->spool, cells, export->table.ncolumns, err);
    }
    return export->options->format->row(export->state, cells, err);
}

/* The columns are known; rows may come. */
static bool
rows_begin(struct export *export, struct error *err)
{
    labels_take(export);
    export->table.is_all_text = export->options->is_all_text;
    if (!export->options->format->needs_kinds) {
        return format_start(export, err);
    }
    export->kinds = kinds_new(export->arena, &export->table);
    return row_spool_open(export->options->path, &export->spool, err);
}

/* Tells the format each row that was kept. */
static bool
spool_tell(struct export *export, bool (*tell)(void *, const struct slice *, struct error *),
           struct error *err)
{
    size_t ncells = export->table.ncolumns;
    struct slice *cells = arena_array(export->arena, ncells, sizeof *cells);
    if (!row_spool_rewind(export->spool, err)) {
        return false;
    }
    while (row_spool_next(export->spool, cells, ncells, err)) {
        if (!tell(export->state, cells, err)) {
            return false;
        }
    }
    return !error_is_set(err);
}

static bool
spool_write(struct export *export, struct error *err)
{
    const struct export_format *format = export->options->format;
    kinds_end(export->kinds, &export->notes);
    if (!format_start(export, err)) {
        return false;
    }
    bool wants_look = format->wants_look && format->wants_look(export->state);
    return (!wants_look || spool_tell(export, format->look, err)) &&
           spool_tell(export, format->row, err);
}

static bool
rows_end(struct export *export, struct error *err)
{
    const struct export_format *format = export->options->format;
    if (export->kinds && !spool_write(export, err)) {
        return false;
    }
    if (!format->finish(export->state, err)) {
        return false;
    }
    if (format->notes) {
        format->notes(export->state, &export->notes);
    }
    return true;
}

/* ---- Rows ---- */

static bool
columns_make(struct export *export, struct error *err)
{
    struct export_table *table = &export->table;
    struct slice *fields = NULL;
    size_t nfields = 0;
    for (const struct ast_field *field = export->ast->fields; field; field = field->next) {
        nfields++;
    }
    if (nfields) {
        fields = arena_array(export->arena, nfields, sizeof *fields);
        nfields = 0;
        for (const struct ast_field *field = export->ast->fields; field; field = field->next) {
            fields[nfields++] = field->name;
        }
    } else if (!facts_fields(export->connection, export->arena, export->ast->dataset, &fields,
                             &nfields, err)) {
        return false;
    }
    table->columns = arena_array(export->arena, nfields + 1, sizeof *table->columns);
    struct slice key = slice_str(export->options->key);
    if (key.len) {
        table->columns[table->ncolumns++] = (struct export_column){.name = key, .is_key = true};
    }
    for (size_t i = 0; i < nfields; i++) {
        if (key.len && slice_equal(fields[i], key)) {
            return error_set(err, "NAME",
                             "the rows have a field '%.*s': --key names the column of their keys "
                             "otherwise, --no-key leaves it out",
                             SLICE_ARG(key));
        }
        table->columns[table->ncolumns++] =
            (struct export_column){.name = fields[i], .field = fields[i]};
    }
    return true;
}

static void
note_empty_texts(struct export *export)
{
    if (export->nempty) {
        strbuf_printf(&export->notes,
                      export->options->format->has_no_empty_texts
                          ? "texts without bytes: %llu, which are missing there\n"
                          : "texts without bytes: %llu, which quipu-load takes as missing ones "
                            "without --empty-text\n",
                      (unsigned long long) export->nempty);
    }
}

static bool
export_rows(struct export *export, struct error *err)
{
    if (!columns_make(export, err) || !rows_begin(export, err)) {
        return false;
    }
    const struct row_taker taker = {export, on_total, on_row};
    const struct row_question question = {export->arena, export->ast, strbuf_slice(&export->query)};
    struct row_cells *cells = row_cells_new(export->arena, &export->table);
    bool ok = row_source_read(export->connection, &question, cells, &taker, &export->notes, err);
    struct slice unknown = row_cells_unknown(cells);
    if (ok && unknown.len && !export->ast->fields) {
        strbuf_printf(&export->notes,
                      "a field has come while rows were read, and is left out: '%.*s'\n",
                      SLICE_ARG(unknown));
    }
    row_cells_fini(cells);
    note_empty_texts(export);
    return ok && rows_end(export, err);
}

/* ---- Tables ---- */

/* The answer in a format that is one text, for the caller to free; NULL: err. */
static struct redisReply *
ask_text(struct export *export, const char *format, struct error *err)
{
    strbuf_printf(&export->query, " format %s", format);
    const struct slice words[] = {slice_lit("QUERY"), strbuf_slice(&export->query)};
    struct redisReply *reply = facts_ask(export->connection, words, 2, err);
    if (reply && reply->type != REDIS_REPLY_STRING) {
        (void) error_set(err, "IO", "the server has answered in an unknown form");
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

static bool
table_write(struct export *export, struct slice csv, struct error *err)
{
    const struct row_taker taker = {export, NULL, on_row};
    return table_text_columns(csv, export->ast, export->arena, &export->table, err) &&
           rows_begin(export, err) && table_text_rows(csv, &export->table, &taker, err) &&
           rows_end(export, err);
}

static bool
export_table(struct export *export, struct error *err)
{
    if (export->ast->ntables > 1 && !is_verbatim(export)) {
        return error_set(err, "QUERY", "several tables in one file: csv and json hold them");
    }
    const char *format = is_verbatim(export) ? export->options->format->name : "csv";
    struct redisReply *reply = ask_text(export, format, err);
    if (!reply) {
        return false;
    }
    struct slice text = slice_of(reply->str, reply->len);
    bool ok;
    if (!is_verbatim(export)) {
        ok = table_write(export, text, err);
    } else {
        bool is_line = text.len && text.ptr[text.len - 1] == '\n';
        ok = output_write(export->output, text, err) &&
             (is_line || output_write(export->output, slice_lit("\n"), err));
    }
    freeReplyObject(reply);
    return ok;
}

/* ---- All of it ---- */

static bool
run(struct export *export, struct error *err)
{
    const struct export_options *options = export->options;
    if (!query_read(export, err) ||
        !connection_open(&options->server.address, &export->connection, err)) {
        return false;
    }
    connection_set_silence(export->connection, SILENCE_S);
    export->table.dataset = export->ast->dataset;
    warnings_take(export);
    return output_open(options->path, options->compression, &export->output, err) &&
           (export->ast->statement == AST_ROWS ? export_rows(export, err)
                                               : export_table(export, err)) &&
           output_commit(export->output, err);
}

/* Notes, a line each, then how it went. */
static void
say(struct export *export, bool ok)
{
    struct slice notes = strbuf_slice(&export->notes), line;
    while (slice_next_part(&notes, slice_lit("\n"), &line)) {
        fprintf(stderr, "quipu-export: note: %.*s\n", SLICE_ARG(line));
    }
    if (!ok) {
        return;
    }
    char rows[PROGRESS_COUNT_BYTES], rate[PROGRESS_COUNT_BYTES], bytes[PROGRESS_COUNT_BYTES];
    int64_t elapsed_ms = progress_elapsed_ms(&export->progress);
    progress_count(bytes, output_bytes(export->output));
    if (export->ast->statement != AST_ROWS) {
        fprintf(stderr, "quipu-export: a table of %s bytes\n", bytes);
        return;
    }
    fprintf(stderr, "quipu-export: %s rows exported in %.1f s, %s rows/s, %s bytes\n",
            progress_count(rows, export->nrows), (double) elapsed_ms / 1000,
            progress_count(rate, progress_rate(export->nrows, elapsed_ms)), bytes);
}

bool
export_run(struct arena *arena, const struct export_options *options)
{
    struct export export = {.options = options, .arena = arena};
    struct error err = {0};
    strbuf_init(&export.query);
    strbuf_init(&export.notes);
    progress_init(&export.progress, stderr, false, -1);
    bool ok = run(&export, &err);
    progress_fini(&export.progress);
    if (!options->quiet) {
        say(&export, ok);
    }
    if (!ok) {
        bool is_servers = strcmp(err.code, "IO") != 0 && strcmp(err.code, "NAME") != 0 &&
                          strcmp(err.code, "QUERY") != 0;
        fprintf(stderr, "quipu-export: %s%s%s\n", is_servers ? err.code : "", is_servers ? " " : "",
                err.message);
    }
    if (export.state) {
        options->format->close(export.state);
    }
    if (export.kinds) {
        kinds_fini(export.kinds);
    }
    row_spool_free(export.spool);
    output_free(export.output);
    connection_free(export.connection);
    strbuf_fini(&export.query);
    strbuf_fini(&export.notes);
    return ok;
}
