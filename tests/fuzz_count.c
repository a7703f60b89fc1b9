/*
 * libFuzzer target: any text, on the way that QUIPU.COUNT and QUIPU.PARTIAL go: parsed, bound,
 * counted over a small index. It is refused with a message, or it has the same answer
 *
 *     by plain C and by the processor's best kernels
 *     as a whole, and over three indexes that share the rows, their partials sent as bytes and
 *     added up
 *     from the filter's canonical text
 *
 * and its cells and the rows in none of them are the rows of the filter, which, with those of its
 * complement, are all rows.
 *
 *     ./fuzz_count -max_total_time=120 /tmp/new tests/corpus/count
 */
#include <stdio.h>
#include <stdlib.h>

#include "answer/merge.h"
#include "columns/count.h"
#include "parser/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NROWS = 1200, NPARTS = 3, MAX_CELLS = 5000 };

static struct index *whole, *parts[NPARTS];
static struct catalog *catalog;

static void
must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

/* ---- Rows: dense and rare fields, few values and many, numbers of all sizes, text ---- */

static void
put_row(unsigned row)
{
    static const char *const odd[] = {"-1.5", "0",  "9223372036854775807",  "9223372036854775808",
                                      "1e5",  "",   "-9223372036854775808", "007",
                                      "x'y",  "0.1"};
    char name[32], texts[7][32];
    struct index_pair pairs[7];
    size_t npairs = 0;
    const struct {
        const char *field;
        bool is_there;
        unsigned value;
    } cells[] = {{"a", true, 1 + row % 2},      {"b", true, 1 + row * 7 % 8},
                 {"c", row % 40 == 0, row % 3}, {"d", row % 3 == 0, row % 100},
                 {"g", true, row * 7919 % 499}, {"h", row >= 600, row / 100}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        if (cells[i].is_there) {
            snprintf(texts[i], sizeof texts[i], "%u", cells[i].value);
            pairs[npairs++] = (struct index_pair){slice_str(cells[i].field), slice_str(texts[i])};
        }
    }
    if (row % 11 == 0) {
        pairs[npairs++] = (struct index_pair){slice_lit("e"), slice_str(odd[row / 11 % 10])};
    }
    struct slice key = slice_of(name, (size_t) snprintf(name, sizeof name, "profile_%u", row));
    index_put_row(whole, key, pairs, npairs);
    index_put_row(parts[row % NPARTS], key, pairs, npairs);
}

/* Parts of an index are behind packed pointers, which a leak checker does not see. */
static void
free_rows(void)
{
    index_free(whole);
    for (int i = 0; i < NPARTS; i++) {
        index_free(parts[i]);
    }
    catalog_free(catalog);
}

static void
make_rows(void)
{
    const struct index_options options = {.prefix = SLICE_LIT("profile_")};
    struct error err = {0};
    whole = index_new(&options);
    for (int i = 0; i < NPARTS; i++) {
        parts[i] = index_new(&options);
    }
    for (unsigned row = 0; row < NROWS; row++) {
        put_row(row);
    }
    catalog = catalog_new();
    must(catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 1, METHOD_COLUMNS, &err),
         "the dataset is there");
    atexit(free_rows);
}

/* ---- Counting ---- */

static bool
bind(struct arena *arena, struct slice text, struct bound_query **query, struct error *err)
{
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast = NULL;
    if (!query_parse(arena, text, &limits, &ast, err)) {
        return false;
    }
    ast->mode = AST_RUN;
    return query_bind(arena, ast, catalog, MAX_CELLS, query, err);
}

static bool
count(struct arena *arena, struct index *index, const struct bound_query *query,
      enum kernel_set kernels, struct partial **out, struct error *err)
{
    const struct count_options options = {
        .max_cells = MAX_CELLS, .kernels = kernels, .wants_base = true};
    struct count *count = count_new(index, query, &options);
    size_t nlines;
    must(count_cost_us(count) >= 0, "a count costs something");
    count_explain(arena, count, &nlines);
    struct partials *partials;
    bool ok = count_answer(count, arena, &partials, err);
    if (ok) {
        *out = partials->items[0];
        count_profile(arena, count, &nlines);
    }
    count_free(count);
    return ok;
}

