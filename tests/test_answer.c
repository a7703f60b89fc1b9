/*
 * answer_build: from rows to the numbers of an answer, counted by two shards and by one. The numbers
 * were checked against tests/e2e/oracle_answer.py.
 */
#include <check.h>
#include <stdio.h>

#include "answer/answer.h"
#include "answer/expand.h"
#include "answer/order.h"
#include "answer/table_leaves.h"
#include "answer/table_print.h"
#include "parser/parse.h"
#include "tests/answer_rows.h"
#include "tests/naive_grids.h"
#include "tests/suite.h"

struct world {
    struct arena *arena;
    struct catalog *catalog;
    struct bound_query *query;
    struct error err;
};

static void
world_init(struct world *world, const char *text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    *world = (struct world){.arena = arena_new(), .catalog = catalog_new()};
    struct error *err = &world->err;
    ck_assert(catalog_add(world->catalog, slice_lit("current"), slice_lit("profile_"), 64,
                          METHOD_AUTO, err));
    ck_assert_msg(query_parse(world->arena, slice_str(text), &limits, &ast, err) &&
                      query_bind(world->arena, ast, world->catalog, 100000, &world->query, err),
                  "%s: %s", text, err->message);
}

static void
world_fini(struct world *world)
{
    catalog_free(world->catalog);
    arena_free(world->arena);
}

/* What the shards count, as it comes to the server: through its bytes. */
static bool
world_count(struct world *world, const char *rows, size_t nshards, struct partials **parts)
{
    for (size_t i = 0; i < nshards; i++) {
        struct strbuf bytes;
        if (!naive_grids(world->arena, world->query, rows, i, nshards, &parts[i], &world->err)) {
            return false;
        }
        strbuf_init(&bytes);
        partials_encode(parts[i], &bytes);
        struct slice copy = arena_copy(world->arena, strbuf_slice(&bytes));
        strbuf_fini(&bytes);
        ck_assert_msg(partials_decode(world->arena, copy, &parts[i], &world->err), "%s",
                      world->err.message);
        ck_assert(partials_fit(world->query, parts[i]));
    }
    return true;
}

static bool
world_answer(struct world *world, const char *rows, size_t nshards,
             const struct table_limits *limits, struct answer **answer)
{
    struct partials *parts[2];
    return world_count(world, rows, nshards, parts) &&
           answer_build(world->arena, world->query, (const struct partials *const *) parts, nshards,
                        limits, answer, &world->err);
}

static void
print_answer(const struct answer *answer, struct strbuf *out)
{
    for (size_t t = 0; t < answer->ntables; t++) {
        strbuf_append_str(out, t ? "\n" : "");
        table_print(answer->tables[t], out);
    }
}

START_TEST(answer_is_right)
{
    for (size_t nshards = 1; nshards <= 2; nshards++) {
        struct world world;
        struct table_limits limits = {0};
        struct answer *answer;
        struct strbuf text;
        strbuf_init(&text);
        world_init(&world, answer_rows[_i].query);
        limits.suppress_below = world.query->suppress_below;
        if (world_answer(&world, answer_rows[_i].rows, nshards, &limits, &answer)) {
            print_answer(answer, &text);
        } else {
            strbuf_printf(&text, "%s %s\n", world.err.code, world.err.message);
        }
        ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(answer_rows[_i].answer)),
                      "%s, %zu shards:\n%s", answer_rows[_i].query, nshards, text.ptr);
        strbuf_fini(&text);
        world_fini(&world);
    }
}
END_TEST

/* max-cells counts all tables, open positions and totals; but no totals that a share needs. */
static const struct {
    const char *query;
    uint64_t max_cells, max_bytes;
    const char *error; /* NULL: it is answered */
} limit_rows[] = {
    {"count a from current format map", 3, 0, NULL},
    {"count a from current format map", 2, 0, "max-cells is 2"},
    {"count a from current totals format map", 3, 0, "max-cells is 3"},
    {"count a, b from current format map", 5, 0, "max-cells is 5"},
    {"count a, b from current totals", 10, 0, "max-cells is 10"},
    {"count a, b from current totals", 11, 0, NULL}, /* of 4 x 3 cells all have rows but one */
    {"count a, b from current having count > 5", 4, 0, "max-cells is 4"},
    {"count a, b from current having count > 5", 5, 0, NULL},
    {"count a in [1,2] from current percent of row", 2, 0, NULL},
    {"count (a in [1,2]), (b) from current format map", 4, 0, NULL},
    {"count (a in [1,2]), (b) from current format map", 3, 0, "max-cells is 3"},
    {"count a, b from current totals", 0, 16, "max-partial-bytes is 16"},
};

