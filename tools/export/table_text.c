/*
 * Reads the table of a count. in: CSV of the server; out: columns, rows.
 *
 * Example: `count sex, age by 10 as decade from survey` has the columns sex, decade and count. The
 * first is the field sex, so its labels stand for it in a file that has labels.
 */
#include "tools/export/table_text.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/csv.h"

static bool
names_differ(const struct export_table *table, struct error *err)
{
    for (size_t i = 0; i < table->ncolumns; i++) {
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(table->columns[i].name, table->columns[j].name)) {
                char name[ERROR_QUOTE_BYTES];
                return error_set(err, "NAME", "two columns are called %s: AS names one of them",
                                 error_quote(name, table->columns[i].name));
            }
        }
    }
    return true;
}

/* Fields of the first dimensions. */
static void
fields_set(const struct ast_query *query, struct export_table *table)
{
    size_t at = query->options.totals; /* behind the column that names totals */
    if (query->statement == AST_VALUES && table->ncolumns) {
        table->columns[0].field = query->fields->name;
    } else if (query->statement == AST_CROSSTAB) {
        for (const struct ast_dim *dim = query->tables->dims; dim && at < table->ncolumns;
             dim = dim->next) {
            table->columns[at++].field = dim->kind == AST_DIM_WHENS ? slice_lit("") : dim->field;
        }
    }
}

bool
table_text_columns(struct slice csv, const struct ast_query *query, struct arena *arena,
                   struct export_table *table, struct error *err)
{
    struct csv *parser = csv_new(csv_rfc());
    struct csv_record record;
    size_t consumed;
    bool ok = csv_next(parser, csv, true, &consumed, &record, err) == CSV_OK;
    if (ok) {
        table->ncolumns = record.ncells;
        table->columns = arena_array(arena, record.ncells, sizeof *table->columns);
        for (size_t i = 0; i < record.ncells; i++) {
            table->columns[i].name = arena_copy(arena, record.cells[i]);
        }
        fields_set(query, table);
    } else {
        (void) error_set(err, "IO", "the server has answered without a header");
    }
    csv_free(parser);
    return ok && names_differ(table, err);
}

bool
table_text_rows(struct slice csv, const struct export_table *table, const struct row_taker *taker,
                struct error *err)
{
    struct csv *parser = csv_new(csv_rfc());
    struct slice *cells = must_array(table->ncolumns, sizeof *cells);
    enum csv_status status = CSV_OK;
    bool ok = true;
    for (bool is_head = true; ok && status == CSV_OK; is_head = false) {
        struct csv_record record;
        size_t consumed;
        status = csv_next(parser, csv, true, &consumed, &record, err);
        csv = slice_of(csv.ptr + consumed, csv.len - consumed);
        if (status != CSV_OK || is_head) {
            continue;
        }
        ok = record.ncells == table->ncolumns ||
             error_set(err, "IO", "the server has answered with a line of another length");
        for (size_t i = 0; ok && i < record.ncells; i++) {
            bool is_missing = !record.cells[i].len && !(record.marks[i] & CSV_QUOTED);
            cells[i] = is_missing ? (struct slice){0} : record.cells[i];
        }
        ok = ok && taker->row(taker->arg, cells, err);
    }
    free(cells);
    csv_free(parser);
    return ok && status != CSV_BAD;
}
