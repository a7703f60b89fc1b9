/*
 * Lays a table out as sheets. in: a table with numbers, or a plain one; out: what stands where, as
 * text.
 *
 * Example: of dimensions a, b, c, d there is a sheet for each position of a; b and c are the heads of
 * its rows, and d goes across.
 *
 * A table's cells are sheet by sheet, row by row: cell (row r, group g) of sheet n has the index
 * (n * nrows + r) * ngroups + g.
 */
#include "answer/sheet.h"

#include <math.h>

#include "answer/column_letters.h"
#include "answer/number_text.h"
#include "answer/wrap.h"

/*
 * How many dimensions are the heads of rows, and how many are layers. A test is of two dimensions, so
 * those before them are layers.
 */
static size_t
nheads_of(const struct table *table)
{
    if (table->has_list || table->ndims <= 1) {
        return table->ndims;
    }
    size_t most = table->ntests ? 1 : SHEET_HEADS_MOST;
    return table->ndims - 1 < most ? table->ndims - 1 : most;
}

static size_t
nlayers_of(const struct table *table)
{
    return table->has_list || table->ndims <= 1 ? 0 : table->ndims - 1 - nheads_of(table);
}

size_t
sheet_count(const struct table *table)
{
    size_t n = 1;
    for (size_t d = 0; d < nlayers_of(table); d++) {
        n *= table->dims[d].npositions;
    }
    return n;
}

static size_t
nleaves_of(const struct table *table)
{
    return table->numbers ? table->nleaves : 1;
}

static struct slice
leaf_name(struct arena *arena, const struct table *table, size_t k)
{
    return table->numbers ? text_shown(arena, table->leaves[k].name) : slice_lit("count");
}

static enum leaf_kind
leaf_kind(const struct table *table, size_t k)
{
    return table->numbers ? table->leaves[k].kind : LEAF_VALUE;
}

/* What stands for a position: its text where it has one. */
static struct slice
position_text(struct arena *arena, const struct table_dim *dim, size_t position)
{
    struct slice text = dim->labels[position];
    if (dim->texts && dim->texts[position].ptr) {
        text = dim->texts[position];
    }
    return text.len ? text_shown(arena, text) : slice_lit("''");
}

bool
sheet_has_dots(const struct table *table)
{
    size_t nleaves = nleaves_of(table), nzeros = 0;
    uint64_t n = table->has_list ? table->nlist : table->ncells;
    for (size_t i = 0; i < table->cells.n; i++) {
        for (size_t k = 0; k < nleaves; k++) {
            nzeros += number_is_zero(table_number(table, i, k));
        }
    }
    if (!table->numbers && !table->has_list) {
        nzeros += table->ncells - table->cells.n;
    }
    return nzeros * 2 > n * nleaves;
}

/* ---- Numbers ---- */

/* The number of a cell by its index; of what is not there 0, or null. */
static struct number
number_at(const struct table *table, uint64_t index, size_t k)
{
    const struct cell_list *cells = &table->cells;
    if (table->is_dense) {
        return table_number(table, index, k);
    }
    size_t low = 0, high = cells->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cells->indexes[middle] < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < cells->n && cells->indexes[low] == index) {
        return table_number(table, low, k);
    }
    return table->numbers ? (struct number){.kind = NUMBER_NULL} : number_of_integer(0);
}

static struct sheet_text
text_of(struct arena *arena, const struct table *table, struct number number, size_t k,
        bool has_dots)
{
    struct slice text = has_dots && number_is_zero(number)
                            ? slice_lit(".")
                            : number_text(arena, number, leaf_kind(table, k));
    return (struct sheet_text){.number = text};
}

/* ---- Rows ---- */

/* The heads of a row by its positions; those that are as in the row before are left out. */
static void
heads_write(struct arena *arena, const struct table *table, const struct sheet *sheet,
            size_t first_dim, size_t row, const size_t *positions, const size_t *before)
{
    bool is_same = before != NULL;
    for (size_t h = 0; h < sheet->nheads; h++) {
        is_same = is_same && positions[h] == before[h] && h + 1 < sheet->nheads;
        if (!is_same) {
            sheet->heads[row * sheet->nheads + h] =
                position_text(arena, &table->dims[first_dim + h], positions[h]);
        }
    }
}

/* A total that follows what is no total is set apart. */
static void
total_write(const struct table *table, const struct sheet *sheet, size_t first_dim, size_t row,
            const size_t *positions, const size_t *before)
{
    for (size_t h = sheet->nheads; h > 0; h--) {
        const struct table_dim *dim = &table->dims[first_dim + h - 1];
        bool is_total = table_is_total(dim, positions[h - 1]);
        sheet->totals[row] = sheet->totals[row] || is_total;
        if (is_total && before && !table_is_total(dim, before[h - 1])) {
            sheet->rules[row] = (unsigned char) h;
        }
    }
}

