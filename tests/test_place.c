/*
 * answer/place: which position of a dimension a value stands in, and what positions are called.
 */
#include <check.h>
#include <string.h>

#include "answer/place.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/words.h"
#include "parser/parse.h"
#include "tests/suite.h"

static struct arena *arena;
static struct catalog *catalog;

static void
setup(void)
{
    struct error err = {"", ""};
    arena = arena_new();
    catalog = catalog_new();
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_SETS, &err));
}

static void
teardown(void)
{
    catalog_free(catalog);
    arena_free(arena);
}

/* The dimension that a query's text says. */
static const struct bound_dim *
bind_dim(const char *dim)
{
    static const struct parse_limits LIMITS = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    struct bound_query *query;
    struct slice text = arena_printf(arena, "count %s from current", dim);
    ck_assert_msg(query_parse(arena, text, &LIMITS, &ast, &err) &&
                      query_bind(arena, ast, catalog, 1000, &query, &err),
                  "%s: %s", dim, err.message);
    return &query->dims[0];
}

/* The words of a row, with '-' for no position. */
static void
append_place(struct strbuf *out, uint32_t place)
{
    strbuf_append_str(out, out->len ? " " : "");
    if (place == PLACE_NONE) {
        strbuf_append_char(out, '-');
    } else {
        strbuf_printf(out, "%u", place);
    }
}

static void
check_text(struct strbuf *out, const char *what, const char *expected)
{
    strbuf_append_char(out, '\0');
    ck_assert_msg(strcmp(out->ptr, expected) == 0, "%s: %s, not %s", what, out->ptr, expected);
    strbuf_fini(out);
}

/* -- listed positions -------------------------------------------------------------------------- */

/* Values, and the positions they stand in; `without`: where listed values are not to be found. */
static const struct {
    const char *dim, *values, *places, *without;
} lists[] = {
    {"a in {f, m}", "m f x", "1 0 -", "- - -"},
    {"a in {f, m, other}", "m f x 7", "1 0 2 2", "2 2 2 2"},
    {"a in {other, f, m}", "m f x", "2 1 0", "0 0 0"},
    {"a in {f, missing}", "f x missing", "0 - -", "- - -"},
    {"a in {f, missing, other}", "f x missing", "0 2 2", "2 2 2"},
    {"a in {5, [10,20] as mid, other}", "5 15.5 x", "0 1 2", "2 1 2"},
    {"a in {[10,20], [30,40]}", "9.99 10 20 20.01 25 30 35 40 41", "- 0 0 - - 1 1 1 -",
     "- 0 0 - - 1 1 1 -"},
    /* in the query's order, not the bounds' */
    {"a in {[30,40], [-5,5], [10,20]}", "-5 -6 0 35 12", "1 - 1 0 2", "1 - 1 0 2"},
    {"a in {[10,20], 25, [30,40]}", "25 24 30", "1 - 2", "- - 2"},
    /* text is in no range, nor is what only looks like a number */
    {"a in {[0,9], other}", "05 1.50 1e0 abc '' 5", "1 1 1 1 1 0", "1 1 1 1 1 0"},
    /* numbers whose order keys are the same */
    {"a in {[1000000000000000000000000001,1000000000000000000000000003]}",
     "1000000000000000000000000000 1000000000000000000000000001 1000000000000000000000000003 "
     "1000000000000000000000000004",
     "- 0 0 -", "- 0 0 -"},
    {"a in {[0.1,0.2], [0.3,0.4]}", "0.1 0.15 0.2 0.25 0.4", "0 0 0 - 1", "0 0 0 - 1"},
};

START_TEST(a_value_stands_in_a_listed_position)
{
    const struct bound_dim *dim = bind_dim(lists[_i].dim);
    const char *expected[] = {lists[_i].without, lists[_i].places};
    struct slice *values;
    size_t nvalues;
    ck_assert(words_split(arena, slice_str(lists[_i].values), &values, &nvalues));
    for (int has_values = 0; has_values < 2; has_values++) {
        struct place_list list;
        struct strbuf out;
        strbuf_init(&out);
        place_list_init(&list, arena, dim, has_values);
        for (size_t i = 0; i < nvalues; i++) {
            append_place(&out, place_of(&list, order_key(values[i]), values[i]));
        }
        check_text(&out, lists[_i].dim, expected[has_values]);
    }
}
END_TEST

