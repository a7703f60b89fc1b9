/*
 * Counting over columns gives what a walk over all rows gives: random rows in every kind of chunk,
 * random queries, every set of kernels, one to three threads. The oracle reads the tree of the
 * query, row by row, and shares no code with the filter's normal form or the counting.
 *
 *     QUIPU_SEED=7 QUIPU_ROUNDS=50 test_count
 */
#include <check.h>
#include <pthread.h>
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
#include "tests/suite.h"

/* ---- Random numbers ---- */

static uint64_t random_state;

static uint64_t
next_random(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t
below(uint32_t n)
{
    return (uint32_t) (next_random() % n);
}

static void
seed_random(void)
{
    const char *seed = getenv("QUIPU_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 20260102;
    printf("QUIPU_SEED=%llu\n", (unsigned long long) random_state);
    fflush(stdout);
}

static int
rounds(int usual)
{
    const char *wanted = getenv("QUIPU_ROUNDS");
    return wanted ? atoi(wanted) : usual;
}

/* ---- Rows ---- */

enum { NFIELDS = 11, NVALUES = 1000 };

/* Value 0 is missing. */
struct table {
    uint32_t nrows;
    bool *exists;
    uint16_t *values; /* nrows x NFIELDS */
};

static const char *const fields[NFIELDS] = {"a", "b", "c", "d", "e", "g", "h", "k", "m", "n", "p"};
static const uint32_t nvalues[NFIELDS] = {2, 8, 3, 7, 5, 300, 999, 5, 2, 3, 40};

static char texts[NFIELDS][NVALUES + 1][32];

static void
make_texts(void)
{
    for (uint32_t f = 0; f < NFIELDS; f++) {
        for (uint32_t v = 1; v <= NVALUES; v++) {
            char *to = texts[f][v];
            if (f == 5 && v % 3 == 0) {
                sprintf(to, "-%u.5", v);
            } else if ((f == 5 && v % 3 == 1) || f == 7) {
                sprintf(to, "x%u", v);
            } else if (f == 10) {
                /* Alike in their first fifteen digits. */
                sprintf(to, "1234567890123456%u", v);
            } else {
                sprintf(to, "%u", v);
            }
        }
    }
}

static uint16_t
random_value(uint32_t f, uint32_t row)
{
    uint16_t any = (uint16_t) (1 + below(nvalues[f]));
    switch (f) {
    case 2: return below(1000) ? 0 : any;
    case 3: return below(8) ? 0 : any;
    case 4: return (uint16_t) (1 + row / 40000 % nvalues[f]);
    case 6: return below(2) ? 0 : any;
    case 7: return below(5000) ? any : 0;
    case 8: return row > 500 ? 0 : any;
    case 10: return below(30) ? 0 : any;
    default: return any;
    }
}

static struct slice
row_name(char *buffer, uint32_t row)
{
    return slice_of(buffer, (size_t) sprintf(buffer, "r_%u", row));
}

static uint16_t *
value_of(const struct table *table, uint32_t row, uint32_t f)
{
    return &table->values[(size_t) row * NFIELDS + f];
}

/* A number in one of the ways to write it; the index has the number. */
static void
write_otherwise(char *buffer, const char *text, uint32_t row)
{
    bool is_number = number_is_canonical(slice_str(text));
    bool has_sign = text[0] == '-', has_point = strchr(text, '.');
    bool has_zeros = is_number && row % 7 == 1, has_exponent = is_number && row % 7 < 3;
    sprintf(buffer, "%s%s%s%s", is_number && !has_sign && row % 7 == 4 ? "+" : "", text,
            has_zeros ? has_point ? "0" : ".00" : "", has_exponent ? "E0" : "");
}

static void
store_row(struct index *index, const struct table *table, uint32_t row)
{
    struct index_pair pairs[NFIELDS];
    size_t npairs = 0;
    char name[32], written[NFIELDS][48];
    for (uint32_t f = 0; f < NFIELDS; f++) {
        uint16_t value = *value_of(table, row, f);
        if (value) {
            write_otherwise(written[f], texts[f][value], row);
            pairs[npairs++] = (struct index_pair){slice_str(fields[f]), slice_str(written[f])};
        }
    }
    index_put_row(index, row_name(name, row), pairs, npairs);
}

static void
fill_table(struct table *table, struct index *index, uint32_t nrows)
{
    table->nrows = nrows;
    table->exists = calloc(nrows, sizeof *table->exists);
    table->values = calloc((size_t) nrows * NFIELDS, sizeof *table->values);
    for (uint32_t row = 0; row < nrows; row++) {
        table->exists[row] = true;
        for (uint32_t f = 0; f < NFIELDS; f++) {
            *value_of(table, row, f) = random_value(f, row);
        }
        store_row(index, table, row);
    }
}

static void
change_rows(struct table *table, struct index *index, uint32_t nchanges)
{
    char name[32];
    for (uint32_t i = 0; i < nchanges; i++) {
        uint32_t row = below(table->nrows), f = below(NFIELDS);
        switch (below(8)) {
        case 0:
            index_remove_row(index, row_name(name, row));
            table->exists[row] = false;
            memset(value_of(table, row, 0), 0, NFIELDS * sizeof *table->values);
            break;
        case 1:
            index_remove_field(index, row_name(name, row), slice_str(fields[f]));
            *value_of(table, row, f) = 0;
            break;
        case 2:
            for (f = 0; f < NFIELDS; f++) {
                *value_of(table, row, f) = random_value(f, row);
            }
            store_row(index, table, row);
            table->exists[row] = true;
            break;
        default: {
            uint16_t value = (uint16_t) (1 + below(nvalues[f]));
            struct index_pair pair = {slice_str(fields[f]), slice_str(texts[f][value])};
            index_put_fields(index, row_name(name, row), &pair, 1);
            *value_of(table, row, f) = value;
            table->exists[row] = true;
            break;
        }
        }
    }
}

static void
free_table(struct table *table)
{
    free(table->exists);
    free(table->values);
}

/* ---- The oracle ---- */

/* ptr NULL: missing. */
static struct slice
row_value(const struct table *table, uint32_t row, struct slice field)
{
    for (uint32_t f = 0; f < NFIELDS; f++) {
        uint16_t value = *value_of(table, row, f);
        if (slice_equal(field, slice_str(fields[f])) && value) {
            return slice_str(texts[f][value]);
        }
    }
    return (struct slice){NULL, 0};
}

static bool
is_between(struct slice value, const struct ast_range *range)
{
    if (!value.ptr || !number_is_canonical(value)) {
        return false;
    }
    int above = range->has_lo ? number_compare(value, range->lo.text) : 1;
    int below = range->has_hi ? number_compare(range->hi.text, value) : 1;
    return (above > 0 || (above == 0 && range->lo_inclusive)) &&
           (below > 0 || (below == 0 && range->hi_inclusive));
}

static bool
single_holds(const struct ast_single *single, struct slice value)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE: return value.ptr && slice_equal(value, single->value.text);
    case AST_SINGLE_RANGE: return is_between(value, &single->range);
    case AST_SINGLE_MISSING: return !value.ptr;
    case AST_SINGLE_OTHER: return value.ptr != NULL;
    }
    return false;
}