START_TEST(limits_hold)
{
    struct world world;
    struct answer *answer;
    struct table_limits limits = {.max_cells = limit_rows[_i].max_cells,
                                  .max_bytes = limit_rows[_i].max_bytes};
    world_init(&world, limit_rows[_i].query);
    bool ok = world_answer(&world, PEOPLE, 2, &limits, &answer);
    ck_assert_msg(ok == !limit_rows[_i].error, "%s: %s", limit_rows[_i].query, world.err.message);
    if (!ok) {
        ck_assert_str_eq(world.err.code, "LIMIT");
        ck_assert_msg(strstr(world.err.message, limit_rows[_i].error) != NULL, "%s",
                      world.err.message);
    }
    world_fini(&world);
}
END_TEST

/* Where small counts are hidden, max-cells limits what is left, and no more than 10,000 cells are taken. */
static const struct {
    const char *rows, *query;
    uint64_t max_shown;
    const char *error; /* NULL: it is answered */
} hidden_limit_rows[] = {
    {PEOPLE, "count a from current totals suppress below 3", 2, NULL}, /* 1, total */
    {PEOPLE, "count a from current totals suppress below 3", 1, "max-cells is 1"},
    {PEOPLE, "count a from current totals suppress below 3 format map", 2, NULL},
    {PEOPLE, "count a in [1,3] from current totals suppress below 3", 3, "max-cells is 3"},
    {PEOPLE, "count a in [1,99], b in [1,99] from current totals suppress below 3", 0, NULL},
    {PEOPLE, "count a in [1,100], b in [1,99] from current totals suppress below 3", 0,
     "in up to 10000 cells"},
    {PEOPLE, "count (a in [1,9000]), (b in [1,1000]) from current totals suppress below 3", 0,
     "in up to 10000 cells"},
    {PEOPLE, "count a in [1,300], b in [1,300] from current totals suppress below 3 format csv", 0,
     NULL}, /* few of them have rows */
    /* a hidden number that is too long for a bin */
    {"v=1\nv=2\nv=170141183460469231731687303715884105728",
     "count v by 10 from current totals suppress below 2", 0, NULL},
};

START_TEST(limits_do_not_tell_of_what_is_hidden)
{
    struct world world;
    struct answer *answer;
    world_init(&world, hidden_limit_rows[_i].query);
    struct table_limits limits = {.max_shown = hidden_limit_rows[_i].max_shown,
                                  .suppress_below = world.query->suppress_below};
    bool ok = world_answer(&world, hidden_limit_rows[_i].rows, 2, &limits, &answer);
    ck_assert_msg(ok == !hidden_limit_rows[_i].error, "%s: %s", hidden_limit_rows[_i].query,
                  world.err.message);
    if (!ok) {
        ck_assert_str_eq(world.err.code, "LIMIT");
        ck_assert_msg(strstr(world.err.message, hidden_limit_rows[_i].error) != NULL, "%s",
                      world.err.message);
    }
    world_fini(&world);
}
END_TEST

/* What cannot be told exactly is not told. */
static const struct {
    const char *rows, *query, *error;
} exact_rows[] = {
    {"v=170141183460469231731687303715884105728", "sum(v) from current",
     "the value '170141183460469231731687303715884105728'"},
    {"v=170141183460469231731687303715884105727\nv=170141183460469231731687303715884105726",
     "sum(v) from current", "a sum of 'v' has more bits"},
    /* each cell's sum fits, the total's does not */
    {"a=1 v=170141183460469231731687303715884105727\na=2 v=170141183460469231731687303715884105726",
     "sum(v) by a from current totals", "a sum of 'v' has more bits"},
    {"w=170141183460469231731687303715884105727\nw=170141183460469231731687303715884105726",
     "count from current weight by w", "a sum of 'w' has more bits"},
    {"v=1\nv=170141183460469231731687303715884105728", "median(v) from current",
     "the value '170141183460469231731687303715884105728' has too many digits for a quantile"},
    {"v=1", "quantile(v, 0.1234567890123456789) from current", "at most 18 decimals"},
    {"v=1\nv=170141183460469231731687303715884105728", "count v by 10 from current totals",
     "values of 'v' have more than 37 digits"},
    /* also where small counts are hidden, if the bin would be told */
    {"v=170141183460469231731687303715884105727\nv=170141183460469231731687303715884105728\nv=170141183460469231731687303715884105729",
     "count v by 10 from current totals suppress below 2",
     "values of 'v' have more than 37 digits"},
};

