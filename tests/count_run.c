/*
 * Counts a query in threads, and again with some rows set apart: for tests of counting.
 *
 * Example: rows 3 and 17 have a mark. The count leaves them out; by name they are counted again, and
 * both together are the count of all rows.
 */
#include "tests/count_run.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>

#include "columns/snapshot.h"

static void *
work(void *arg)
{
    struct count_worker *worker = count_worker_new(arg);
    while (count_run(worker, 1)) {
    }
    count_worker_free(worker);
    return NULL;
}

struct partials *
count_in_threads(struct arena *arena, struct index *index, const struct bound_query *query,
                 const struct count_options *options, int nthreads, const char *text)
{
    struct error err = {"", ""};
    struct partials *partials = NULL;
    struct count *count = count_new(index, query, options);
    ck_assert(count_cost_us(count) >= 0);
    if (nthreads == 0) {
        ck_assert_msg(count_answer(count, arena, &partials, &err), "%s: %s", text, err.message);
    } else {
        pthread_t threads[3];
        ck_assert(count_prepare(count, &err));
        for (int i = 0; i < nthreads; i++) {
            ck_assert_int_eq(pthread_create(&threads[i], NULL, work, count), 0);
        }
        for (int i = 0; i < nthreads; i++) {
            pthread_join(threads[i], NULL);
        }
        ck_assert_msg(count_finish(count, arena, &partials, &err), "%s: %s", text, err.message);
    }
    count_free(count);
    return partials;
}

/* ---- Rows that are set apart ---- */

enum { APART_MARKS = 3, OTHER_MARK = APART_MARKS + 1 };

/* Many rows, few, or none; some have a mark that is not left out. */
static void
mark_rows(struct index *index, const struct table *table)
{
    uint32_t n = below(3) ? below(20) : below(table->nrows);
    if (below(4) == 0) {
        index_clear_marks(index);
        ck_assert_uint_eq(index_nmarked(index), 0);
    }
    for (uint32_t i = 0; i < n; i++) {
        char name[32];
        uint32_t row = below(table->nrows);
        sprintf(name, "r_%u", row);
        bool is_row = index_mark_row(index, slice_str(name), below(OTHER_MARK + 1));
        ck_assert_int_eq(is_row, table->exists[row]);
    }
}

/* The rows with the marks that are left out: how many, in the order of their ids for each mark. */
static size_t
find_apart(struct arena *arena, struct index *index, struct count_row *rows, size_t *first)
{
    size_t n = 0;
    for (uint32_t mark = 1; mark <= APART_MARKS; mark++) {
        uint64_t cursor = 0;
        uint32_t id;
        struct slice name;
        first[mark - 1] = n;
        while (index_next_marked(index, mark, &cursor, &id, &name)) {
            rows[n++] = (struct count_row){id, arena_copy(arena, name)};
        }
    }
    return n;
}

static struct named_rows *
ck_assert_named_survive(struct arena *arena, const struct named_rows *rows)
{
    struct strbuf bytes, before, after;
    struct error err = {"", ""};
    struct named_rows *decoded;
    strbuf_init(&bytes);
    strbuf_init(&before);
    strbuf_init(&after);
    named_rows_encode(rows, &bytes);
    struct slice copy = arena_copy(arena, strbuf_slice(&bytes));
    ck_assert_msg(named_rows_decode(arena, copy, &decoded, &err), "%s", err.message);
    named_rows_print(rows, &before);
    named_rows_print(decoded, &after);
    ck_assert(slice_equal(strbuf_slice(&before), strbuf_slice(&after)));
    strbuf_fini(&bytes);
    strbuf_fini(&before);
    strbuf_fini(&after);
    return decoded;
}

/* Each cell with its labels, and with its numbers if it is of no set. A folded grid may have positions
 * without a cell. */
static void
print_cells(struct strbuf *out, const struct partial *partial, bool is_set)
{
    for (size_t i = 0; i < partial->cells.n; i++) {
        uint64_t stride = partial->ncells;
        for (size_t d = 0; d < partial->ndims; d++) {
            const struct partial_dim *dim = &partial->dims[d];
            stride /= dim->npositions;
            size_t position = partial->cells.indexes[i] / stride % dim->npositions;
            strbuf_printf(out, "%.*s[%zu]", dim->is_open ? (int) dim->values[position].len : 0,
                          dim->is_open ? dim->values[position].ptr : "",
                          dim->is_open ? 0 : position);
        }
        for (size_t m = 0; m < partial->cells.nmeasures && !is_set; m++) {
            strbuf_printf(out, " %lld", (long long) cell_value(&partial->cells, i, m));
        }
        strbuf_append_char(out, ';');
    }
}

static void
print_all(struct strbuf *out, const struct bound_query *query, const struct partials *partials)
{
    if (query->is_plain) {
        partials_print(partials, out);
    }
    for (size_t g = 0; g < partials->n; g++) {
        strbuf_append_str(out, " | ");
        print_cells(out, partials->items[g], query->grids[g].is_set);
    }
}

/* The rows that are left out, counted by name, and the others are together all rows. */
void
compare_apart(struct arena *arena, const struct table *table, struct index *index,
              const struct bound_query *query, const char *text)
{
    struct error err = {"", ""};
    struct strbuf expected, found;
    size_t first[APART_MARKS];
    uint64_t marks[MARKS_MOST / 64 + 1] = {(1u << (APART_MARKS + 1)) - 2};
    struct count_options options = {.marks_left_out = marks};
    mark_rows(index, table);
    struct count_row *rows = arena_array(arena, index_nmarked(index), sizeof *rows);
    size_t nrows = find_apart(arena, index, rows, first);
    struct partials *whole =
        count_in_threads(arena, index, query, &(struct count_options){.max_cells = 0}, 0, text);
    struct count *count = count_new(index, query, &options);
    struct named_rows named;
    struct partials *rest, *apart, *sum;
    ck_assert_msg(count_answer(count, arena, &rest, &err), "%s: %s", text, err.message);
    ck_assert_msg(count_named(count, arena, rows, nrows, &named, &err), "%s: %s", text,
                  err.message);
    count_free(count);
    ck_assert(
        named_rows_partials(arena, query, ck_assert_named_survive(arena, &named), &apart, &err));
    const struct partials *parts[] = {rest, apart};
    ck_assert(partials_merge(arena, query, parts, 2, NULL, &sum, &err));
    strbuf_init(&expected);
    strbuf_init(&found);
    print_all(&expected, query, whole);
    print_all(&found, query, sum);
    ck_assert_msg(slice_equal(strbuf_slice(&expected), strbuf_slice(&found)),
                  "%s\n%zu rows apart\nexpected %s\nfound    %s", text, nrows, expected.ptr,
                  found.ptr);
    strbuf_fini(&expected);
    strbuf_fini(&found);
}