static struct slice
printed(struct arena *arena, const struct partial *partial)
{
    struct strbuf text;
    strbuf_init(&text);
    partial_print(partial, &text);
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

static void
must_be_same(struct arena *arena, const struct partial *a, const struct partial *b,
             const char *what)
{
    must(slice_equal(printed(arena, a), printed(arena, b)), what);
}

static struct partial *
sent(struct arena *arena, const struct partial *partial)
{
    struct error err = {0};
    struct partial *again = NULL;
    struct strbuf bytes;
    strbuf_init(&bytes);
    partial_encode(partial, &bytes);
    must(partial_decode(arena, arena_copy(arena, strbuf_slice(&bytes)), &again, &err),
         "an encoded partial is decoded");
    strbuf_fini(&bytes);
    return again;
}

static void
check_parts(struct arena *arena, const struct bound_query *query, const struct partial *partial)
{
    struct error err = {0};
    struct partial *part = NULL, *sum = NULL;
    const struct partial *all[NPARTS];
    for (int i = 0; i < NPARTS; i++) {
        must(count(arena, parts[i], query, KERNELS_AUTO, &part, &err), "a part is counted");
        all[i] = sent(arena, part);
    }
    must(partial_merge(arena, all, NPARTS, MAX_CELLS, slice_lit("v"), &sum, &err),
         "parts are added up");
    must_be_same(arena, partial, sum, "the parts add up to the whole");
}

/* Rows under a filter; an answer, since it has no dimension. */
static uint64_t
rows_where(struct arena *arena, const char *before, struct slice filter, const char *behind)
{
    struct error err = {0};
    struct bound_query *query = NULL;
    struct partial *partial = NULL;
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, before);
    strbuf_append(&text, filter);
    strbuf_append_str(&text, behind);
    bool ok = bind(arena, arena_copy(arena, strbuf_slice(&text)), &query, &err);
    strbuf_fini(&text);
    if (!ok) {
        must(slice_equal(slice_str(err.code), slice_lit("LIMIT")),
             "a canonical text is refused for nothing but its length and its depth");
        return UINT64_MAX;
    }
    must(count(arena, whole, query, KERNELS_AUTO, &partial, &err), "a filter is counted");
    return partial->base;
}

static void
check_filter(struct arena *arena, struct slice filter, uint64_t base)
{
    uint64_t again = rows_where(arena, "count from current where ", filter, "");
    uint64_t others = rows_where(arena, "count from current where !(", filter, ")");
    must(again == UINT64_MAX || again == base, "the canonical text is the same filter");
    must(others == UINT64_MAX || others + base == NROWS, "a complement is all other rows");
}

static void
check(struct arena *arena, const struct bound_query *query)
{
    struct error err = {0};
    struct partial *best = NULL, *plain = NULL;
    if (!count(arena, whole, query, KERNELS_AUTO, &best, &err)) {
        must(error_is_set(&err) && err.message[0], "what is refused has a message");
        return;
    }
    must(count(arena, whole, query, KERNELS_PLAIN, &plain, &err), "plain C counts it too");
    must_be_same(arena, best, plain, "the kernels agree");
    must_be_same(arena, best, sent(arena, best), "a partial is the same when it arrives");
    uint64_t sum = best->excluded;
    for (size_t i = 0; i < best->cells.n; i++) {
        sum += (uint64_t) best->cells.values[i];
    }
    must(best->has_base && sum == best->base && best->base <= NROWS, "no row is lost");
    check_parts(arena, query, best);
    if (query->filter) {
        check_filter(arena, query->filter->text, best->base);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!whole) {
        make_rows();
    }
    struct arena *arena = arena_new();
    struct error err = {0};
    struct bound_query *query = NULL;
    if (bind(arena, slice_of(data, size), &query, &err)) {
        check(arena, query);
    } else {
        must(error_is_set(&err) && err.message[0], "what is refused has a message");
    }
    arena_free(arena);
    return 0;
}