static void
rows_write(struct arena *arena, const struct table *table, struct sheet *sheet, size_t n,
           bool has_dots)
{
    size_t first_dim = nlayers_of(table), nleaves = sheet->nleaves;
    size_t *positions = arena_array(arena, 2 * sheet->nheads, sizeof *positions);
    size_t *before = positions + sheet->nheads;
    for (size_t row = 0; row < sheet->nrows; row++) {
        size_t rest = row;
        for (size_t h = sheet->nheads; h > 0; h--) {
            positions[h - 1] = rest % table->dims[first_dim + h - 1].npositions;
            rest /= table->dims[first_dim + h - 1].npositions;
        }
        heads_write(arena, table, sheet, first_dim, row, positions, row ? before : NULL);
        total_write(table, sheet, first_dim, row, positions, row ? before : NULL);
        memcpy(before, positions, sheet->nheads * sizeof *before);
        for (size_t i = 0; i < sheet->ngroups * nleaves; i++) {
            uint64_t index = (n * sheet->nrows + row) * sheet->ngroups + i / nleaves;
            struct number number = number_at(table, index, i % nleaves);
            sheet->texts[row * sheet->ngroups * nleaves + i] =
                text_of(arena, table, number, i % nleaves, has_dots);
        }
    }
}

/* Of an answer that is a list: rows in its order. The first total is set apart. */
static void
list_write(struct arena *arena, const struct table *table, struct sheet *sheet, bool has_dots)
{
    bool had_total = false;
    for (size_t row = 0; row < sheet->nrows; row++) {
        size_t i = table->list[row];
        uint64_t index = table->cells.indexes[i];
        bool is_total = false;
        for (size_t d = table->ndims; d > 0; d--) {
            const struct table_dim *dim = &table->dims[d - 1];
            size_t position = index % dim->npositions;
            is_total = is_total || table_is_total(dim, position);
            sheet->heads[row * sheet->nheads + d - 1] = position_text(arena, dim, position);
            index /= dim->npositions;
        }
        sheet->rules[row] = row > 0 && is_total && !had_total;
        sheet->totals[row] = had_total = is_total;
        for (size_t k = 0; k < sheet->nleaves; k++) {
            sheet->texts[row * sheet->nleaves + k] =
                text_of(arena, table, table_number(table, i, k), k, has_dots);
        }
    }
}

/* ---- Columns ---- */

static void
groups_write(struct arena *arena, const struct table *table, struct sheet *sheet)
{
    bool is_across = sheet->across.ptr;
    const struct table_dim *dim = is_across ? &table->dims[table->ndims - 1] : NULL;
    sheet->groups = arena_array(arena, sheet->ngroups, sizeof *sheet->groups);
    for (size_t g = 0; is_across && g < sheet->ngroups; g++) {
        sheet->groups[g] = (struct sheet_group){.label = position_text(arena, dim, g),
                                                .is_total = table_is_total(dim, g)};
    }
    if (is_across && sheet->nleaves == 1) {
        sheet->corner = leaf_name(arena, table, 0);
        return;
    }
    sheet->leaf_names = arena_array(arena, sheet->nleaves, sizeof *sheet->leaf_names);
    for (size_t k = 0; k < sheet->nleaves; k++) {
        sheet->leaf_names[k] = leaf_name(arena, table, k);
    }
}

/* "region: north, year: 2012" */
static struct slice
layer_name(struct arena *arena, const struct table *table, size_t n)
{
    struct slice name = slice_lit("");
    for (size_t d = nlayers_of(table); d > 0; d--) {
        const struct table_dim *dim = &table->dims[d - 1];
        struct slice label = position_text(arena, dim, n % dim->npositions);
        n /= dim->npositions;
        name = arena_printf(arena, "%.*s: %.*s%s%.*s", SLICE_ARG(text_shown(arena, dim->name)),
                            SLICE_ARG(label), name.len ? ", " : "", SLICE_ARG(name));
    }
    return name;
}

/* ---- Tests ---- */

const struct table_test *
sheet_test(const struct table *table, size_t n)
{
    for (size_t t = 0; t < table->ntests; t++) {
        uint64_t layer = 0;
        for (size_t d = 0; d + 2 < table->ndims; d++) {
            layer = layer * table->dims[d].npositions + table->tests[t].layer[d];
        }
        if (layer == n && !table->has_list) {
            return &table->tests[t];
        }
    }
    return NULL;
}

