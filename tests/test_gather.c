/*
 * Gather: replies of the count script, written as RESP, add up to this table.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer/table.h"
#include "base/strbuf.h"
#include "executor/sets/gather.h"
#include "net/resp_value.h"
#include "parser/parse.h"
#include "tests/suite.h"

enum { MAX_CELLS = 1000 };

static const struct gather_limits LIMITS = {.max_cells = MAX_CELLS};

/* A reply in a short notation: numbers, 'texts' and brackets: [0 0 [] [['x' 'y']] [3] [1 5 2 7]].
 */
static const struct resp_value *
reply_of(struct arena *arena, const char *text)
{
    struct strbuf resp;
    strbuf_init(&resp);
    for (const char *at = text; *at;) {
        if (*at == '[') {
            size_t n = 0;
            int depth = 0;
            for (const char *to = at; *to; to++) {
                char before = to > at ? to[-1] : '\0';
                bool starts = (before == '[' || before == ' ') && *to != ' ' && *to != ']';
                n += depth == 1 && starts;
                depth += (*to == '[') - (*to == ']');
                if (!depth) {
                    break;
                }
            }
            strbuf_printf(&resp, "*%zu\r\n", n);
            at++;
        } else if (*at == '\'') {
            size_t len = strcspn(at + 1, "'");
            strbuf_printf(&resp, "$%zu\r\n%.*s\r\n", len, (int) len, at + 1);
            at += len + 2;
        } else if (*at == ' ' || *at == ']') {
            at++;
        } else {
            char *end;
            strbuf_printf(&resp, ":%ld\r\n", strtol(at, &end, 10));
            at = end;
        }
    }
    const struct resp_value *reply = NULL;
    struct error err = {"", ""};
    ck_assert(resp_value_parse(arena, arena_copy(arena, strbuf_slice(&resp)), &reply, &err));
    strbuf_fini(&resp);
    return reply;
}

static void
print_table(const struct table *table, struct strbuf *out)
{
    for (size_t d = 0; d < table->ndims; d++) {
        strbuf_printf(out, "%.*s(", SLICE_ARG(table->dims[d].name));
        for (size_t i = 0; i < table->dims[d].npositions; i++) {
            strbuf_printf(out, "%s%.*s", i ? " " : "", SLICE_ARG(table->dims[d].labels[i]));
        }
        strbuf_append_str(out, ") ");
    }
    for (size_t i = 0; i < table->cells.n; i++) {
        strbuf_printf(out, "%s%llu:%lld", i ? " " : "",
                      (unsigned long long) table->cells.indexes[i],
                      (long long) table->cells.values[i]);
    }
}

#define ODD "shard here:1 answered a count with a reply of another shape"

