/*
 * CSV, as FORMAT CSV of ROWS writes it. in: rows; out: a header, and a record for each.
 *
 *     key,sex,Origin State
 *     profile_1,female,Ohio
 *     profile_2,,""                  sex is missing; Origin State is text without bytes
 */
#include "answer/format_csv.h"

#include "tools/export/format.h"

struct csv_out {
    const struct export_table *table;
    struct output *output;
    struct strbuf text;
};

static bool
write_record(struct csv_out *csv, const struct slice *texts, struct error *err)
{
    strbuf_clear(&csv->text);
    format_csv_record(&csv->text, texts, csv->table->ncolumns);
    return output_write(csv->output, strbuf_slice(&csv->text), err);
}

static bool
open_csv(const struct export_table *table, struct output *output, struct arena *arena, void **state,
         struct error *err)
{
    struct csv_out *csv = arena_alloc(arena, sizeof *csv);
    struct slice *names = arena_array(arena, table->ncolumns, sizeof *names);
    *csv = (struct csv_out){.table = table, .output = output};
    strbuf_init(&csv->text);
    for (size_t i = 0; i < table->ncolumns; i++) {
        names[i] = table->columns[i].name;
    }
    *state = csv;
    if (!write_record(csv, names, err)) {
        strbuf_fini(&csv->text);
        return false;
    }
    return true;
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    return write_record(state, cells, err);
}

static bool
finish(void *state, struct error *err)
{
    (void) state, (void) err;
    return true;
}

static void
close_csv(void *state)
{
    struct csv_out *csv = state;
    strbuf_fini(&csv->text);
}

const struct export_format *
format_csv_out(void)
{
    static const struct export_format FORMAT = {.name = "csv",
                                                .suffixes = ".csv",
                                                .open = open_csv,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_csv};
    return &FORMAT;
}