static bool
compare_holds(const struct ast_cond *cond, struct slice value)
{
    if (!value.ptr) {
        return false;
    }
    bool is_text = cond->value.kind == AST_TEXT;
    if (cond->op == AST_EQ || cond->op == AST_NE) {
        return slice_equal(value, cond->value.text) == (cond->op == AST_EQ);
    }
    if (!is_text && !number_is_canonical(value)) {
        return false;
    }
    int order =
        is_text ? slice_compare(value, cond->value.text) : number_compare(value, cond->value.text);
    return cond->op == AST_LT   ? order < 0
           : cond->op == AST_LE ? order <= 0
           : cond->op == AST_GT ? order > 0
                                : order >= 0;
}

static bool
in_holds(const struct ast_positions *positions, struct slice value)
{
    if (positions->kind == AST_RANGE) {
        return is_between(value, &positions->range);
    }
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        if (single_holds(item->singles, value)) {
            return true;
        }
    }
    return false;
}

static bool
cond_holds(const struct table *table, uint32_t row, const struct ast_cond *cond)
{
    struct slice value = {NULL, 0};
    if (cond->kind >= AST_COMPARE) {
        value = row_value(table, row, cond->field);
    }
    switch (cond->kind) {
    case AST_OR:
    case AST_AND:
        for (const struct ast_cond *child = cond->children; child; child = child->next) {
            if (cond_holds(table, row, child) == (cond->kind == AST_OR)) {
                return cond->kind == AST_OR;
            }
        }
        return cond->kind == AST_AND;
    case AST_NOT: return !cond_holds(table, row, cond->children);
    case AST_COMPARE: return compare_holds(cond, value);
    case AST_IN:
        return cond->negated ? value.ptr && !in_holds(cond->positions, value)
                             : in_holds(cond->positions, value);
    case AST_MISSING: return !value.ptr;
    case AST_EXISTS: return value.ptr != NULL;
    case AST_LIKE:
    case AST_BETWEEN: break; /* not counted yet */
    }
    return false;
}