static const struct row {
    const char *query;
    const char *replies[3];
    const char *table; /* NULL: an error with this message */
    const char *error;
} rows[] = {
    {"count from current", {"[1 2 [] [] [] [0 5]]", "[0 0 [] [] [] [0 7]]"}, "0:12", NULL},
    {"count from current", {"[0 0 [] [] [] []]"}, "", NULL},
    {"count a in [1,3] from current",
     {"[0 0 [] [[]] [3] [2 5 0 1]]", "[0 0 [] [[]] [3] [2 4]]"},
     "a(1 2 3) 0:1 2:9",
     NULL},
    {"count a, b in [1,2] from current",
     {"[0 0 [] [['y' 'x'] []] [3 2] [4 5 2 1]]", "[0 0 [] [['y'] []] [2 2] [2 7]]"},
     "a(x y) b(1 2) 0:5 2:8",
     NULL},
    {"count a from current",
     {"[0 0 [] [['10' 'b' '9' '-1.5' 'a' '09']] [7] [1 1 2 2 3 3 4 4 5 5 6 6]]"},
     "a(-1.5 9 10 09 a b) 0:4 1:3 2:1 3:6 4:5 5:2",
     NULL},
    {"count a by 10 from current",
     {"[0 0 [] [['9' '-1' '10' 'x' '19.5']] [6] [1 1 2 2 3 4 4 8 5 16]]"},
     "a([-10,0) [0,10) [10,20)) 0:2 1:1 2:20",
     NULL},
    {"count a in {5, [10,20] as mid, [30,40], missing, other} from current",
     {"[0 0 [] [['5' '10' '20' '21' '15.5' 'x' '29' '40']] [9] [0 1 1 2 2 4 3 8 4 16 5 32 6 64 7 "
      "128 8 256]]"},
     "a(5 mid [30,40] missing other) 0:2 1:44 2:256 3:1 4:208",
     NULL},
    {"count a in {[10,20]} from current",
     {"[0 0 [] [['5' '12']] [3] [1 7 2 9]]"},
     "a([10,20]) 0:9",
     NULL},
    {"count a from current", {"[0 0 [] [[]] [1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [0] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [-1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [2 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [9000000000000000000] [7 1]]"}, NULL, ODD},
    {"count a, b from current", {"[0 0 [] [['x'] ['y']] [9000000000000000000 3] []]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [[7]] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [-1] [['x']] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 -1 [] [['x']] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] 'x' [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x' 'x']] [3] [1 1 2 2]]"}, "a(x) 0:3", NULL},
    {"count a in [1,3] from current", {"[0 0 [] [[]] [3] [2 5 2 1]]"}, "a(1 2 3) 2:6", NULL},
    {"count a, b from current",
     {"[0 0 [] [['x' 'y'] ['2']] [3 2] []]", "[0 0 [] [[] []] [1 1] []]",
      "[0 0 [] [['z'] ['10' '2']] [2 3] [4 1 5 2]]"},
     "a(x y z) b(2 10) 4:2 5:1",
     NULL},
    {"count a by 10, b in [1,2] from current",
     {"[0 0 [] [['12' '5' '17'] []] [4 2] [2 1 4 2 6 4]]",
      "[0 0 [] [['x' '23'] []] [3 2] [2 8 5 16]]"},
     "a([0,10) [10,20) [20,30)) b(1 2) 0:2 2:5 5:16",
     NULL},
    {"count a from current", {"[0 0 [] [['x']] [2] [0 1]]"}, "a(x) ", NULL},
    {"count a from current", {"[0 0 [] [['x']] [2] [1 0]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [1 'x']]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [1]]"}, NULL, ODD},
    {"count a in [1,3] from current", {"[0 0 [] [[]] [9] [5 1]]"}, NULL, ODD},
    {"count from current", {"[0 0 [] [] [] [0 9223372036854775807 0 1]]"}, NULL, ODD},
    {"count from current",
     {"[0 0 [] [] [] [0 9223372036854775807]]", "[0 0 [] [] [] [0 1]]"},
     NULL,
     ODD},
    {"count a by 10 from current",
     {"[0 0 [] [['1234567890123456789012345678901234567890']] [2] [1 1]]"},
     NULL,
     "value '1234567890123456789012345678901234567890' of 'a' has more than 37 digits: no bin of "
     "width 10"},
};

/*
 * Queries of several grids, by the numbers that bound.h gives their dims and grids: what the replies
 * add up to, as partials_print shows it.
 */
