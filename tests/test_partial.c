/*
 * Partial counts as bytes: what is encoded is decoded again, in the smaller of two forms; other
 * bytes are refused; partials add up.
 */
#include <check.h>
#include <string.h>

#include "answer/partial.h"
#include "tests/suite.h"

enum { NDIMS = 2 };

/* `values` NULL: a closed dimension of npositions; cells end with a count of 0. */
struct sample {
    struct {
        const char *values[5];
        size_t npositions;
    } dims[NDIMS];
    size_t ndims;
    struct partial_cell cells[12];
    uint64_t base; /* 0: none */
    const char *printed;
};

static const struct sample samples[] = {
    {{{{NULL}, 0}}, 0, {{0, 300}}, 0, "| 0:300"},
    {{{{NULL}, 0}}, 0, {{0, 0}}, 0, "|"},
    {{{{NULL}, 3}}, 1, {{0, 1}, {1, 2}, {2, 3}}, 7, "3 | 0:1 1:2 2:3 | base 7"},
    {{{{"9", "10", "x"}, 3}, {{NULL}, 2}},
     2,
     {{1, 5}, {4, 70000}},
     0,
     "{9,10,x} x 2 | 1:5 4:70000"},
    {{{{NULL}, 1000000}, {{NULL}, 1000000}},
     2,
     {{999999999999, INT64_MAX}},
     0,
     "1000000 x 1000000 | 999999999999:9223372036854775807"},
    {{{{"", "a"}, 2}}, 1, {{0, 1}, {1, 1}}, 2, "{,a} | 0:1 1:1 | base 2"},
};
enum { NSAMPLES = sizeof samples / sizeof *samples };

static struct partial *
partial_of(struct arena *arena, const struct sample *sample)
{
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    partial->ndims = sample->ndims;
    partial->dims = arena_array(arena, NDIMS, sizeof *partial->dims);
    partial->ncells = 1;
    for (size_t d = 0; d < sample->ndims; d++) {
        struct partial_dim *dim = &partial->dims[d];
        dim->npositions = sample->dims[d].npositions;
        dim->is_open = sample->dims[d].values[0] != NULL;
        dim->values = arena_array(arena, dim->npositions, sizeof *dim->values);
        for (size_t i = 0; dim->is_open && i < dim->npositions; i++) {
            dim->values[i] = slice_str(sample->dims[d].values[i]);
        }
        partial->ncells *= dim->npositions;
    }
    partial->cells = arena_array(arena, 12, sizeof *partial->cells);
    partial->has_base = sample->base > 0;
    partial->base = partial->excluded = sample->base;
    for (; sample->cells[partial->nnonzero].count; partial->nnonzero++) {
        partial->cells[partial->nnonzero] = sample->cells[partial->nnonzero];
        partial->excluded -= partial->has_base ? sample->cells[partial->nnonzero].count : 0;
    }
    return partial;
}

static void
ck_assert_printed(const struct partial *partial, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text);
    partial_print(partial, &text);
    ck_assert_str_eq(text.ptr, expected);
    strbuf_fini(&text);
}

