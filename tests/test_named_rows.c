/*
 * Rows by name as bytes: what is encoded is decoded again, other bytes are refused; rows become a
 * partial count.
 */
#include <check.h>
#include <string.h>

#include "answer/named_rows.h"
#include "tests/decoding.h"
#include "tests/suite.h"

/* Two dimensions, {f,m} and 3 positions that are listed; three rows of slot 93, one of slot 9. */
static struct named_rows *
sample(struct arena *arena)
{
    static const uint32_t places[][2] = {{1, 2}, {2, 0}, {1, 2}};
    struct named_rows *rows = arena_alloc(arena, sizeof *rows);
    rows->epoch = 7;
    rows->ndims = 2;
    rows->dims = arena_array(arena, 2, sizeof *rows->dims);
    rows->dims[0] = (struct partial_dim){.is_open = true, .npositions = 2};
    rows->dims[0].values = arena_array(arena, 2, sizeof *rows->dims[0].values);
    rows->dims[0].values[0] = slice_lit("f");
    rows->dims[0].values[1] = slice_lit("m");
    rows->dims[1] = (struct partial_dim){.npositions = 3};
    rows->nslots = 2;
    rows->slots = arena_array(arena, 2, sizeof *rows->slots);
    rows->slots[0] = (struct named_slot){.slot = 93, .quiet_us = 5, .nrows = 3};
    rows->slots[0].peer = slice_lit("292f 10.0.0.2:6379");
    rows->slots[0].rows = arena_array(arena, 3, sizeof *rows->slots[0].rows);
    rows->slots[0].rows[0] = (struct named_row){slice_lit("p_7"), true, places[0]};
    rows->slots[0].rows[1] = (struct named_row){slice_lit("p_8"), false, NULL};
    rows->slots[0].rows[2] = (struct named_row){slice_lit("p_9"), true, places[1]};
    rows->slots[1] = (struct named_slot){.slot = 9, .nrows = 1};
    rows->slots[1].rows = arena_alloc(arena, sizeof *rows->slots[1].rows);
    rows->slots[1].rows[0] = (struct named_row){slice_lit(""), true, places[2]};
    return rows;
}

static struct slice
encoded(struct arena *arena, const struct named_rows *rows)
{
    struct strbuf bytes;
    strbuf_init(&bytes);
    named_rows_encode(rows, &bytes);
    struct slice copy = arena_copy(arena, strbuf_slice(&bytes));
    strbuf_fini(&bytes);
    return copy;
}

START_TEST(rows_survive_their_bytes)
{
    struct arena *arena = arena_new();
    struct named_rows *decoded;
    struct error err = {"", ""};
    struct strbuf text;
    strbuf_init(&text);
    ck_assert(named_rows_decode(arena, encoded(arena, sample(arena)), &decoded, &err));
    named_rows_print(decoded, &text);
    ck_assert_str_eq(text.ptr, "epoch 7 | {f,m} x 3 | | 93 -> 292f 10.0.0.2:6379: p_7 1 2, "
                               "p_8 not counted, p_9 2 0 | 9:  1 2");
    ck_assert_uint_eq(decoded->slots[0].quiet_us, 5);
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

static bool
decodes(struct arena *arena, struct slice bytes, struct error *err)
{
    struct named_rows *decoded;
    return named_rows_decode(arena, bytes, &decoded, err);
}

START_TEST(cut_or_longer_bytes_are_refused)
{
    struct arena *arena = arena_new();
    ck_assert_whole_only(decodes, encoded(arena, sample(arena)));
    arena_free(arena);
}
END_TEST

START_TEST(malformed_bytes_are_refused)
{
    static const struct bytes_case cases[] = {
        {BYTES("Q2\0\0\0")},                    /* a partial count */
        {BYTES("R1\0\1\2\1\1b\1a\0")},          /* values out of order */
        {BYTES("R1\0\1\2\0\1\5\0\0\1\1x\1\3")}, /* a place that there is not */
        {BYTES("R1\0\0\1\5\0\0\1\1x\2")},       /* counted, or not, or what? */
        {BYTES("R1\0\0\1\5\0\0\x7f\1x\0")},     /* more rows than bytes */
        {BYTES("R1\0\0\x7f\5\0\0\0")},          /* more slots than bytes */
    };
    ck_assert_all_refused(decodes, cases, sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(rows_are_counted)
{
    static const struct {
        bool all_positions, is_first_counted;
        const char *printed;
    } cases[] = {
        {false, true, "{f} x 3 | 1:2"},
        {true, true, "{f,m} x 3 | 1:2"}, /* m has no cell, but occurs */
        {false, false, "{f} x 3 | 1:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct named_rows *rows = sample(arena);
        struct partial *partial;
        struct error err = {"", ""};
        struct strbuf text;
        strbuf_init(&text);
        rows->slots[0].rows[0].is_counted = cases[i].is_first_counted;
        ck_assert(named_rows_partial(arena, rows, cases[i].all_positions, &partial, &err));
        partial_print(partial, &text);
        ck_assert_str_eq(text.ptr, cases[i].printed);
        strbuf_fini(&text);
        arena_free(arena);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("named_rows");
    TCase *tcase = tcase_create("named_rows");
    tcase_add_test(tcase, rows_survive_their_bytes);
    tcase_add_test(tcase, cut_or_longer_bytes_are_refused);
    tcase_add_test(tcase, malformed_bytes_are_refused);
    tcase_add_test(tcase, rows_are_counted);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