static const struct grids_row {
    const char *query;
    const char *replies[3];
    const char *partials; /* NULL: an error with this message */
    const char *error;
} grids_rows[] = {
    /* a value of a, and a row with a value of x, is a cell: x is folded, at one scale */
    {"count, sum(x) by a from current",
     {"[0 0 [] [['y' 'x'] ['10' '2.5']] [3 3] [[1 2 2 3] [4 2 7 1 8 2]]]"},
     "{x,y} | 0:3 1:2; {x,y} | 0:3,150 1:2,200 | scales 1,0",
     NULL},
    {"count, sum(x) by a from current",
     {"[0 0 [] [['y'] ['10']] [2 2] [[1 2] [3 2]]]",
      "[0 0 [] [['x' 'y'] ['0.25' '-3']] [3 3] [[1 1 2 4] [4 1 7 3 8 1]]]"},
     "{x,y} | 0:1 1:6; {x,y} | 0:1,25 1:6,1775 | scales 2,0",
     NULL},
    /* text is not measured, nor is a row without the field */
    {"count, min(x), max(x) by a in [1,2] from current",
     {"[0 0 [] [[] ['7' 'x' '-7']] [2 4] [[0 9 1 1] [1 4 2 2 3 2 6 1 4 1]]]"},
     "2 | 0:9 1:1; 2 | 0:6,-7,7 | scales 0,0",
     NULL},
    /* a median needs the values */
    {"median(x) from current",
     {"[0 0 [] [['3' '1']] [4] [[0 5] [1 2 2 3]]]", "[0 0 [] [['2' '1']] [3] [[0 1] [2 1]]]"},
     "| 0:6; {1,2,3} | 0:4 2:2",
     NULL},
    /* weights, in one grid */
    {"count by a from current weight by w",
     {"[0 0 [] [['x'] ['2' '0' '0.5']] [2 4] [5 1 6 2 7 4]]"},
     "{x} | 0:5,40,500 | scales 0,1",
     NULL},
    /* keys: a value in two positions, one in none, a row without the field */
    {"count a in {(1,2) as low, net (2,3) as some, missing} from current format rows",
     {"[0 0 [] [['1' '2' '3' '4']] [5] [0 1 1 2 2 4 3 8 4 16]]",
      "[0 0 [] [['3' '1']] [3] [1 32 2 64]]"},
     "{#0,#0#1,#1,#2} | 0:66 1:4 2:40 3:1",
     NULL},
    {"count a by month from current format rows",
     {"[0 0 [] [['2012-06-01' '2012-05-31' 'x' '2012-06-30']] [5] [1 1 2 2 3 4 4 8]]"},
     "{=5:24148,=5:24149} | 0:2 1:9",
     NULL},
    /* conditions are positions 0 and 1 */
    {"count {when (a = 1) as x, when (b = 2) as y} as w from current format rows",
     {"[0 0 [] [[] []] [2 2] [0 1 1 2 3 4]]", "[0 0 [] [[] []] [2 2] [2 8 0 16]]"},
     "2 x 2 | 0:17 1:2 2:8 3:4",
     NULL},
    /* several tables, and the rows of the filter */
    {"count (a), (a, b in [1,2]) from current format json",
     {"[0 0 [] [['x' 'y'] []] [3 2] [[1 3 2 4] [2 1 3 1 5 2] [0 9]]]"},
     "{x,y} | 0:3 1:4; {x,y} x 2 | 0:1 1:1 3:2; | 0:9",
     NULL},
    {"count, sum(x) by a from current", {NULL}, "{} |; {} | | scales 0,0", NULL},
    /* another number of grids, and each of a grid's parts misshapen */
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5] [1 2] []]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [0 5]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5] 7]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5] [1]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[1 5] [1 2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5] [2 2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 5] [1 -2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [2] [[0 0] [1 2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [[3]] [2] [[0 5] [1 2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [] [] [[0 5] [1 2]]]"}, NULL, ODD},
    {"median(x) from current", {"[0 0 [] [['3']] [9] [[0 5] [8 2]]]"}, NULL, ODD},
    {"median(x) from current",
     {"[0 0 [] [['3']] [2] [[0 9223372036854775807] [1 1]]]", "[0 0 [] [['3']] [2] [[0 1] [1 1]]]"},
     NULL,
     ODD},
    {"count {when (a = 1) as x} as w from current format rows",
     {"[0 0 [] [[]] [3] [2 1]]"},
     NULL,
     ODD},
    {"count by a, b from current weight by w",
     {"[0 0 [] [['x'] ['y'] ['1']] [4000000000 4000000000 4000000000] [1 1]]"},
     NULL,
     ODD},
    /* what cannot be summed exactly, and what has no bin */
    {"sum(x) from current",
     {"[0 0 [] [['1234567890123456789012345678901234567890']] [2] [[0 1] [1 1]]]"},
     NULL,
     "the value '1234567890123456789012345678901234567890' with 0 decimals, as others have them, "
     "has more than 128 bits"},
    {"count a in {by 10, other} from current format rows",
     {"[0 0 [] [['1' '1234567890123456789012345678901234567890']] [3] [1 1 2 1]]"},
     NULL,
     "value '1234567890123456789012345678901234567890' of 'a' has more than 37 digits: no bin of "
     "width 10"},
};

static bool add(struct gather *gather, const char *reply, struct error *err);

START_TEST(replies_add_up_to_partials)
{
    const struct grids_row *row = &grids_rows[_i];
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct ast_query *ast;
    struct bound_query *bound;
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err));
    ck_assert(query_parse(arena, slice_str(row->query), &limits, &ast, &err));
    ck_assert_msg(query_bind(arena, ast, catalog, MAX_CELLS, &bound, &err), "%s", err.message);
    struct gather gather;
    gather_init(&gather, arena, bound, &LIMITS);
    gather.reader.shard = "here:1";
    bool ok = true;
    for (size_t i = 0; i < 3 && row->replies[i] && ok; i++) {
        ok = add(&gather, row->replies[i], &err);
    }
    struct partials *partials;
    ok = ok && gather_partials(&gather, &partials, &err);
    if (row->partials) {
        struct strbuf text;
        strbuf_init(&text);
        ck_assert_msg(ok, "%s", err.message);
        ck_assert(partials_fit(bound, partials));
        partials_print(partials, &text);
        ck_assert_str_eq(strbuf_slice(&text).ptr, row->partials);
        strbuf_fini(&text);
    } else {
        ck_assert(!ok);
        ck_assert_str_eq(err.message, row->error);
    }
    gather_fini(&gather);
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

/* The reply is gone afterwards. */
static bool
add(struct gather *gather, const char *reply, struct error *err)
{
    struct arena *arena = arena_new();
    bool ok = gather_add(gather, reply_of(arena, reply), err);
    arena_free(arena);
    return ok;
}

START_TEST(replies_add_up_to_the_table)
{
    const struct row *row = &rows[_i];
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct ast_query *ast;
    struct bound_query *bound;
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err));
    ck_assert(query_parse(arena, slice_str(row->query), &limits, &ast, &err));
    ck_assert(query_bind(arena, ast, catalog, MAX_CELLS, &bound, &err));
    struct gather gather;
    gather_init(&gather, arena, bound, &LIMITS);
    gather.reader.shard = "here:1";
    bool ok = true;
    for (size_t i = 0; i < 3 && row->replies[i] && ok; i++) {
        ok = add(&gather, row->replies[i], &err);
    }
    struct table *table;
    struct partials *partials = NULL;
    ok = ok && gather_partials(&gather, &partials, &err);
    gather_fini(&gather);
    const struct partial *parts[] = {ok ? partials->items[0] : NULL};
    ok = ok && table_of_parts(arena, bound, parts, 1, MAX_CELLS, &table, &err);
    if (row->table) {
        struct strbuf text;
        strbuf_init(&text);
        ck_assert_msg(ok, "%s", err.message);
        print_table(table, &text);
        ck_assert_str_eq(strbuf_slice(&text).ptr, row->table);
        strbuf_fini(&text);
    } else {
        ck_assert(!ok);
        ck_assert_str_eq(err.message, row->error);
    }
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

/* A reply with n cells of an open dimension, whose values are from, from + 1 ... */
static void
print_reply(struct strbuf *text, int from, int n)
{
    strbuf_clear(text);
    strbuf_append_str(text, "[1 2 [] [[");
    for (int i = 0; i < n; i++) {
        strbuf_printf(text, "%s'%d'", i ? " " : "", from + i);
    }
    strbuf_printf(text, "]] [%d] [", n + 1);
    for (int i = 0; i < n; i++) {
        strbuf_printf(text, "%s%d 1", i ? " " : "", i + 1);
    }
    strbuf_append_str(text, "]]");
}

static const struct bound_dim OPEN = {
    .kind = DIM_OPEN, .field = SLICE_LIT("a"), .name = SLICE_LIT("a")};

/* A plain query of these dims, in one grid of all of them. */
static struct bound_query
plain_query(struct bound_dim *dims, size_t ndims, struct bound_grid *grid, enum ast_format format)
{
    static const size_t ORDER[] = {0, 1};
    *grid = (struct bound_grid){.dims = ORDER, .ndims = ndims};
    return (struct bound_query){.dims = dims,
                                .ndims = ndims,
                                .grids = grid,
                                .ngrids = 1,
                                .is_plain = true,
                                .format = format};
}

/* In one reply, and in two. */
START_TEST(too_many_cells_are_a_limit)
{
    struct strbuf reply;
    strbuf_init(&reply);
    struct arena *arena = arena_new();
    struct bound_dim dim = OPEN;
    struct bound_grid grid;
    struct bound_query bound = plain_query(&dim, 1, &grid, AST_FORMAT_ROWS);
    struct gather gather;
    struct partials *partials;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, &LIMITS);
    print_reply(&reply, 0, MAX_CELLS + 1 - _i);
    ck_assert(add(&gather, strbuf_slice(&reply).ptr, &err) == _i);
    if (_i) {
        ck_assert(add(&gather, "[0 0 [] [['7']] [2] [1 1]]", &err));
        ck_assert(add(&gather, "[0 0 [] [['-1']] [2] [1 1]]", &err));
        ck_assert(!gather_partials(&gather, &partials, &err));
    }
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "max-cells is 1000, the answer has more");
    gather_fini(&gather);
    strbuf_fini(&reply);
    arena_free(arena);
}
END_TEST

