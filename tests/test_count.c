/*
 * Counting over columns gives what a walk over all rows gives: random rows in every kind of chunk,
 * random queries, every set of kernels, one to three threads. The oracle reads the tree of the
 * query, row by row, and shares no code with the filter's normal form or the counting.
 *
 *     QUIPU_SEED=7 QUIPU_ROUNDS=50 test_count
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/merge.h"
#include "base/map.h"
#include "base/number.h"
#include "columns/count.h"
#include "columns/index_check.h"
#include "columns/snapshot.h"
#include "parser/parse.h"
#include "tests/count_rows.h"
#include "tests/count_run.h"
#include "tests/count_text.h"
#include "tests/suite.h"

/* Counts by the labels of the cell, joined by '|'; what occurs on each axis. */
struct expected {
    struct map cells;
    struct map axes[8];
    uint64_t base;
};

static void
count_naively(struct arena *arena, const struct table *table, const struct ast_query *query,
              struct expected *expected)
{
    struct arena *scratch = arena_new();
    struct strbuf key;
    strbuf_init(&key);
    map_init(&expected->cells, arena);
    for (size_t d = 0; d < query->tables->ndims; d++) {
        map_init(&expected->axes[d], arena);
    }
    for (uint32_t row = 0; row < table->nrows; row++) {
        if (!table->exists[row] || (query->where && !cond_holds(table, row, query->where))) {
            continue;
        }
        if (row % 4096 == 0) {
            arena_free(scratch);
            scratch = arena_new();
        }
        expected->base++;
        strbuf_clear(&key);
        bool is_in = true;
        size_t d = 0;
        for (const struct ast_dim *dim = query->tables->dims; dim; dim = dim->next, d++) {
            struct slice label;
            if (!dim_label(scratch, dim, row_value(table, row, dim->field), &label)) {
                is_in = false;
                continue;
            }
            if (!map_find(&expected->axes[d], label)) {
                map_add(&expected->axes[d], arena_copy(arena, label), NULL);
            }
            strbuf_append(&key, label);
            strbuf_append_char(&key, '|');
        }
        if (is_in) {
            size_t *count = map_find(&expected->cells, strbuf_slice(&key));
            if (!count) {
                count = map_add(&expected->cells, arena_copy(arena, strbuf_slice(&key)), NULL);
            }
            ++*count;
        }
    }
    strbuf_fini(&key);
    arena_free(scratch);
}

static void
ck_assert_as_expected(const struct partial *partial, const struct expected *expected,
                      enum ast_format format, const char *text)
{
    ck_assert_msg(partial->cells.n == expected->cells.count, "%s: %zu cells, not %zu", text,
                  partial->cells.n, expected->cells.count);
    uint64_t in_cells = 0;
    for (size_t i = 0; i < partial->cells.n; i++) {
        uint64_t index = partial->cells.indexes[i];
        ck_assert(index < partial->ncells && (i == 0 || index > partial->cells.indexes[i - 1]));
        size_t positions[8];
        for (size_t d = partial->ndims; d-- > 0;) {
            positions[d] = index % partial->dims[d].npositions;
            index /= partial->dims[d].npositions;
        }
        struct strbuf key;
        strbuf_init(&key);
        for (size_t d = 0; d < partial->ndims; d++) {
            if (partial->dims[d].is_open) {
                strbuf_append(&key, partial->dims[d].values[positions[d]]);
            } else {
                strbuf_append_int(&key, (int64_t) positions[d]);
            }
            strbuf_append_char(&key, '|');
        }
        const size_t *count = map_find(&expected->cells, strbuf_slice(&key));
        ck_assert_msg(count && *count == (uint64_t) partial->cells.values[i],
                      "%s: cell %s is %llu, not %zu", text, key.ptr,
                      (unsigned long long) (uint64_t) partial->cells.values[i], count ? *count : 0);
        in_cells += (uint64_t) partial->cells.values[i];
        strbuf_fini(&key);
    }
    for (size_t d = 0; d < partial->ndims; d++) {
        const struct partial_dim *dim = &partial->dims[d];
        for (size_t i = 1; dim->is_open && i < dim->npositions; i++) {
            ck_assert(value_compare(dim->values[i - 1], dim->values[i]) < 0);
        }
        if (dim->is_open && format == AST_FORMAT_NESTED) {
            ck_assert_uint_eq(dim->npositions, expected->axes[d].count);
        }
    }
    if (partial->has_base) {
        ck_assert_msg(partial->base == expected->base, "%s: base %llu, not %llu", text,
                      (unsigned long long) partial->base, (unsigned long long) expected->base);
        ck_assert_uint_eq(partial->excluded, expected->base - in_cells);
    }
}