START_TEST(what_is_not_exact_is_an_error)
{
    struct world world;
    struct answer *answer;
    world_init(&world, exact_rows[_i].query);
    const struct table_limits limits = {.suppress_below = world.query->suppress_below};
    ck_assert(!world_answer(&world, exact_rows[_i].rows, 2, &limits, &answer));
    ck_assert_str_eq(world.err.code, "LIMIT");
    ck_assert_msg(strstr(world.err.message, exact_rows[_i].error) != NULL, "%s", world.err.message);
    world_fini(&world);
}
END_TEST

/* Grids of one shard that do not belong together. */
START_TEST(counts_that_contradict_each_other_are_refused)
{
    static const struct table_limits NO_LIMITS = {0};
    struct world world, other;
    struct answer *answer;
    struct partials *parts[1], *fewer[1];
    world_init(&world, "count a in [1,2] from current format map");
    world_init(&other, "count a in [1,2] from current where a = 1 format map");
    ck_assert(world_count(&world, PEOPLE, 1, parts) && world_count(&other, PEOPLE, 1, fewer));
    parts[0]->items[world.query->base_grid] = fewer[0]->items[other.query->base_grid];
    ck_assert(!answer_build(world.arena, world.query, (const struct partials *const *) parts, 1,
                            &NO_LIMITS, &answer, &world.err));
    ck_assert_str_eq(world.err.code, "SHARDDOWN");
    world_fini(&other);
    world_fini(&world);
}
END_TEST

/* A plain query's table has counts alone, as table_of_parts makes it. */
START_TEST(plain_queries_have_counts)
{
    static const struct table_limits NO_LIMITS = {0};
    struct world world;
    struct answer *answer;
    world_init(&world, "count a in [1,3] from current");
    ck_assert(world_answer(&world, PEOPLE, 2, &NO_LIMITS, &answer));
    ck_assert_uint_eq(answer->ntables, 1);
    ck_assert(!answer->is_list);
    ck_assert_ptr_null(answer->tables[0]->numbers);
    ck_assert_int_eq(table_number(answer->tables[0], 0, 0).integer, 3);
    ck_assert_uint_eq(answer->tables[0]->cells.n, 3);
    world_fini(&world);
}
END_TEST

/* HAVING and ORDER BY of many cells, with LIMIT: the first of what ORDER BY alone lists. */
START_TEST(limit_takes_the_first)
{
    enum { NROWS = 400, NVALUES = 90 };
    static const struct table_limits NO_LIMITS = {0};
    struct strbuf rows;
    strbuf_init(&rows);
    for (unsigned i = 0, random = 7; i < NROWS; i++) {
        random = random * 1103515245 + 12345;
        strbuf_printf(&rows, "a=%u v=%u\n", (random >> 16) % NVALUES, (random >> 8) % 5);
    }
    for (size_t limit = 0; limit < 12; limit++) {
        static const char ORDER[] = "avg(v), count by a from current order by avg(v) desc, count";
        struct world all, some;
        struct answer *whole, *part;
        char text[128];
        snprintf(text, sizeof text, "%s limit %zu offset %zu", ORDER, limit * limit, limit);
        world_init(&all, ORDER);
        world_init(&some, text);
        ck_assert(world_answer(&all, rows.ptr, 1, &NO_LIMITS, &whole));
        ck_assert(world_answer(&some, rows.ptr, 2, &NO_LIMITS, &part));
        const struct table *a = whole->tables[0], *b = part->tables[0];
        size_t left = a->nlist - limit;
        ck_assert_uint_eq(b->nlist, limit * limit < left ? limit * limit : left);
        for (size_t i = 0; i < b->nlist; i++) {
            ck_assert_uint_eq(a->cells.indexes[a->list[i + limit]], b->cells.indexes[b->list[i]]);
        }
        world_fini(&some);
        world_fini(&all);
    }
    strbuf_fini(&rows);
}
END_TEST