/* The position as text: a number for a closed dimension. False: in none. */
static bool
dim_label(struct arena *arena, const struct ast_dim *dim, struct slice value, struct slice *label)
{
    struct slice upper;
    int position = 0, other = -1;
    switch (dim->kind) {
    case AST_DIM_OPEN: *label = value; return value.ptr != NULL;
    case AST_DIM_BINS:
        return value.ptr && number_is_canonical(value) &&
               number_bin(arena, value, dim->bins.width.text, label, &upper);
    case AST_DIM_POSITIONS: break;
    case AST_DIM_WHENS: return false; /* not counted yet */
    }
    if (dim->positions->kind == AST_INT_RANGE) {
        int64_t lo, hi, n;
        if (!slice_to_int64(dim->positions->range.lo.text, &lo) ||
            !slice_to_int64(dim->positions->range.hi.text, &hi) || !value.ptr ||
            !slice_to_int64(value, &n) || n < lo || n > hi) {
            return false;
        }
        *label = arena_printf(arena, "%d", (int) (n - lo));
        return true;
    }
    for (const struct ast_item *item = dim->positions->items; item; item = item->next, position++) {
        if (item->singles->kind == AST_SINGLE_OTHER) {
            other = position;
        } else if (single_holds(item->singles, value)) {
            *label = arena_printf(arena, "%d", position);
            return true;
        }
    }
    *label = arena_printf(arena, "%d", other);
    return other >= 0 && value.ptr;
}

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
put_value(struct strbuf *out, uint32_t f)
{
    const char *text = texts[f][1 + below(nvalues[f] + 2)];
    if (below(20) == 0) {
        text = "nowhere";
    }
    bool is_number = number_is_canonical(slice_str(text));
    strbuf_printf(out, is_number ? "%s" : "'%s'", text);
}

static void
put_number(struct strbuf *out, uint32_t f)
{
    if (f == 10) {
        strbuf_printf(out, "1234567890123456%u", 1 + below(50));
    } else {
        strbuf_printf(out, "%s%u%s", f == 5 && below(2) ? "-" : "", below(nvalues[f] + 2),
                      below(3) ? "" : ".25");
    }
}

static void
put_range(struct strbuf *out, uint32_t f)
{
    uint32_t lo = below(nvalues[f]);
    strbuf_printf(out, "[%u,%u]", lo, lo + below(nvalues[f]));
}

/* Positions of a dimension exclude each other: ranges stand above the values. */
static void
put_dim(struct strbuf *out)
{
    uint32_t f = below(NFIELDS);
    strbuf_append_str(out, fields[f]);
    switch (below(6)) {
    case 0: return;
    case 1: strbuf_printf(out, " by %s", below(2) ? "10" : "2.5"); return;
    case 2:
        strbuf_append_str(out, " in ");
        put_range(out, f);
        return;
    default: break;
    }
    strbuf_append_str(out, " in {");
    uint32_t first = 1 + below(nvalues[f]), n = 1 + below(6);
    for (uint32_t i = 0; i < n && first + i <= NVALUES; i++) {
        const char *text = texts[f][first + i];
        bool is_number = number_is_canonical(slice_str(text));
        strbuf_printf(out, is_number ? "%s%s" : "%s'%s'", i ? "," : "", text);
    }
    if (below(3) == 0 && f != 10) {
        strbuf_printf(out, ",[%u,%u],[-900,-30.25]", first + n + 1, first + n + 50);
    }
    if (below(3) == 0) {
        strbuf_append_str(out, ",missing");
    }
    if (below(3) == 0) {
        strbuf_append_str(out, ",other");
    }
    strbuf_append_char(out, '}');
}