/* ---- Random queries ---- */

static void
put_query(struct strbuf *out)
{
    strbuf_append_str(out, "count ");
    for (uint32_t i = below(5); i > 0; i--) {
        put_dim(out);
        strbuf_append_str(out, i > 1 ? ", " : " ");
    }
    strbuf_append_str(out, "from current");
    if (below(4)) {
        strbuf_append_str(out, " where ");
        put_cond(out, 3);
    }
    if (below(3) == 0) {
        strbuf_append_str(out, " format nested");
    }
}

/* ---- Counting ---- */

static struct catalog *catalog;

/* False: the query's positions overlap, or there are too many. */
static bool
bind(struct arena *arena, struct slice text, struct ast_query **ast, struct bound_query **query)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    ck_assert_msg(query_parse(arena, text, &limits, ast, &err), "%s: %s", text.ptr, err.message);
    bool ok = query_bind(arena, *ast, catalog, 1000000, query, &err);
    ck_assert_msg(ok || strstr(err.message, "overlap") || strcmp(err.code, "LIMIT") == 0 ||
                      strstr(err.message, "is empty"),
                  "%s: %s", text.ptr, err.message);
    return ok;
}

/* Through bytes and back, and merged with itself. */
static void
ck_assert_survives_bytes(struct arena *arena, const struct partial *partial)
{
    struct strbuf bytes, before, after;
    struct error err = {"", ""};
    strbuf_init(&bytes);
    strbuf_init(&before);
    strbuf_init(&after);
    partial_encode(partial, &bytes);
    struct partial *decoded, *doubled;
    ck_assert_msg(partial_decode(arena, strbuf_slice(&bytes), &decoded, &err), "%s", err.message);
    partial_print(partial, &before);
    partial_print(decoded, &after);
    ck_assert(slice_equal(strbuf_slice(&before), strbuf_slice(&after)));
    ck_assert_uint_eq(decoded->excluded, partial->excluded);
    const struct partial *parts[] = {partial, decoded};
    ck_assert(partial_merge(arena, parts, 2, 0, slice_lit("v"), &doubled, &err));
    ck_assert_uint_eq(doubled->cells.n, partial->cells.n);
    for (size_t i = 0; i < partial->cells.n; i++) {
        ck_assert_uint_eq(doubled->cells.indexes[i], partial->cells.indexes[i]);
        ck_assert_uint_eq((uint64_t) doubled->cells.values[i],
                          2 * (uint64_t) partial->cells.values[i]);
    }
    strbuf_fini(&bytes);
    strbuf_fini(&before);
    strbuf_fini(&after);
}

static uint64_t chunks_by[COUNT_NMETHODS];

static void
compare_query(const struct table *table, struct index *index, struct slice text)
{
    struct arena *arena = arena_new();
    struct ast_query *ast;
    struct bound_query *query;
    if (bind(arena, text, &ast, &query)) {
        struct expected expected = {.base = 0};
        count_naively(arena, table, ast, &expected);
        for (int set = KERNELS_PLAIN; set < KERNELS_COUNT; set++) {
            if (!kernel_set_works((enum kernel_set) set)) {
                continue;
            }
            struct count_options options = {.kernels = (enum kernel_set) set,
                                            .wants_base = below(2)};
            const struct partial *partial =
                count_in_threads(arena, index, query, &options, (int) below(4), text.ptr)->items[0];
            ck_assert_as_expected(partial, &expected, query->format, text.ptr);
            ck_assert_survives_bytes(arena, partial);
        }
        struct count *count = count_new(index, query, &(struct count_options){.max_cells = 0});
        struct error err = {"", ""};
        struct partials *partials;
        struct count_facts facts;
        size_t nlines;
        ck_assert(count_answer(count, arena, &partials, &err));
        count_facts(count, &facts);
        for (int i = 0; i < COUNT_NMETHODS; i++) {
            chunks_by[i] += facts.chunks_by[i];
        }
        count_explain(arena, count, &nlines);
        ck_assert_uint_ge(nlines, 2);
        count_free(count);
        compare_apart(arena, table, index, query, text.ptr);
    }
    arena_free(arena);
}