/* Ranges that lack a bound, or do not hold it; values, and the positions they stand in. */
static const struct range_row {
    struct position ranges[3];
    const char *values, *places;
} ranges[] = {
#define RANGE(lo_text, hi_text, lo_is_open, hi_is_open)                                            \
    {                                                                                              \
        .kind = POSITION_RANGE, .lo = lo_text, .hi = hi_text, .lo_open = (lo_is_open),             \
        .hi_open = (hi_is_open)                                                                    \
    }
#define AT(text) SLICE_LIT(text)
#define UNBOUNDED                                                                                  \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
    /* [10,20) [20,30) [30,40] */
    {{RANGE(AT("10"), AT("20"), false, true), RANGE(AT("20"), AT("30"), false, true),
      RANGE(AT("30"), AT("40"), false, false)},
     "9 10 19.99 20 29 30 40 40.1",
     "- 0 0 1 1 2 2 -"},
    /* (10,20] (20,30] (30,40] */
    {{RANGE(AT("10"), AT("20"), true, false), RANGE(AT("20"), AT("30"), true, false),
      RANGE(AT("30"), AT("40"), true, false)},
     "9 10 10.01 20 20.01 30 31 40 41",
     "- - 0 0 1 1 2 2 -"},
    /* (,0) [0,0] (0,), not in this order */
    {{RANGE(AT("0"), UNBOUNDED, true, false), RANGE(UNBOUNDED, AT("0"), false, true),
      RANGE(AT("0"), AT("0"), false, false)},
     "-1e9 -1000000000000000000000000000 -0.5 0 0.5 1000000000000000000000000000 x ''",
     "- 1 1 2 0 0 - -"},
    /* (5,) (1,2) (,1] */
    {{RANGE(AT("5"), UNBOUNDED, true, false), RANGE(AT("1"), AT("2"), true, true),
      RANGE(UNBOUNDED, AT("1"), false, false)},
     "-7 1 1.5 2 3 5 6",
     "2 2 1 - - - 0"},
    /* numbers whose order keys are the same */
    {{RANGE(AT("1000000000000000000000000001"), AT("1000000000000000000000000003"), true, true),
      RANGE(AT("1000000000000000000000000003"), UNBOUNDED, false, false),
      RANGE(UNBOUNDED, AT("1000000000000000000000000000"), false, true)},
     "999999999999999999999999999 1000000000000000000000000000 1000000000000000000000000001 "
     "1000000000000000000000000002 1000000000000000000000000003 1000000000000000000000000004",
     "2 - - 0 1 1"},
#undef UNBOUNDED
#undef AT
#undef RANGE
};

START_TEST(a_range_may_lack_a_bound)
{
    struct bound_dim dim = {.kind = DIM_BINS,
                            .positions = (struct position *) ranges[_i].ranges,
                            .npositions = sizeof ranges->ranges / sizeof *ranges->ranges};
    struct slice *values;
    size_t nvalues;
    struct place_list list;
    struct strbuf out;
    ck_assert(words_split(arena, slice_str(ranges[_i].values), &values, &nvalues));
    strbuf_init(&out);
    place_list_init(&list, arena, &dim, true);
    for (size_t i = 0; i < nvalues; i++) {
        append_place(&out, place_of(&list, order_key(values[i]), values[i]));
    }
    check_text(&out, ranges[_i].values, ranges[_i].places);
}
END_TEST

/* -- bins -------------------------------------------------------------------------------------- */