static void
put_test(struct strbuf *out)
{
    static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">="};
    uint32_t f = below(NFIELDS);
    switch (below(9)) {
    case 0: strbuf_printf(out, "%s exists", fields[f]); return;
    case 1: strbuf_printf(out, "%s is missing", fields[f]); return;
    case 2:
        strbuf_printf(out, "%s %sin ", fields[f], below(2) ? "not " : "");
        put_range(out, f);
        return;
    case 3:
        strbuf_printf(out, "%s %sin {", fields[f], below(2) ? "not " : "");
        for (uint32_t i = below(8) + 1; i > 0; i--) {
            put_value(out, f);
            strbuf_append_char(out, i > 1 ? ',' : '}');
        }
        return;
    case 4:
        strbuf_printf(out, "%s %s ", fields[f], operators[below(6)]);
        put_number(out, f);
        return;
    case 5:
        strbuf_printf(out, "%s %s '%s%s'", fields[f], operators[2 + below(4)],
                      texts[f][1 + below(nvalues[f])], below(3) ? ":" : "");
        return;
    case 6: strbuf_printf(out, "%s = 1", below(2) ? "unknown" : "c"); return;
    default:
        strbuf_printf(out, "%s = ", fields[f]);
        put_value(out, f);
        return;
    }
}

static void
put_cond(struct strbuf *out, int depth)
{
    uint32_t pick = below(6);
    if (depth == 0 || pick < 2) {
        put_test(out);
    } else if (pick == 2) {
        strbuf_append_str(out, "!(");
        put_cond(out, depth - 1);
        strbuf_append_char(out, ')');
    } else {
        const char *chain = pick == 3 ? " && " : " || ";
        strbuf_append_char(out, '(');
        for (uint32_t i = 2 + below(5); i > 0; i--) {
            put_cond(out, depth - 1);
            strbuf_append_str(out, i > 1 ? chain : ")");
        }
    }
}

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

static void *
work(void *arg)
{
    struct count_worker *worker = count_worker_new(arg);
    while (count_run(worker, 1)) {
    }
    count_worker_free(worker);
    return NULL;
}