/* One for each way of counting. */
static const char *const fixed_queries[] = {
    "count from current",
    "count c in [1,3], a in [1,2], b in [1,8] from current",
    "count a in [1,2], b in [1,8] from current",
    "count a in [1,2], b in [1,8], d in [1,7], n in [1,3] from current",
    "count g, h, b in [1,8] from current where a = 1 || d = 2",
    "count a, b from current where m = 1",
};

/* Hundreds of tests of two fields, in one chain, or two in the other kind. */
static struct slice
long_condition(struct arena *arena, bool is_or, size_t nterms)
{
    static const char *const OPS[] = {"<", "<=", ">", ">=", "=", "!="};
    struct strbuf text;
    strbuf_init(&text);
    uint32_t f = below(2) ? FIELD_MIXED : below(NFIELDS), other = below(NFIELDS);
    for (size_t i = 0; i < nterms; i++) {
        uint32_t field = below(20) ? f : other;
        const char *value = rows_text(field, 1 + below(rows_nvalues(field)));
        bool is_text = field == FIELD_TEXT || field == FIELD_MULTI;
        strbuf_append_str(&text, !i ? "" : is_or ? " || " : " && ");
        strbuf_append_str(&text, is_or == !below(50) ? "!" : "");
        if (below(4)) {
            strbuf_printf(&text, "(%s >= %s%s%s && %s < %s%s%s)", rows_field(field),
                          is_text ? "'" : "", value, is_text ? "'" : "", rows_field(field),
                          is_text ? "'" : "", rows_text(field, 1 + below(rows_nvalues(field))),
                          is_text ? "'" : "");
        } else {
            strbuf_printf(&text, "(%s %s '%s')", rows_field(field), OPS[below(6)], value);
        }
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

static void
compare_long(const struct table *table, struct index *index)
{
    struct arena *arena = arena_new();
    for (int is_or = 0; is_or < 2; is_or++) {
        struct slice one = long_condition(arena, is_or, 1 + below(200));
        struct slice two = long_condition(arena, is_or, 1 + below(200));
        compare_query(
            table, index,
            arena_printf(arena, "count b in [1,8] from current where %.*s", SLICE_ARG(one)));
        compare_query(table, index,
                      arena_printf(arena, "count a from current where (%.*s) %s (%.*s)",
                                   SLICE_ARG(one), is_or ? "&&" : "||", SLICE_ARG(two)));
    }
    /* Longer than what is looked up, with ranges beside it. */
    struct strbuf list;
    strbuf_init(&list);
    for (int i = 0; i < 1200; i++) {
        strbuf_printf(&list, "%s%u", i ? "," : "", below(2000));
    }
    compare_query(
        table, index,
        arena_printf(arena, "count a from current where h in {%s} || h > 800 || h = 5", list.ptr));
    compare_query(
        table, index,
        arena_printf(arena, "count a from current where a = 1 && h not in {%s,[7,90]}", list.ptr));
    strbuf_fini(&list);
    arena_free(arena);
}

static void
compare_random(uint32_t nrows, int ntables, int nqueries)
{
    for (int t = 0; t < ntables; t++) {
        struct table table;
        struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
        struct strbuf difference;
        strbuf_init(&difference);
        fill_table(&table, index, nrows);
        for (int i = 0; i < nqueries; i++) {
            struct strbuf text;
            strbuf_init(&text);
            put_query(&text);
            compare_query(&table, index, strbuf_slice(&text));
            strbuf_fini(&text);
            change_rows(&table, index, below(2) ? below(nrows / 20) : below(20));
        }
        for (size_t i = 0; i < sizeof fixed_queries / sizeof *fixed_queries; i++) {
            compare_query(&table, index, slice_str(fixed_queries[i]));
        }
        for (int i = 0; i < 3; i++) {
            compare_long(&table, index);
        }
        ck_assert_msg(index_check(index, &difference), "%s", difference.ptr);
        strbuf_fini(&difference);
        index_free(index);
        free_table(&table);
    }
}

START_TEST(small_tables_count_as_a_walk_does)
{
    rows_begin();
    compare_random(2000, 4, rows_rounds(150));
}
END_TEST

START_TEST(large_tables_count_as_a_walk_does)
{
    rows_begin();
    memset(chunks_by, 0, sizeof chunks_by);
    compare_random(150000, 2, rows_rounds(40));
    /* Each way of counting was taken; the others are of sums. */
    for (int i = 0; i <= COUNT_WALK; i++) {
        ck_assert_msg(chunks_by[i] > 0, "method %d was never chosen", i);
    }
}
END_TEST

START_TEST(empty_index_counts_nothing)
{
    static const struct {
        const char *query, *partial;
    } cases[] = {
        {"count from current", "| | base 0"},
        {"count a in [1,2] from current", "2 | | base 0"},
        {"count a from current where !(b = 1)", "{} | | base 0"},
        {"count a by 10, b in {missing} from current", "{} x 1 | | base 0"},
    };
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct ast_query *ast;
        struct bound_query *query;
        struct strbuf text;
        strbuf_init(&text);
        ck_assert(bind(arena, slice_str(cases[i].query), &ast, &query));
        struct count_options options = {.wants_base = true};
        partials_print(count_in_threads(arena, index, query, &options, 0, cases[i].query), &text);
        ck_assert_str_eq(text.ptr, cases[i].partial);
        strbuf_fini(&text);
        arena_free(arena);
    }
    index_free(index);
}
END_TEST

START_TEST(count_fails_as_it_says)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    char name[32];
    for (uint32_t row = 0; row < 100; row++) {
        char value[64];
        sprintf(value, "%u", row);
        struct index_pair pairs[] = {
            {slice_lit("a"), slice_str(value)},
            {slice_lit("long"), slice_lit("1234567890123456789012345678901234567890")}};
        index_put_row(index, row_name(name, row), pairs, 2);
    }
    static const struct {
        const char *query, *message;
    } cases[] = {
        {"count a from current", "max-cells is 50, the answer has more"},
        {"count long by 10 from current",
         "value '1234567890123456789012345678901234567890' of 'long' has more than 37 digits: no "
         "bin of width 10"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ast_query *ast;
        struct bound_query *query;
        struct partials *partials;
        struct error err = {"", ""};
        ck_assert(bind(arena, slice_str(cases[i].query), &ast, &query));
        struct count *count = count_new(index, query, &(struct count_options){.max_cells = 50});
        ck_assert(!count_answer(count, arena, &partials, &err));
        ck_assert_str_eq(err.code, "LIMIT");
        ck_assert_str_eq(err.message, cases[i].message);
        count_free(count);
        count = count_new(index, query, &(struct count_options){.max_cells = 0});
        error_clear(&err);
        ck_assert(count_prepare(count, &err));
        ck_assert(!count_finish(count, arena, &partials, &err));
        ck_assert_str_eq(err.message, "the count is not done");
        count_cancel(count);
        struct count_worker *worker = count_worker_new(count);
        ck_assert(!count_run(worker, 1));
        count_worker_free(worker);
        error_clear(&err);
        ck_assert(!count_finish(count, arena, &partials, &err));
        ck_assert_str_eq(err.message, "the count was cancelled");
        count_free(count);
    }
    arena_free(arena);
    index_free(index);
}
END_TEST

START_TEST(preparing_is_bounded_and_can_be_ended)
{
    enum { NVALUES_MANY = 20000 };
    static const struct {
        const char *where;
        uint64_t nvalues; /* that preparing looks at */
    } cases[] = {
        {"from current", 0},
        {"from current where id < 7", NVALUES_MANY},
        {"from current where id < 7 || id > 9 || id in {3,4} || id > 'x'", NVALUES_MANY},
        {"from current where a = 1 && !(id < 7) && !(id > 9)", NVALUES_MANY},
        {"from current where (id < 7 && a = 1) || (id < 7 && a = 2)", NVALUES_MANY},
        {"from current where (id < 7 && a = 1) || (id < 8 && a = 2)", 2 * NVALUES_MANY},
        {"from current where id in {3,4}", NVALUES_MANY / 16},
        {"from current where id = 3", 0},
        {", id by 100 from current", NVALUES_MANY},
        {", id in {[1,5],6} from current", NVALUES_MANY},
        {", id in {1,2} from current", NVALUES_MANY / 16},
        {", id in {1,other} from current", NVALUES_MANY},
        {", id from current", 0},
    };
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    char name[32];
    for (uint32_t row = 0; row < NVALUES_MANY; row++) {
        char value[32];
        sprintf(value, "%u", row);
        struct index_pair pairs[] = {{slice_lit("id"), slice_str(value)},
                                     {slice_lit("a"), slice_lit("1")}};
        index_put_row(index, row_name(name, row), pairs, 2);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ast_query *ast;
        struct bound_query *query;
        struct partials *partials;
        struct error err = {"", ""};
        struct slice text = arena_printf(arena, "count a %s", cases[i].where);
        ck_assert(bind(arena, text, &ast, &query));
        /* As many as are allowed, and one less. */
        for (int less = 0; less < 2 && (less == 0 || cases[i].nvalues); less++) {
            uint64_t most = cases[i].nvalues - (uint64_t) less;
            struct count *count =
                count_new(index, query, &(struct count_options){.max_values = most ? most : 1});
            bool ok = count_answer(count, arena, &partials, &err);
            ck_assert_msg(ok == !less, "%s: %s", text.ptr, err.message);
            ck_assert_str_eq(err.code, less ? "LIMIT" : "");
            count_free(count);
        }
        /* It can be ended at each step. */
        bool is_ready = false;
        for (int steps = 0; !is_ready; steps++) {
            struct count *count = count_new(index, query, &(struct count_options){.max_cells = 0});
            error_clear(&err);
            is_ready = false;
            for (int step = 0; step < steps && !is_ready; step++) {
                ck_assert(count_prepare_some(count, &is_ready, &err));
            }
            count_cancel(count);
            if (!is_ready) {
                ck_assert(!count_prepare_some(count, &is_ready, &err));
                ck_assert_str_eq(err.message, "the count was cancelled");
                ck_assert_int_lt(steps, 2 * NVALUES_MANY / 4096 + 4);
            }
            count_free(count);
        }
    }
    arena_free(arena);
    index_free(index);
}
END_TEST

START_TEST(field_of_many_values_is_counted)
{
    static const struct {
        const char *query, *partial;
    } cases[] = {
        {"count from current where id in [1000,2999]", "| 0:1000 | base 1000"},
        {"count from current where id = 199998", "| 0:1 | base 1"},
        {"count from current where !(id >= 0)", "| 0:100000 | base 100000"},
        {"count from current where id > '19999.' and id < '19999:'", "| 0:5 | base 5"},
        {"count from current where rare >= 199000 or rare in {4, 14, 15}", "| 0:102 | base 102"},
        {"count id from current where id < 10", "{0,2,4,6,8} | 0:1 1:1 2:1 3:1 4:1 | base 5"},
        {"count id by 50000 from current",
         "{0,50000,100000,150000} | 0:25000 1:25000 2:25000 3:25000 | base 200000"},
        {"count mixed by 10 from current", "{-10,0,10} | 0:20000 1:60000 2:20000 | base 200000"},
        {"count mixed by 2.5 from current",
         "{-7.5,0,2.5,10} | 0:20000 1:20000 2:40000 3:20000 | base 200000"},
        {"count id in {[0,99999], [100000,149999], missing, other} from current",
         "4 | 0:50000 1:25000 2:100000 3:25000 | base 200000"},
        {"count id, rare from current where id in [100,120]",
         "{104,114} x {104,114} | 0:1 3:1 | base 11"},
    };
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    char name[32], text[32];
    for (uint32_t row = 0; row < 200000; row++) {
        sprintf(text, "%u", row);
        struct index_pair pairs[] = {{slice_lit("id"), slice_str(text)},
                                     {slice_lit("rare"), slice_str(text)}};
        index_put_row(index, row_name(name, row), pairs, row % 2 ? 0 : row % 10 == 4 ? 2 : 1);
        static const char *const mixed[] = {"-7.5", "0", "2.5", "4", "10.01"};
        struct index_pair pair = {slice_lit("mixed"), slice_str(mixed[row / 2 % 5])};
        index_put_fields(index, row_name(name, row), &pair, row % 2);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int set = KERNELS_PLAIN; set < KERNELS_COUNT; set++) {
            struct arena *arena = arena_new();
            struct ast_query *ast;
            struct bound_query *query;
            struct strbuf printed;
            strbuf_init(&printed);
            ck_assert(bind(arena, slice_str(cases[i].query), &ast, &query));
            struct count_options options = {.wants_base = true, .kernels = (enum kernel_set) set};
            partials_print(count_in_threads(arena, index, query, &options, 2, cases[i].query),
                           &printed);
            ck_assert_str_eq(printed.ptr, cases[i].partial);
            strbuf_fini(&printed);
            arena_free(arena);
        }
    }
    index_free(index);
}
END_TEST

