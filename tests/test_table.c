/*
 * answer/suppress: what SUPPRESS BELOW leaves of a table.
 */
#include <check.h>

#include "answer/suppress.h"
#include "base/strbuf.h"
#include "tests/suite.h"

enum { NDIMS_MOST = 3, NCELLS_MOST = 12 };

/* A dimension as the labels of its positions, a letter each; open ones in capitals. */
static const struct {
    const char *dims[NDIMS_MOST];
    int64_t counts[NCELLS_MOST]; /* all cells, the last dimension running fastest */
    int64_t below;
    const char *left;
} suppress_rows[] = {
    {{NULL}, {7}, 8, "| -"},
    {{NULL}, {7}, 7, "| 7"},
    {{"ab"}, {1, 0}, 0, "ab | 1 0"},
    {{"ab"}, {1, 0}, 1, "ab | 1 0"},
    {{"abc"}, {1, 0, 2}, 2, "abc | - 0 2"},
    {{"ABC"}, {1, 5, 2}, 3, "B | 5"},
    {{"ABC"}, {1, 1, 1}, 3, " |"},
    /* a position stays where one of its cells is told, and its other cells with it */
    {{"AB", "xy"}, {1, 9, 1, 2}, 3, "A xy | - 9"},
    {{"AB", "xy"}, {1, 9, 3, 0}, 3, "AB xy | - 9 3 0"},
    {{"ab", "XY"}, {9, 1, 0, 2}, 3, "ab X | 9 0"},
    /* two open ones: what goes from one is told of nowhere in the other */
    {{"AB", "XYZ"}, {9, 1, 0, 1, 1, 4}, 3, "AB XZ | 9 0 - 4"},
    {{"AB", "XYZ"}, {9, 1, 0, 1, 1, 2}, 3, "A X | 9"},
    {{"AB", "xy", "PQ"}, {1, 0, 5, 1, 1, 1, 0, 2}, 3, "A xy P | - 5"},
    /* what no row has is no position that was found: no count of it is told either */
    {{"AB"}, {0, 5}, 3, "B | 5"},
};

static struct table *
make_table(struct arena *arena, const char *const *dims, const int64_t *counts)
{
    struct table *table = arena_alloc(arena, sizeof *table);
    table->dims = arena_array(arena, NDIMS_MOST, sizeof *table->dims);
    table->cells = cell_list_counts(arena, NCELLS_MOST);
    table->format = AST_FORMAT_NESTED;
    table->ncells = 1;
    for (; table->ndims < NDIMS_MOST && dims[table->ndims]; table->ndims++) {
        struct slice letters = slice_str(dims[table->ndims]);
        struct table_dim *dim = &table->dims[table->ndims];
        dim->npositions = letters.len;
        dim->labels = arena_array(arena, letters.len, sizeof *dim->labels);
        dim->is_open = letters.ptr[0] >= 'A' && letters.ptr[0] <= 'Z';
        for (size_t i = 0; i < letters.len; i++) {
            dim->labels[i] = slice_of(letters.ptr + i, 1);
        }
        table->ncells *= letters.len;
    }
    for (uint64_t index = 0; index < table->ncells; index++) {
        if (counts[index]) {
            cell_list_add(&table->cells, index, counts[index]);
        }
    }
    return table;
}

/* "ab X | 9 - 0": labels, then all cells; - is one that is not told. */
static void
print_table(const struct table *table, struct strbuf *out)
{
    for (size_t d = 0; d < table->ndims; d++) {
        for (size_t i = 0; i < table->dims[d].npositions; i++) {
            strbuf_append(out, table->dims[d].labels[i]);
        }
        strbuf_append_char(out, ' ');
    }
    strbuf_append_char(out, '|');
    const struct cell_list *cells = &table->cells;
    size_t next = 0;
    for (uint64_t index = 0; index < table->ncells; index++) {
        bool is_there = next < cells->n && cells->indexes[next] == index;
        if (is_there && cell_state(cells, next, 0) == CELL_HIDDEN) {
            ck_assert_int_eq(cell_value(cells, next, 0), 0);
            strbuf_append_str(out, " -");
        } else {
            strbuf_printf(out, " %lld", (long long) (is_there ? cell_value(cells, next, 0) : 0));
        }
        next += is_there;
    }
    ck_assert_msg(next == cells->n, "a cell stands out of its order or behind the last index");
}

START_TEST(what_suppress_below_leaves)
{
    struct arena *arena = arena_new();
    struct strbuf text;
    strbuf_init(&text);
    struct table *table = make_table(arena, suppress_rows[_i].dims, suppress_rows[_i].counts);
    suppress_below(arena, table, suppress_rows[_i].below);
    print_table(table, &text);
    ck_assert_str_eq(strbuf_slice(&text).ptr, suppress_rows[_i].left);
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");
    tcase_add_loop_test(tcase, what_suppress_below_leaves, 0,
                        sizeof suppress_rows / sizeof *suppress_rows);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