static struct partial *
count_in_threads(struct arena *arena, struct index *index, const struct bound_query *query,
                 const struct count_options *options, int nthreads, const char *text)
{
    struct error err = {"", ""};
    struct partial *partial = NULL;
    struct count *count = count_new(index, query, options);
    ck_assert(count_cost_us(count) >= 0);
    if (nthreads == 0) {
        ck_assert_msg(count_answer(count, arena, &partial, &err), "%s: %s", text, err.message);
    } else {
        pthread_t threads[3];
        ck_assert(count_prepare(count, &err));
        for (int i = 0; i < nthreads; i++) {
            ck_assert_int_eq(pthread_create(&threads[i], NULL, work, count), 0);
        }
        for (int i = 0; i < nthreads; i++) {
            pthread_join(threads[i], NULL);
        }
        ck_assert_msg(count_finish(count, arena, &partial, &err), "%s: %s", text, err.message);
    }
    count_free(count);
    return partial;
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
    ck_assert(partial_merge(arena, parts, 2, 0, &doubled, &err));
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

/* The rows that are left out, counted by name, and the others are together all rows. */
static void
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
    struct partial *whole =
        count_in_threads(arena, index, query, &(struct count_options){.max_cells = 0}, 0, text);
    struct count *count = count_new(index, query, &options);
    struct named_rows named;
    struct partial *rest, *apart, *sum;
    ck_assert_msg(count_answer(count, arena, &rest, &err), "%s: %s", text, err.message);
    ck_assert_msg(count_named(count, arena, rows, nrows, &named, &err), "%s: %s", text,
                  err.message);
    count_free(count);
    ck_assert(named_rows_partial(arena, ck_assert_named_survive(arena, &named),
                                 query->format == AST_FORMAT_NESTED, &apart, &err));
    const struct partial *parts[] = {rest, apart};
    ck_assert(partial_merge(arena, parts, 2, 0, &sum, &err));
    strbuf_init(&expected);
    strbuf_init(&found);
    partial_print(whole, &expected);
    partial_print(sum, &found);
    ck_assert_msg(slice_equal(strbuf_slice(&expected), strbuf_slice(&found)),
                  "%s\n%zu rows apart\nexpected %s\nfound    %s", text, nrows, expected.ptr,
                  found.ptr);
    strbuf_fini(&expected);
    strbuf_fini(&found);
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
            struct partial *partial =
                count_in_threads(arena, index, query, &options, (int) below(4), text.ptr);
            ck_assert_as_expected(partial, &expected, query->format, text.ptr);
            ck_assert_survives_bytes(arena, partial);
        }
        struct count *count = count_new(index, query, &(struct count_options){.max_cells = 0});
        struct error err = {"", ""};
        struct partial *partial;
        struct count_facts facts;
        size_t nlines;
        ck_assert(count_answer(count, arena, &partial, &err));
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
    uint32_t f = below(2) ? 5 : below(NFIELDS), other = below(NFIELDS);
    for (size_t i = 0; i < nterms; i++) {
        uint32_t field = below(20) ? f : other;
        const char *value = texts[field][1 + below(nvalues[field])];
        strbuf_append_str(&text, !i ? "" : is_or ? " || " : " && ");
        strbuf_append_str(&text, is_or == !below(50) ? "!" : "");
        if (below(4)) {
            strbuf_printf(&text, "(%s >= %s%s%s && %s < %s%s%s)", fields[field],
                          field == 7 ? "'" : "", value, field == 7 ? "'" : "", fields[field],
                          field == 7 ? "'" : "", texts[field][1 + below(nvalues[field])],
                          field == 7 ? "'" : "");
        } else {
            strbuf_printf(&text, "(%s %s '%s')", fields[field], OPS[below(6)], value);
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
    seed_random();
    compare_random(2000, 4, rounds(150));
}
END_TEST

START_TEST(large_tables_count_as_a_walk_does)
{
    seed_random();
    memset(chunks_by, 0, sizeof chunks_by);
    compare_random(150000, 2, rounds(40));
    /* Each way of counting was taken. */
    for (int i = 0; i < COUNT_NMETHODS; i++) {
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
        partial_print(count_in_threads(arena, index, query, &options, 0, cases[i].query), &text);
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
        struct partial *partial;
        struct error err = {"", ""};
        ck_assert(bind(arena, slice_str(cases[i].query), &ast, &query));
        struct count *count = count_new(index, query, &(struct count_options){.max_cells = 50});
        ck_assert(!count_answer(count, arena, &partial, &err));
        ck_assert_str_eq(err.code, "LIMIT");
        ck_assert_str_eq(err.message, cases[i].message);
        count_free(count);
        count = count_new(index, query, &(struct count_options){.max_cells = 0});
        error_clear(&err);
        ck_assert(count_prepare(count, &err));
        ck_assert(!count_finish(count, arena, &partial, &err));
        ck_assert_str_eq(err.message, "the count is not done");
        count_cancel(count);
        struct count_worker *worker = count_worker_new(count);
        ck_assert(!count_run(worker, 1));
        count_worker_free(worker);
        error_clear(&err);
        ck_assert(!count_finish(count, arena, &partial, &err));
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
        struct partial *partial;
        struct error err = {"", ""};
        struct slice text = arena_printf(arena, "count a %s", cases[i].where);
        ck_assert(bind(arena, text, &ast, &query));
        /* As many as are allowed, and one less. */
        for (int less = 0; less < 2 && (less == 0 || cases[i].nvalues); less++) {
            uint64_t most = cases[i].nvalues - (uint64_t) less;
            struct count *count =
                count_new(index, query, &(struct count_options){.max_values = most ? most : 1});
            bool ok = count_answer(count, arena, &partial, &err);
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
            partial_print(count_in_threads(arena, index, query, &options, 2, cases[i].query),
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
    struct partial *partial;
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
    ck_assert(count_answer(count, arena, &partial, &err));
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
    make_texts();
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
