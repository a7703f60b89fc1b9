/*
 * Arrow IPC files. in: rows, and the kinds of the columns; out: a file of batches.
 *
 *     integer, number    Int 64, FloatingPoint 64      date, datetime     Date in days, Timestamp in seconds
 *     text               Utf8                          several values     List of Utf8
 */
#include "base/double.h"
#include "tools/arrow/writer.h"
#include "tools/export/format.h"
#include "tools/export/kinds.h"
#include "tools/export/losses.h"
#include "tools/export/moment.h"

struct arrow_out {
    const struct export_table *table;
    struct output *output;
    struct arrow_out_column *columns;
    struct arrow_writer *writer;
    struct strbuf bytes; /* of the file, to be written */
    struct strbuf buffer;
    struct losses losses;
};

static enum arrow_out_type
type_of(const struct export_column *column)
{
    switch (column->kind) {
    case COLUMN_INTEGER: return ARROW_OUT_INT64;
    case COLUMN_NUMBER: return ARROW_OUT_DOUBLE;
    case COLUMN_DATE: return ARROW_OUT_DATE;
    case COLUMN_DATETIME: return ARROW_OUT_MOMENT;
    case COLUMN_TEXT: break;
    }
    return column->separator.len && !column->is_key ? ARROW_OUT_TEXTS : ARROW_OUT_TEXT;
}

static void
close_arrow(void *state)
{
    struct arrow_out *out = state;
    arrow_writer_free(out->writer);
    strbuf_fini(&out->bytes);
    strbuf_fini(&out->buffer);
    losses_fini(&out->losses);
}

static bool
flush(struct arrow_out *out, struct error *err)
{
    bool ok = output_write(out->output, strbuf_slice(&out->bytes), err);
    strbuf_clear(&out->bytes);
    return ok;
}

static bool
open_arrow(const struct export_table *table, struct output *output, struct arena *arena,
           void **state, struct error *err)
{
    struct arrow_out *out = arena_alloc(arena, sizeof *out);
    *out = (struct arrow_out){.table = table, .output = output};
    losses_init(&out->losses, table);
    out->columns = arena_array(arena, table->ncolumns, sizeof *out->columns);
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct export_column *column = &table->columns[i];
        out->columns[i].name = arena_copy(arena, losses_utf8(&out->losses, column->name));
        out->columns[i].type = type_of(column);
    }
    out->writer = arrow_writer_new(out->columns, table->ncolumns);
    arrow_writer_begin(out->writer, &out->bytes);
    if (!flush(out, err)) {
        close_arrow(out);
        return false;
    }
    *state = out;
    return true;
}

static void
add_cell(struct arrow_out *out, size_t i, struct slice cell)
{
    struct slice number, part;
    switch (out->columns[i].type) {
    case ARROW_OUT_TEXT: arrow_add_text(out->writer, i, losses_utf8(&out->losses, cell)); break;
    case ARROW_OUT_TEXTS:
        arrow_add_list(out->writer, i);
        while (slice_next_part(&cell, out->table->columns[i].separator, &part)) {
            arrow_add_text(out->writer, i, losses_utf8(&out->losses, part));
        }
        break;
    case ARROW_OUT_INT64:
    case ARROW_OUT_DOUBLE:
        if (kinds_read_number(cell, &out->buffer, &number)) {
            double x = double_read(number);
            if (out->columns[i].type == ARROW_OUT_INT64) {
                arrow_add_int(out->writer, i, (int64_t) x);
            } else {
                arrow_add_double(out->writer, i, x);
            }
        }
        break;
    case ARROW_OUT_DATE: arrow_add_int(out->writer, i, moment_days(cell)); break;
    case ARROW_OUT_MOMENT: arrow_add_int(out->writer, i, moment_seconds(cell)); break;
    }
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    struct arrow_out *out = state;
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        if (cells[i].ptr) {
            add_cell(out, i, cells[i]);
        }
    }
    arrow_end_row(out->writer);
    if (!arrow_writer_is_full(out->writer)) {
        return true;
    }
    arrow_writer_flush(out->writer, &out->bytes);
    return flush(out, err);
}

static bool
finish(void *state, struct error *err)
{
    struct arrow_out *out = state;
    arrow_writer_flush(out->writer, &out->bytes);
    arrow_writer_end(out->writer, &out->bytes);
    return flush(out, err);
}

static void
notes(const void *state, struct strbuf *text)
{
    const struct arrow_out *out = state;
    losses_notes(&out->losses, text);
}

const struct export_format *
format_arrow_out(void)
{
    static const struct export_format FORMAT = {.name = "arrow",
                                                .suffixes = ".arrow .feather",
                                                .needs_kinds = true,
                                                .open = open_arrow,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_arrow,
                                                .notes = notes};
    return &FORMAT;
}