/* The columns' own letters, and those behind the numbers. */
static void
letters_write(struct arena *arena, const struct table *table, const struct table_test *test,
              struct sheet *sheet)
{
    size_t leaf = table->count_leaf < sheet->nleaves ? table->count_leaf : 0;
    struct strbuf text;
    strbuf_init(&text);
    for (size_t g = 0; g < test->ncols && g < sheet->ngroups; g++) {
        char letter[COLUMN_LETTER_BYTES];
        struct slice label = sheet->groups[g].label;
        sheet->groups[g].label =
            arena_printf(arena, "%.*s (%s)", SLICE_ARG(label), column_letter(letter, g));
    }
    for (size_t i = 0; i < test->nrows * test->ncols; i++) {
        size_t row = i / test->ncols, g = i % test->ncols;
        strbuf_clear(&text);
        letters_print(&test->letters[i], &text);
        sheet->texts[(row * sheet->ngroups + g) * sheet->nleaves + leaf].behind =
            arena_copy(arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
}

/* ---- All of it ---- */

static void
shape_set(struct arena *arena, const struct table *table, struct sheet *sheet)
{
    size_t first_dim = nlayers_of(table);
    bool is_across = !table->has_list && table->ndims > 1;
    sheet->nheads = nheads_of(table);
    sheet->nleaves = nleaves_of(table);
    sheet->ngroups = is_across ? table->dims[table->ndims - 1].npositions : 1;
    sheet->across =
        is_across ? text_shown(arena, table->dims[table->ndims - 1].name) : slice_of(NULL, 0);
    struct slice *names = arena_array(arena, sheet->nheads, sizeof *names);
    sheet->head_names = names;
    sheet->nrows = 1;
    for (size_t h = 0; h < sheet->nheads; h++) {
        names[h] = text_shown(arena, table->dims[first_dim + h].name);
        sheet->nrows *= table->dims[first_dim + h].npositions;
    }
    if (table->has_list) {
        sheet->nrows = table->nlist;
    }
    sheet->heads = arena_array(arena, sheet->nrows * sheet->nheads, sizeof *sheet->heads);
    sheet->rules = arena_array(arena, sheet->nrows, sizeof *sheet->rules);
    sheet->totals = arena_array(arena, sheet->nrows, sizeof *sheet->totals);
    sheet->texts =
        arena_array(arena, sheet->nrows * sheet->ngroups * sheet->nleaves, sizeof *sheet->texts);
}

struct sheet *
sheet_of(struct arena *arena, const struct table *table, size_t n, bool has_dots)
{
    struct sheet *sheet = arena_alloc(arena, sizeof *sheet);
    shape_set(arena, table, sheet);
    sheet->layer = layer_name(arena, table, n);
    groups_write(arena, table, sheet);
    if (table->has_list) {
        list_write(arena, table, sheet, has_dots);
        return sheet;
    }
    rows_write(arena, table, sheet, n, has_dots);
    const struct table_test *test = sheet_test(table, n);
    if (test && test->letters) {
        letters_write(arena, table, test, sheet);
    }
    return sheet;
}

struct sheet *
sheet_of_residuals(struct arena *arena, const struct table *table, size_t n)
{
    const struct table_test *test = sheet_test(table, n);
    if (!test || !test->residuals) {
        return NULL;
    }
    const struct table_dim *dims = table->dims + table->ndims - 2;
    struct sheet *sheet = arena_alloc(arena, sizeof *sheet);
    *sheet = (struct sheet){.corner = slice_lit("residuals"),
                            .layer = slice_lit(""),
                            .across = text_shown(arena, dims[1].name),
                            .nheads = 1,
                            .ngroups = test->ncols,
                            .nleaves = 1,
                            .nrows = test->nrows};
    struct slice *name = arena_alloc(arena, sizeof *name);
    *name = text_shown(arena, dims[0].name);
    sheet->head_names = name;
    sheet->groups = arena_array(arena, test->ncols, sizeof *sheet->groups);
    sheet->heads = arena_array(arena, test->nrows, sizeof *sheet->heads);
    sheet->rules = arena_array(arena, test->nrows, sizeof *sheet->rules);
    sheet->totals = arena_array(arena, test->nrows, sizeof *sheet->totals);
    sheet->texts = arena_array(arena, test->nrows * test->ncols, sizeof *sheet->texts);
    for (size_t g = 0; g < test->ncols; g++) {
        sheet->groups[g].label = position_text(arena, &dims[1], g);
    }
    for (size_t row = 0; row < test->nrows; row++) {
        sheet->heads[row] = position_text(arena, &dims[0], row);
        for (size_t g = 0; g < test->ncols; g++) {
            size_t i = row * test->ncols + g;
            sheet->texts[i].number = isfinite(test->residuals[i])
                                         ? arena_printf(arena, "%.2f", test->residuals[i])
                                         : slice_lit("-");
        }
    }
    return sheet;
}