/* Whoever answers on and on is stopped before the end. */
START_TEST(too_many_cells_of_many_replies_are_a_limit)
{
    struct strbuf reply;
    strbuf_init(&reply);
    struct arena *arena = arena_new();
    struct bound_dim dim = OPEN;
    struct bound_grid grid;
    struct bound_query bound = plain_query(&dim, 1, &grid, AST_FORMAT_ROWS);
    struct gather gather;
    struct error err = {"", ""};
    int n = 0;
    gather_init(&gather, arena, &bound, &LIMITS);
    do {
        ck_assert_int_lt(n, 1000);
        print_reply(&reply, n++ * 100, 100);
    } while (add(&gather, strbuf_slice(&reply).ptr, &err));
    ck_assert_str_eq(err.message, "max-cells is 1000, the answer has more");
    gather_fini(&gather);
    strbuf_fini(&reply);
    arena_free(arena);
}
END_TEST

/* Thousands of replies, values that come again and values that are new: nothing is lost, and no
 * more memory is used than for the sum. */
START_TEST(thousands_of_replies_add_up)
{
    enum { NREPLIES = 3000, NVALUES = 60, STEP = 7 };
    struct strbuf reply;
    strbuf_init(&reply);
    struct arena *arena = arena_new();
    struct bound_dim dim = OPEN;
    struct bound_grid grid;
    struct bound_query bound = plain_query(&dim, 1, &grid, AST_FORMAT_ROWS);
    struct gather gather;
    struct partials *sums;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, &(struct gather_limits){0});
    for (int i = 0; i < NREPLIES; i++) {
        print_reply(&reply, i % 1000 * STEP, NVALUES);
        ck_assert(add(&gather, strbuf_slice(&reply).ptr, &err));
        ck_assert_uint_lt(arena_bytes(gather.parts_arena), 4 << 20);
    }
    ck_assert(gather_partials(&gather, &sums, &err));
    const struct partial *sum = sums->items[0];
    ck_assert_int_eq(gather.hits, NREPLIES);
    ck_assert_int_eq(gather.misses, 2 * NREPLIES);
    gather_fini(&gather);
    ck_assert_uint_eq(sum->cells.n, 999 * STEP + NVALUES);
    for (size_t i = 0; i < sum->cells.n; i++) {
        int64_t value = -1, expected = 0;
        ck_assert(slice_to_int64(sum->dims[0].values[i], &value));
        ck_assert_int_eq(value, (int64_t) i);
        for (int64_t first = 0; first < 1000; first++) {
            expected += value >= first * STEP && value < first * STEP + NVALUES;
        }
        ck_assert_int_eq(sum->cells.values[i], expected * (NREPLIES / 1000));
    }
    strbuf_fini(&reply);
    arena_free(arena);
}
END_TEST