/* Values as they are met, the bins they are put in, and what the bins are called. */
static const struct {
    const char *dim, *values, *places, *labels;
} bins[] = {
    {"a by 10", "17 3 12 3.5", "0 1 0 1", "[10,20) [0,10)"},
    {"a by 10", "-1 -10 -11 0 9.999", "0 0 1 2 2", "[-10,0) [-20,-10) [0,10)"},
    {"a by 10", "x '' 05 7", "- - - 0", "[0,10)"},
    /* a whole number and one with a fraction in the same bin */
    {"a by 0.5", "0.7 1 0.5 1.49", "0 1 0 1", "[0.5,1) [1,1.5)"},
    {"a by 2", "3.5 2 3", "0 0 0", "[2,4)"},
    /* at the ends of 64 bits, and beyond */
    {"a by 10", "9223372036854775807 -9223372036854775808 9223372036854775808 92233720368547758070",
     "0 1 0 2",
     "[9223372036854775800,9223372036854775810) [-9223372036854775810,-9223372036854775800) "
     "[92233720368547758070,92233720368547758080)"},
    /* too long for a bin: one place for them all, whatever comes between */
    {"a by 10", "12345678901234567890123456789012345678 5 -12345678901234567890123456789012345678",
     "0 1 0", "'' [0,10)"},
};

START_TEST(a_number_is_put_in_its_bin)
{
    const struct bound_dim *dim = bind_dim(bins[_i].dim);
    struct slice *values, *labels, label;
    struct place_bins places;
    struct strbuf out;
    size_t nvalues, nlabels;
    ck_assert(words_split(arena, slice_str(bins[_i].values), &values, &nvalues));
    ck_assert(words_split(arena, slice_str(bins[_i].labels), &labels, &nlabels));
    strbuf_init(&out);
    place_bins_init(&places, arena, dim->width);
    for (size_t i = 0; i < nvalues; i++) {
        append_place(&out, place_bin(&places, arena, order_key(values[i]), values[i]));
    }
    check_text(&out, bins[_i].values, bins[_i].places);
    ck_assert_uint_eq(places.nlowers, nlabels);
    for (size_t i = 0; i < nlabels; i++) {
        ck_assert(place_label(arena, dim, i, places.lowers[i], &label));
        ck_assert_msg(slice_equal(label, labels[i]), "%.*s", SLICE_ARG(label));
    }
}
END_TEST

/* -- labels ------------------------------------------------------------------------------------ */

static const struct {
    const char *dim;
    size_t position;
    const char *value, *label; /* NULL: the value is no lower bound */
} labels[] = {
    {"a in {f, 'm' as men}", 0, "", "f"},
    {"a in {f, 'm' as men}", 1, "", "men"},
    {"a in {[1,5], [6,9] as more, missing, other as rest}", 0, "", "[1,5]"},
    {"a in {[1,5], [6,9] as more, missing, other as rest}", 1, "", "more"},
    {"a in {[1,5], [6,9] as more, missing, other as rest}", 3, "", "rest"},
    {"a", 0, "Ohio", "Ohio"},
    {"a by 10", 0, "10", "[10,20)"},
    {"a by 10", 0, "", ""},
    {"a by 10", 0, "x", NULL},
    {"a by 10", 0, "010", NULL},
    {"a by 10", 0, "12345678901234567890123456789012345678", NULL},
};

START_TEST(a_position_has_a_label)
{
    struct slice label = slice_lit("");
    bool is_one = place_label(arena, bind_dim(labels[_i].dim), labels[_i].position,
                              slice_str(labels[_i].value), &label);
    ck_assert_int_eq(is_one, labels[_i].label != NULL);
    ck_assert_msg(!is_one || slice_equal(label, slice_str(labels[_i].label)), "%s: %.*s",
                  labels[_i].dim, SLICE_ARG(label));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("place");
    TCase *tcase = tcase_create("place");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_value_stands_in_a_listed_position, 0,
                        sizeof lists / sizeof *lists);
    tcase_add_loop_test(tcase, a_range_may_lack_a_bound, 0, sizeof ranges / sizeof *ranges);
    tcase_add_loop_test(tcase, a_number_is_put_in_its_bin, 0, sizeof bins / sizeof *bins);
    tcase_add_loop_test(tcase, a_position_has_a_label, 0, sizeof labels / sizeof *labels);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