START_TEST(plan_is_told)
{
    static const char *const expected[] = {
        "columns  3000 rows in 1 chunks, kernels plain",
        "  field  a: 2 values, 3000 rows; chunks: 1 sparse",
        "  field  c: 1 values, 3 rows; chunks: 1 sparse",
    };
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    char name[32];
    for (uint32_t row = 0; row < 3000; row++) {
        struct index_pair pairs[] = {{slice_lit("a"), slice_str(row % 2 ? "1" : "2")},
                                     {slice_lit("c"), slice_lit("x")}};
        index_put_row(index, row_name(name, row), pairs, row % 1000 ? 1 : 2);
    }
    struct ast_query *ast;
    struct bound_query *query;
    struct partials *partials;
    struct error err = {"", ""};
    size_t nlines;
    ck_assert(bind(arena, slice_lit("count a from current where c = x"), &ast, &query));
    struct count *count =
        count_new(index, query, &(struct count_options){.kernels = KERNELS_PLAIN});
    struct slice *lines = count_explain(arena, count, &nlines);
    ck_assert_uint_eq(nlines, 4);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(lines[i].ptr, expected[i]);
    }
    ck_assert(slice_starts_with(lines[3], slice_lit("estimate ")));
    ck_assert(count_answer(count, arena, &partials, &err));
    lines = count_profile(arena, count, &nlines);
    ck_assert_uint_eq(nlines, 2);
    ck_assert_str_eq(lines[0].ptr, "chunks   1: 0 skipped, 0 whole, 1 by list, 0 by planes, 0 by "
                                   "histogram, 0 by walk");
    count_free(count);
    arena_free(arena);
    index_free(index);
}
END_TEST

int
main(void)
{
    struct error err = {"", ""};
    catalog = catalog_new();
    if (!catalog_add(catalog, slice_lit("current"), slice_lit("r_"), 64, METHOD_AUTO, &err)) {
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("count");
    TCase *tcase = tcase_create("count");
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, empty_index_counts_nothing);
    tcase_add_test(tcase, count_fails_as_it_says);
    tcase_add_test(tcase, preparing_is_bounded_and_can_be_ended);
    tcase_add_test(tcase, field_of_many_values_is_counted);
    tcase_add_test(tcase, plan_is_told);
    tcase_add_test(tcase, small_tables_count_as_a_walk_does);
    tcase_add_test(tcase, large_tables_count_as_a_walk_does);
    suite_add_tcase(suite, tcase);
    int status = suite_run(suite);
    catalog_free(catalog);
    return status;
}