/* The sum of many replies needs more bytes than are allowed, and is refused, soon. */
START_TEST(too_many_bytes_are_a_limit)
{
    static const size_t DIMS[] = {0};
    struct strbuf reply;
    strbuf_init(&reply);
    struct arena *arena = arena_new();
    struct bound_dim dim = OPEN;
    struct bound_grid grid = {.dims = DIMS, .ndims = 1, .has_value = true};
    struct bound_query bound = {.dims = &dim, .ndims = 1, .grids = &grid, .ngrids = 1};
    struct gather_limits limits = {.max_cells = 10, .max_partial_bytes = 1 << 20};
    struct gather gather;
    struct partials *partials;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, &limits);
    for (int i = 0; i < 20; i++) { /* the same ones: they need no more */
        print_reply(&reply, 0, 1000);
        ck_assert(add(&gather, strbuf_slice(&reply).ptr, &err));
    }
    int n = 0;
    do {
        ck_assert_int_lt(n, 200);
        ck_assert_uint_lt(arena_bytes(gather.parts_arena), 3 << 20);
        print_reply(&reply, n++ * 1000, 1000);
    } while (add(&gather, strbuf_slice(&reply).ptr, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "max-partial-bytes is 1048576, the query needs more");
    gather_fini(&gather);
    /* found at the end, too */
    err = (struct error){"", ""};
    limits.max_partial_bytes = 20000;
    gather_init(&gather, arena, &bound, &limits);
    print_reply(&reply, 0, 400);
    ck_assert(add(&gather, strbuf_slice(&reply).ptr, &err));
    ck_assert(!gather_partials(&gather, &partials, &err));
    ck_assert_str_eq(err.message, "max-partial-bytes is 20000, the query needs more");
    gather_fini(&gather);
    strbuf_fini(&reply);
    arena_free(arena);
}
END_TEST

