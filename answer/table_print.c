/*
 * Writes down a table with numbers. in: a table; out: text, which tests compare.
 *
 * Example: a cell of a=1, total with 3 rows, which is in a list, is "1,total=3".
 */
#include "answer/table_print.h"

#include <math.h>

#include "answer/chi2.h"
#include "answer/column_letters.h"
#include "base/double.h"

static void
print_number(const struct number *number, struct strbuf *out)
{
    switch (number->kind) {
    case NUMBER_NULL: strbuf_append_str(out, "null"); break;
    case NUMBER_HIDDEN: strbuf_append_char(out, '*'); break;
    case NUMBER_INTEGER: strbuf_append_int(out, number->integer); break;
    case NUMBER_DECIMAL:
    case NUMBER_EXACT: strbuf_append(out, number->text); break;
    }
}

static void
print_labels(const struct table *table, uint64_t index, struct strbuf *out)
{
    uint64_t span = table->ncells;
    for (size_t d = 0; d < table->ndims; d++) {
        span /= table->dims[d].npositions;
        strbuf_append_str(out, d ? "," : "");
        strbuf_append(out, table->dims[d].labels[index / span]);
        index %= span;
    }
    strbuf_append_char(out, '=');
}

static void
print_cell(const struct table *table, size_t i, struct strbuf *out)
{
    if (!table->is_dense || table->has_list) {
        print_labels(table, table->cells.indexes[i], out);
    }
    for (size_t k = 0; k < table->nleaves; k++) {
        strbuf_append_str(out, k ? " " : "");
        print_number(&table->numbers[i * table->nleaves + k], out);
    }
}

static void
print_cells(const struct table *table, struct strbuf *out)
{
    size_t n = table->has_list ? table->nlist : table->cells.n;
    for (size_t i = 0; i < n; i++) {
        strbuf_append_str(out, i ? " | " : "");
        print_cell(table, table->has_list ? table->list[i] : i, out);
    }
    strbuf_append_char(out, '\n');
}

static void
print_bases(const struct table *table, struct strbuf *out)
{
    for (size_t i = 0; table->bases && i < table->cells.n; i++) {
        strbuf_append_str(out, i ? " | " : "bases ");
        print_number(&table->bases[i], out);
        strbuf_append_char(out, ' ');
        print_number(&table->effective[i], out);
        strbuf_append_str(out, i + 1 == table->cells.n ? "\n" : "");
    }
    if (table->base.kind != NUMBER_NULL) {
        strbuf_append_str(out, "base ");
        print_number(&table->base, out);
        strbuf_append_str(out, ", excluded ");
        print_number(&table->excluded_position, out);
        strbuf_append_char(out, ' ');
        print_number(&table->excluded_weight, out);
        strbuf_append_char(out, '\n');
    }
}

/* Rounded, so that the text says what a reader can check. */
static void
print_double(double x, struct strbuf *out)
{
    if (isnan(x)) {
        strbuf_append_str(out, "null");
    } else {
        strbuf_printf(out, "%.6g", x);
    }
}

static void
print_test(const struct table_test *test, size_t nlayer, struct strbuf *out)
{
    strbuf_append_str(out, "test");
    for (size_t d = 0; d < nlayer; d++) {
        strbuf_printf(out, " %zu", test->layer[d]);
    }
    strbuf_append_str(out, test->chi2 ? ": chi2 " : ":");
    if (test->chi2) {
        print_double(test->chi2->statistic, out);
        strbuf_printf(out, " df %g", test->chi2->df);
    }
    for (size_t i = 0; test->residuals && i < test->nrows * test->ncols; i++) {
        strbuf_append_str(out, i == 0 ? " residuals " : i % test->ncols ? " " : " / ");
        print_double(test->residuals[i], out);
    }
    for (size_t i = 0; test->letters && i < test->nrows * test->ncols; i++) {
        strbuf_append_str(out, i == 0 ? " letters [" : i % test->ncols ? "] [" : "] / [");
        letters_print(&test->letters[i], out);
        strbuf_append_str(out, i + 1 == test->nrows * test->ncols ? "]" : "");
    }
    strbuf_append_char(out, '\n');
}

void
table_print(const struct table *table, struct strbuf *out)
{
    for (size_t d = 0; d < table->ndims; d++) {
        const struct table_dim *dim = &table->dims[d];
        strbuf_append(out, dim->name);
        strbuf_append_str(out, dim->overlaps ? " (overlaps):" : ":");
        for (size_t i = 0; i < dim->npositions; i++) {
            strbuf_append_char(out, ' ');
            strbuf_append(out, dim->labels[i]);
        }
        strbuf_append_char(out, '\n');
    }
    for (size_t k = 0; k < table->nleaves; k++) {
        strbuf_append_str(out, k ? " " : "");
        strbuf_append(out, table->leaves[k].name);
    }
    strbuf_append_char(out, '\n');
    print_cells(table, out);
    print_bases(table, out);
    for (size_t i = 0; i < table->ntests; i++) {
        print_test(&table->tests[i], table->ndims - 2, out);
    }
}
