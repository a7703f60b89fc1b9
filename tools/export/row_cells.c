/*
 * Puts a row's texts into columns. in: fields and texts, in any order; out: a cell for each column.
 *
 * Example: the columns are key, age, sex. `rows *` tells a row's fields in the order of the columns,
 * so after `age` the next one is looked for behind it first, and only then in the map.
 */
#include "tools/export/row_cells.h"

#include "base/map.h"
#include "base/strbuf.h"

enum { NO_KEY = (size_t) -1 };

/* A cell's text, in the buffer. */
struct place {
    bool is_set;
    size_t at, len;
};

struct row_cells {
    struct arena *arena;
    const struct export_table *table;
    struct map columns; /* field -> column */
    size_t key_column;  /* NO_KEY: there is none */
    size_t next;        /* where the next field is looked for first */
    struct strbuf texts;
    struct place *places;
    struct slice *cells;
    struct slice unknown;
};

struct row_cells *
row_cells_new(struct arena *arena, const struct export_table *table)
{
    struct row_cells *cells = arena_alloc(arena, sizeof *cells);
    *cells = (struct row_cells){
        .arena = arena,
        .table = table,
        .key_column = NO_KEY,
        .places = arena_array(arena, table->ncolumns, sizeof *cells->places),
        .cells = arena_array(arena, table->ncolumns, sizeof *cells->cells),
        .unknown = slice_lit(""),
    };
    map_init(&cells->columns, arena);
    strbuf_init(&cells->texts);
    for (size_t i = 0; i < table->ncolumns; i++) {
        if (table->columns[i].is_key) {
            cells->key_column = i;
        } else {
            *map_add(&cells->columns, table->columns[i].name, NULL) = i;
        }
    }
    return cells;
}

void
row_cells_fini(struct row_cells *cells)
{
    strbuf_fini(&cells->texts);
}

static void
set(struct row_cells *cells, size_t column, struct slice text)
{
    cells->places[column] = (struct place){true, cells->texts.len, text.len};
    strbuf_append(&cells->texts, text);
    cells->next = column + 1;
}

void
row_cells_start(struct row_cells *cells, struct slice name)
{
    strbuf_clear(&cells->texts);
    for (size_t i = 0; i < cells->table->ncolumns; i++) {
        cells->places[i].is_set = false;
    }
    cells->next = 0;
    if (cells->key_column != NO_KEY) {
        set(cells, cells->key_column, name);
    }
}

void
row_cells_set(struct row_cells *cells, struct slice field, struct slice text)
{
    const struct export_table *table = cells->table;
    for (size_t i = cells->next; i < table->ncolumns && i < cells->next + 2; i++) {
        if (!table->columns[i].is_key && slice_equal(table->columns[i].name, field)) {
            set(cells, i, text);
            return;
        }
    }
    size_t *column = map_find(&cells->columns, field);
    if (column) {
        set(cells, *column, text);
    } else if (!cells->unknown.len) {
        cells->unknown = arena_copy(cells->arena, field);
    }
}

void
row_cells_set_nth(struct row_cells *cells, size_t nth, struct slice text)
{
    set(cells, nth + (nth >= cells->key_column), text);
}

const struct slice *
row_cells_end(struct row_cells *cells)
{
    for (size_t i = 0; i < cells->table->ncolumns; i++) {
        const struct place *place = &cells->places[i];
        cells->cells[i] =
            place->is_set ? slice_of(cells->texts.ptr + place->at, place->len) : (struct slice){0};
    }
    return cells->cells;
}

struct slice
row_cells_unknown(const struct row_cells *cells)
{
    return cells->unknown;
}