/* Where small counts are hidden, no error tells a value. */
START_TEST(an_error_tells_no_value_that_is_hidden)
{
    static const size_t DIMS[] = {0};
    struct arena *arena = arena_new();
    struct bound_dim dim = OPEN;
    struct bound_grid grid = {
        .dims = DIMS, .ndims = 1, .has_value = true, .is_folded = true, .parts = FOLD_SUM};
    struct bound_query bound = {.dims = &dim, .ndims = 1, .grids = &grid, .ngrids = 1};
    struct gather gather;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, &LIMITS);
    gather.reader.positions.hides = true;
    ck_assert(
        !add(&gather, "[0 0 [] [['1234567890123456789012345678901234567890']] [2] [1 1]]", &err));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "a value, or a sum, has too many digits");
    gather_fini(&gather);
    arena_free(arena);
}
END_TEST

/* Positions that occur without a cell. */
START_TEST(an_axis_has_positions_alone)
{
    struct arena *arena = arena_new();
    struct bound_dim dims[] = {OPEN, OPEN};
    struct bound_grid grid;
    struct bound_query bound = plain_query(dims, 2, &grid, AST_FORMAT_NESTED);
    struct gather gather;
    struct partials *sums;
    struct strbuf text;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, &LIMITS);
    strbuf_init(&text);
    ck_assert(add(&gather, "[1 1 [] [['x'] ['9']] [2 2] [3 5]]", &err));
    ck_assert(
        gather_add_axis(&gather, 1, reply_of(arena, "[4 4 [] [['10' '8']] [3] [1 1 2 1]]"), &err));
    ck_assert(!gather_add_axis(&gather, 1, reply_of(arena, "[4 4 [] [['10'] []] [3 1] []]"), &err));
    ck_assert_str_eq(err.code, "SHARDDOWN");
    ck_assert(gather_partials(&gather, &sums, &err));
    const struct partial *sum = sums->items[0];
    ck_assert_int_eq(gather.hits, 1);
    gather_fini(&gather);
    partial_print(sum, &text);
    ck_assert_str_eq(strbuf_slice(&text).ptr, "{x} x {8,9,10} | 1:5");
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

START_TEST(nothing_is_an_empty_partial)
{
    struct arena *arena = arena_new();
    struct bound_dim dims[] = {OPEN, OPEN};
    struct bound_grid grid;
    struct bound_query bound = plain_query(dims, _i ? 2 : 0, &grid, AST_FORMAT_ROWS);
    struct gather gather = {.arena = NULL};
    struct partials *sums;
    struct error err = {"", ""};
    gather_fini(&gather);
    gather_init(&gather, arena, &bound, &LIMITS);
    ck_assert(gather_partials(&gather, &sums, &err));
    const struct partial *sum = sums->items[0];
    ck_assert_uint_eq(sum->cells.n, 0);
    ck_assert_uint_eq(sum->ndims, bound.ndims);
    ck_assert_uint_eq(sum->ncells, !_i);
    gather_fini(&gather);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gather");
    TCase *tcase = tcase_create("gather");
    tcase_add_loop_test(tcase, replies_add_up_to_the_table, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, replies_add_up_to_partials, 0,
                        sizeof grids_rows / sizeof *grids_rows);
    tcase_add_loop_test(tcase, too_many_cells_are_a_limit, 0, 2);
    tcase_add_test(tcase, too_many_cells_of_many_replies_are_a_limit);
    tcase_add_test(tcase, too_many_bytes_are_a_limit);
    tcase_add_test(tcase, an_error_tells_no_value_that_is_hidden);
    tcase_add_test(tcase, thousands_of_replies_add_up);
    tcase_add_test(tcase, an_axis_has_positions_alone);
    tcase_add_loop_test(tcase, nothing_is_an_empty_partial, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