/*
 * Cells that must not be shown: their numbers are hidden, and shares of them and with them; they
 * come last, and HAVING keeps none of them.
 */
START_TEST(hidden_cells_are_not_told)
{
    static bool HIDDEN[] = {false, true, false, false, false, true};
    static uint64_t INDEXES[] = {0, 1, 2, 3, 4, 5};
    struct world world;
    struct partials *parts[1];
    struct axis axes[2];
    struct measured measured;
    struct partial *expanded;
    struct strbuf text;
    size_t *places, nplaces;
    strbuf_init(&text);
    world_init(&world, "count a in [1,2], b in {x,y} from current percent of row with count "
                       "order by count");
    struct error *err = &world.err;
    struct bound_query *query = world.query;
    struct bound_table *bound = &query->tables[0];
    ck_assert(world_count(&world, PEOPLE, 1, parts));
    const struct partial *grid = parts[0]->items[bound->grid];
    for (size_t a = 0; a < 2; a++) {
        ck_assert(axis_init(&axes[a], world.arena, &bound->axes[a], grid, a, a == 1, err));
    }
    ck_assert(
        expand_grid(world.arena, axes, 2, &query->grids[bound->grid], grid, 0, &expanded, err));
    measured_init(&measured, world.arena, &bound->measures[0], &query->grids[bound->grid], expanded,
                  INDEXES, 6);
    struct draft draft = {.query = query,
                          .bound = bound,
                          .axes = axes,
                          .naxes = 2,
                          .ncells = 6,
                          .is_dense = true,
                          .indexes = INDEXES,
                          .n = 6,
                          .rows = measured,
                          .measures = &measured,
                          .hidden = HIDDEN};
    struct table table = {.ndims = 2, .ncells = 4};
    ck_assert(table_leaves_fill(world.arena, &draft, &table, err));
    table.dims = arena_array(world.arena, 2, sizeof *table.dims);
    for (size_t a = 0; a < 2; a++) {
        table.dims[a] = (struct table_dim){
            .name = axes[a].bound->name, .labels = axes[a].labels, .npositions = 2};
    }
    table_print(&table, &text);
    /* 2 of 3, hidden; 1 and 1 of a total that is hidden */
    ck_assert_str_eq(text.ptr, "a: 1 2\nb: x y\npercent count\n"
                               "66.66666666666667 2 | * * | * 1 | * 1\n");
    ck_assert_int_eq(cell_value(&table.cells, 1, 0), 0);
    ck_assert(order_cells(world.arena, &draft, &places, &nplaces, err));
    ck_assert_uint_eq(nplaces, 4);
    ck_assert_uint_eq(places[0], 3);
    ck_assert_uint_eq(places[1], 4);
    ck_assert_uint_eq(places[2], 0);
    ck_assert_uint_eq(places[3], 1);
    bound->has_having = true;
    bound->having_op = AST_GE;
    bound->having_number = slice_lit("0");
    ck_assert(order_cells(world.arena, &draft, &places, &nplaces, err));
    ck_assert_uint_eq(nplaces, 3);
    strbuf_fini(&text);
    world_fini(&world);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("answer");
    tcase_add_loop_test(tcase, answer_is_right, 0, sizeof answer_rows / sizeof *answer_rows);
    tcase_add_loop_test(tcase, limits_do_not_tell_of_what_is_hidden, 0,
                        sizeof hidden_limit_rows / sizeof *hidden_limit_rows);
    tcase_add_loop_test(tcase, limits_hold, 0, sizeof limit_rows / sizeof *limit_rows);
    tcase_add_loop_test(tcase, what_is_not_exact_is_an_error, 0,
                        sizeof exact_rows / sizeof *exact_rows);
    tcase_add_test(tcase, counts_that_contradict_each_other_are_refused);
    tcase_add_test(tcase, plain_queries_have_counts);
    tcase_add_test(tcase, limit_takes_the_first);
    tcase_add_test(tcase, hidden_cells_are_not_told);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
