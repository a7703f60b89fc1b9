/*
 * A format that is written: what it is made of.
 *
 *     const struct export_format *csv = format_named("csv");
 *     csv->open(&table, output, arena, &state, &err)
 *     csv->row(state, cells, &err)                     once per row
 *     csv->finish(state, &err)
 *     csv->close(state)
 *
 * Each is one file, format_<name>.c; README.md says how one is added.
 */
#ifndef QUIPU_TOOLS_EXPORT_FORMAT_H
#define QUIPU_TOOLS_EXPORT_FORMAT_H

#include "base/strbuf.h"
#include "tools/export/column.h"
#include "tools/export/output.h"

/* `state` is the format's own. Errors need not name the file: the caller does. */
struct export_format {
    const char *name;     /* for --format */
    const char *suffixes; /* of file names: ".ndjson .jsonl" */
    /* The columns' kinds and the number of rows are known when it is opened: all rows were read
     * before, into a file. */
    bool needs_kinds;
    bool has_no_empty_texts; /* a text without bytes is missing there */
    /* It writes a file by itself: output_path says which. Else it writes by output_write. */
    bool writes_path;
    /*
     * The table, the output and the arena live until close. Where it fails, nothing of it is left
     * and `close` is not called.
     */
    bool (*open)(const struct export_table *table, struct output *output, struct arena *arena,
                 void **state, struct error *err);
    /*
     * Whether it has to see all rows before the first `row`; then each is told to `look` first. Only
     * with needs_kinds. NULL: never.
     */
    bool (*wants_look)(const void *state);
    bool (*look)(void *state, const struct slice *cells, struct error *err);
    /* A cell for each column; ptr NULL: missing. Texts are gone when it returns. */
    bool (*row)(void *state, const struct slice *cells, struct error *err);
    /* Behind the last row. */
    bool (*finish)(void *state, struct error *err);
    void (*close)(void *state);
    /* Appends what of the rows the file does not hold as it was, a line each. After finish. NULL:
     * nothing. */
    void (*notes)(const void *state, struct strbuf *out);
};

/* Text with commas, as the server's FORMAT CSV writes it. */
const struct export_format *format_csv_out(void);
/* One document, as the server's FORMAT JSON writes it. */
const struct export_format *format_json_out(void);
/* An object a line. */
const struct export_format *format_ndjson_out(void);
/* Files of SPSS and Stata, with labels. */
const struct export_format *format_sav_out(void);
const struct export_format *format_dta_out(void);
/* Parquet, by DuckDB's library. */
const struct export_format *format_parquet_out(void);
/* Arrow's IPC files. */
const struct export_format *format_arrow_out(void);

/* NULL: there is none. */
const struct export_format *format_named(struct slice name);
/* By the end of a file's name, without `.gz` and `.zst`. NULL: none. */
const struct export_format *format_of_path(struct slice path);
/* Appends their names, with a text between them: "csv, json, ndjson". */
void format_names(struct strbuf *out, const char *between);

#endif
