/*
 * Partial counts as bytes: what is encoded is decoded again, in the smaller of two forms; other
 * bytes are refused; partials add up.
 */
#include <check.h>
#include <string.h>

#include "answer/merge.h"
#include "tests/decoding.h"
#include "tests/suite.h"

enum { NDIMS = 2 };

/* `values` NULL: a closed dimension of npositions; cells end with a count of 0. */
struct sample {
    struct {
        const char *values[5];
        size_t npositions;
    } dims[NDIMS];
    size_t ndims;
    struct {
        uint64_t index;
        int64_t count;
    } cells[12];
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
    partial->cells = cell_list_counts(arena, 12);
    partial->has_base = sample->base > 0;
    partial->base = partial->excluded = sample->base;
    for (size_t i = 0; sample->cells[i].count; i++) {
        cell_list_add(&partial->cells, sample->cells[i].index, sample->cells[i].count);
        partial->excluded -= partial->has_base ? (uint64_t) sample->cells[i].count : 0;
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

/* Nothing of it is borrowed: what it was copied from is gone. */
START_TEST(copy_stands_by_itself)
{
    struct arena *arena = arena_new(), *other = arena_new();
    struct partial *partial = partial_of(other, &samples[_i]);
    for (size_t d = 0; d < partial->ndims; d++) {
        for (size_t i = 0; partial->dims[d].is_open && i < partial->dims[d].npositions; i++) {
            partial->dims[d].values[i] = arena_copy(other, partial->dims[d].values[i]);
        }
    }
    struct partial *copy = partial_copy(arena, partial);
    ck_assert_uint_eq(copy->ncells, partial->ncells);
    ck_assert_uint_eq(copy->excluded, partial->excluded);
    arena_free(other);
    ck_assert_printed(copy, samples[_i].printed);
    arena_free(arena);
}
END_TEST

static bool
decodes(struct arena *arena, struct slice bytes, struct error *err)
{
    struct partial *decoded;
    return partial_decode(arena, bytes, &decoded, err);
}

START_TEST(cut_or_longer_bytes_are_refused)
{
    struct strbuf bytes;
    struct arena *arena = arena_new();
    strbuf_init(&bytes);
    partial_encode(partial_of(arena, &samples[_i]), &bytes);
    ck_assert_whole_only(decodes, strbuf_slice(&bytes));
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

START_TEST(malformed_bytes_are_refused)
{
    static const struct bytes_case cases[] = {
        {BYTES("Q1\0\0\0")},                     /* another version */
        {BYTES("Q2\10\1\0\0\0")},                /* an unknown flag */
        {BYTES("Q2\0\0\0\0")},                   /* no measure */
        {BYTES("Q2\0\1\1\0\0")},                 /* the first measure is no count */
        {BYTES("Q2\0\2\0\4\0\0")},               /* an unknown kind */
        {BYTES("Q2\0\1\0\1\2\1\1b\1a\0")},       /* values out of order */
        {BYTES("Q2\0\1\0\1\2\1\1a\1a\0")},       /* a value twice */
        {BYTES("Q2\0\1\0\1\2\0\1\2\1")},         /* a cell that there is not */
        {BYTES("Q2\0\1\0\1\2\0\1\0\0")},         /* a count of 0 */
        {BYTES("Q2\4\1\0\0\1\0\5\1")},           /* a count that is absent */
        {BYTES("Q2\4\2\0\1\0\1\0\5\4\0\1")},     /* a sum that is absent, with a value */
        {BYTES("Q2\4\2\0\1\0\1\0\5\0\0\3")},     /* an unknown state */
        {BYTES("Q2\2\1\1\0\0\1\0\2")},           /* more in the cells than in the base */
        {BYTES("Q2\1\1\0\1\3\0\1ab")},           /* dense, and not all cells */
        {BYTES("Q2\1\1\0\1\2\0\3aaaaaa")},       /* dense, of three bytes each */
        {BYTES("Q2\1\2\0\1\1\2\0\1\0\5\1\7\7")}, /* a sum where nothing was counted */
        {BYTES("Q2\0\1\0\1\377\377\377\377\377\377\377\377\377\177\0\0")}, /* a number too
                                                                                    long */
    };
    ck_assert_all_refused(decodes, cases, sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(smaller_form_is_taken)
{
    struct arena *arena = arena_new();
    struct partial partial = {.ndims = 1, .ncells = 1000};
    struct partial_dim dim = {.npositions = 1000};
    struct strbuf bytes;
    strbuf_init(&bytes);
    partial.dims = &dim;
    partial.cells = cell_list_counts(arena, 1000);
    for (uint64_t i = 0; i < 1000; i++) {
        cell_list_add(&partial.cells, i, 1 + (int64_t) i % 200);
    }
    partial_encode(&partial, &bytes);
    ck_assert_uint_lt(bytes.len, 1020);
    partial.cells.n = 3;
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
    ck_assert(partial_merge(arena, of, 3, 6, slice_lit("v"), &sum, &err));
    ck_assert_printed(sum, "{9,10,x,y} x 2 | 0:4 2:9 3:16 5:2 7:32 | base 67");
    ck_assert_uint_eq(sum->excluded, 67 - 63);
    ck_assert(!partial_merge(arena, of, 3, 4, slice_lit("v"), &sum, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    const struct partial *unlike[] = {of[0], partial_of(arena, &samples[2])};
    error_clear(&err);
    ck_assert(!partial_merge(arena, unlike, 2, 0, slice_lit("v"), &sum, &err));
    ck_assert_str_eq(err.code, "SHARDDOWN");
    arena_free(arena);
}
END_TEST

/* Count, sum, least, greatest of n cells: each of few positions, every other of many. At every third cell there is nothing to
 * measure. */
static struct partial *
measured(struct arena *arena, struct partial_dim *dim, int64_t factor, size_t n, bool has_absent)
{
    static const unsigned char KINDS[] = {MEASURE_COUNT, MEASURE_SUM, MEASURE_LEAST,
                                          MEASURE_GREATEST};
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    *partial = (struct partial){.ndims = 1, .dims = dim, .ncells = dim->npositions};
    partial->cells = cell_list_new(arena, KINDS, 4, n, has_absent);
    for (size_t i = 0; i < n; i++) {
        int64_t *values = partial->cells.values + 4 * i;
        values[0] = 1 + (int64_t) i;
        for (size_t m = 1; m < 4; m++) {
            bool is_absent = has_absent && i % 3 == 2;
            values[m] = is_absent ? 0 : factor * ((int64_t) i + (m == 1 ? 10 : 1));
            if (has_absent) {
                partial->cells.states[4 * i + m] = is_absent ? CELL_ABSENT : CELL_TOLD;
            }
        }
        cell_list_index(&partial->cells, n < dim->npositions ? i * 2 : i);
    }
    return partial;
}

START_TEST(measures_survive_and_add_up)
{
    struct arena *arena = arena_new();
    struct partial_dim sparse = {.npositions = 1000}, dense = {.npositions = 3};
    struct error err = {"", ""};
    struct strbuf bytes;
    struct partial *decoded, *sum;
    strbuf_init(&bytes);
    for (int is_dense = 0; is_dense < 2; is_dense++) {
        struct partial_dim *dim = is_dense ? &dense : &sparse;
        const struct partial *parts[] = {measured(arena, dim, -1000, 3, true),
                                         measured(arena, dim, 7, 3, false)};
        strbuf_clear(&bytes);
        partial_encode(parts[0], &bytes);
        ck_assert_uint_eq(bytes.ptr[2] & 1, (unsigned) is_dense);
        ck_assert_msg(partial_decode(arena, strbuf_slice(&bytes), &decoded, &err), "%s",
                      err.message);
        ck_assert_printed(decoded,
                          is_dense ? "3 | 0:1,-10000,-1000,-1000 1:2,-11000,-2000,-2000 2:3,-,-,-"
                                   : "1000 | 0:1,-10000,-1000,-1000 2:2,-11000,-2000,-2000 "
                                     "4:3,-,-,-");
        parts[0] = partial_copy(arena, decoded);
        ck_assert(partial_merge(arena, parts, 2, 0, slice_lit("v"), &sum, &err));
        ck_assert_printed(sum, is_dense ? "3 | 0:2,-9930,-1000,7 1:4,-10923,-2000,14 2:6,84,21,21"
                                        : "1000 | 0:2,-9930,-1000,7 2:4,-10923,-2000,14 "
                                          "4:6,84,21,21");
    }
    struct partial *wide = measured(arena, &dense, INT64_MAX / 12, 3, false);
    const struct partial *twice[] = {wide, wide};
    ck_assert(!partial_merge(arena, twice, 2, 0, slice_lit("v"), &sum, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

/* More parts than two, cells in any order: as if they had been added one by one. Of few cells that
 * there may be, and of many. */
START_TEST(many_parts_are_one_sum)
{
    enum { NPARTS = 7, NCELLS = 5000 };
    struct arena *arena = arena_new();
    struct partial_dim dim = {.npositions = _i ? NCELLS * 1000 : NCELLS};
    const struct partial *parts[NPARTS];
    static int64_t expected[NCELLS];
    struct partial *sum;
    struct error err = {"", ""};
    uint64_t random = 12345;
    memset(expected, 0, sizeof expected);
    for (int p = 0; p < NPARTS; p++) {
        struct partial *part = arena_alloc(arena, sizeof *part);
        *part = (struct partial){.ndims = 1, .dims = &dim, .ncells = dim.npositions};
        part->cells = cell_list_counts(arena, NCELLS);
        uint64_t step = 7919, index = (uint64_t) p; /* a step that meets each index once */
        for (int i = 0; i < NCELLS; i++, index = (index + step) % NCELLS) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            if (random >> 62 == 0) {
                cell_list_add(&part->cells, index, 1 + p);
                expected[index] += 1 + p;
            }
        }
        cell_list_sort(arena, &part->cells);
        parts[p] = part;
    }
    ck_assert(partial_merge(arena, parts, NPARTS, 0, slice_lit("v"), &sum, &err));
    for (uint64_t index = 0, i = 0; index < NCELLS; index++) {
        bool is_there = i < sum->cells.n && sum->cells.indexes[i] == index;
        ck_assert_int_eq(is_there ? sum->cells.values[i++] : 0, expected[index]);
    }
    error_clear(&err);
    ck_assert(!partial_merge(arena, parts, NPARTS, sum->cells.n - 1, slice_lit("v"), &sum, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    arena_free(arena);
}
END_TEST

START_TEST(other_versions_are_known)
{
    ck_assert(partial_is_other_version(slice_lit("Q1\1")));
    ck_assert(partial_is_other_version(slice_lit("Q3")));
    ck_assert(!partial_is_other_version(slice_lit("Q2\1")));
    ck_assert(!partial_is_other_version(slice_lit("Q")));
    ck_assert(!partial_is_other_version(slice_lit("QX")));
    ck_assert(!partial_is_other_version(slice_lit("R1")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("partial");
    TCase *tcase = tcase_create("partial");
    tcase_add_loop_test(tcase, partial_survives_its_bytes, 0, NSAMPLES);
    tcase_add_loop_test(tcase, copy_stands_by_itself, 0, NSAMPLES);
    tcase_add_loop_test(tcase, cut_or_longer_bytes_are_refused, 0, NSAMPLES);
    tcase_add_test(tcase, malformed_bytes_are_refused);
    tcase_add_test(tcase, smaller_form_is_taken);
    tcase_add_test(tcase, partials_add_up);
    tcase_add_test(tcase, measures_survive_and_add_up);
    tcase_add_loop_test(tcase, many_parts_are_one_sum, 0, 2);
    tcase_add_test(tcase, other_versions_are_known);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
