/*
 * A format that rows are read from: what it is made of, and what it gives.
 *
 *     const struct source_format *csv = format_csv();
 *     if (csv->is_like(&options, start) && csv->open(&options, input, arena, &state, &err)) ...
 *
 * Each is one file, format_<name>.c; README.md says how one is added. source.h is for those who read.
 */
#ifndef QUIPU_TOOLS_ROWS_FORMAT_H
#define QUIPU_TOOLS_ROWS_FORMAT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "tools/rows/dialect.h"

struct input;

enum source_status {
    SOURCE_OK,
    SOURCE_END,
    SOURCE_BAD,   /* this record is malformed; the next call goes on behind it */
    SOURCE_BROKEN /* nothing more can be read */
};

/* What a value stands for: "1" is "female". */
struct source_label {
    struct slice value, label;
};

/* A field, and what the format knows of it. Empty and 0: nothing. */
struct source_field {
    struct slice name;
    struct slice label;     /* of the variable: "Sex of the respondent" */
    struct slice separator; /* cells hold several values with this between them */
    const struct source_label *labels;
    size_t nlabels;
};

/* Cells in the order of the fields: the value's text, as UTF-8; empty: the row lacks the field, or,
 * with keeps_empty_texts, the text has no bytes (empty_text.h). A
 * format may leave out the last ones: to the source's caller there is one for each field. */
struct source_record {
    const struct slice *cells;
    size_t ncells;
    uint64_t
        place; /* from 1, in the format's unit; less than 2^60, each higher than the one before */
};

/* What stands between several values of a field, as the user or the dataset says. */
struct source_separator {
    struct slice field, separator; /* NUL-terminated */
};

/* What the user has said of the file. NULL, 0: nothing. */
struct source_options {
    const char *path;          /* "-": standard input; NULL: there is sql */
    const char *sql;           /* a query of DuckDB's, in place of a file */
    const char *encoding;      /* of a text, as iconv calls it */
    const char *catalog;       /* of SAS: the path of the file with its formats' labels */
    struct dialect_wishes csv; /* dialect_no_wishes: nothing */
    char thousands;            /* what stands between thousands in numbers of a text */
    const struct slice *na;    /* cells that are missing values */
    size_t nna;
    const struct source_separator *separators; /* for lists of values; a field's first counts */
    size_t nseparators;
    bool
        keeps_empty_texts; /* a text without bytes is no missing value, where the file tells them apart */
    const char *rows_in;      /* the name that the array of rows has, in an object of JSON */
    bool (*is_stopped)(void); /* asked now and then where opening takes long; NULL: never */
};

/*
 * What a format is made of. `state` is its own. Errors need not name the file or the place: the
 * source does. Members that may be NULL say so.
 */
struct source_format {
    const char *name; /* "CSV" */
    const char *unit; /* "line" */
    /*
     * Whether the file is of this format. start: its first bytes, decompressed (INPUT_START_BYTES,
     * or all there are); options->path has its name. The first format that says so gets it.
     */
    bool (*is_like)(const struct source_options *options, struct slice start);
    /*
     * Begins to read from the input, which is the source's (a library that reads files by itself
     * takes plain_file_open); NULL where there is sql. The arena lives as long as the source. Where it fails, nothing of it
     * is left and `close` is not called.
     */
    bool (*open)(const struct source_options *options, struct input *input, struct arena *arena,
                 void **state, struct error *err);
    void (*close)(void *state);
    /* As source_fields, source_next. A record's place is set also where it is BAD. */
    const struct source_field *(*fields)(const void *state, size_t *nfields);
    enum source_status (*next)(void *state, struct source_record *record, struct error *err);
    /* Appends what of the format was chosen: "';', decimal comma". NULL: nothing. */
    void (*read_as)(const void *state, struct strbuf *out);
    /* Appends what the user should know of how it is read, a line each. NULL: nothing. */
    void (*notes)(const void *state, struct strbuf *out);
    /* The same, of what is known when all records are read. NULL: nothing. */
    void (*summary)(const void *state, struct strbuf *out);
    /* As source_would_wait. NULL: never. */
    bool (*would_wait)(const void *state);
    /* As source_done and source_total, in any unit. NULL: the input's bytes say it. */
    void (*progress)(const void *state, int64_t *done, int64_t *total);
};

/* What FORMAT JSON of ROWS writes. */
const struct source_format *format_document(void);
/* Objects, in an array or one behind the other. */
const struct source_format *format_json(void);
/* SPSS, Stata and SAS. */
const struct source_format *format_stat(void);
/* Text with a header and separated cells. */
const struct source_format *format_csv(void);
/* Arrow's IPC files and streams. */
const struct source_format *format_arrow(void);
/* Parquet files, and queries of SQL, by DuckDB. */
const struct source_format *format_parquet(void);
const struct source_format *format_sql(void);

#endif