START_TEST(partial_survives_its_bytes)
{
    struct arena *arena = arena_new();
    struct strbuf bytes;
    struct error err = {"", ""};
    struct partial *decoded, *partial = partial_of(arena, &samples[_i]);
    strbuf_init(&bytes);
    ck_assert_printed(partial, samples[_i].printed);
    partial_encode(partial, &bytes);
    ck_assert_msg(partial_decode(arena, strbuf_slice(&bytes), &decoded, &err), "%s", err.message);
    ck_assert_printed(decoded, samples[_i].printed);
    ck_assert_uint_eq(decoded->excluded, partial->excluded);
    ck_assert_uint_eq(decoded->ncells, partial->ncells);
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

START_TEST(cut_or_longer_bytes_are_refused)
{
    struct strbuf bytes;
    struct partial *decoded;
    strbuf_init(&bytes);
    struct arena *arena = arena_new();
    partial_encode(partial_of(arena, &samples[_i]), &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct error err = {"", ""};
        ck_assert(!partial_decode(arena, slice_of(bytes.ptr, len), &decoded, &err));
        ck_assert_str_eq(err.code, "SHARDDOWN");
    }
    struct error err = {"", ""};
    strbuf_append_char(&bytes, 'x');
    ck_assert(!partial_decode(arena, strbuf_slice(&bytes), &decoded, &err));
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

START_TEST(malformed_bytes_are_refused)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"Q2\0\0\0", 5},              /* another version */
        {"Q1\4\0\0", 5},              /* an unknown flag */
        {"Q1\0\1\2\1\1b\1a\0", 10},   /* values out of order */
        {"Q1\0\1\2\1\1a\1a\0", 10},   /* a value twice */
        {"Q1\0\1\2\0\1\2\1", 9},      /* a cell that there is not */
        {"Q1\0\1\2\0\1\0\0", 9},      /* a count of 0 */
        {"Q1\2\1\0\1\0\2", 8},        /* more in the cells than in the base */
        {"Q1\1\1\3\0\2\1ab", 10},     /* dense, and not all cells */
        {"Q1\1\1\2\0\2\3aaaaaa", 14}, /* dense, of three bytes each */
        {"Q1\0\1\377\377\377\377\377\377\377\377\377\177\0\0", 16}, /* a number too long */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        struct partial *decoded;
        ck_assert_msg(
            !partial_decode(arena, slice_of(cases[i].bytes, cases[i].len), &decoded, &err),
            "case %zu was taken", i);
        ck_assert_str_eq(err.code, "SHARDDOWN");
        arena_free(arena);
    }
}
END_TEST

START_TEST(smaller_form_is_taken)
{
    struct arena *arena = arena_new();
    struct partial partial = {.ndims = 1, .ncells = 1000, .nnonzero = 1000};
    struct partial_dim dim = {.npositions = 1000};
    struct strbuf bytes;
    strbuf_init(&bytes);
    partial.dims = &dim;
    partial.cells = arena_array(arena, 1000, sizeof *partial.cells);
    for (uint64_t i = 0; i < 1000; i++) {
        partial.cells[i] = (struct partial_cell){i, 1 + i % 200};
    }
    partial_encode(&partial, &bytes);
    ck_assert_uint_lt(bytes.len, 1020);
    partial.nnonzero = 3;
    strbuf_clear(&bytes);
    partial_encode(&partial, &bytes);
    ck_assert_uint_lt(bytes.len, 20);
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

START_TEST(partials_add_up)
{
    static const struct sample parts[] = {
        {{{{"10", "x"}, 2}, {{NULL}, 2}}, 2, {{0, 1}, {3, 2}}, 5, NULL},
        {{{{"9", "10"}, 2}, {{NULL}, 2}}, 2, {{0, 4}, {2, 8}, {3, 16}}, 30, NULL},
        {{{{"y", NULL}, 1}, {{NULL}, 2}}, 2, {{1, 32}}, 32, NULL},
    };
    struct arena *arena = arena_new();
    const struct partial *of[3];
    struct partial *sum;
    struct error err = {"", ""};
    for (int i = 0; i < 3; i++) {
        of[i] = partial_of(arena, &parts[i]);
    }
    ck_assert(partial_merge(arena, of, 3, 6, &sum, &err));
    ck_assert_printed(sum, "{9,10,x,y} x 2 | 0:4 2:9 3:16 5:2 7:32 | base 67");
    ck_assert_uint_eq(sum->excluded, 67 - 63);
    ck_assert(!partial_merge(arena, of, 3, 4, &sum, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    const struct partial *unlike[] = {of[0], partial_of(arena, &samples[2])};
    error_clear(&err);
    ck_assert(!partial_merge(arena, unlike, 2, 0, &sum, &err));
    ck_assert_str_eq(err.code, "SHARDDOWN");
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("partial");
    TCase *tcase = tcase_create("partial");
    tcase_add_loop_test(tcase, partial_survives_its_bytes, 0, NSAMPLES);
    tcase_add_loop_test(tcase, cut_or_longer_bytes_are_refused, 0, NSAMPLES);
    tcase_add_test(tcase, malformed_bytes_are_refused);
    tcase_add_test(tcase, smaller_form_is_taken);
    tcase_add_test(tcase, partials_add_up);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
